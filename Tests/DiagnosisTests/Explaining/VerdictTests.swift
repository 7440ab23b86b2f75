import Diagnosis
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore
import Testing

/// The verdict of `explain`, and advice that holds when it is followed.
@Suite struct VerdictTests {
    /// Explains a request to a configuration that has these rules, and routes if there are any.
    private static func explain(
        _ url: String, _ origin: String, method: String = "GET", rules: String = "", more: String = "",
        credentials: PageFetch.Credentials = .sameOrigin, fields: [FieldText] = [], answer: [FieldText] = [], status: Status = 200
    ) throws -> (verdict: FetchVerdict, advice: [String], text: String) {
        let loader = ConfigurationLoader(environment: [:]) { _ in [] }
        let text = "listen: 127.0.0.1:8080\nupstreams: { app: http://127.0.0.1:5000 }\n\(more)\nresponse_headers: [\(rules)]\n"
        let configuration = try CompiledConfiguration(loader.load(text: text, file: "letterhead.yaml"))
        var request = try #require(SimulatedRequest(method: method, url: url))
        request.fields = fields
        var question = ExplainQuestion(request: request, unixSeconds: 784_111_777)
        (question.origin, question.credentials, question.namesHost) = (origin, credentials, url.contains("://"))
        var explainer = Explainer(question, on: configuration)
        while true {
            switch try explainer.next() {
            case .done(let explanation):
                return (
                    try #require(explanation.verdict), explanation.advice.map(\.text), explanation.text(Style(isColored: false))
                )
            case .needsAnswer(let one): one.exchange.receive(.response(status: status, fields: answer))
            }
        }
    }

