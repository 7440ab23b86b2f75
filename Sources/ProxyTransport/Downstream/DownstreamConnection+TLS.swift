import HTTPModel
import ProxyCore
import TLS

/// The beginning of a TLS connection, up to the end of the handshake and of the client's authentication. Both its bytes and its
/// time are bounded.
extension DownstreamConnection {
    func beginHandshake(_ peer: Peer) {
        state = .handshake(peer, isOver: false)
        deadline = Timed.deadline(now: worker.clock.now, after: worker.configuration.source.timeouts.handshake)
    }

    /// Reads the first bytes, before TLS has begun.
    func readHello(_ bytes: Span<UInt8>, _ peer: Peer) {
        guard let certificates = listener.certificates, bytes.count > 0 else { return }
        // A letter begins a request in the clear.
        if (0x41...0x5A).contains(bytes[0] & 0xDF) {
            endHandshake("plain_http", peer)
            return refusePlainHTTP(bytes, peer)
        }
        // A TLS connection begins with a handshake record (RFC 8446 §5.1).
        guard bytes[0] == 22 else { return refuseNoise(peer) }
        guard let session = Session(certificates.context, waits: true) else {
            endHandshake("out_of_memory", peer)
            return close()
        }
        secure(session, startsAsClient: false)
        socketReceived(bytes)
    }

    /// Refuses bytes that are neither TLS nor a request with the alert unexpected_message (RFC 8446 §6.2).
    private func refuseNoise(_ peer: Peer) {
        endHandshake("not_tls", peer)
        deadline = Timed.deadline(now: worker.clock.now, after: Worker.lingerTimeout)
        send([21, 3, 3, 0, 2, 2, 10].span)
        finish(lingers: true)
    }

    /// Answers a cleartext request on a TLS listener with an error in the clear.
    private func refusePlainHTTP(_ bytes: Span<UInt8>, _ peer: Peer) {
        deadline = .max
        mayBeHTTP2 = false
        let connection = beginHTTP1(peer)
        connection.isMisplaced = true
        connection.read(bytes)
    }

    /// Puts the connection in the queue for handshakes: to answer a client's first message costs as much as dozens of exchanges.
    func queueHandshake() {
        setReading(false)
        worker.handshakeWaits(self)
    }

    /// Continues the handshake when its turn in the queue has come.
    func answerHello() {
        guard case .handshake(_, isOver: false) = state else { return }
        setReading(true)
        proceed()
    }

    /// Begins HTTP when the handshake is done.
    func handshakeDone() {
        guard case .handshake(let peer, isOver: false) = state, let security, let certificates = listener.certificates else {
            return
        }
        deadline = .max
        worker.counts.handshakes.count(security.version)
        let client = peer.secured(by: certificates.client(of: security))
        let agreed = security.applicationProtocol
        if agreed == "h2" { beginHTTP2(client) } else { beginHTTP1(client) }
        // Without ALPN, the client may still speak HTTP/2 with prior knowledge.
        mayBeHTTP2 = agreed == nil
        // There may have been a reload since the handshake began.
        adoptConfiguration()
    }

    /// Refuses the client, or what it sent, with an alert that the client may still read.
    func refuse(_ fault: Fault) {
        guard case .handshake(let peer, let isOver) = state else {
            worker.connectionLog.write(
                "tls connection failed", [("reason", fault.reason)], now: worker.clock.now)
            return close()
        }
        guard !isOver else { return }
        endHandshake(fault.reason, peer)
        guard fault.reason != "closed_during_handshake" else { return close() }
        deadline = Timed.deadline(now: worker.clock.now, after: Worker.lingerTimeout)
        setReading(true)
        finish(lingers: true)
    }

    /// Handles the end of the connection during the handshake. A client that sent nothing was only probing, so it is not counted
    /// as a failure.
    func handshakeClosed(_ peer: Peer) {
        endHandshake("closed_during_handshake", peer)
        close()
    }

    func handshakeTimedOut(_ peer: Peer, _ isOver: Bool) {
        if !isOver { endHandshake("handshake_timeout", peer) }
        close()
    }

    /// Logs and counts once why the handshake failed. A client that sent nothing is not logged.
    func endHandshake(_ reason: String, _ peer: Peer) {
        if case .handshake = state { state = .handshake(peer, isOver: true) }
        guard security != nil || reason == "plain_http" || reason == "not_tls" else { return }
        worker.counts.handshakeFailures.count(reason)
        var details = [("reason", reason), ("client", String(decoding: peer.text, as: UTF8.self)), ("listener", listener.name)]
        if let name = security?.serverName, !name.isEmpty {
            // The name may be any bytes from the client; the log's format escapes them.
            details.append(("server_name", String(decoding: name, as: UTF8.self)))
        }
        if let refused = security?.refusedCertificate {
            details.append(("client_certificate", ClientCertificates.fault(of: refused, now: worker.unixSeconds)))
            details.append(("certificate_subject", String(decoding: ClientCertificates.subject(of: refused), as: UTF8.self)))
        }
        worker.connectionLog.write("tls handshake failed", details, now: worker.clock.now)
    }
}
