import EventLoop
import HTTP1
import HTTP2
import HTTPModel
import ProxyCore

/// The beginning of a connection: which protocol the client speaks, and which client a PROXY protocol header names.
extension DownstreamConnection {
    func begin(_ peer: Peer) {
        if listener.certificates == nil { beginHTTP1(peer) } else { beginHandshake(peer) }
    }

    /// The time for the first byte is bounded by the same timeout as the rest of a head.
    @discardableResult
    func beginHTTP1(_ peer: Peer) -> HTTP1Downstream {
        let http1 = HTTP1Downstream(connection: self, peer: peer)
        state = .http1(http1)
        return http1
    }

    @discardableResult
    func beginHTTP2(_ peer: Peer) -> HTTP2Downstream? {
        guard let http2 = HTTP2Downstream(connection: self, peer: peer) else {
            state = .closed
            close()
            return nil
        }
        state = .http2(http2)
        setReadLimit(Loop.readSize)
        return http2
    }

    func deliver(_ bytes: Span<UInt8>) {
        guard socket != nil else { return }
        switch state {
        case .handshake(let peer, let isOver): if !isOver { readHello(bytes, peer) }
        case .http1(let connection):
            if mayBeHTTP2, connection.isUntouched { decide(connection, bytes) } else { connection.read(bytes) }
        case .http2(let connection): connection.read(bytes)
        case .inactive, .closed: break
        }
    }

    /// Tells HTTP/2 from HTTP/1 by the first bytes: HTTP/2 with prior knowledge begins with a preface that no HTTP/1 request can
    /// be.
    private func decide(_ connection: HTTP1Downstream, _ bytes: Span<UInt8>) {
        if held.isEmpty, Preface.compare(bytes) == .different { return connection.read(bytes) }
        held.append(copying: bytes)
        let read = held
        let match = Preface.compare(read.span)
        if match == .prefix { return }
        held = []
        if match == .different { return connection.read(read.span) }
        connection.retire()
        beginHTTP2(connection.peer)?.read(read.span)
    }

    /// Reads the PROXY protocol header, in which a trusted proxy names its client. Only that proxy may be able to connect to such
    /// a listener: a client that could leave the header out could also forge one.
    func readProxyHeader(_ bytes: Span<UInt8>) {
        held.append(copying: bytes)
        let read = held
        switch ProxyProtocol.read(read.span) {
        case .needMore: break
        case .failed:
            refuseProxyHeader("bad_proxy_header")
            retire()
            close()
        case .header(let length, let source):
            awaitsProxyHeader = false
            if let peer = worker.peer(source) {
                retire()
                begin(peer)
                admit(peer)
            }
            held = []
            if read.count > length { deliver(read.span.extracting(droppingFirst: length)) }
        }
    }

    func refuseProxyHeader(_ reason: String) {
        awaitsProxyHeader = false
        let client = String(decoding: peer?.text ?? [], as: UTF8.self)
        let details = [("reason", reason), ("client", client), ("listener", listener.name)]
        worker.connectionLog.write("connection refused", details, now: worker.clock.now)
    }

    var peer: Peer? {
        switch state {
        case .handshake(let peer, _): peer
        case .http1(let connection): connection.peer
        case .http2, .inactive, .closed: nil
        }
    }

    /// Ends an HTTP/1 connection that has been created and has not read anything yet.
    private func retire() {
        if case .http1(let connection) = state { connection.retire() }
        state = .closed
    }
}