    /// A redirect from one foreign origin to another makes the origin `null`: told, and refused where that cannot be allowed.
    @Test(
        arguments: [
            ("http://app.example", "http://api.example/x", "https://api.example/x", false, "origin_lost"),
            ("http://app.example", "http://api.example/x", "https://b.example/x", false, "null"),
            ("http://app.example", "http://api.example/x", "https://b.example/x", true, "origin_lost"),
            ("http://app.example", "http://api.example/x", "http://app.example/x", true, "origin_lost"),
            ("http://app.example", "http://api.example/x", "http://api.example:81/x", true, "origin_lost"),
            ("http://app.example", "http://api.example/x", "/y", true, "opaque_redirect"),
            ("http://app.example", "http://app.example/x", "https://b.example/x", true, "opaque_redirect"),
            ("null", "http://api.example/x", "https://b.example/x", false, "opaque_redirect"),
            ("http://app.example", "/x", "https://localhost/x", false, "origin_lost"),
            ("http://app.example", "/x", "https://b.example/x", true, "opaque_redirect"),
            ("https://app.example", "https://api.example/x", "http://b.example/x", false, "mixed_content"),
            ("https://app.example", "https://api.example/x", "mailto:x", false, "redirect_malformed"),
        ] as [(String, String, String, Bool, String)])
    func redirects(_ origin: String, _ url: String, _ location: String, _ hasCredentials: Bool, _ outcome: String) throws {
        let found = try Self.explain(
            url, origin,
            rules: "{ cors: { allow_origins: [\(origin == "null" ? "\"null\"" : origin)], allow_credentials: true } }",
            credentials: hasCredentials ? .include : .sameOrigin, answer: [FieldText("Location", location)], status: 308)
        let saysNull = found.text.contains("the browser says `Origin: null`")
        #expect(saysNull == ["origin_lost", "null"].contains(outcome), "\(found.text)")
        let code = found.verdict.failure?.code ?? found.verdict.kind.rawValue
        #expect(code == (outcome == "null" ? "opaque_redirect" : outcome), "\(found.text)")
        if outcome == "origin_lost" { #expect(found.advice == ["let the page ask for \(location) itself, or do not redirect"]) }
    }

    /// `*` lets whoever asks without credentials read; and a configuration may allow `null`, unwise as that is.
    @Test(arguments: [
        ("allow_origins: [\"*\"]", false, "opaque_redirect"),
        ("allow_origins: [\"null\", http://app.example]", false, "opaque_redirect"),
        ("allow_origins: [\"null\", http://app.example], allow_credentials: true", true, "opaque_redirect"),
        ("allow_origins: [http://app.example]", false, "refused"),
    ])
    func redirectsThatAreRead(_ keys: String, _ hasCredentials: Bool, _ kind: String) throws {
        let found = try Self.explain(
            "http://api.example/x", "http://app.example", rules: "{ cors: { \(keys) } }",
            credentials: hasCredentials ? .include : .sameOrigin, answer: [FieldText("Location", "https://api.example/x")],
            status: 308)
        #expect(found.verdict.kind.rawValue == kind, "\(found.text)")
        #expect(found.text.contains("the browser says `Origin: null`"))
    }

    /// What a redirect makes of a POST.
    @Test(
        arguments: [
            (301, "/b", true), (302, "/b", true), (303, "/b", true), (307, "/b", false), (308, "/b", false),
        ])
    func ownRedirects(_ status: Int, _ to: String, _ isTurned: Bool) throws {
        let route = "routes: [{ path: /a, redirect: { to: \(to), status: \(status) } }, { upstream: app }]"
        let found = try Self.explain(
            "http://api.example/a", "http://app.example", method: "POST",
            rules: "{ cors: { allow_origins: [http://app.example] } }",
            more: route)
        #expect(found.text.contains("as a GET, without the body of the POST") == isTurned, "\(found.text)")
        #expect(found.advice.contains { $0.hasSuffix("redirect with 308, or 307 while it may change") } == isTurned)
    }

    /// An app's 302 to another page may be meant; one that only adds a slash is not.
    @Test(arguments: [("/x/", true), ("/done", false)]) func redirectsOfTheApp(_ location: String, _ isLoss: Bool) throws {
        let found = try Self.explain(
            "/x", "http://app.example", method: "POST", rules: "{ cors: { allow_origins: [http://app.example] } }",
            answer: [FieldText("Location", location)], status: 302)
        #expect(found.text.contains("as a GET, without the body of the POST"))
        #expect(found.advice.isEmpty == !isLoss, "\(found.advice)")
    }

    /// Nothing over http is sent for a page of https, except to this machine and the local network.
    @Test(
        arguments: [
            ("https://a.example", "http://api.example/x", true), ("https://a.example", "https://api.example/x", false),
            ("http://a.example", "http://api.example/x", false), ("https://a.example", "http://127.0.0.1:8080/x", false),
            ("https://a.example", "http://localhost/x", false), ("https://a.example", "/x", false),
            ("https://a.example", "http://192.168.1.2/x", false),
        ])
    func mixedContent(_ origin: String, _ url: String, _ isRefused: Bool) throws {
        let found = try Self.explain(url, origin, rules: "{ cors: { allow_origins: [\(origin)] } }")
        #expect((found.verdict.failure?.code == "mixed_content") == isRefused && found.verdict.isReadable == !isRefused)
        #expect(found.advice == (isRefused ? ["let the page ask for it by https"] : []))
    }

    /// An error stands before CORS only where nothing says which origin is allowed.
    @Test(arguments: [([], "comes first, and CORS second."), (["https://b.example"], "besides: the app has failed as well.")])
    func errors(_ allowed: [String], _ words: String) throws {
        let answer = allowed.map { FieldText("Access-Control-Allow-Origin", $0) }
        let found = try Self.explain("/x", "https://a.example", answer: answer, status: 500)
        #expect(found.text.contains("The status is 500") && found.text.contains(words), "\(found.text)")
    }

    /// A header of responses is not to be allowed.
    @Test func headersOfResponses() throws {
        let found = try Self.explain(
            "/x", "https://a.example", rules: "{ cors: { allow_origins: [https://a.example], allow_headers: [X-A] } }",
            fields: [FieldText("Access-Control-Allow-Origin", "*")])
        #expect(found.verdict.failure?.code == "header_not_allowed")
        #expect(found.advice.count == 1 && found.advice[0].hasPrefix("take access-control-allow-origin out of the `fetch` call"))
    }

    /// Advice for a page with credentials ends its troubles.
    @Test func credentials() throws {
        let found = try Self.explain("/x", "https://a.example", credentials: .include)
        let rule = try #require(found.advice.first?.split(separator: "`").first { $0.hasPrefix("- cors:") })
        #expect(
            try Self.explain("/x", "https://a.example", rules: "{ \(rule.dropFirst(2)) }", credentials: .include).verdict
                .isReadable)
        let listed = try Self.explain(
            "/x", "https://a.example", rules: "{ cors: { allow_origins: [https://b.example] } }", credentials: .include)
        #expect(listed.advice.count == 2 && listed.advice[1].contains("allow_credentials: true"), "\(listed.advice)")
    }

    /// To leave out `upstream: keep` helps only where the rule itself would allow what is asked.
    @Test(
        arguments: [
            ("allow_origins: [https://a.example]", "GET", false, []),
            ("allow_origins: [https://b.example]", "GET", false, ["write https://a.example into `allow_origins`"]),
            ("allow_origins: [https://a.example]", "GET", true, ["write `allow_credentials: true`"]),
            ("allow_origins: [https://a.example], allow_credentials: true", "GET", true, []),
        ] as [(String, String, Bool, [String])])
    func kept(_ keys: String, _ method: String, _ hasCredentials: Bool, _ more: [String]) throws {
        let found = try Self.explain(
            "/x", "https://a.example", method: method, rules: "{ cors: { \(keys), upstream: keep } }",
            credentials: hasCredentials ? .include : .sameOrigin,
            answer: [FieldText("Access-Control-Allow-Origin", "https://c.example")])
        #expect(found.verdict.failure?.code == "allow_origin_differs")
        let replaces = found.advice.first?.hasSuffix("leave out `upstream: keep`, and this rule's answer replaces it") ?? false
        #expect(replaces == more.isEmpty && found.advice.count == more.count + 1, "\(found.advice)")
        for text in more { #expect(found.advice.contains { $0.contains(text) }, "\(found.advice)") }
        let without = try Self.explain(
            "/x", "https://a.example", method: method, rules: "{ cors: { \(keys) } }",
            credentials: hasCredentials ? .include : .sameOrigin,
            answer: [FieldText("Access-Control-Allow-Origin", "https://c.example")])
        #expect(without.verdict.isReadable == more.isEmpty)
    }
}
