import HTTP1
import HTTPModel
import HeaderPolicy
import NIOCore
import ProxyCore

/// The app's side: a connection, a response, or neither.
extension Exchange {
    /// A connection is there: send what there is of the request.
    func upstreamConnected(_ connection: any UpstreamSide, reused: Bool, mayBeRefused: Bool = false) {
        lease = .none
        upstream = connection
        machine.connected(reused: reused, mayBeRefused: mayBeRefused)
        for part in heldBody { connection.writeBody(part) }
        if requestBody != .none, machine.isRequestComplete {
            connection.finishBody(trailers: heldTrailers ?? worker.noFields)
        }
        if !machine.mayRetry {
            dropHeld()
            heldTrailers = nil
        }
        // What came with the head leaves with it, when all of that has been read.
        owesUpstream = isForwarding && !machine.isRequestComplete
        if !owesUpstream { connection.flush() }
        if connection.isWritable { upstreamWritable() }
        if machine.isRequestComplete { awaitResponse() }
    }

    /// Milliseconds for which a connection attempt may last; 0 is for ever.
    var connectTimeout: Int {
        let whole = route.map { configuration.routes[$0].connectTimeout } ?? 0
        // What the addresses before have left.
        return whole > 0 && connectBy != .max ? max(1, min(whole, connectBy &- worker.clock.now)) : whole
    }

    /// What has come of the request's body since leaves.
    func flushUpstream() {
        guard owesUpstream else { return }
        owesUpstream = false
        upstream?.flush()
    }

    /// The upstream takes bytes again.
    func upstreamWritable() {
        settle()
        resumeClient()
        // Over HTTP/2 the credit itself has to be sent.
        downstream.flush()
    }

    /// The connection failed, could not be made, or was silent for too long.
    ///
    /// - Parameter cause: what was wrong with the response, where it was that.
    func upstreamFailed(_ fault: UpstreamFault, because cause: BadResponse? = nil) {
        if machine.isTunnel {
            upstream = nil
            return endTunnel(tunnelInputEnded ? .client : .upstream)
        }
        if fault == .connectFailed, machine.isConnecting, let route,
            case .upstream(let index) = configuration.routes[route].action,
            worker.pool(index, of: listener.generation).tryNextAddress(self)
        {
            return
        }
        let outcome = machine.upstreamFailed(fault)
        if let cause, outcome != .ignore { refuseResponse(cause) }
        // A connection that was idle for too long says nothing about its server.
        if outcome != .ignore, outcome != .retry, fault == .closed || fault == .invalidResponse { upstream?.server?.failed() }
        upstream = nil
        lease = .none
        carryOut(outcome, fault)
    }

    /// Ends the dealings with the upstream because of what it did, or did not do in time.
    func giveUp(_ fault: UpstreamFault, because cause: BadResponse? = nil) {
        let outcome = machine.upstreamFailed(fault)
        if let cause, outcome != .ignore { refuseResponse(cause) }
        if outcome != .ignore, fault == .responseTimeout { upstream?.server?.failed() }
        letUpstreamGo()
        carryOut(outcome, fault)
    }

    /// What came cannot be passed on: people are told why.
    private func refuseResponse(_ cause: BadResponse) {
        badResponse = cause
        upstream?.server?.refused(cause, requestID: facts.requestID)
    }

    func carryOut(_ outcome: ExchangeMachine.Failure, _ fault: UpstreamFault) {
        switch outcome {
        case .ignore: break
        case .retry:
            machine.reconnecting()
            guard let route, case .upstream(let index) = configuration.routes[route].action else { return }
            worker.pool(index, of: listener.generation).acquire(for: self, fresh: true)
        case .moveOn(let isRepeated):
            guard let route, case .upstream(let index) = configuration.routes[route].action,
                worker.pool(index, of: listener.generation).moveOn(self, isRepeated: isRepeated)
            else { return carryOut(.reply, fault) }
        case .reply:
            reply(fault.status, reason: fault.rawValue)
        case .truncate:
            facts.reason = fault.rawValue
            abandon()
        }
    }

