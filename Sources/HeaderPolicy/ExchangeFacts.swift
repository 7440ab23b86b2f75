package import HTTPModel

/// The facts about one exchange that rules may use. They live with the exchange and are cleared for the next one; the stages read
/// them in place.
///
/// The type is not copyable, because lending it out must not touch the reference counts of all its buffers.
package struct ExchangeFacts: ~Copyable, Sendable {
    /// The request as the client sent it, without hop-by-hop fields. Changes that the request stage makes to the forwarded copy
    /// do not show here, because response rules and CORS judge what the client asked. (Request rules read the copy, as the rules
    /// before left it.)
    package var request = RequestHead()
    /// The id of promise 8, set from the first byte of the exchange.
    package var requestID: [UInt8] = []
    /// The client's address as text, without a port: the peer's, or the one that a trusted proxy vouches for.
    package var clientAddress: [UInt8] = []
    /// The client's address as 16 bytes (IPv4 mapped into IPv6) for CIDR tests; 0 when it is not an IP address.
    package var clientIP = IPAddress.unspecified
    /// The peer's port; 0 when it has none.
    package var clientPort: UInt16 = 0
    /// The part of the path that `**` of the route's path pattern stood for, without a leading slash; empty otherwise.
    package var pathRest: [UInt8] = []
    /// The name of the upstream that the route chose; empty for a local reply without one.
    package var upstream: [UInt8] = []
    /// Whether the app or the proxy made the response.
    package var source = Source.proxy
    /// Whether the response answers a CORS preflight at the edge.
    package var isPreflight = false
    /// 128 fresh bits as text, for `{nonce}`; needed only if `CompiledPolicy.usesNonce`.
    package var nonce: [UInt8] = []
    /// The W3C trace context of this hop, checked or made by the owner; needed only if `CompiledPolicy.usesTraceparent`.
    package var traceparent: [UInt8] = []
    /// The protocol version that the client's TLS handshake settled on, as text (`TLSv1.3`); empty on cleartext.
    package var tlsVersion: [UInt8] = []
    package var tlsCipher: [UInt8] = []
    package var tlsServerName: [UInt8] = []
    /// The subject of the certificate that the client proved; empty without one.
    package var tlsClientSubject: [UInt8] = []
    /// Why a local reply was made, in one word for logs (`connect_failed`, `no_route` …); empty otherwise.
    package var reason: Reason?
    /// The time when the exchange began, in seconds since 1970.
    package var unixSeconds = 0
    /// The time that the app took, from the end of the request's head to the head of the response, and the time that the proxy
    /// added.
    package var upstreamMicroseconds = 0
    package var proxyMicroseconds = 0

    package enum Source: UInt8, Sendable, Hashable { case upstream, proxy }

    package init() {}

    /// Stores the part of the request's path that `**` stood for.
    package mutating func setPathRest(_ range: Range<Int>) {
        Self.copy(request, range, to: &pathRest)
    }

    private static func copy(_ request: borrowing RequestHead, _ range: Range<Int>, to output: inout [UInt8]) {
        output.removeAll(keepingCapacity: true)
        output.append(copying: request.path.extracting(range))
    }

    /// Clears everything for the next exchange, keeping the storage.
    package mutating func removeAll() {
        request.removeAll()
        requestID.removeAll(keepingCapacity: true)
        clientAddress.removeAll(keepingCapacity: true)
        clientIP = .unspecified
        clientPort = 0
        pathRest.removeAll(keepingCapacity: true)
        upstream.removeAll(keepingCapacity: true)
        source = .proxy
        isPreflight = false
        nonce.removeAll(keepingCapacity: true)
        traceparent.removeAll(keepingCapacity: true)
        // These arrays are shared with the connection: emptying them in place would copy.
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
