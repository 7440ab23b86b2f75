import HTTPModel
import HeaderPolicy
import ProxyCore

/// A request as it goes to an upstream of HTTP/2, kept until it can no longer be repeated. Keeps its storage.
struct RequestMessage {
    private(set) var target: [UInt8] = []
    private(set) var authority: [UInt8] = []
    private(set) var fields = Fields()

    /// - Parameters:
    ///   - fields: after the request stage.
    ///   - host: the `Host` that the app is to see; nil passes the client's on.
    mutating func assign(
        _ request: borrowing RequestHead, prefixLength: Int, fields: borrowing Fields, host: [UInt8]?, acceptsTrailers: Bool
    ) {
        let rest = request.target.extracting(droppingFirst: prefixLength)
        target.removeAll(keepingCapacity: true)
        // Nothing but the prefix, perhaps with a query.
        if prefixLength > 0, rest.isEmpty || rest[0] != 0x2F { target.append(0x2F) }
        target.append(copying: rest)

        authority.removeAll(keepingCapacity: true)
        if let line = fields.firstIndex(of: .host) {
            authority.append(copying: fields.value(at: line))
        } else if let host {
            authority.append(contentsOf: host)
        } else {
            authority.append(copying: request.authority)
        }
        // HTTP/1.0 may have none, and many servers of HTTP/2 insist on it.
        if authority.isEmpty { authority.append(text: "localhost") }

        self.fields.assign(fields)
        // It belongs to one hop, and this is how this hop says it (RFC 9113 §8.2.2).
        if acceptsTrailers { self.fields.append(.te, name: "te".utf8.span, value: "trailers".utf8.span) }
    }
}

extension Exchange {
    /// What HTTP/1.1 has as bytes, for HTTP/2.
    func keepMessage(for upstream: CompiledUpstream, prefixLength: Int) {
        requestMessage.assign(
            facts.request, prefixLength: prefixLength, fields: worker.forwarded, host: upstream.host,
            acceptsTrailers: acceptsTrailers)
        // A protocol that only HTTP/1.1 switches to is not spoken here: the request goes on without it (RFC 9110 §7.8).
        upgrade.removeAll(keepingCapacity: true)
    }
}