    /// An interim response: it passes as it is, without hop-by-hop fields and without what rules take from the final response.
    /// To an HTTP/1.0 client it does not.
    func informational(_ head: inout ResponseHead) {
        machine.responseBegan()
        guard facts.request.version != .http10 else { return }
        HopByHop.strip(&head.fields)
        policy.applyToInterim(&head, facts: facts, scratch: &listener.generation.scratch)
        downstream.writeInformational(head)
    }

    /// The final head has come; it stands in `response`.
    func responseReceived(body: BodyLength, isUpgrade: Bool) {
        machine.responseBegan()
        dropHeld()
        if let server { server.answered(response.status) }
        upstreamHeadAt = worker.clock.nanoseconds
        facts.upstreamMicroseconds = Int((upstreamHeadAt &- upstreamStartedAt) / 1000)
        facts.proxyMicroseconds = max(0, Int((upstreamHeadAt &- startedAt) / 1000) - facts.upstreamMicroseconds)
        facts.source = .upstream
        if isUpgrade { return switchProtocols() }
        if !webSocketKey.isEmpty, response.status.isSuccess { return giveUp(.invalidResponse, because: .missingSwitch) }
        guard !HopByHop.strip(&response.fields).hasTooManyNominations else {
            return giveUp(.invalidResponse, because: .tooManyNominations)
        }
        streamsEvents = response.isEventStream
        LocalReply.completeDate(of: &response.fields, worker.date)
        machine.responseStarted()
        applyResponseStage()
        downstream.writeHead(response, body: body)
        awaitResponse()
    }

    func switchProtocols() {
        guard !upgrade.isEmpty else { return giveUp(.invalidResponse, because: .unaskedSwitch) }
        guard let choice = UpgradeOffer.choice(response.fields, of: upgrade) else {
            return giveUp(.invalidResponse, because: .otherProtocol)
        }
        guard answersWebSocketKey(for: choice) else { return giveUp(.invalidResponse, because: .wrongWebSocketKey) }
        upgrade = choice
        HopByHop.strip(&response.fields)
        machine.switchedProtocols()
        if !webSocketKey.isEmpty {
            translateSwitch()
            LocalReply.completeDate(of: &response.fields, worker.date)
        }
        applyResponseStage()
        downstream.writeHead(response, body: webSocketKey.isEmpty ? .none : .untilClose)
        touchTunnel()
        downstream.beginTunnel()
    }

    /// The protocol that a 101 speaks of.
    var switchedProtocol: [UInt8] { upgrade }

    /// A part of the response body, or of a tunnel.
    func responseBytes(_ bytes: ByteBuffer) {
        responseBytesWritten += bytes.readableBytes
        downstream.writeBody(bytes)
        if machine.isTunnel { touchTunnel() } else { awaitResponse() }
        if !downstream.isWritable {
            upstream?.setReading(false)
            awaitClient()
        }
    }

    /// The client takes bytes again.
    func downstreamWritable() {
        upstream?.setReading(true)
        if machine.isTunnel { touchTunnel() } else if machine.hasStarted { awaitResponse() }
    }

    /// Bytes of a tunnel from the client.
    func tunnelBytes(_ bytes: ByteBuffer) {
        requestBytesRead += bytes.readableBytes
        touchTunnel()
        owed += bytes.readableBytes
        guard let upstream else { return settle() }
        upstream.writeRaw(bytes)
        upstream.flush()
        if upstream.isWritable { settle() } else { downstream.setReading(false) }
    }

    /// The response is whole.
    func responseEnded(trailers: borrowing Fields) {
        let leavesBody = machine.responseCompleted()
        upstream = nil
        end(trailers: trailers, leavesBody: leavesBody)
    }
}
