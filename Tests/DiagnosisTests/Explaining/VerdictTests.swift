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
