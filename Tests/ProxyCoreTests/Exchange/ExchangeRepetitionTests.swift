import ExchangeDriver
import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

/// A request that goes out again, to the same server or to another one.
@Suite struct ExchangeRepetitionTests {
    /// A connection that was idle and has closed says nothing about its server; a new one that closes does.
    @Test func onceOnAFreshConnection() {
        let driven = DrivenExchange()
        #expect(driven.begin(DrivenRequest("GET", "/x")) == "forward 0")
        #expect(driven.connect(reused: true) == "resume")
        #expect(driven.fail(.closed) == "repeat")
        #expect(driven.connect() == "resume")
        #expect(driven.fail(.closed) == "blames, reply 502")
        #expect(driven.broken.isEmpty)
    }

    /// The body goes out again too, as long as all of it is there.
    @Test func withItsBody() {
        let driven = DrivenExchange()
        _ = driven.begin(DrivenRequest("PUT", "/x", body: .chunked))
        #expect(driven.body(5) == "hold")
        #expect(driven.connect(reused: true) == "credit 5, resume")
        #expect(driven.body(15) == "keep; credit 15")
        #expect(driven.fail(.closed) == "repeat")
        #expect(driven.body(3) == "pause, hold")
        #expect(driven.connect() == "credit 3, resume")
        #expect(driven.end() == "finish body" && driven.broken.isEmpty)
    }

    @Test func notWhenItIsTooMuch() {
        let driven = DrivenExchange()
        _ = driven.begin(DrivenRequest("PUT", "/x", body: .chunked))
        _ = driven.connect(reused: true)
        #expect(driven.body(20) == "keep; credit 20")
        #expect(driven.body(1) == "forget; credit 1")
        #expect(driven.body(1) == "pass; credit 1")
        #expect(driven.fail(.closed) == "blames, reply 502 leaves")
        #expect(driven.broken.isEmpty)
    }

    @Test(arguments: ["begins", "interim"]) func notOnceAnswered(_ sign: String) {
        let driven = Moment.waiting.driven
        _ = sign == "begins" ? driven.responseBegins() : driven.interim()
        #expect(driven.fail(.closed) == "blames, reply 502")
    }

    /// What was not acted on goes again whatever it is, and then to another server, with all of its body.
    @Test func refused() {
        let driven = DrivenExchange()
        _ = driven.begin(DrivenRequest("POST", "/modern/x", body: .chunked), others: 1)
        _ = driven.body(7)
        for _ in 0..<3 {
            #expect(driven.connect(mayBeRefused: true).hasSuffix("resume"))
            #expect(driven.fail(.refused) == "repeat")
        }
        #expect(driven.connect(mayBeRefused: true) == "resume")
        #expect(driven.fail(.refused) == "move on")
        #expect(driven.connect(mayBeRefused: true) == "resume")
        #expect(driven.fail(.refused) == "reply 503 leaves")
        #expect(driven.broken.isEmpty)
    }

    /// To as many others as there are, if the request has not been acted on or a second arrival does no harm.
    @Test(
        arguments: [
            ("GET", false, .connectFailed, "move on"), ("POST", false, .connectFailed, "move on"),
            ("POST", false, .overloaded, "move on"),
            ("POST", false, .noServer, "reply 503 leaves"), ("GET", true, .closed, "blames, move on repeated"),
            ("POST", true, .closed, "blames, reply 502 leaves"), ("GET", true, .invalidResponse, "blames, reply 502"),
        ] as [(String, Bool, UpstreamFault, String)])
    func movesOn(_ method: String, _ isConnected: Bool, _ fault: UpstreamFault, _ expected: String) {
        let driven = DrivenExchange()
        _ = driven.begin(DrivenRequest(method, "/x", body: method == "GET" ? .none : .length(3)), others: 1)
        if isConnected { _ = driven.connect() }
        #expect(driven.fail(fault) == expected)
        if driven.own.link == .wanted {
            #expect(driven.fail(.connectTimeout) == "reply 504" + (method == "GET" ? "" : " leaves"))
        }
        #expect(driven.broken.isEmpty)
    }

    /// The attempts are spent, or the budget is: the client learns what went wrong.
    @Test func nobodyElse() {
        let driven = DrivenExchange()
        _ = driven.begin(DrivenRequest("GET", "/x"), others: 0)
        driven.exchange.hasOthers(attempts: 1)
        #expect(driven.fail(.tlsFailed) == "move on; reply 502")
        #expect(driven.exchange.facts.reason == .upstreamTLSFailed && driven.broken.isEmpty)
    }

    /// The first server's time is over; that of the exchange is not.
    @Test func silentServer() {
        let driven = DrivenExchange(DrivenConfiguration.make(exchange: 100_000))
        _ = driven.begin(DrivenRequest("GET", "/x"), others: 1)
        _ = driven.connect()
        #expect(driven.waitForDeadline() == "blames, cancels, move on repeated")
        #expect(driven.exchange.deadline == driven.context.now + 70_000)
        #expect(driven.waitForDeadline() == "cancels, reply 504")
        #expect(driven.exchange.facts.reason == .exchangeTimeout && driven.broken.isEmpty)
    }
}
