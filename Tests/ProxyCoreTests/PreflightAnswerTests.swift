import HTTPModel
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
        let word = response.preflightReason(for: request("OPTIONS", "/", host: "api.example", lines))
        #expect(word == (isGranted ? "preflight" : "preflight_refused"))
    }
}
