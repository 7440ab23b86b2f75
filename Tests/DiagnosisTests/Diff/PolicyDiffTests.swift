import Diagnosis
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore
import Testing

/// What changes from one policy to another.
@Suite struct PolicyDiffTests {
    static func compiled(_ text: String) throws -> CompiledConfiguration {
        try ConfigurationLoader(environment: [:]) { _ in [] }.read(text: text, file: "a.yaml").compiled()
    }

    /// What is predicted of five hundred pairs is what leaves, byte for byte: the same exchange runs on bytes, and what differs is found
    /// from its lines. Each two of the policies are a pair, and each pair is asked two of the questions.
    @Test func predictionsHold() throws {
        var pairs = PolicyPairs(seed: 18)
        let questions = (0..<16).map { _ in pairs.question() }
        var policies: [CompiledConfiguration] = []
        while policies.count < 33 { if let policy = pairs.next() { policies.append(policy) } }
        let seen = try policies.map { policy in try questions.map { try WireExchange($0, on: policy) } }
        let played = try policies.map { policy in try questions.map { try $0.play(on: policy) } }
        var (count, differing) = (0, 0)
        for old in policies.indices {
            for new in policies.indices[..<old] {
                count += 1
                for number in [count % questions.count, (count * 7 + 3) % questions.count] {
                    let predicted = PolicyDifference.between(played[old][number], played[new][number])
                    let (before, now) = (seen[old][number], seen[new][number])
                    let response = HeadDifference.between(before.response, now.response)
                    let request = HeadDifference.between(before.forwarded, now.forwarded)
                    // Where only one asks the app, that is what differs.
                    let isAsked = (!before.forwarded.isEmpty, !now.forwarded.isEmpty)
                    #expect(predicted.contains { $0.field == ":upstream" } == (isAsked.0 != isAsked.1))
                    #expect(Self.fields(predicted, of: .request) == (isAsked.0 && isAsked.1 ? request : []))
                    #expect(Self.fields(predicted, of: questions[number].isPreflight ? .preflight : .response) == response)
                    let isSameStatus = before.response.prefix(12) == now.response.prefix(12)
                    #expect(predicted.contains { $0.field == ":status" } != isSameStatus)
                    if !predicted.isEmpty { differing += 1 }
                }
            }
        }
        #expect(count >= 500 && differing > count, "most pairs differ: \(differing) of \(2 * count)")
    }

    private static func fields(_ differences: [PolicyDifference], of part: PolicyDifference.Part) -> Set<HeadDifference> {
        Set(
            differences.filter { $0.part == part && !$0.field.hasPrefix(":") }
                .map { HeadDifference(name: $0.field.lowercased(), old: $0.old, new: $0.new) })
    }

    private static let frame = """
        upstreams: { app: http://127.0.0.1:1, other: http://127.0.0.1:2 }
        trusted_proxies: [10.0.0.0/8]

        """

