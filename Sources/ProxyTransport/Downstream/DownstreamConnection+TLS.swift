import HTTP1
import HTTPModel
import ProxyCore
import TLS

/// The beginning of a TLS connection, until the client has proved what it has to: bounded in bytes and time.
extension DownstreamConnection {
    func beginHandshake(_ peer: Peer) {
        state = .handshake(peer, isOver: false)
        deadline = Timed.deadline(now: worker.clock.now, after: worker.configuration.source.timeouts.handshake)
    }

    /// The first bytes, in clear.
    func readHello(_ bytes: Span<UInt8>, _ peer: Peer) {
        guard let certificates = listener.certificates, bytes.count > 0 else { return }
        // Letters: a request in clear.
        if (0x41...0x5A).contains(bytes[0] & 0xDF) {
            endHandshake("plain_http", peer)
            return refusePlainHTTP(bytes, peer)
        }
        // A handshake begins with a record of this type (RFC 8446 §5.1), and with no other.
        guard bytes[0] == 22 else { return refuseNoise(peer) }
        guard let session = Session(certificates.value.context, waits: true) else {
            endHandshake("out_of_memory", peer)
            return close()
        }
        secure(session, startsAsClient: false)
        socketReceived(bytes)
    }

    /// Neither TLS nor a request: the alert unexpected_message (RFC 8446 §6.2).
    private func refuseNoise(_ peer: Peer) {
        endHandshake("not_tls", peer)
        deadline = Timed.deadline(now: worker.clock.now, after: Worker.lingerTimeout)
        send([21, 3, 3, 0, 2, 2, 10].span)
        finish(lingers: true)
    }

    /// Cleartext where TLS is spoken: the client is told so, in clear.
    private func refusePlainHTTP(_ bytes: Span<UInt8>, _ peer: Peer) {
        deadline = .max
        mayBeHTTP2 = false
        let connection = beginHTTP1(peer)
        connection.isMisplaced = true
        connection.read(bytes)
    }

    /// To answer a client's first message costs as much as dozens of exchanges: there is a queue for that.
    func queueHandshake() {
        setReading(false)
        worker.handshakeWaits(self)
    }

    /// Its turn has come.
    func answerHello() {
        guard case .handshake(_, isOver: false) = state else { return }
        setReading(true)
        proceed()
    }

    /// The handshake is done: HTTP begins.
    func handshakeDone() {
        guard case .handshake(let peer, isOver: false) = state, let security, let certificates = listener.certificates else {
            return
        }
        deadline = .max
        worker.counts.handshakes.count(security.version)
        let client = peer.secured(by: certificates.value.client(of: security))
        let agreed = security.applicationProtocol
        if agreed == "h2" { beginHTTP2(client) } else { beginHTTP1(client) }
        // Without a word about protocols, HTTP/2 with prior knowledge may come.
        mayBeHTTP2 = agreed == nil
    }

    /// The client, or what it sends, was refused; it may read why.
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

    /// The connection has ended. One that said nothing was only looking.
    func handshakeClosed(_ peer: Peer) {
        endHandshake("closed_during_handshake", peer)
        close()
    }

    func handshakeTimedOut(_ peer: Peer, _ isOver: Bool) {
        if !isOver { endHandshake("handshake_timeout", peer) }
        close()
    }

    /// Says why there will be no connection, once. Of one that said nothing there is nothing to say.
    func endHandshake(_ reason: String, _ peer: Peer) {
        if case .handshake = state { state = .handshake(peer, isOver: true) }
        guard security != nil || reason == "plain_http" || reason == "not_tls" else { return }
        worker.counts.handshakeFailures.count(reason)
        var details = [("reason", reason), ("client", String(decoding: peer.text, as: UTF8.self)), ("listener", listener.name)]
        if let name = security?.serverName, !name.isEmpty {
            // Whatever bytes the client took for a name; the log's form makes them harmless.
            details.append(("server_name", String(decoding: name, as: UTF8.self)))
        }
        if let refused = security?.refusedCertificate {
            details.append(("client_certificate", ClientCertificates.fault(of: refused, now: worker.unixSeconds)))
            details.append(("certificate_subject", String(decoding: ClientCertificates.subject(of: refused), as: UTF8.self)))
        }
        worker.connectionLog.write("tls handshake failed", details, now: worker.clock.now)
    }
}
