import HTTP1
import HTTPModel
import HeaderPolicy
import Logging
import ProxyCore

/// What comes from the client.
extension Relay {
    /// The head stands in `exchange.facts.request`.
    func begin(body: BodyLength, wantsUpgrade: Bool, peer: Peer) {
        readClock()
        worker.counts.begun &+= 1
        carryOut(exchange.begin(body: body, wantsUpgrade: wantsUpgrade, peer: peer, &listener.generation.context))
    }

    /// A WebSocket by extended CONNECT.
    func beginWebSocket(peer: Peer) {
        readClock()
        worker.counts.begun &+= 1
        carryOut(exchange.beginWebSocket(peer: peer, &listener.generation.context))
    }

    /// The request could not be read; what is known of it stands in `exchange.facts.request`.
    func reject(_ failure: ParseFailure, peer: Peer) {
        readClock()
        if exchange.startedAt == 0 { worker.counts.begun &+= 1 }
        carryOut(exchange.reject(failure, peer: peer, &listener.generation.context))
    }

    /// A part of the request's body.
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

    /// The request has ended.
    func requestEnded(trailers: borrowing Fields) {
        readClock()
        var kept = copy trailers
        let actions = exchange.requestEnded(trailers: &kept, held: held, &listener.generation.context)
        let finishes = actions.app == .finishBody
        carryOut(actions)
        guard finishes else { return }
        if upstream == nil || exchange.mayRepeat { heldTrailers = kept }
        upstream?.finishBody(trailers: kept)
    }

    /// Bytes of a tunnel.
    func tunnelBytes(_ bytes: Span<UInt8>) {
        exchange.tunnelBytes(bytes.count, now)
        deadline = exchange.deadline
        upstream?.writeRaw(bytes)
        carryOut(exchange.passed(isFull: upstream?.isWritable == false, now))
    }

    func endTunnelInput() { carryOut(exchange.endTunnelInput(now)) }

    /// Ends the exchange before its time, with an answer if there is none yet.
    func breakOff(_ reason: Reason) {
        readClock()
        carryOut(exchange.breakOff(reason, &listener.generation.context))
    }

    func endTunnel(_ end: TunnelEnd) { carryOut(exchange.endTunnel(end)) }

    /// The client is gone, or has reset the stream.
    func downstreamLost() {
        let wasOver = exchange.isComplete
        carryOut(exchange.downstreamLost(isStopping: worker.isStopping))
        if !wasOver { worker.finished(self) }
    }

    /// The client takes bytes again.
    func downstreamWritable() { carryOut(exchange.downstreamWritable(now)) }

    /// Trailer fields were left out, for they may only stand in a header (RFC 9110 §6.5.1).
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
