package import HTTPModel
import HeaderPolicy
package import ProxyCore

/// How far both sides of a driven exchange are.
package struct DrivenRequestState {
    /// Where the connection to an app is.
    package enum Link: Sendable, Hashable { case none, wanted, open }
    package internal(set) var link = Link.none
    /// The app does not take bytes at the moment; the client does not.
    package internal(set) var isAppFull = false
    package internal(set) var isClientFull = false
    /// The client's side has its whole response, or has seen that it breaks off; or there is no client any more.
    package internal(set) var isOver = false
    package internal(set) var isTunnel = false
    /// The request has come to its end.
    package internal(set) var hasEnded = false
    /// How many other servers are left.
    package internal(set) var others = 0
    var finals = 0
    var wasComplete = false
    var isLingering = false
    var isCollecting = false
    var mayBlame = false
    var mayBeRefused = false
    var beganAt = 0
    // Bytes of the request's body: from the client, allowed to it again, kept, and on the present connection to the app.
    var taken = 0
    var credited = 0
    var held = 0
    var delivered = 0
    var report: [UInt8] = []
}

/// Carries out what an exchange decides on nothing at all: counts bytes, gets connections from the test, and keeps a list of what the
/// exchange has promised and not kept.
///
/// Each event answers with what was asked for, in words: `reply 502, blames`; what followed from it stands behind a semicolon.
package final class DrivenExchange {
    package var exchange: Exchange
    package var context: ExchangeContext
    /// Promises that did not hold.
    package internal(set) var broken: [String] = []

    /// Of the request at hand.
    package internal(set) var own = DrivenRequestState()
    let configuration: CompiledConfiguration

    package init(_ configuration: CompiledConfiguration = DrivenConfiguration.usual) {
        self.configuration = configuration
        var random = FreshRandom.repeatable(SplitMix64(seed: 1))
        guard let requestIDs = try? RequestIDs(RequestIDPolicy(), seededBy: &random) else { fatalError("the policy is good") }
        exchange = Exchange(configuration, listener: 0)
        context = ExchangeContext(requestIDs: requestIDs, random: random)
        context.setTime(unixSeconds: 784_111_777)
        pass(1_000)
    }

    var peer: Peer { configuration.forwarding.peer(address: .unspecified, text: Array("10.1.2.3".utf8), port: 4) }

    /// Time passes.
    package func pass(_ milliseconds: Int) {
        context.now += milliseconds
        context.nanoseconds = UInt64(context.now) * 1_000_000
    }

    // MARK: From the client

    /// - Parameter others: how many other servers the upstream has.
    package func begin(_ request: DrivenRequest, others: Int = 0) -> String {
        if exchange.isComplete {
            exchange.reset(configuration, listener: 0)
            own = DrivenRequestState()
        }
        own.others = others
        exchange.facts.request.fill(with: request)
        own.beganAt = context.now
        let actions =
            request.isWebSocket
            ? exchange.beginWebSocket(peer: peer, &context)
            : exchange.begin(body: request.body, wantsUpgrade: request.wantsUpgrade, peer: peer, &context)
        if others > 0 { exchange.hasOthers(attempts: others) }
        own.isCollecting = exchange.route.map { configuration.routes[$0].upstream < 0 } ?? false
        return take(actions)
    }

    /// The request cannot be read, or no further.
    package func reject() -> String {
        take(exchange.reject(ParseFailure(.invalidChunkSize), peer: peer, &context))
    }

    /// - Parameter fills: the app, if they go to it, takes no more.
    package func body(_ count: Int, fills: Bool = false) -> String {
        own.taken += count
        let actions = exchange.bodyReceived(count, &context)
        switch actions.app {
        case .pass(let keeps): if keeps { own.held += count }
        case .forget: own.held = 0
        case .hold:
            own.held += count
            return take(actions)
        default: return take(actions)
        }
        own.delivered += count
        own.isAppFull = fills
        return carryOut(actions) + "; " + take(exchange.passed(isFull: fills, context.now))
    }

    /// Bytes of a body of reports.
    package func body(report text: String) -> String {
        own.report += Array(text.utf8)
        return body(text.utf8.count)
    }

    package func end() -> String {
        own.hasEnded = true
        var trailers = Fields()
        return take(exchange.requestEnded(trailers: &trailers, held: own.report, &context))
    }

    package func tunnelBytes(_ count: Int, fills: Bool = false) -> String {
        own.taken += count
        own.delivered += count
        own.isAppFull = fills
        exchange.tunnelBytes(count, context.now)
        return take(exchange.passed(isFull: fills, context.now))
    }

    package func tunnelInputEnds() -> String { take(exchange.endTunnelInput(context.now)) }

    package func clientTakes() -> String {
        own.isClientFull = false
        return take(exchange.downstreamWritable(context.now))
    }

    package func clientLeaves() -> String {
        own.isOver = true
        return take(exchange.downstreamLost())
    }

    // MARK: From the app

    package func connect(reused: Bool = false, mayBeRefused: Bool = false, isFull: Bool = false) -> String {
        own.link = .open
        own.mayBlame = true
        exchange.connected(reused: reused, mayBeRefused: mayBeRefused, context.now)
        own.delivered = own.held
        if !exchange.mayRepeat { own.held = 0 }
        own.isAppFull = isFull
        own.mayBeRefused = mayBeRefused
        return isFull ? "-" + check() : appTakes()
    }

    package func appTakes() -> String {
        own.isAppFull = false
        return take(exchange.upstreamWritable(context.now))
    }

    package func fail(_ fault: UpstreamFault) -> String {
        own.link = .none
        return take(exchange.upstreamFailed(fault, &context))
    }

    package func responseBegins() -> String {
        exchange.responseBegan()
        return "-" + check()
    }

    /// The fields of a 101 that answers the request's question.
    package var goodSwitch: [FieldText] {
        let upgrade = FieldText("Upgrade", "websocket")
        guard let key = context.forwarded.pairs.first(where: { $0.name == "Sec-WebSocket-Key" }) else { return [upgrade] }
        let answer = WebSocketKey.answer(to: Array(key.value.utf8))
        return [upgrade, FieldText("Sec-WebSocket-Accept", String(decoding: answer, as: UTF8.self))]
    }

    package func interim(_ status: Status = 103) -> String {
        var head = ResponseHead(status: status)
        return exchange.informational(&head, &context) ? "passes" + check() : "does not pass" + check()
    }

    package func answer(_ status: Status, _ fields: [FieldText] = [], body: BodyLength = .length(5)) -> String {
        exchange.response.removeAll()
        exchange.response.status = status
        for field in fields { exchange.response.fields.append(field.name, field.value) }
        own.held = 0
        return take(exchange.responseReceived(body: body, isUpgrade: status == 101, &context))
    }

    /// - Parameter fills: the client takes no more.
    package func responseBytes(_ count: Int, fills: Bool = false) -> String {
        exchange.responseBytes(count, context.now)
        own.isClientFull = fills
        if fills { exchange.awaitClient() }
        return "-" + check()
    }

    package func finish() -> String {
        own.link = .none
        return take(exchange.responseEnded())
    }

    // MARK: From neither

    /// Goes on to the deadline.
    package func waitForDeadline() -> String {
        guard exchange.deadline < .max else { return "waits for ever" }
        pass(max(0, exchange.deadline - context.now))
        own.isLingering = false
        return take(exchange.deadlinePassed(&context))
    }

    package func breakOff(_ reason: Reason = .memoryLimit) -> String { take(exchange.breakOff(reason, &context)) }

    package func refuse() -> String {
        own.link = .none
        return take(exchange.refuse(.tooManyTunnels, &context))
    }

    package func endTunnel(_ end: TunnelEnd) -> String { take(exchange.endTunnel(end)) }
}
