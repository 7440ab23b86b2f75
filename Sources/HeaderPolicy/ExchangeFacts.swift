public import HTTPModel

/// The facts about one exchange that rules may use. They live with the exchange and are cleared for the next one; the stages read
/// them in place.
///
/// The type is not copyable, because lending it out must not touch the reference counts of all its buffers.
public struct ExchangeFacts: ~Copyable, Sendable {
    /// The request as the client sent it, without hop-by-hop fields. Changes that the request stage makes to the forwarded copy
    /// do not show here, because response rules and CORS judge what the client asked. (Request rules read the copy, as the rules
    /// before left it.)
    public var request = RequestHead()
    /// The id of promise 8, set from the first byte of the exchange.
    public var requestID: [UInt8] = []
    /// The client's address as text, without a port: the peer's, or the one that a trusted proxy vouches for.
    public var clientAddress: [UInt8] = []
    /// The client's address as 16 bytes (IPv4 mapped into IPv6) for CIDR tests; 0 when it is not an IP address.
    public var clientIP = IPAddress.unspecified
    /// The peer's port; 0 when it has none.
    public var clientPort: UInt16 = 0
    /// The part of the path that `**` of the route's path pattern stood for, without a leading slash; empty otherwise.
    public var pathRest: [UInt8] = []
    /// The name of the upstream that the route chose; empty for a local reply without one.
    public var upstream: [UInt8] = []
    /// Whether the app or the proxy made the response.
    public var source = Source.proxy
    /// Whether the response answers a CORS preflight at the edge.
    public var isPreflight = false
    /// 128 fresh bits as text, for `{nonce}`; needed only if `CompiledPolicy.usesNonce`.
    public var nonce: [UInt8] = []
    /// The W3C trace context of this hop, checked or made by the owner; needed only if `CompiledPolicy.usesTraceparent`.
    public var traceparent: [UInt8] = []
    /// The protocol version that the client's TLS handshake settled on, as text (`TLSv1.3`); empty on cleartext.
    public var tlsVersion: [UInt8] = []
    public var tlsCipher: [UInt8] = []
    public var tlsServerName: [UInt8] = []
    /// The subject of the certificate that the client proved; empty without one.
    public var tlsClientSubject: [UInt8] = []
    /// Why a local reply was made, in one word for logs (`connect_failed`, `no_route` …); empty otherwise.
    public var reason: Reason?
    /// The time when the exchange began, in seconds since 1970.
    public var unixSeconds = 0
    /// The time that the app took, from the end of the request's head to the head of the response, and the time that the proxy
    /// added.
    public var upstreamMicroseconds = 0
    public var proxyMicroseconds = 0

    public enum Source: UInt8, Sendable, Hashable { case upstream, proxy }

    public init() {}

    /// Stores the part of the request's path that `**` stood for.
    public mutating func setPathRest(_ range: Range<Int>) {
        Self.copy(request, range, to: &pathRest)
    }

    private static func copy(_ request: borrowing RequestHead, _ range: Range<Int>, to output: inout [UInt8]) {
        output.clear()
        output.append(copying: request.path.extracting(range))
    }

    /// Clears everything for the next exchange, keeping the storage.
    public mutating func removeAll() {
        request.removeAll()
        requestID.clear()
        clientAddress.clear()
        clientIP = .unspecified
        clientPort = 0
        pathRest.clear()
        source = .proxy
        isPreflight = false
        nonce.clear()
        traceparent.clear()
        // These arrays are shared with the configuration and the connection: emptying them in place would copy.
        upstream = []
        tlsVersion = []
        tlsCipher = []
        tlsServerName = []
        tlsClientSubject = []
        reason = nil
        unixSeconds = 0
        upstreamMicroseconds = 0
        proxyMicroseconds = 0
    }
}