    /// One change each, and what is told of it without traffic: `part change field: old → new @ route`.
    @Test(
        arguments: [
            ("set: { X-A: a }", "set: { X-A: b }", "response changed X-A: a → b @ /**"),
            ("set: { X-A: a }", "remove: X-B", "response removed X-A: a →  @ /**"),
            ("remove: X-A", "set: { X-B: b }", "response added X-B:  → b @ /**"),
            ("remove: Server", "remove: X-Powered-By", "response added Server:  → app @ /**"),
            ("remove: \"X-Debug-*\"", "remove: X-A", "response added X-Debug-Sample:  → from-the-app @ /**"),
            (
                "set: { X-A: a }, when: { path: /a/** }", "set: { X-A: a }, when: { path: /b/** }",
                "response removed X-A: a →  @ /**"
            ),
            (
                "set: { X-A: a }, when: { status: 5xx }", "set: { X-A: a }, when: { status: 500-598 }",
                "response removed X-A: a →  @ /**"
            ),
            (
                "set: { X-A: a }, when: { status: 404, source: proxy }", "set: { X-A: a }, when: { status: 404 }",
                "response added X-A:  → a @ /**"
            ),
            (
                "set: { X-A: a }, when: { source: proxy }", "set: { X-A: a }, when: { status: 502 }",
                "response added X-A:  → a @ /**"
            ),
            (
                "set: { X-A: a }, when: { method: [PURGE] }", "set: { X-A: a }, when: { method: [TRACE] }",
                "response removed X-A: a →  @ /**"
            ),
            (
                "set: { X-A: a }, when: { host: \"*.x.example\" }", "set: { X-A: a }, when: { host: y.example }",
                "response added X-A:  → a @ /**"
            ),
            (
                "set: { X-A: a }, when: { client_ip: 203.0.113.0/24 }", "set: { X-A: a }, when: { client_ip: 203.0.113.0/28 }",
                "response removed X-A: a →  @ /**"
            ),
            (
                "set: { X-A: a }, when: { client_ip: 198.18.0.0/15 }", "set: { X-A: a }, when: { client_ip: 192.88.99.0/24 }",
                "response added X-A:  → a @ /**"
            ),
            (
                "set: { X-A: a }, when: { content_type: image/* }", "set: { X-A: a }, when: { content_type: image/gif }",
                "response removed X-A: a →  @ /**"
            ),
            (
                "set: { X-A: a }, when: { scheme: https }", "set: { X-A: a }, when: { scheme: http }",
                "response removed X-A: a →  @ /**"
            ),
            (
                "set: { X-A: a }, when: { request_header: { X-Q: { equals: v } } }",
                "set: { X-A: a }, when: { request_header: { X-Q: present } }", "response added X-A:  → a @ /**"
            ),
            ("set: { X-A: a }, when: { query: { \"a b\": [c&d, e] } }", "set: { X-B: b }", "response removed X-A: a →  @ /**"),
            ("set: { X-A: a }, when: { response_header: { X-R: absent } }", "set: { X-A: a }", "response added X-A:  → a @ /**"),
            ("set: { X-A: a }, when: { not: { path: /b } }", "set: { X-A: a }", "response added X-A:  → a @ /**"),
            ("set: { X-A: a }, if: absent", "set: { X-A: a }", "response changed X-A: from-the-app → a @ /**"),
            (
                "cookies: { names: [old], remove: true }", "cookies: { names: [new], remove: true }",
                "response changed Set-Cookie: new=1"
            ),
            ("cookies: { secure: true }", "cookies: { http_only: true }", "response changed Set-Cookie: "),
            (
                "cors: { allow_origins: [https://a.example] }", "cors: { allow_origins: [https://b.example] }",
                "verdict changed :verdict: readable → refused (allow_origin_missing) @ /**"
            ),
            (
                "cors: { allow_origins: [\"https://*.a.example\"] }", "cors: { allow_origins: [https://a.a.example] }",
                "verdict changed :verdict: readable → refused (allow_origin_missing) @ /**"
            ),
            (
                "cors: { allow_origins: [https://a.example], allow_methods: [GET, PUT] }",
                "cors: { allow_origins: [https://a.example], allow_methods: [GET] }",
                "verdict changed :verdict: readable → refused (method_not_allowed) @ /**"
            ),
            (
                "cors: { allow_origins: [https://a.example], allow_headers: [X-H] }",
                "cors: { allow_origins: [https://a.example], allow_headers: [X-I] }",
                "verdict changed :verdict: readable → refused (header_not_allowed) @ /**"
            ),
            (
                "cors: { allow_origins: [https://a.example], allow_credentials: true }",
                "cors: { allow_origins: [https://a.example] }",
                "verdict changed :verdict: readable → refused (allow_credentials_missing) @ /**"
            ),
            (
                "cors: { allow_origins: [https://a.example], expose_headers: [X-T] }",
                "cors: { allow_origins: [https://a.example] }", "verdict changed :verdict: readable → readable without x-t @ /**"
            ),
            (
                "cors: { allow_origins: [https://a.example], max_age: 1m }",
                "cors: { allow_origins: [https://a.example], max_age: 2m }",
                "preflight changed Access-Control-Max-Age: 60 → 120 @ /**"
            ),
            (
                "cors: { allow_origins: [https://a.example], upstream: keep }", "cors: { allow_origins: [https://a.example] }",
                "response changed Access-Control-Allow-Origin: * → https://a.example @ /**"
            ),
            (
                "edit: { Set-Cookie: { match: \"(?i)path=/app\", replace: \"Path=/\" } }", "remove: X-B",
                "response changed Set-Cookie: "
            ),
            (
                "edit: { Content-Type: { match: \"^text/plain$\", replace: \"text/plain; charset=utf-8\" } }", "remove: X-B",
                "response changed Content-Type: text/plain; charset=utf-8 → text/plain @ /**"
            ),
            (
                "edit: { Content-Type: { match: \"^text/plain$\", replace: x/y } }, when: { status: 404 }", "remove: X-B",
                "response changed Content-Type: x/y → text/plain @ /**"
            ),
            (
                "edit: { Location: { match: \"^http:\", replace: \"https:\" } }",
                "edit: { Location: { match: \"^ftp:\", replace: \"sftp:\" } }", "response changed Location: ftp: → sftp: @ /**"
            ),
            (
                "cookies: { prefix: true }", "remove: X-B",
                "response changed Set-Cookie: __Host-id=1; Path=/; Secure | __Secure-id=1; Secure | plain=1"
            ),
            (
                "set: { X-A: a }, when: { status: 413, source: proxy }", "remove: X-B", "response removed X-A: a →  @ /**"
            ),
            (
                "set: { X-A: a }, when: { status: 414, source: proxy }", "remove: X-B", "response removed X-A: a →  @ no route"
            ),
            (
                "set: { X-A: a }, when: { status: [431, 400], source: proxy }",
                "set: { X-A: a }, when: { status: 400, source: proxy }", "response removed X-A: a →  @ /**"
            ),
            ("cors: { allow_origins: [http://localhost] }", "remove: X-B", "verdict changed :verdict: readable → refused"),
            (
                "cors: { allow_origins: [\"regex:https://[a-f]+[.]a[.]example\"] }",
                "cors: { allow_origins: [\"regex:https://[a-e]+[.]a[.]example\"] }",
                "verdict changed :verdict: readable → refused (allow_origin_missing) @ /**"
            ),
            (
                "set: { X-A: a }, when: { request_header: { User-Agent: { matches: \"(?i)bot\" } } }",
                "set: { X-A: a }, when: { request_header: { User-Agent: { matches: bot } } }",
                "response removed X-A: a →  @ /**"
            ),
            (
                "edit: { X-B: { match: \"^[0-9]+$\", replace: x } }", "edit: { X-B: { match: \"^[0-8]+$\", replace: x } }",
                "response changed X-B: x → 9 @ /**"
            ),
        ])
    func madeUp(_ old: String, _ new: String, _ wanted: String) throws {
        let told = try Self.told(
            "\(Self.frame)response_headers: [{ \(old) }]\nroutes: [{ upstream: app }]",
            "\(Self.frame)response_headers: [{ \(new) }]\nroutes: [{ upstream: app }]")
        #expect(told.contains { $0.hasPrefix(wanted) }, "\(told)")
    }

