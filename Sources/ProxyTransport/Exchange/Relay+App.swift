import HTTPModel
import HeaderPolicy
import ProxyCore

/// What comes from the app.
extension Relay {
    /// Milliseconds for which a connection attempt may last; 0 is for ever.
    var connectTimeout: Int {
        let whole = exchange.connectTimeout
        // What the addresses before have left.
        return whole > 0 && connectBy != .max ? max(1, min(whole, connectBy &- now)) : whole
    }

    /// A connection is there: what there is of the request goes out on it.
    func upstreamConnected(_ side: UpstreamSide, reused: Bool, mayBeRefused: Bool = false) {
        lease = .none
        upstream = side
        exchange.connected(reused: reused, mayBeRefused: mayBeRefused, now)
        let waiting = held
        if !waiting.isEmpty { side.writeBody(waiting.span) }
        if exchange.requestBody != .none, exchange.isRequestComplete {
            if let heldTrailers { side.finishBody(trailers: heldTrailers) } else { side.finishBody(trailers: worker.noFields) }
        }
        if !exchange.mayRepeat { dropHeld() }
        if side.isWritable { carryOut(exchange.upstreamWritable(now)) } else { deadline = exchange.deadline }
    }

    /// The app takes bytes again.
    func upstreamWritable() {
        carryOut(exchange.upstreamWritable(now))
    }

    /// The connection failed, could not be made, or what came on it is no response.
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

    /// The first bytes of a response came.
    func responseBegan() { exchange.responseBegan() }

    func informational(_ head: inout ResponseHead) {
        if exchange.informational(&head, &listener.generation.context) { downstream.writeInformational(head) }
    }

    /// The final head has come; it stands in `exchange.response`.
    func responseReceived(body: BodyLength, isUpgrade: Bool) {
        readClock()
        dropHeld()
        server?.answered(exchange.response.status)
        let actions = exchange.responseReceived(body: body, isUpgrade: isUpgrade, &listener.generation.context)
        sayRefused(exchange.badResponse)
        carryOut(actions)
    }

    /// A part of the response's body, or of a tunnel.
    func responseBytes(_ bytes: Span<UInt8>) {
        exchange.responseBytes(bytes.count, now)
        downstream.writeBody(bytes)
        if !downstream.isWritable {
            upstream?.setReading(false)
            exchange.awaitClient()
        }
        deadline = exchange.deadline
    }

    /// The response is whole.
    func responseEnded(trailers: borrowing Fields) {
        upstream = nil
        let actions = exchange.responseEnded()
        guard case .finish(let leavesBody) = consume actions.client else { return }
        finish(trailers, leavesBody: leavesBody)
        deadline = exchange.deadline
    }
}
