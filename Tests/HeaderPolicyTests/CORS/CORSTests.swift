import HTTPModel
import HeaderPolicy
import Testing

@Suite("CORS")
struct CORSTests {
    static let app: Located<String> = "https://app.example"

    static func fields(_ lines: [String]) -> [String] {
        lines.filter { $0.lowercased().hasPrefix("access-control-") || $0.hasPrefix("Vary") }
    }

    /// Listed origin, `Origin` value, whether it is allowed.
    static let origins: [(String, String, Bool)] = [
        ("https://app.example", "https://app.example", true), ("https://app.example", "https://APP.Example", true),
        ("https://app.example", "https://app.example:443", true), ("https://app.example:443", "https://app.example", true),
        ("http://app.example:80", "http://app.example", true), ("https://app.example", "http://app.example", false),
        ("https://app.example", "HTTPS://app.example", false), ("https://app.example", "https://app.example:8443", false),
        ("https://app.example:8443", "https://app.example:8443", true),
        ("https://app.example:8443", "https://app.example", false),
        ("https://app.example", "https://app.example.evil", false), ("https://app.example", "https://evilapp.example", false),
        ("https://app.example", "https://app.example/", false), ("https://app.example", "https://app.example, https://b", false),
        ("https://app.example", "https://me@app.example", false), ("https://app.example", "", false),
        ("https://app.example", "null", false), ("null", "null", true), ("null", "NULL", false),
        ("https://*.app.example", "https://a.app.example", true), ("https://*.app.example", "https://a.b.app.example", true),
        ("https://*.app.example", "https://A.App.Example", true), ("https://*.app.example", "https://app.example", false),
        ("https://*.app.example", "https://.app.example", false), ("https://*.app.example", "https://a..app.example", false),
        ("https://*.app.example", "https://xapp.example", false), ("https://*.app.example", "http://a.app.example", false),
        ("https://*.app.example", "https://a.app.example:8443", false),
        ("https://*.app.example", "https://e/a.app.example", false),
        ("https://*.app.example", "https://e@a.app.example", false), ("https://*.app.example", "https://e:1.app.example", false),
        ("https://*.app.example:*", "https://a.app.example:8443", true),
        ("https://*.app.example:*", "https://a.app.example", true),
        ("https://*.app.example:8443", "https://a.app.example:8443", true),
        ("http://localhost:*", "http://localhost:5173", true), ("http://localhost:*", "http://localhost", true),
        ("http://localhost:*", "http://localhost:", false), ("http://localhost:*", "http://localhost:99999", false),
        ("http://localhost:*", "http://localhost.evil:80", false), ("http://[::1]:*", "http://[::1]:3000", true),
        ("app://.", "app://.", true), ("app://.", "app://a", false),
        ("capacitor://localhost", "capacitor://localhost", true), ("chrome-extension://abc", "chrome-extension://abc", true),
        (#"regex:https://[a-z]+\.example"#, "https://a.example", true),
        (#"regex:https://[a-z]+\.example"#, "https://a.example.evil", false),
        (#"regex:https://[a-z]+\.example"#, "xhttps://a.example", false),
    ]

    @Test("Which origins are allowed, on responses and on preflights", arguments: origins)
    func allows(listed: String, origin: String, isAllowed: Bool) throws {
        var stage = try StageUnderTest(response: [.cors { $0.allowOrigins = [Located(listed, at: at(1))] }])
        let plain = stage.response(asked: Asked(fields: ["Origin: \(origin)"]))
        #expect(plain == (isAllowed ? ["Access-Control-Allow-Origin: \(origin)"] : []) + ["Vary: Origin"])
        let preflight = stage.response(status: 204, asked: .preflight(origin: origin)) { $0.isPreflight = true }
        #expect(preflight.contains("Access-Control-Allow-Origin: \(origin)") == isAllowed)
        #expect(preflight.last == "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
    }

    static func full(_ policy: inout CORSPolicy) {
        policy.allowOrigins = [app, "https://*.app.example"]
        policy.allowCredentials = Located(true, at: at(1))
        policy.allowMethods = ["GET", "PUT"]
        policy.allowHeaders = ["Content-Type", "X-A"]
        policy.exposeHeaders = ["X-Request-ID", "ETag"]
        policy.maxAge = Located(600, at: at(1))
        policy.allowPrivateNetwork = Located(true, at: at(1))
    }

    static let shared = ["Access-Control-Allow-Origin: https://app.example", "Access-Control-Allow-Credentials: true"]
    static let everyMethod = "Access-Control-Allow-Methods: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
    static let preflightVary = "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    /// Where private networks are allowed, the answer depends on that too.
    static let fullVary = "\(preflightVary), Access-Control-Request-Private-Network"

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var policy: @Sendable (inout CORSPolicy) -> Void = CORSTests.full
        var asked = Asked(fields: ["Origin: https://app.example"])
        var app: [String] = []
        var status: Status = 200
        var source = ExchangeFacts.Source.upstream
        var expected: [String]
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "a response", expected: shared + ["Access-Control-Expose-Headers: X-Request-ID, ETag", "Vary: Origin"]),
        Case(
            name: "an error of the proxy", status: 502, source: .proxy,
            expected: shared + ["Access-Control-Expose-Headers: X-Request-ID, ETag", "Vary: Origin"]),
        Case(name: "no Origin", asked: Asked(), expected: ["Vary: Origin"]),
        Case(name: "a foreign Origin", asked: Asked(fields: ["Origin: https://evil.example"]), expected: ["Vary: Origin"]),
        Case(
            name: "two Origins", asked: Asked(fields: ["Origin: https://app.example", "origin: https://app.example"]),
            expected: ["Vary: Origin"]),
        Case(
            name: "the app's own answer goes",
            app: [
                "access-control-allow-origin: *", "Access-Control-Allow-Origin: x", "Access-Control-Max-Age: 1",
                "Access-Control-Allow-Future: 1", "Access_Control_Allow_Origin: *", "Vary: Cookie",
            ],
            expected: shared + ["Access-Control-Expose-Headers: X-Request-ID, ETag", "Vary: Cookie, Origin"]),
        Case(
            name: "the app's own answer goes from a foreign origin, too", asked: Asked(fields: ["Origin: null"]),
            app: ["Access-Control-Allow-Origin: *"], expected: ["Vary: Origin"]),
        Case(
            name: "Vary: * stays", app: ["Vary: *"],
            expected: shared + ["Access-Control-Expose-Headers: X-Request-ID, ETag", "Vary: *"]),
        Case(
            name: "Vary: Origin once", app: ["vary: origin", "Vary: Accept"],
            expected: shared + ["Access-Control-Expose-Headers: X-Request-ID, ETag", "Vary: origin, Accept"]),
        Case(
            name: "a plain OPTIONS", asked: Asked(method: "OPTIONS", fields: ["Origin: https://app.example"]),
            expected: shared + ["Access-Control-Expose-Headers: X-Request-ID, ETag", "Vary: Origin"]),
        Case(
            name: "a preflight", asked: .preflight(method: "PUT", headers: "x-a"), status: 204, source: .proxy,
            expected: shared + [
                "Access-Control-Allow-Methods: GET, PUT", "Access-Control-Allow-Headers: Content-Type, X-A",
                "Access-Control-Max-Age: 600", fullVary,
            ]),
        Case(
            name: "a preflight for what is not allowed gets the lists", asked: .preflight(method: "DELETE", headers: "x-b"),
            status: 204, source: .proxy,
            expected: shared + [
                "Access-Control-Allow-Methods: GET, PUT", "Access-Control-Allow-Headers: Content-Type, X-A",
                "Access-Control-Max-Age: 600", fullVary,
            ]),
        Case(
            name: "a foreign preflight", asked: .preflight(origin: "https://evil.example"), status: 204, source: .proxy,
            expected: [fullVary]),
        Case(
            name: "a preflight for a private network",
            asked: Asked(
                method: "OPTIONS",
                fields: [
                    "Origin: https://app.example", "Access-Control-Request-Method: GET",
                    "Access-Control-Request-Private-Network: true",
                ]),
            status: 204, source: .proxy,
            expected: shared + [
                "Access-Control-Allow-Methods: GET, PUT", "Access-Control-Allow-Headers: Content-Type, X-A",
                "Access-Control-Max-Age: 600", "Access-Control-Allow-Private-Network: true", fullVary,
            ]),
        Case(
            name: "the least", policy: { $0.allowOrigins = [app] }, asked: .preflight(), status: 204, source: .proxy,
            expected: [
                "Access-Control-Allow-Origin: https://app.example", everyMethod,
                preflightVary,
            ]),
        Case(
            name: "left out, every method and what is asked for", policy: { $0.allowOrigins = [app] },
            asked: .preflight(headers: "content-type,x-a"), status: 204, source: .proxy,
            expected: [
                "Access-Control-Allow-Origin: https://app.example", everyMethod,
                "Access-Control-Allow-Headers: content-type, x-a",
                preflightVary,
            ]),
        Case(
            name: "none",
            policy: {
                $0.allowOrigins = [app]; $0.allowMethods = []; $0.allowHeaders = []
            },
            asked: .preflight(headers: "content-type"), status: 204, source: .proxy,
            expected: [
                "Access-Control-Allow-Origin: https://app.example", "Access-Control-Allow-Methods: GET, HEAD, POST",
                preflightVary,
            ]),
        Case(
            name: "a private network that is not allowed", policy: { $0.allowOrigins = [app] },
            asked: Asked(
                method: "OPTIONS",
                fields: [
                    "Origin: https://app.example", "Access-Control-Request-Method: GET",
                    "Access-Control-Request-Private-Network: true",
                ]),
            status: 204, source: .proxy,
            expected: [
                "Access-Control-Allow-Origin: https://app.example", everyMethod,
                preflightVary,
            ]),
        Case(
            name: "echo",
            policy: {
                $0.allowOrigins = [app]; $0.allowHeaders = ["echo"]
            },
            asked: .preflight(headers: " x-a,, X-B ,c"), status: 204, source: .proxy,
            expected: [
                "Access-Control-Allow-Origin: https://app.example", everyMethod,
                "Access-Control-Allow-Headers: x-a, X-B, c", preflightVary,
            ]),
        Case(
            name: "echo of what are no names",
            policy: {
                $0.allowOrigins = [app]; $0.allowHeaders = ["echo"]
            },
            asked: .preflight(headers: "x-a, b c"), status: 204, source: .proxy,
            expected: [
                "Access-Control-Allow-Origin: https://app.example", everyMethod,
                preflightVary,
            ]),
        Case(
            name: "echo of every line, each name once",
            policy: {
                $0.allowOrigins = [app]; $0.allowHeaders = ["echo"]
            },
            asked: .preflight(headers: ",x-a ,", more: ["X-B,\tx-c", "", " , ", "X-A,x-d"]), status: 204, source: .proxy,
            expected: [
                "Access-Control-Allow-Origin: https://app.example", everyMethod,
                "Access-Control-Allow-Headers: x-a, X-B, x-c, x-d", preflightVary,
            ]),
        Case(
            name: "echo of a second line that has none",
            policy: {
                $0.allowOrigins = [app]; $0.allowHeaders = ["echo"]
            },
            asked: .preflight(headers: "x-a", more: ["x-b;q=1"]), status: 204, source: .proxy,
            expected: [
                "Access-Control-Allow-Origin: https://app.example", everyMethod,
                preflightVary,
            ]),
        Case(
            name: "echo of a quoted list",
            policy: {
                $0.allowOrigins = [app]; $0.allowHeaders = ["echo"]
            },
            asked: .preflight(headers: "x-a, \"x-b, x-c\""), status: 204, source: .proxy,
            expected: [
                "Access-Control-Allow-Origin: https://app.example", everyMethod,
                preflightVary,
            ]),
        Case(
            name: "echo of nothing",
            policy: {
                $0.allowOrigins = [app]; $0.allowHeaders = ["echo"]
            },
            asked: .preflight(headers: " ,, "), status: 204, source: .proxy,
            expected: [
                "Access-Control-Allow-Origin: https://app.example", everyMethod,
                preflightVary,
            ]),
        Case(
            name: "anyone",
            policy: {
                $0.allowOrigins = ["*"]; $0.exposeHeaders = ["*"]
            },
            expected: ["Access-Control-Allow-Origin: *", "Access-Control-Expose-Headers: *"]),
        Case(
            name: "anyone, also without an Origin", policy: { $0.allowOrigins = ["*"] }, asked: Asked(),
            expected: ["Access-Control-Allow-Origin: *"]),
        Case(
            name: "anyone's preflight",
            policy: {
                $0.allowOrigins = ["*"]; $0.allowMethods = ["*"]; $0.allowHeaders = ["*"]
            },
            asked: .preflight(), status: 204, source: .proxy,
            expected: [
                "Access-Control-Allow-Origin: *", "Access-Control-Allow-Methods: *", "Access-Control-Allow-Headers: *",
                "Vary: Access-Control-Request-Method, Access-Control-Request-Headers",
            ]),
        Case(
            name: "the app's answer is kept",
            policy: {
                $0.allowOrigins = [app]; $0.upstream = .keep
            },
            app: ["Access-Control-Allow-Origin: https://b.example", "Access-Control-Max-Age: 1"],
            expected: ["Access-Control-Allow-Origin: https://b.example", "Access-Control-Max-Age: 1", "Vary: Origin"]),
        Case(
            name: "two answers of the app are none",
            policy: {
                $0.allowOrigins = [app]; $0.upstream = .keep
            },
            app: ["Access-Control-Allow-Origin: https://b.example", "Access-Control-Allow-Origin: *"],
            expected: ["Access-Control-Allow-Origin: https://app.example", "Vary: Origin"]),
        Case(
            name: "no answer of the app",
            policy: {
                $0.allowOrigins = [app]; $0.upstream = .keep
            },
            app: ["Access-Control-Max-Age: 1"], expected: ["Access-Control-Allow-Origin: https://app.example", "Vary: Origin"]),
        Case(
            name: "a forwarded preflight leaves with the policy",
            policy: {
                $0.allowOrigins = [app]; $0.preflight = .forward
            },
            asked: .preflight(), app: ["Access-Control-Allow-Methods: X"], status: 200,
            expected: [
                "Access-Control-Allow-Origin: https://app.example", everyMethod,
                preflightVary,
            ]),
    ]

    @Test("What is written", arguments: cases)
    func table(_ entry: Case) throws {
        var stage = try StageUnderTest(response: [.cors(entry.policy)])
        let lines = stage.response(["X-App: 1"] + entry.app, status: entry.status, asked: entry.asked) {
            $0.source = entry.source
        }
        #expect(lines == ["X-App: 1"] + entry.expected)
    }

    @Test("The later of two policies answers alone")
    func two() throws {
        var stage = try StageUnderTest(response: [
            .cors(Self.full),
            .cors {
                $0.allowOrigins = ["https://app.example"]
                $0.upstream = .keep
            },
        ])
        let asked = Asked(fields: ["Origin: https://app.example"])
        #expect(stage.response(asked: asked) == ["Access-Control-Allow-Origin: https://app.example", "Vary: Origin"])
        let kept = ["Access-Control-Allow-Origin: https://app.example"]
        #expect(stage.response(kept, asked: asked) == kept + ["Vary: Origin"], "an answer of ours is not the app's")
    }

    @Test("Two policies that keep the app's answer keep it")
    func twoKept() throws {
        let keep = Rule.cors {
            $0.allowOrigins = [Self.app]
            $0.upstream = .keep
        }
        var stage = try StageUnderTest(response: [keep, keep])
        #expect(
            stage.response(["Access-Control-Allow-Origin: *"], asked: Asked(fields: ["Origin: https://app.example"]))
                == ["Access-Control-Allow-Origin: *", "Vary: Origin"])
    }

