import HTTP1
import HTTPModel
import HeaderPolicy
import Logging
import NIOCore
import ProxyCore

/// The client's side: the request comes in, a route is chosen, the request goes upstream.
extension Exchange {
    /// The head stands in `facts.request`. `wantsUpgrade`: the client asks to leave HTTP on this connection.
    func begin(body: BodyLength, wantsUpgrade: Bool, peer: Peer) {
        identify(peer: peer)
        requestBody = body
        if body == .none { machine.requestCompleted() }
        startTime()
        if wantsUpgrade { upgrade = UpgradeOffer.list(facts.request.fields) }
        let stripped = HopByHop.strip(&facts.request.fields)
        acceptsTrailers = stripped.acceptsTrailers
        HopByHop.dropUnderscored(&facts.request.fields)
        if facts.request.fields.mayContain(.expect) { Expectation.settle(in: &facts.request, hasBody: body != .none) }
        facts.request.fields.dropClaimedCertificate()
        if configuration.isWatched { beginWatch() }
        chooseRoute()
        makeFreshValues(peer: peer)
        if let tls = peer.tls, facts.request.version == .http2, !tls.serves(facts.request.hostname) {
            return reply(421, reason: "misdirected_request")
        }
        var length: Int?
        if case .length(let known) = body { length = known }
        switch configuration.intake(
            facts, listener: listener.index, route: route, policy: policy, stripped: stripped, bodyLength: length)
        {
        case .reply(let status, let reason): reply(status, reason: reason)
        case .preflight:
            facts.isPreflight = true
            reply(204, reason: "preflight")
        case .redirectToHTTPS(let redirect): redirectToHTTPS(redirect)
        case .respond(let fixed): respond(fixed)
        case .redirect(let template, let status): redirect(to: template, status)
        case .reports(let collector, let plan): collectReports(collector, on: plan)
        case .forward(let upstream, let prefixLength):
            if !upgrade.isEmpty {
                isTunnelCounted = worker.occupancy.openTunnel(limits)
                guard isTunnelCounted else { return reply(503, reason: "too_many_tunnels") }
            }
            forward(to: upstream, peer: peer, prefixLength: prefixLength)
        }
    }

    /// The request could not be read; what is known of it stands in `facts.request`.
    func reject(_ failure: ParseFailure, peer: Peer) {
        if machine.hasStarted || machine.forwardsBody { return breakOff(failure.status, failure.reason) }
        if startedAt == 0 || facts.requestID.isEmpty {
            identify(peer: peer)
            HopByHop.strip(&facts.request.fields)
            HopByHop.dropUnderscored(&facts.request.fields)
            facts.request.fields.dropClaimedCertificate()
            if configuration.isWatched { beginWatch() }
            if !facts.request.target.isEmpty { chooseRoute() }
            makeFreshValues(peer: peer)
        }
        collector = nil
        reply(failure.status, reason: failure.reason, cause: watch?.isTraced == true ? failure.message : "")
    }

    /// What the rules of this route ask for, and no more.
    func makeFreshValues(peer: Peer) {
        var random = SystemRandomNumberGenerator()
        if policy.usesNonce { FreshValues.nonce(for: &facts, random: &random) }
        if policy.usesTraceparent { FreshValues.traceparent(for: &facts, peerIsTrusted: peer.isTrusted, random: &random) }
    }

    func identify(peer: Peer) {
        startedAt = worker.clock.nanoseconds
        worker.counts.begun &+= 1
        facts.unixSeconds = worker.unixSeconds
        worker.requestIDs.assign(to: &facts)
        configuration.forwarding.identifyClient(&facts, peer: peer)
    }

    func chooseRoute() {
        route = configuration.chooseRoute(&facts, listener: listener.index)
        if let route { policy = configuration.listeners[listener.index].routed[route] }
    }

    /// - Parameter prefixLength: how much of the target's start is taken off.
    func forward(to index: Int, peer: Peer, prefixLength: Int) {
        let target = configuration.upstreams[index]
        facts.upstream.append(contentsOf: target.name)
        writeRequest(to: target, peer: peer, prefixLength: prefixLength)
        sendEarlyHints()
        machine.connecting(mayRepeat: RetryPolicy.mayRepeat(facts.request.method, hasBody: requestBody != .none))
        upstreamStartedAt = worker.clock.nanoseconds
        isForwarding = true
        worker.pool(index, of: listener.generation).acquire(for: self)
        isForwarding = false
    }

    func writeRequest(to target: CompiledUpstream, peer: Peer, prefixLength: Int) {
        configuration.writeForwarded(
            &worker.forwarded, facts: facts, peer: peer, prefixLength: prefixLength, isChunked: requestBody == .chunked,
            scratch: &worker.headBytes)
        appendClientCertificate(of: peer)
        appendWebSocketKey()
        applyRequestStage()
        if target.isHTTP2 { return keepMessage(for: target, prefixLength: prefixLength) }
        var framing = MessageWriter.Framing.asFields
        switch requestBody {
        case .chunked: framing = .chunked
        case .none where expectsLength && worker.forwarded.firstIndex(of: .contentLength) == nil: framing = .length(0)
        case .none, .length, .untilClose: break
        }
        let persistence = upgrade.isEmpty ? MessageWriter.Persistence.implied : .upgrade(protocol: upgrade)
        requestBytes.removeAll(keepingCapacity: true)
        Self.write(
            facts, prefixLength: prefixLength, host: target.host, fields: worker.forwarded, framing: framing,
            persistence: persistence, into: &requestBytes)
    }

