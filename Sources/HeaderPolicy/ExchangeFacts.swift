package import HTTPModel

/// What rules may know of one exchange. Lives with the exchange and is cleared for the next; the stages read it in place.
///
/// Not copyable: lending it out must not touch the reference counts of all its buffers.
package struct ExchangeFacts: ~Copyable, Sendable {
    /// The request as the client sent it, without hop-by-hop fields. What the request stage does to the forwarded copy does
    /// not show here: response rules and CORS judge what the client asked. (Request rules read the copy, as the rules before
    /// left it.)
    package var request = RequestHead()
    /// The id of promise 8, set from the first byte of the exchange.
    package var requestID: [UInt8] = []
    /// The client's address as text, without a port: the peer's, or the one that a trusted proxy vouches for.
    package var clientAddress: [UInt8] = []
    /// The same as 16 bytes (IPv4 mapped into IPv6) for CIDR tests; 0 where it is not an IP address.
    package var clientIP = IPAddress.unspecified
    /// The peer's port; 0 where there is none.
    package var clientPort: UInt16 = 0
    /// What `**` of the route's path pattern stood for, without a leading slash; empty otherwise.
    package var pathRest: [UInt8] = []
    /// The name of the upstream that the route chose; empty for a local reply without one.
    package var upstream: [UInt8] = []
    /// What made the response.
    package var source = Source.proxy
    /// The response answers a CORS preflight at the edge.
    package var isPreflight = false
    /// 128 fresh bits as text, for `{nonce}`; needed only where `CompiledPolicy.usesNonce`.
    package var nonce: [UInt8] = []
    /// The W3C trace context of this hop, checked or made by the owner; needed only where `CompiledPolicy.usesTraceparent`.
    package var traceparent: [UInt8] = []
    /// What the client's TLS handshake settled, as text (`TLSv1.3`); empty on cleartext.
    package var tlsVersion: [UInt8] = []
    package var tlsCipher: [UInt8] = []
    package var tlsServerName: [UInt8] = []
    /// The subject of the certificate that the client proved; empty without one.
    package var tlsClientSubject: [UInt8] = []
    /// Why a local reply was made, in one word for logs (`connect_failed`, `no_route` …); empty otherwise.
    package var reason: Reason?
    /// Seconds since 1970 when the exchange began.
    package var unixSeconds = 0
    /// From the end of the request's head to the head of the response: what the app took, and what the proxy added.
    package var upstreamMicroseconds = 0
    package var proxyMicroseconds = 0

    package enum Source: UInt8, Sendable, Hashable { case upstream, proxy }

    package init() {}

    /// Keeps what a part of the request's path stood for.
    package mutating func setPathRest(_ range: Range<Int>) {
        Self.copy(request, range, to: &pathRest)
    }

    private static func copy(_ request: borrowing RequestHead, _ range: Range<Int>, to output: inout [UInt8]) {
        output.removeAll(keepingCapacity: true)
        output.append(copying: request.path.extracting(range))
    }

    /// Forgets the exchange and keeps the storage.
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
        // Shared with the connection: emptying them would copy.
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
