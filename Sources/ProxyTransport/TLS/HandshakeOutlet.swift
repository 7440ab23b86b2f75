import NIOCore

/// Stands behind the TLS library while a handshake lasts, for two things that it does not do: to tell which cipher suite was
/// chosen, and to let a client that is refused read why. It leaves the pipeline when the handshake is done.
final class HandshakeOutlet: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// 0 until it is known.
    private(set) var suite: UInt16 = 0
    private var isLingering = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = unwrapOutboundIn(data)
        if suite == 0 { suite = Self.suite(in: bytes.readableBytesUInt8Span) }
        context.write(data, promise: promise)
    }

    /// The library closes behind its alert at once. With bytes of the client still unread that is a reset, which may destroy
    /// the alert on its way (RFC 9112 §9.6), so the first close ends this side only; the handshake's deadline ends the other.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all, !isLingering else { return context.close(mode: mode, promise: promise) }
        isLingering = true
        context.close(mode: .output, promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !isLingering { context.fireChannelRead(data) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isLingering, case ChannelEvent.inputClosed = event { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    /// The suite of a record with a ServerHello (RFC 8446 §4.1.3); 0 of any other.
    static func suite(in bytes: Span<UInt8>) -> UInt16 {
        // Record header 5, message header 4, version 2, random 32; then the session id behind its length.
        guard bytes.count > 43, bytes[0] == 0x16, bytes[5] == 2 else { return 0 }
        let place = 44 + Int(bytes[43])
        guard bytes.count >= place + 2 else { return 0 }
        return UInt16(bytes[place]) << 8 | UInt16(bytes[place + 1])
    }

    /// As the registry of IANA spells it.
    static func name(of suite: UInt16) -> String {
        switch suite {
        case 0: ""
        case 0x1301: "TLS_AES_128_GCM_SHA256"
        case 0x1302: "TLS_AES_256_GCM_SHA384"
        case 0x1303: "TLS_CHACHA20_POLY1305_SHA256"
        case 0xC02B: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
        case 0xC02C: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
        case 0xC02F: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
        case 0xC030: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
        case 0xCCA8: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
        case 0xCCA9: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
        default: "0x" + String(suite, radix: 16)
        }
    }
}
