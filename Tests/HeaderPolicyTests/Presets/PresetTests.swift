import HTTPModel
import Testing

@testable import HeaderPolicy

private let here = SourceLocation(file: "letterhead.yaml", line: 9, column: 5)

@Suite struct PresetTests {
    @Test(arguments: ["security", "api", "hide-server", "flask", "no-store", "static-assets"])
    func everyPresetIsAnOrdinaryPolicy(name: String) throws {
        #expect(Preset.names.contains(name))
        let rules = try Preset.rules(named: Located(name, at: here), for: .response)
        let first = try Preset.rules(named: Located("\(name)@1", at: here), for: .response)
        #expect(rules.count == first.count)
        for rule in rules {
            #expect(rule.location == here)
            #expect(rule.origin == .preset("\(name)@1"))
            guard let fields = (rule.action as? SetFields)?.fields else { continue }
            for field in fields {
                #expect(KnownValue.problem(name: field.name.value, template: field.value.value) == nil, "\(field.value.value)")
            }
        }
        var names = FieldNames()
        _ = try CompiledPolicy(requestRules: [], responseRules: rules, names: &names)
    }

    @Test(arguments: [
        ("securty", "no preset \"securty\"", "did you mean security?"), ("x", "no preset", "presets are security, api"),
        ("", "no preset", "presets are"), ("security@2", "no version \"2\"", "security@1"),
        ("security@0", "no version", "security@1"), ("security@-9223372036854775808", "no version", "security@1"),
        ("security@", "no version", "security@1"), ("security@one", "no version", "security@1"),
        ("security@99999999999999999999", "no version", "security@1"), ("@1", "no preset", "presets are"),
    ])
    func refuses(name: String, message: String, suggestion: String) {
        let error = #expect(throws: PolicyError.self) { try Preset.rules(named: Located(name, at: here), for: .response) }
        #expect(error?.location == here)
        #expect(
            error?.message.contains(message) == true && error?.suggestion?.contains(suggestion) == true,
            "\(String(describing: error))")
    }

    @Test func directions() throws {
        #expect(try Preset.rules(named: Located("flask", at: here), for: .request).count == 1)
        let error = #expect(throws: PolicyError.self) { try Preset.rules(named: Located("security", at: here), for: .request) }
        #expect(error?.suggestion?.contains("response_headers") == true)
    }

    /// What a response is after a preset: scheme, method, status, the app's fields, what leaves.
    @Test(arguments: [
        (
            "no-store", "https", "GET", 200, ["Cache-Control: public", "Expires: x", "Pragma: y", "A: b"],
            ["A: b", "Cache-Control: no-store"]
        ),
        (
            "static-assets", "http", "GET", 200, ["Cache-Control: no-cache"],
            ["Cache-Control: public, max-age=31536000, immutable", "X-Content-Type-Options: nosniff"]
        ),
        (
            "static-assets", "http", "GET", 404, ["Cache-Control: no-cache"],
            ["Cache-Control: no-cache", "X-Content-Type-Options: nosniff"]
        ),
        ("static-assets", "http", "POST", 200, [], ["X-Content-Type-Options: nosniff"]),
        ("static-assets", "http", "GET", 200, ["Set-Cookie: a=b"], ["Set-Cookie: a=b", "X-Content-Type-Options: nosniff"]),
        ("hide-server", "http", "GET", 200, ["Server: gunicorn", "x-powered-by: PHP", "$WSEP: 1", "A: b"], ["A: b"]),
        ("flask", "http", "GET", 200, ["Server: gunicorn"], ["X-Request-ID: id-1"]),
        (
            "api", "http", "GET", 200, ["Cache-Control: max-age=5"],
            [
                "Cache-Control: max-age=5", "X-Content-Type-Options: nosniff", "X-Frame-Options: deny",
                "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'", "Referrer-Policy: no-referrer",
                "Cross-Origin-Resource-Policy: same-origin",
            ]
        ),
    ])
    func applies(name: String, scheme: String, method: String, status: UInt16, fields: [String], result: [String]) throws {
        #expect(try apply(name, scheme, method, status, fields) == result)
    }

    @Test(arguments: ["http", "https"])
    func security(scheme: String) throws {
        let lines = try apply("security", scheme, "GET", 500, ["X-Frame-Options: SAMEORIGIN"])
        let names = lines.map { String($0.prefix { $0 != ":" }) }
        let common = [
            "X-Frame-Options", "X-Content-Type-Options", "Content-Security-Policy", "Referrer-Policy", "Permissions-Policy",
            "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "X-Permitted-Cross-Domain-Policies",
            "X-DNS-Prefetch-Control",
        ]
        #expect(names.filter { $0 != "Strict-Transport-Security" } == common)
        #expect(names.contains("Strict-Transport-Security") == (scheme == "https"))
        #expect(lines.contains("X-Frame-Options: SAMEORIGIN"))
        #expect(lines.contains { $0.hasSuffix("upgrade-insecure-requests") } == (scheme == "https"))
    }

    private func apply(_ name: String, _ scheme: String, _ method: String, _ status: UInt16, _ lines: [String]) throws -> [String]
    {
        var names = FieldNames()
        let rules = try Preset.rules(named: Located(name, at: here), for: .response)
        let policy = try CompiledPolicy(requestRules: [], responseRules: rules, names: &names)
        var facts = ExchangeFacts()
        facts.request.method = Method(token: method.utf8.span)
        facts.request.scheme = scheme == "https" ? .https : .http
        facts.requestID = Array("id-1".utf8)
        var head = ResponseHead(status: Status(rawValue: status))
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1).map { KnownValue.trimmed($0) }
            head.fields.append(parts[0], parts[1], in: names)
        }
        var scratch = StageScratch()
        policy.applyToResponse(&head, facts: facts, scratch: &scratch)
        return head.fields.pairs.map { "\($0): \($1)" }
    }
}