    @Test("Who answers a preflight")
    func preflights() throws {
        func answers(_ rules: [Rule], _ asked: Asked = .preflight()) throws -> Bool {
            let stage = try StageUnderTest(response: rules)
            return stage.policy.answersPreflight(asked.facts(in: stage.names))
        }
        let puts = when { $0.methods = ["PUT"] }
        let forward = Rule.cors {
            Self.full(&$0)
            $0.preflight = .forward
        }
        #expect(try answers([.cors(Self.full)]))
        #expect(try !answers([.set("A", "b")]))
        #expect(try !answers([.cors(Self.full)], Asked(method: "OPTIONS", fields: ["Origin: https://app.example"])))
        #expect(try !answers([.cors(Self.full)], Asked(method: "OPTIONS", fields: ["Access-Control-Request-Method: PUT"])))
        var get = Asked.preflight()
        get.method = "GET"
        #expect(try !answers([.cors(Self.full)], get))
        #expect(try answers([.cors(Self.full)], .preflight(origin: "https://evil.example")), "with no permission")
        #expect(try answers([.cors(when: puts, Self.full)], .preflight(method: "PUT")), "the method is the one asked for")
        #expect(try !answers([.cors(when: puts, Self.full)], .preflight(method: "POST")))
        #expect(try !answers([.cors(when: when { $0.not = [puts] }, Self.full)], .preflight(method: "PUT")))
        #expect(try !answers([.cors(when: when { $0.paths = ["/api/**"] }, Self.full)]))
        #expect(try answers([.cors(when: when { $0.paths = ["/api/**"] }, Self.full)], .preflight(target: "/api/x")))
        #expect(try !answers([.cors(when: when { $0.statuses = ["5xx"] }, Self.full)]), "the answer would be 204")
        #expect(try answers([.cors(when: when { $0.sources = ["proxy"] }, Self.full)]))
        #expect(try !answers([forward]))
        #expect(try !answers([.cors(Self.full), forward]), "the later one counts")
        #expect(try answers([forward, .cors(Self.full)]))
        #expect(try !answers([.stop(), .cors(Self.full)]))
        #expect(try answers([.cors(Self.full), .stop(), forward]))
    }

    @Test("A condition on the method sees OPTIONS, but for cors")
    func methods() throws {
        var stage = try StageUnderTest(response: [
            .cors(when: when { $0.methods = ["PUT"] }, Self.full), .set("A", "1", when: when { $0.methods = ["OPTIONS"] }),
            .set("B", "1", when: when { $0.methods = ["PUT"] }),
        ])
        let lines = stage.response(status: 204, asked: .preflight(method: "PUT")) { $0.isPreflight = true }
        #expect(lines.first == Self.shared.first)
        #expect(lines.last == "A: 1")
    }
}
