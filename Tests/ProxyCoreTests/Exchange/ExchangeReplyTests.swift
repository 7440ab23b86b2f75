import ExchangeDriver
import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

/// What no app answers.
@Suite struct ExchangeReplyTests {
    @Test(
        arguments: [
            (DrivenRequest("GET", "/fixed"), "reply 200", "respond"),
            (DrivenRequest("HEAD", "/fixed"), "reply 200 empty", "respond"),
            (DrivenRequest("GET", "/moved"), "reply 308 empty", "redirect"),
            (DrivenRequest("CONNECT", "/x"), "reply 405", "connect_refused"),
            (DrivenRequest("GET", "/a/../b"), "reply 400", "dot_segment"),
            (DrivenRequest("OPTIONS", "/x", [FieldText("Max-Forwards", "0")]), "reply 204 empty", "max_forwards"),
            (DrivenRequest("TRACE", "/x", [FieldText("max-forwards", "00")]), "reply 405", "max_forwards"),
            (DrivenRequest("OPTIONS", "/fixed", [FieldText("Max-Forwards", "0")]), "reply 200", "respond"),
            (DrivenRequest("POST", "/fixed", body: .length(3)), "reply 200 leaves", "respond"),
            (
                DrivenRequest("POST", "/x", [FieldText("Expect", "more")], body: .length(3)), "reply 417 leaves",
                "unknown_expectation"
            ),
        ] as [(DrivenRequest, String, String)])
    func local(_ request: DrivenRequest, _ expected: String, _ reason: String) {
        let driven = DrivenExchange()
        #expect(driven.begin(request) == expected)
        #expect(
            (driven.exchange.facts.reason?.rawValue ?? "") == reason && driven.exchange.facts.source == .proxy
                && driven.broken.isEmpty)
    }

    /// RFC 9110 §7.6.2.
    @Test(arguments: [
        ("OPTIONS", ["5"], ["4"]), ("TRACE", ["1"], ["0"]), ("GET", ["5"], ["5"]), ("OPTIONS", ["many"], ["many"]),
        ("OPTIONS", ["0", "0"], ["0", "0"]), ("GET", ["0"], ["0"]),
    ])
    func countsItself(_ method: String, _ values: [String], _ expected: [String]) {
        let driven = DrivenExchange()
        _ = driven.begin(DrivenRequest(method, "/x", values.map { FieldText("Max-Forwards", $0) }))
        #expect(driven.exchange.facts.request.fields.texts.values(of: "max-forwards") == expected)
        #expect(driven.exchange.facts.reason == nil && driven.broken.isEmpty)
    }

    @Test(
        arguments: [
            (DrivenRequest.report(body: .length(20)), "-", #"{"csp-report":{}}"#, "reply 204 empty", "report"),
            (.report("POST", "application/reports+json", body: .chunked), "-", "[]", "reply 204 empty", "report"),
            (.report(body: .length(20)), "-", "{}", "reply 400", "report_malformed"),
            (.report(body: .none), "reply 400", "", "", "report_malformed"),
            (.report("GET", body: .none), "reply 405", "", "", "method_not_allowed"),
            (.report("POST", "text/plain", body: .length(3)), "reply 415 leaves", "", "", "report_type"),
            (.report(body: .length(41)), "reply 413 leaves", "", "", "report_too_large"),
        ] as [(DrivenRequest, String, String, String, String)])
    func reports(_ request: DrivenRequest, _ first: String, _ body: String, _ last: String, _ reason: String) {
        let driven = DrivenExchange()
        #expect(driven.begin(request) == first)
        if first == "-" {
            #expect(driven.body(report: body) == "credit \(body.utf8.count), hold")
            #expect(driven.end() == last)
        }
        #expect((driven.exchange.facts.reason?.rawValue ?? "") == reason && driven.broken.isEmpty)
    }

    @Test func reportThatGrowsTooLarge() {
        let driven = DrivenExchange()
        _ = driven.begin(.report(body: .chunked))
        #expect(driven.body(40) == "credit 40, hold")
        #expect(driven.body(1) == "credit 1, reply 413 leaves")
        #expect(driven.end() == "-" && driven.broken.isEmpty)
    }

    /// Who asks first whether a report is welcome is told so.
    @Test(arguments: [(HTTPVersion.http11, "interim 100"), (.http10, "-")]) func asksFirst(
        _ version: HTTPVersion, _ expected: String
    ) {
        var request = DrivenRequest.report(body: .length(20))
        request.fields.append(FieldText("Expect", "100-continue"))
        request.version = version
        #expect(DrivenExchange().begin(request) == expected)
    }

    /// Links that the app is known to send go ahead, to who can make use of them.
    @Test(
        arguments: [
            (HTTPVersion.http2, "GET", "interim 103, forward 0"), (.http11, "GET", "interim 103, forward 0"),
            (.http10, "GET", "forward 0"),
            (.http11, "POST", "forward 0"),
        ])
    func earlyHints(_ version: HTTPVersion, _ method: String, _ expected: String) {
        var request = DrivenRequest(method, "/hints")
        request.version = version
        let driven = DrivenExchange()
        #expect(driven.begin(request) == expected)
        #expect(driven.connect() == "resume" && driven.answer(200) == "head 200 length(5)")
        #expect(driven.broken.isEmpty)
    }

    /// An old client takes an interim response for the final one.
    @Test func interimResponses() {
        var request = DrivenRequest("GET", "/x")
        request.version = .http10
        let driven = DrivenExchange()
        _ = driven.begin(request)
        _ = driven.connect()
        #expect(driven.interim() == "does not pass" && driven.answer(200) == "head 200 length(5)")
    }

    @Test func tooManyNominations() {
        let driven = Moment.waiting.driven
        let names = (0..<200).map { "x\($0)" }.joined(separator: ", ")
        #expect(driven.answer(200, [FieldText("Connection", names)]) == "cancels, reply 502")
        #expect(driven.exchange.badResponse == .tooManyNominations && driven.exchange.facts.source == .proxy)
    }

    /// A head that cannot be read is answered under the policy, with what is known of it.
    @Test func unreadable() {
        let driven = DrivenExchange()
        #expect(driven.reject() == "reply 400 leaves")
        #expect(driven.exchange.facts.requestID.count == 32 && driven.exchange.status == 400 && driven.broken.isEmpty)
    }
}
