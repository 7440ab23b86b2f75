import HTTPModel
import HeaderPolicy
import ProxyCore

/// The events of the app's side.
extension Relay {
    /// The milliseconds that a connection attempt may take; 0 means no limit.
    var connectTimeout: Int {
        let whole = exchange.connectTimeout
        // The attempts at earlier addresses have used part of the time.
        return whole > 0 && connectBy != .max ? max(1, min(whole, connectBy &- now)) : whole
    }

    /// Takes over a connection and sends on it what there is of the request.
    func upstreamConnected(_ side: UpstreamSide, reused: Bool, mayBeRefused: Bool = false) {
        lease = .none
        upstream = side
        exchange.connected(reused: reused, mayBeRefused: mayBeRefused, now)
        if !held.isEmpty {
            let waiting = held
            side.writeBody(waiting.span)
        }
        if exchange.requestBody != .none, exchange.isRequestComplete {
            side.finishBody(trailers: heldTrailers)
        }
        if heldTrailers != nil || !held.isEmpty, !exchange.mayRepeat { dropHeld() }
        if side.isWritable { carryOut(exchange.upstreamWritable(now)) } else { deadline = exchange.deadline }
    }

    /// Continues when the app can take more bytes.
    func upstreamWritable() {
        carryOut(exchange.upstreamWritable(now))
    }

    /// Handles a failed connection: it could not be made, it broke, or the app sent no valid response.
    func upstreamFailed(_ fault: UpstreamFault, because cause: BadResponse? = nil) {
        readClock()
        if fault == .connectFailed, exchange.isConnecting, pool?.tryNextAddress(self) == true { return }
        upstream = nil
        lease = .none
        let actions = exchange.upstreamFailed(fault, because: cause, &listener.generation.context)
        sayRefused(cause)
        carryOut(actions)
    }

    private func sayRefused(_ cause: BadResponse?) {
        if let cause, exchange.badResponse == cause { server?.refused(cause, requestID: exchange.facts.requestID) }
    }

    /// Notes that the first bytes of a response have arrived.
    func responseBegan() { exchange.responseBegan() }

    func informational(_ head: inout ResponseHead) {
        if exchange.informational(&head, &listener.generation.context) { downstream.writeInformational(head) }
        deadline = exchange.deadline
    }

    /// Handles the final head, which is in `exchange.response`.
    func responseReceived(body: BodyLength, isUpgrade: Bool) {
        readClock()
        dropHeld()
        server?.answered(exchange.response.status)
        let actions = exchange.responseReceived(body: body, isUpgrade: isUpgrade, &listener.generation.context)
        sayRefused(exchange.badResponse)
        carryOut(actions)
    }

    /// Passes on a part of the response's body or of a tunnel.
    func responseBytes(_ bytes: Span<UInt8>) {
        exchange.responseBytes(bytes.count, now)
        let downstream = downstream
        downstream.writeBody(bytes)
        if !downstream.isWritable {
            upstream?.setReading(false)
            exchange.awaitClient()
        }
        deadline = exchange.deadline
    }

    /// Ends the response, which is complete.
    func responseEnded(trailers: Fields?) {
        upstream = nil
        let actions = exchange.responseEnded()
        guard case .finish(let leavesBody) = consume actions.client else { return }
        finish(trailers: trailers, leavesBody: leavesBody)
        deadline = exchange.deadline
    }
}
