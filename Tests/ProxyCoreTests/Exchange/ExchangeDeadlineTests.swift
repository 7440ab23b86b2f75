import ExchangeDriver
import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

/// Which of the times ends an exchange.
@Suite struct ExchangeDeadlineTests {
    struct Wait: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var moment: Moment
        /// Milliseconds.
        var time: Int
        var reason: String
        var event: @Sendable (DrivenExchange) -> Void

        init(
            _ name: String, _ moment: Moment, _ time: Int, _ reason: String,
            _ event: @escaping @Sendable (DrivenExchange) -> Void = { _ in }
        ) {
            testDescription = name
            self.moment = moment
            self.time = time
            self.reason = reason
            self.event = event
        }
    }

    @Test(arguments: [
        Wait("a body", .connecting, 10_000, "request_body_timeout"),
        Wait("a report", .collecting, 10_000, "request_body_timeout"),
        Wait("a body for an app that is there", .sending, 10_000, "request_body_timeout"),
        Wait("a connection", .connecting, 30_000, "connect_timeout") { _ = $0.end() },
        Wait("a response", .waiting, 30_000, "response_timeout"),
        Wait("a response, once the body is there", .sending, 30_000, "response_timeout") { _ = $0.end() },
        Wait("more of a response", .responding, 30_000, "response_timeout") { _ = $0.responseBytes(1) },
        Wait("an event", .waiting, 300_000, "response_timeout") {
            _ = $0.answer(200, [FieldText("Content-Type", "text/event-stream")], body: .untilClose)
        },
        Wait("either side of a tunnel", .tunnel, 60_000, "tunnel_idle"),
        Wait("the app's side of a tunnel", .tunnel, 5_000, "tunnel_idle") { _ = $0.tunnelInputEnds() },
    ])
    func waits(_ row: Wait) {
        let driven = row.moment.driven
        let start = driven.context.now
        driven.pass(1_234)
        row.event(driven)
        #expect([start, driven.context.now].contains(driven.exchange.deadline - row.time))
        _ = driven.waitForDeadline()
        #expect(
            (driven.exchange.facts.reason?.rawValue ?? "") == row.reason && driven.exchange.isComplete && driven.broken.isEmpty)
    }

    /// A client that expects a 100 rightly sends nothing before the app has said something (RFC 9110 §10.1.1).
    @Test func whoIsSilentAfterAnExpectation() {
        func expecting() -> DrivenExchange {
            let driven = DrivenExchange(DrivenConfiguration.usual)
            _ = driven.begin(DrivenRequest("POST", "/x", [FieldText("Expect", "100-continue")], body: .length(10)))
            return driven
        }
        let waits: [(String, Int, String, (DrivenExchange) -> Void)] = [
            ("no connection", 10_000, "request_body_timeout", { _ in }),
            ("the app", 30_000, "response_timeout", { _ = $0.connect() }),
            (
                "the app, which has only sent hints", 30_000, "response_timeout",
                {
                    _ = $0.connect()
                    _ = $0.interim(103)
                }
            ),
            (
                "the client, which was told to go on", 10_000, "request_body_timeout",
                {
                    _ = $0.connect()
                    $0.pass(1_000)
                    _ = $0.interim(100)
                }
            ),
            (
                "the client, which began all the same", 10_000, "request_body_timeout",
                {
                    _ = $0.connect()
                    $0.pass(1_000)
                    _ = $0.body(3)
                }
            ),
        ]
        for (name, time, reason, events) in waits {
            let driven = expecting()
            events(driven)
            let left = driven.exchange.deadline - driven.context.now
            #expect(left == time, "\(name)")
            let said = driven.waitForDeadline()
            // An app may read without asking: who waits for whom is not known.
            #expect(!said.contains("blames"), "\(name): \(said)")
            #expect(driven.exchange.facts.reason?.rawValue == reason && driven.broken.isEmpty, "\(name)")
        }
    }

    /// An app that has begun to answer may say nothing until it has the whole request, which can take its time.
    @Test func progressOfTheRequestCounts() {
        let driven = Moment.early.driven
        driven.pass(20_000)
        _ = driven.body(3)
        #expect(driven.exchange.deadline == driven.context.now + 30_000)
        // Nor is the app blamed for waiting.
        #expect(driven.waitForDeadline() == "cancels, truncate" && driven.broken.isEmpty)
    }

    /// While the client takes nothing, no part of its request makes the app's time run.
    @Test func progressBesideAClientThatTakesNothing() {
        let driven = Moment.early.driven
        _ = driven.responseBytes(5, fills: true)
        _ = driven.body(7)
        #expect(driven.exchange.deadline == .max)
        _ = driven.end()
        #expect(driven.exchange.deadline == .max)
    }

    /// An app that says that it works on the request is not silent.
    @Test(arguments: [false, true]) func interimResponsesCount(_ isExpected: Bool) {
        let driven = isExpected ? DrivenExchange(DrivenConfiguration.usual) : Moment.waiting.driven
        if isExpected {
            _ = driven.begin(DrivenRequest("POST", "/x", [FieldText("Expect", "100-continue")], body: .length(10)))
            _ = driven.connect()
        }
        driven.pass(20_000)
        _ = driven.interim(102)
        #expect(driven.exchange.deadline == driven.context.now + 30_000)
    }

    /// For the client whoever serves it waits.
    @Test(arguments: [Moment.responding, .tunnel]) func theClientHasTime(_ moment: Moment) {
        let driven = moment.driven
        _ = driven.responseBytes(5, fills: true)
        #expect(driven.exchange.deadline == .max)
        #expect(driven.clientTakes() == "read")
        #expect(driven.exchange.deadline == driven.context.now + (moment == .tunnel ? 60_000 : 30_000))
    }

    /// The whole exchange has its time, whatever it waits for; a tunnel has not.
    @Test(
        arguments: [
            (Moment.connecting, "cancels, reply 504 leaves"), (.sending, "cancels, reply 504 leaves"),
            (.waiting, "cancels, reply 504"),
            (.responding, "cancels, truncate"),
        ])
    func allOfIt(_ moment: Moment, _ expected: String) {
        let driven = moment.driven(DrivenConfiguration.make(exchange: 4_000))
        #expect(driven.exchange.deadline == driven.context.now + 4_000)
        #expect(driven.waitForDeadline() == expected)
        #expect(driven.exchange.facts.reason == .exchangeTimeout && driven.broken.isEmpty)
    }

    @Test func tunnelsLastLonger() {
        let driven = Moment.tunnel.driven(DrivenConfiguration.make(exchange: 4_000))
        #expect(driven.exchange.deadline == driven.context.now + 60_000)
    }

    /// A body may come slowly, but not that slowly.
    @Test func bodiesHaveARate() {
        let driven = DrivenExchange(DrivenConfiguration.make(bodyRate: 2))
        _ = driven.begin(DrivenRequest("POST", "/x", body: .chunked))
        _ = driven.connect()
        let start = driven.context.now
        for _ in 0..<3 {
            driven.pass(3_000)
            _ = driven.body(2)
        }
        // 10 seconds at first, and one for every two bytes.
        #expect(driven.exchange.deadline == start + 13_000)
        _ = driven.body(1, fills: true)
        driven.pass(5_000)
        _ = driven.appTakes()
        #expect(driven.exchange.deadline == start + 18_500, "what the app keeps waiting is not the client's fault")
    }

    /// A client that goes on sending after its answer is told to stop.
    @Test func lingering() {
        let driven = DrivenExchange()
        #expect(driven.begin(DrivenRequest("POST", "/moved", body: .chunked)) == "reply 308 empty leaves")
        #expect(driven.body(9) == "credit 9")
        #expect(driven.waitForDeadline() == "stop body")
        #expect(driven.waitForDeadline() == "waits for ever" && driven.broken.isEmpty)
    }
}