    // The facts are what is handed on, not the request in them: of the whole there is never a copy, of a part there may be.
    static func write(
        _ facts: borrowing ExchangeFacts, prefixLength: Int, host: [UInt8]?, fields: borrowing Fields,
        framing: MessageWriter.Framing, persistence: MessageWriter.Persistence, into output: inout [UInt8]
    ) {
        let rest = facts.request.target.extracting(droppingFirst: prefixLength)
        if prefixLength == 0 || (!rest.isEmpty && rest[0] == 0x2F) {
            write(facts, target: rest, host: host, fields: fields, framing: framing, persistence: persistence, into: &output)
        } else {
            // Nothing but the prefix, perhaps with a query.
            var root: [UInt8] = [0x2F]
            root.append(copying: rest)
            write(
                facts, target: root.span, host: host, fields: fields, framing: framing, persistence: persistence, into: &output)
        }
    }

    static func write(
        _ facts: borrowing ExchangeFacts, target: Span<UInt8>, host: [UInt8]?, fields: borrowing Fields,
        framing: MessageWriter.Framing, persistence: MessageWriter.Persistence, into output: inout [UInt8]
    ) {
        if let line = fields.firstIndex(of: .host) {
            // A request rule has set it; the writer puts it first.
            var rest = Fields()
            rest.assign(fields)
            rest.remove(.host)
            MessageWriter.writeRequest(
                method: facts.request.methodToken, target: target, authority: fields.value(at: line), fields: rest,
                framing: framing, persistence: persistence, into: &output)
        } else if let host {
            MessageWriter.writeRequest(
                method: facts.request.methodToken, target: target, authority: host.span, fields: fields,
                framing: framing, persistence: persistence, into: &output)
        } else {
            MessageWriter.writeRequest(
                method: facts.request.methodToken, target: target, authority: facts.request.authority, fields: fields,
                framing: framing, persistence: persistence, into: &output)
        }
    }

    /// Methods whose requests are expected to have a body: without one they say so (RFC 9110 §8.6).
    private var expectsLength: Bool {
        switch facts.request.method {
        case .post, .put, .patch: true
        case .get, .head, .delete, .connect, .options, .trace, .other: false
        }
    }

    /// A part of the request body.
    func bodyReceived(_ bytes: ByteBuffer) {
        let count = bytes.readableBytes
        requestBytesRead += count
        if let collector {
            reportBytes(bytes, for: collector)
            return awaitBody()
        }
        guard machine.forwardsBody else { return downstream.consumed(count) }
        owed += count
        if let route, case let limit = configuration.routes[route].requestBodyLimit, limit > 0, requestBytesRead > limit {
            settle()
            return breakOff(413, "request_body_too_large")
        }
        guard let upstream else {
            hold(bytes)
            if heldBytes > limits.bodyBuffer { pauseClient() } else { awaitBody() }
            return
        }
        if machine.mayRetry { keepForRepetition(bytes) }
        upstream.writeBody(bytes)
        owesUpstream = true
        if upstream.isWritable {
            settle()
            awaitBody()
        } else {
            pauseClient()
        }
    }

    /// Everything that came has gone on or is of no use: the client may send as much again.
    func settle() {
        guard owed > 0 else { return }
        downstream.consumed(owed)
        owed = 0
    }

    func hold(_ bytes: ByteBuffer) {
        heldBody.append(bytes.compacted())
        heldBytes += bytes.readableBytes
    }

    func keepForRepetition(_ bytes: ByteBuffer) {
        if heldBytes + bytes.readableBytes > limits.bodyBuffer {
            machine.forgetSent()
            dropHeld()
        } else {
            hold(bytes)
        }
    }

    func dropHeld() {
        heldBody.removeAll(keepingCapacity: true)
        heldBytes = 0
    }

    /// The request has ended.
    func requestEnded(trailers: borrowing Fields) {
        machine.requestCompleted()
        if collector != nil { return takeReports() }
        guard machine.forwardsBody else { return }
        if trailers.isEmpty {
            finishRequest(trailers: trailers)
        } else {
            var kept = copy trailers
            HopByHop.dropUnderscored(&kept)
            configuration.debug?.strip(&kept)
            configuration.forwarding.removeClaims(fromTrailers: &kept)
            kept.remove(.xRequestID)
            policy.removeRuledNames(from: &kept)
            finishRequest(trailers: kept)
        }
    }

    /// Trailer fields were left out, for they may only stand in a header (RFC 9110 §6.5.1).
    func leftOut(_ trailers: [String], ofRequest isRequest: Bool) {
        guard !trailers.isEmpty else { return }
        worker.counts.leftOut(trailers.count, ofRequest: isRequest)
        worker.logger.debug(
            "trailer fields left out",
            metadata: [
                "request_id": "\(String(decoding: facts.requestID, as: UTF8.self))", "of": isRequest ? "request" : "response",
                "fields": "\(trailers.joined(separator: ", "))",
            ])
    }

    private func finishRequest(trailers: borrowing Fields) {
        if upstream == nil || machine.mayRetry { heldTrailers = copy trailers }
        upstream?.finishBody(trailers: trailers)
        owesUpstream = true
        awaitResponse()
    }
}
