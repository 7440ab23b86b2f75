import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

/// The log tells preflights that browsers take for a no.
@Suite struct PreflightAnswerTests {
    private static let asks = ["Origin: https://app.example", "Access-Control-Request-Method: PUT"]
    private static let origin = ("Access-Control-Allow-Origin", "https://app.example")

    @Test(
        arguments: [
            (asks, [origin, ("Access-Control-Allow-Methods", "GET, PUT")], true),
            (asks, [("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Methods", "*")], true),
            (asks, [origin, ("Access-Control-Allow-Methods", "GET, put")], false), (asks, [origin], false),
            (asks, [("Access-Control-Allow-Origin", "https://other.example"), ("Access-Control-Allow-Methods", "PUT")], false),
            (asks, [], false), (["Origin: https://app.example", "Access-Control-Request-Method: POST"], [origin], true),
            (
                [
                    "Origin: https://app.example", "Access-Control-Request-Method: POST",
                    "Access-Control-Request-Headers: content-type",
                ],
                [origin], false
            ),
            (
                [
                    "Origin: https://app.example", "Access-Control-Request-Method: POST",
                    "Access-Control-Request-Headers: content-type,x-a",
                ],
                [origin, ("Access-Control-Allow-Headers", "X-A, Content-Type")], true
            ),
            (
                [
                    "Origin: https://app.example", "Access-Control-Request-Method: POST",
                    "Access-Control-Request-Headers: authorization",
                ],
                [origin, ("Access-Control-Allow-Headers", "*")], false
            ),
            (
                ["Origin: https://app.example", "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: x-a"],
                [origin, ("Access-Control-Allow-Headers", "*")], true
            ),
            (
                asks + ["Access-Control-Request-Headers: x-a", "Access-Control-Request-Headers: x-b"],
                [origin, ("Access-Control-Allow-Methods", "PUT"), ("Access-Control-Allow-Headers", "x-a")], false
            ),
            (
                asks + ["Access-Control-Request-Headers: x-a", "Access-Control-Request-Headers: ,x-b"],
                [
                    origin, ("Access-Control-Allow-Methods", "GET"), ("Access-Control-Allow-Methods", "PUT"),
                    ("Access-Control-Allow-Headers", "X-B"), ("Access-Control-Allow-Headers", "X-C,, X-A"),
                ], true
            ),
        ] as [([String], [(String, String)], Bool)])
    func reason(_ lines: [String], _ answer: [(String, String)], _ isGranted: Bool) {
        var response = ResponseHead()
        for (name, value) in answer { response.fields.append(name, value) }
        let refusal = response.refusal(of: request("OPTIONS", "/", host: "api.example", lines))
        #expect((refusal == nil) == isGranted)
    }

    /// A client chooses what is asked and, by an echo, what is allowed: to compare each with each would take minutes here.
    @Test(.timeLimit(.minutes(5))) func manyNames() {
        let names = (0..<12_000).map { "x\($0)" }.joined(separator: ",")
        var response = ResponseHead()
        response.fields.append(Self.origin.0, Self.origin.1)
        response.fields.append("Access-Control-Allow-Methods", "PUT")
        response.fields.append("Access-Control-Allow-Headers", names)
        let asked = request("OPTIONS", "/", host: "a", Self.asks + ["Access-Control-Request-Headers: \(names)"])
        #expect(response.refusal(of: asked) == nil)
        let other = request("OPTIONS", "/", host: "a", Self.asks + ["Access-Control-Request-Headers: y,\(names)"])
        #expect(response.refusal(of: other)?.part == .field)
    }

    /// The log names what is refused, and what was asked for.
    @Test(
        arguments: [
            (
                [],
                #""refused":"origin","origin":"https://app.example","requested_method":"PUT","requested_headers":"x-a, X-B, x-c""#
            ),
            (
                [origin],
                #""refused":"method","origin":"https://app.example","requested_method":"PUT","requested_headers":"x-a, X-B, x-c""#
            ),
            (
                [origin, ("Access-Control-Allow-Methods", "PUT"), ("Access-Control-Allow-Headers", "x-a")],
                #""refused":"field X-B","origin":"https://app.example","requested_method":"PUT","requested_headers":"x-a, X-B, x-c""#
            ),
            (
                [origin, ("Access-Control-Allow-Methods", "PUT"), ("Access-Control-Allow-Headers", "x-a, x-b")],
                #""refused":"field x-c","origin":"https://app.example","requested_method":"PUT","requested_headers":"x-a, X-B, x-c""#
            ), ([origin, ("Access-Control-Allow-Methods", "*"), ("Access-Control-Allow-Headers", "*")], nil),
        ] as [([(String, String)], String?)])
    func isLogged(_ answer: [(String, String)], _ expected: String?) {
        var facts = ExchangeFacts()
        facts.request = request(
            "OPTIONS", "/", host: "api.example",
            Self.asks + ["Access-Control-Request-Headers: x-a, X-B", "Access-Control-Request-Headers: x-c"])
        facts.reason = .noRoute
        var response = ResponseHead()
        for (name, value) in answer { response.fields.append(name, value) }
        var outcome = AccessLogLine.Outcome()
        outcome.refusal = response.refusal(of: facts.request)
        let line = AccessLogLineTests.json(facts, outcome)
        #expect(line.contains(#""reason":"no_route"\#(expected.map { "," + $0 } ?? "")}"#), "\(line)")
        var output = bytes("")
        AccessLogLine.appendText(facts, outcome, to: &output)
        let words = expected.map { " " + $0.replacing(#"":""#, with: #"=""#).replacing(#"",""#, with: #"" "#).dropFirst() } ?? ""
        #expect(text(output).hasSuffix(" reason=no_route\(words)\n"), "\(words)")
    }
}