    /// A `cors` rule is asked in all that it says where its condition holds, whatever stands before it.
    @Test(
        arguments: [
            "path: /api/**", "path: [/other, /v2/*]", "host: api.example", "status: 2xx",
            "request_header: { Origin: present }", "not: { path: [/other, /x] }",
        ],
        [
            ("\"https://*.b.example\", ", "", "verdict changed :verdict: readable → refused (allow_origin_missing)"),
            ("[.]c[.]", "[.]d[.]", "verdict changed :verdict: readable → refused (allow_origin_missing)"),
            ("GET, PUT", "GET, DELETE", "verdict changed :verdict: readable → refused (method_not_allowed)"),
            ("X-A, X-B", "X-A", "verdict changed :verdict: readable → refused (header_not_allowed)"),
            ("max_age: 600", "max_age: 5", "preflight changed Access-Control-Max-Age: 600 → 5"),
        ])
    func madeUpOfConditionalCORS(_ condition: String, _ change: (old: String, new: String, wanted: String)) throws {
        let rules = """
            [{ cors: { allow_origins: [https://a.example] }, when: { path: /other } }, { cors: {
            allow_origins: ["https://*.b.example", "regex:https://[a-z]+[.]c[.]example"], allow_methods: [GET, PUT],
            allow_headers: [X-A, X-B], max_age: 600 }, when: { \(condition) } }]
            """
        for frame in ["response_headers: *\nroutes: [{ upstream: app }]", "routes: [{ upstream: app, response_headers: * }]"] {
            let old = Self.frame + frame.replacing("*", with: rules)
            let told = try Self.told(old, old.replacing(change.old, with: change.new))
            #expect(told.contains { $0.hasPrefix(change.wanted) }, "\(told)")
        }
    }

