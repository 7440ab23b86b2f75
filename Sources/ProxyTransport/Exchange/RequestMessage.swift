import HTTP1
import HTTPModel
import HeaderPolicy
import ProxyCore

/// A request as it is sent to an HTTP/2 upstream, kept until it can no longer be repeated. It keeps its storage.
struct RequestMessage {
    private(set) var target: [UInt8] = []
    private(set) var authority: [UInt8] = []
    private(set) var fields = Fields()

    /// - Parameters:
    ///   - fields: the fields after the request stage.
    ///   - host: the `Host` that the app should see; nil passes on the client's.
    mutating func assign(
        _ request: borrowing RequestHead, prefixLength: Int, fields: borrowing Fields, host: [UInt8]?, acceptsTrailers: Bool
    ) {
        let rest = request.target.extracting(droppingFirst: prefixLength)
        target.clear()
        // The target was only the prefix, perhaps with a query.
        if prefixLength > 0, rest.isEmpty || rest[0] != 0x2F { target.append(0x2F) }
        target.append(copying: rest)

        authority.clear()
        if let line = fields.firstIndex(of: .host) {
            authority.append(copying: fields.value(at: line))
        } else if let host {
            authority.append(contentsOf: host)
        } else {
            authority.append(copying: request.authority)
        }
        if authority.isEmpty { authority.append(contentsOf: Forwarding.unnamedHost) }

        self.fields.assign(fields)
        // `TE` belongs to one hop, and this hop accepts trailers (RFC 9113 §8.2.2).
        if acceptsTrailers { self.fields.append(.te, name: "te".utf8.span, value: "trailers".utf8.span) }
    }

    // MARK: Over HTTP/1.1

    /// Writes the head of the request as it is sent to an HTTP/1.1 app.
    ///
    /// - Parameters:
    ///   - exchange: only read, as `fields` are. Borrowing them from the objects that hold them would copy them.
    ///   - fields: the fields after the request stage.
    static func write(
        _ exchange: inout Exchange, prefixLength: Int, host: [UInt8]?, fields: inout Fields, into output: inout [UInt8]
    ) {
        var framing = MessageWriter.Framing.asFields
        switch exchange.requestBody {
        case .chunked: framing = .chunked
        case .none where expectsLength(exchange.facts.request.method) && fields.firstIndex(of: .contentLength) == nil:
            framing = .length(0)
        case .none, .length, .untilClose: break
        }
        let persistence = exchange.upgrade.isEmpty ? MessageWriter.Persistence.implied : .upgrade(protocol: exchange.upgrade)
        let rest = exchange.facts.request.target.extracting(droppingFirst: prefixLength)
        if prefixLength == 0 || (!rest.isEmpty && rest[0] == 0x2F) {
            write(exchange.facts, rest, host: host, fields, framing, persistence, into: &output)
        } else {
            // The target was only the prefix, perhaps with a query.
            var root: [UInt8] = [0x2F]
            root.append(copying: rest)
            write(exchange.facts, root.span, host: host, fields, framing, persistence, into: &output)
        }
    }

    // This takes the facts, not the request in them: passing the whole never copies it, while passing a part may.
    private static func write(
        _ facts: borrowing ExchangeFacts, _ target: Span<UInt8>, host: [UInt8]?, _ fields: borrowing Fields,
        _ framing: MessageWriter.Framing, _ persistence: MessageWriter.Persistence, into output: inout [UInt8]
    ) {
        if let line = fields.firstIndex(of: .host) {
            // A request rule has set `Host`; the writer puts it first.
            var rest = Fields()
            rest.assign(fields)
            rest.remove(.host)
            MessageWriter.writeRequest(
                method: facts.request.methodToken, target: target, authority: fields.value(at: line), fields: rest,
                framing: framing, persistence: persistence, into: &output)
        } else if let host = host ?? (facts.request.authority.isEmpty ? Forwarding.unnamedHost : nil) {
            MessageWriter.writeRequest(
                method: facts.request.methodToken, target: target, authority: host.span, fields: fields,
                framing: framing, persistence: persistence, into: &output)
        } else {
            MessageWriter.writeRequest(
                method: facts.request.methodToken, target: target, authority: facts.request.authority, fields: fields,
                framing: framing, persistence: persistence, into: &output)
        }
    }

    /// Whether a method's requests are expected to have a body; without one they say so with `Content-Length: 0` (RFC 9110 §8.6).
    private static func expectsLength(_ method: Method) -> Bool {
        switch method {
        case .post, .put, .patch: true
        case .get, .head, .delete, .connect, .options, .trace, .other: false
        }
    }
}
