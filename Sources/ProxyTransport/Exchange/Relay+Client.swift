import HTTP1
import HTTPModel
import HeaderPolicy
import Logging
import ProxyCore

/// The events of the client's side.
extension Relay {
    /// Begins the exchange for the head in `exchange.facts.request`.
    func begin(body: BodyLength, wantsUpgrade: Bool, peer: Peer) {
        readClock()
        worker.counts.begun &+= 1
        carryOut(exchange.begin(body: body, wantsUpgrade: wantsUpgrade, peer: peer, &listener.generation.context))
    }

    /// Begins a WebSocket by extended CONNECT.
    func beginWebSocket(peer: Peer) {
        readClock()
        worker.counts.begun &+= 1
        carryOut(exchange.beginWebSocket(peer: peer, &listener.generation.context))
    }

    /// Rejects a request that could not be parsed; what is known of it is in `exchange.facts.request`.
    func reject(_ failure: ParseFailure, peer: Peer) {
        readClock()
        if exchange.startedAt == 0 { worker.counts.begun &+= 1 }
        carryOut(exchange.reject(failure, peer: peer, &listener.generation.context))
    }

    /// Handles a part of the request's body.
    func bodyReceived(_ bytes: Span<UInt8>) {
        readClock()
        let actions = exchange.bodyReceived(bytes.count, &listener.generation.context)
        let app = actions.app
        if app == .hold { hold(bytes) }
        carryOut(actions)
        switch app {
        case .pass(let keeps):
            if keeps { hold(bytes) }
            passOn(bytes)
        case .forget:
            dropHeld()
            passOn(bytes)
        default: break
        }
    }

    private func passOn(_ bytes: Span<UInt8>) {
        guard let upstream else { return }
        upstream.writeBody(bytes)
        carryOut(exchange.passed(isFull: !upstream.isWritable, now))
    }

    /// Handles the end of the request.
    func requestEnded(trailers: Fields?) {
        readClock()
        var kept = trailers ?? Fields()
        let actions = exchange.requestEnded(trailers: &kept, held: held, &listener.generation.context)
        let finishes = actions.app == .finishBody
        carryOut(actions)
        guard finishes else { return }
        if upstream == nil || exchange.mayRepeat { heldTrailers = kept }
        upstream?.finishBody(trailers: kept)
    }

    /// Passes on bytes of a tunnel.
    func tunnelBytes(_ bytes: Span<UInt8>) {
        exchange.tunnelBytes(bytes.count, now)
        deadline = exchange.deadline
        upstream?.writeRaw(bytes)
        carryOut(exchange.passed(isFull: upstream?.isWritable == false, now))
    }

    func endTunnelInput() { carryOut(exchange.endTunnelInput(now)) }

    /// Ends the exchange early, with a local reply if no response has begun.
    func breakOff(_ reason: Reason) {
        readClock()
        carryOut(exchange.breakOff(reason, &listener.generation.context))
    }

    /// Handles the loss of the client, or its reset of the stream.
    func downstreamLost(_ loss: TunnelEnd = .client, because fault: Reason? = nil) {
        let wasOver = exchange.isComplete
        carryOut(exchange.downstreamLost(loss, because: fault))
        if !wasOver { worker.finished(self) }
    }

    /// Continues when the client can take more bytes.
    func downstreamWritable() { carryOut(exchange.downstreamWritable(now)) }

    /// Counts trailer fields that were left out because they may only stand in a header (RFC 9110 §6.5.1).
    func leftOut(_ trailers: [String], ofRequest isRequest: Bool) {
        guard !trailers.isEmpty else { return }
        worker.counts.leftOut(trailers.count, ofRequest: isRequest)
        worker.logger.debug(
            "trailer fields left out",
            metadata: [
                "request_id": "\(String(decoding: exchange.facts.requestID, as: UTF8.self))",
                "of": isRequest ? "request" : "response", "fields": "\(trailers.joined(separator: ", "))",
            ])
    }

    private func hold(_ bytes: Span<UInt8>) {
        held.append(copying: bytes)
        worker.memory.charge(bytes.count)
    }

    func dropHeld() {
        if heldTrailers != nil { heldTrailers = nil }
        guard !held.isEmpty else { return }
        worker.memory.charge(-held.count)
        held.removeAll(keepingCapacity: held.capacity <= 4096)
    }
}