    /// Of routes and what goes to the app.
    @Test(
        arguments: [
            ("{ path: /a, upstream: app }", "{ path: /a, upstream: other }", "request changed :upstream: app → other @ /a"),
            ("{ path: /a, upstream: app }", "{ path: /b, upstream: app }", "response changed :status: 200 → 404 @ /a → no route"),
            (
                "{ path: /a/**, upstream: app }", "{ path: /a/**, upstream: app, strip_prefix: /a }",
                "request changed :target: /a/x?q=1 → /x?q=1 @ /a/**"
            ),
            (
                "{ path: \"regex:^/x/[a-f]{4}$\", upstream: app }", "{ path: \"regex:^/x/[a-e]{4}$\", upstream: app }",
                "response changed :status: 200 → 404 @ regex:^/x/[a-f]{4}$ → no route"
            ),
            ("{ path: /a, respond: 403 }", "{ path: /a, respond: 404 }", "response changed :status: 403 → 404 @ /a"),
            (
                "{ path: /a, respond: { status: 200, body: x } }", "{ path: /a, respond: { status: 200, body: yy } }",
                "response changed :body: x → yy @ /a"
            ),
            (
                "{ path: /a, redirect: { to: /b } }", "{ path: /a, redirect: { to: /c } }",
                "response changed Location: /b → /c @ /a"
            ),
            (
                "{ name: one, path: /a, upstream: app, request_headers: [{ set: { X-A: a } }] }",
                "{ name: one, path: /a, upstream: app }", "request removed X-A: a →  @ one"
            ),
            (
                "{ path: /a, upstream: app, request_headers: [{ remove: X-B }] }", "{ path: /a, upstream: app }",
                "request added X-B:  → from-the-client @ /a"
            ),
            (
                "{ path: /a, upstream: app, request_headers: [{ edit: { X-B: { match: ^abc$, replace: d } } }] }",
                "{ path: /a, upstream: app }", "request changed X-B: d → abc @ /a"
            ),
            (
                "{ path: /a, upstream: app, request_headers: [{ edit: { Cookie: { match: \"lang=de\", replace: d } } }] }",
                "{ path: /a, upstream: app }", "request changed Cookie: d → lang=de @ /a"
            ),
            (
                "{ path: /a, upstream: app, request_headers: [{ cookies: { names: [\"_g*\"], remove: true } }] }",
                "{ path: /a, upstream: app }", "request changed Cookie: kept=1 → _gx=1; kept=1 @ /a"
            ),
            (
                "{ host: \"*.a.example\", path: /a, upstream: app }", "{ host: b.example, path: /a, upstream: app }",
                "response changed :status: 200 → 404 @ *.a.example/a → no route"
            ),
            (
                "{ path: /a, method: POST, upstream: app }", "{ path: /a, method: PUT, upstream: app }",
                "response changed :status: 200 → 405 @ POST /a → no route"
            ),
            (
                "{ path: /a, upstream: app, when: { request_header: { X-V: { equals: beta } } } }",
                "{ path: /a, upstream: app, when: { request_header: { X-V: present } } }",
                "response changed :status: 404 → 200 @ no route → /a when request_header X-V present"
            ),
        ])
    func madeUpOfRoutes(_ old: String, _ new: String, _ wanted: String) throws {
        let told = try Self.told("\(Self.frame)routes: [\(old)]", "\(Self.frame)routes: [\(new)]")
        #expect(told.contains { $0.hasPrefix(wanted) }, "\(told)")
    }

