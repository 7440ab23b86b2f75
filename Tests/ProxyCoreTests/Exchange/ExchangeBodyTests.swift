import ExchangeDriver
import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

/// The request's body: limits, and who waits for whom.
@Suite struct ExchangeBodyTests {
    @Test func tooLargeByItsHead() {
        let driven = DrivenExchange()
        #expect(driven.begin(DrivenRequest("POST", "/small", body: .length(11))) == "reply 413 leaves")
        #expect(driven.begin(DrivenRequest("POST", "/small", body: .length(10))) == "forward 0")
    }

    @Test(arguments: [true, false]) func tooLargeByItsCount(isConnected: Bool) {
        let driven = DrivenExchange()
        _ = driven.begin(DrivenRequest("POST", "/small", body: .chunked))
        if isConnected { _ = driven.connect() }
        #expect(driven.body(10) == (isConnected ? "pass; credit 10" : "hold"))
        #expect(driven.body(1) == "credit \(isConnected ? 1 : 11), cancels, reply 413 leaves")
        // Nobody reads the rest.
        #expect(driven.body(100) == "credit 100")
        #expect(driven.end() == "-" && driven.broken.isEmpty)
    }

    @Test func tooLargeBesideItsResponse() {
        let driven = DrivenExchange()
        _ = driven.begin(DrivenRequest("POST", "/small", body: .chunked))
        _ = driven.connect()
        _ = driven.answer(200)
        #expect(driven.body(11) == "credit 11, cancels, truncate")
        #expect(driven.exchange.facts.reason == .requestBodyTooLarge && driven.broken.isEmpty)
    }

    /// Before there is a connection, so much is kept and no more.
    @Test func waitsForAConnection() {
        let driven = DrivenExchange()
        _ = driven.begin(DrivenRequest("POST", "/x", body: .chunked))
        #expect(driven.body(20) == "hold")
        #expect(driven.body(1) == "pause, hold")
        #expect(driven.exchange.deadline == .max, "who was asked to pause is not late")
        #expect(driven.connect() == "credit 21, resume")
        #expect(driven.exchange.deadline == driven.context.now + 10_000)
        #expect(driven.broken.isEmpty)
    }

    /// An app that takes nothing has as long as one that says nothing.
    @Test(arguments: [true, false]) func waitsForTheApp(asItConnects: Bool) {
        let driven = DrivenExchange()
        _ = driven.begin(DrivenRequest("POST", "/x", body: .chunked))
        if asItConnects {
            _ = driven.body(21)
            #expect(driven.connect(isFull: true) == "-")
        } else {
            _ = driven.connect()
            #expect(driven.body(21, fills: true) == "pass; pause")
        }
        driven.pass(100)
        #expect(driven.body(4, fills: true) == "pass; pause")
        #expect(driven.waitForDeadline() == "blames, cancels, reply 504 leaves")
        #expect(driven.exchange.facts.reason == .responseTimeout && driven.broken.isEmpty)
    }

    /// Credit for all that has gone on, and more time by as long as the client was asked to wait.
    @Test func goesOn() {
        let driven = DrivenExchange()
        _ = driven.begin(DrivenRequest("POST", "/x", body: .chunked))
        _ = driven.connect()
        _ = driven.body(3, fills: true)
        _ = driven.body(4, fills: true)
        #expect(driven.appTakes() == "credit 7, resume")
        #expect(driven.exchange.deadline == driven.context.now + 10_000)
        #expect(driven.appTakes() == "resume" && driven.broken.isEmpty)
    }

    /// What came before there was a connection is held whole, but sent a second time only up to the limit.
    @Test(arguments: [(0, true), (1, false)]) func heldForTheApp(_ more: Int, _ mayRepeat: Bool) {
        let driven = DrivenExchange()
        _ = driven.begin(DrivenRequest("PUT", "/x", body: .chunked))
        _ = driven.body(driven.exchange.configuration.source.limits.bodyBuffer + more)
        _ = driven.connect(reused: true)
        #expect(driven.exchange.mayRepeat == mayRepeat && driven.broken.isEmpty)
    }

    /// A response that has begun is waited for, whether or not the app reads meanwhile.
    @Test func appThatDoesNeither() {
        let driven = Moment.early.driven
        _ = driven.body(3, fills: true)
        #expect(driven.waitForDeadline() == "blames, cancels, truncate")
    }

    @Test func trailersAreCleaned() {
        let driven = Moment.sending.driven
        var trailers = fields(["X-Once: theirs", "X-Request-ID: theirs", "X-Forwarded-For: 1.2.3.4", "A_b: 1", "X-Sum: 1"])
        let actions = driven.exchange.requestEnded(trailers: &trailers, held: [], &driven.context)
        #expect(actions.app == .finishBody)
        #expect(!lines(trailers).contains { $0.hasPrefix("X-Request-ID") || $0.hasPrefix("X-Forwarded") || $0.hasPrefix("A_b") })
        #expect(lines(trailers).contains("X-Sum: 1"))
    }
}
