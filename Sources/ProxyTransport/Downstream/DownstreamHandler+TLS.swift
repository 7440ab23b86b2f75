import HTTP1
import HTTPModel
import NIOCore
import NIOSSL
import ProxyCore

/// A connection that speaks TLS: how the library's handler comes in front of this one, and goes.
extension DownstreamHandler {
    /// Puts the library's handler into the pipeline and gives it what has come already.
    func startTLS(_ library: NIOSSLServerHandler, before outlet: HandshakeOutlet, first bytes: ByteBuffer) throws {
        guard let pipeline = context?.pipeline.syncOperations else { return }
        try pipeline.addHandler(RecordSlicer(), position: .first)
        try pipeline.addHandler(library, position: .first)
        try pipeline.addHandler(outlet, position: .first)
        try pipeline.addHandler(SocketOutlet(), position: .first)
        tls = try pipeline.context(handler: library)
        pipeline.fireChannelRead(NIOAny(bytes))
    }

    func remove(_ outlet: HandshakeOutlet) { context?.pipeline.syncOperations.removeHandler(outlet, promise: nil) }

    /// The handshake is done: HTTP begins.
    func secured(_ handshake: TLSHandshake, _ negotiated: String?) {
        var peer = handshake.peer
        peer.tls = handshake.completed()
        handshake.retire()
        if negotiated == "h2" { beginHTTP2(peer) } else { beginHTTP1(peer) }
        // Without a word about protocols, HTTP/2 with prior knowledge may come.
        mayBeHTTP2 = negotiated == nil
    }

    /// Cleartext where TLS is spoken: the client is told so, in clear.
    func refusePlainHTTP(_ bytes: ByteBuffer, _ peer: Peer) {
        mayBeHTTP2 = false
        let connection = beginHTTP1(peer)
        connection.refusal = ParseFailure(status: 400, reason: "plain_http", message: "this port speaks TLS")
        connection.read(bytes)
    }

    /// Closes with what TLS wants said at the end, without waiting for the client's answer (RFC 8446 §6.1).
    func closeTLS(_ tls: ChannelHandlerContext) {
        context?.close(mode: .output, promise: nil)
        // From the library's place on: it would wait.
        tls.close(promise: nil)
    }

    /// An error of the library, or of the connection below it.
    func tlsFailed(_ error: any Error) {
        guard error is BoringSSLError else { return }
        worker.connectionLog.write("tls connection failed", [("reason", TLSFault.reason(of: error))], now: worker.clock.now)
    }
}