    private static func told(_ old: String, _ new: String, allowing: [String] = []) throws -> [String] {
        let (old, new) = (try compiled(old), try compiled(new))
        var diff = PolicyDiff(old, new, allowing: allowing.compactMap(AllowedDifference.init))
        for question in MadeUpRequests(old, new, unixSeconds: 784_111_777).questions { diff.compare(question) }
        return diff.unexpected.flatMap { entry in
            entry.examples.map { example in
                let (old, new) = (example.old.joined(separator: " | "), example.new.joined(separator: " | "))
                return "\(entry.part.rawValue) \(entry.change.rawValue) \(entry.field): \(old) → \(new) @ \(entry.route)"
            }
        }
    }

    /// A policy does not differ from itself, however much it has: every example of ours.
    @Test func nothingDiffersFromItself() throws {
        var pairs = PolicyPairs(seed: 3)
        for _ in 0..<4 {
            guard let policy = pairs.next() else { continue }
            var diff = PolicyDiff(policy, policy)
            for question in MadeUpRequests(policy, policy, unixSeconds: 1).questions { diff.compare(question) }
            #expect(diff.differing == 0 && diff.exchanges > 20 && diff.unasked.isEmpty, "\(diff.unasked)")
        }
    }

    @Test(
        arguments: [
            ("X-A", ["X-A"], 0), ("x-a", ["X-A"], 0), ("X-*", ["X-*"], 0), ("X-A@/**", ["X-A@/**"], 0),
            ("X-A@/other", ["X-A@/other"], 1), ("X-B", ["X-B"], 1), ("*", ["*"], 0),
        ])
    func allowed(_ name: String, _ allowing: [String], _ count: Int) throws {
        let told = try Self.told(
            "\(Self.frame)response_headers: [{ set: { X-A: a } }]\nroutes: [{ upstream: app }]",
            "\(Self.frame)response_headers: [{ set: { X-A: b } }]\nroutes: [{ upstream: app }]", allowing: allowing)
        #expect(told.count == count, "\(told)")
    }

    @Test(arguments: ["", "@", "X-A@", "X A", "X-A:", "a*b"]) func notAllowable(_ text: String) {
        #expect(AllowedDifference(text) == nil)
    }

    /// What is recorded may be secret; values are nobody's markup.
    @Test func reports() throws {
        let old = try Self.compiled("\(Self.frame)response_headers: [{ set: { X-A: \"a|<b>\" } }]\nroutes: [{ upstream: app }]")
        let new = try Self.compiled("\(Self.frame)response_headers: [{ cookies: { secure: true } }]\nroutes: [{ upstream: app }]")
        var question = DiffQuestion(
            ExplainQuestion(request: SimulatedRequest(authority: "h", target: "/?token=geheim123"), unixSeconds: 1),
            answer: .response(status: 200, fields: [FieldText("Set-Cookie", "session=geheim456")]))
        question.isRecorded = true
        var diff = PolicyDiff(old, new)
        diff.compare(question)
        let text = diff.text(of: "of a.har", Style(isColored: false))
        #expect(text.contains("- X-A: a|<b>  (1 of 1") && text.contains("1 of 1 exchange of a.har differ"), "\(text)")
        let json = diff.json(of: "of a.har", old: "a", new: "b").written()
        let markdown = diff.markdown(of: "of a.har")
        #expect(markdown.contains("<code>a&#124;&lt;b&gt;</code>"), "\(markdown)")
        for report in [text, json, markdown] {
            #expect(report.contains("Set-Cookie") && !report.contains("geheim"), "\(report)")
        }
    }
}

extension DiffQuestion {
    fileprivate var isPreflight: Bool {
        question.request.method == "OPTIONS" && question.request.fields.combined("Access-Control-Request-Method") != nil
    }
}
