public import HTTPModel

/// Writes HTTP/1.1 heads and the chunked coding, always from parsed parts and never by copying a message (RFC 9112).
///
/// No argument can add a line: fields and heads only hold checked bytes, and the framing comes from the arguments alone.
public enum MessageWriter {
    /// How the body after the head is delimited.
    public enum Framing: Sendable, Hashable {
        /// The fields decide: there is a `Content-Length` among them, or there is no body.
        case asFields
        /// The body has this many bytes; a `Content-Length` among the fields is not written.
        case length(Int)
        /// The body is chunked; a `Content-Length` among the fields is not written.
        case chunked
    }

    /// What the head says about the connection.
    public enum Persistence: Sendable, Hashable {
        /// Nothing, since an HTTP/1.1 connection stays open by default.
        case implied
        case keepAlive
        case close
        /// The connection changes to a protocol, named as in an `Upgrade` field.
        case upgrade(protocol: [UInt8])
        /// The next request may ask to change to one of these protocols, on this connection or on another one.
        case offer(protocols: [UInt8], closes: Bool)
    }

    /// Appends the head of a request. The method is a token; the target and the authority are as in a `RequestHead`. `Host` is
    /// written first (RFC 9110 §7.2) and is not among the fields.
    public static func writeRequest(
        method token: Span<UInt8>, target: Span<UInt8>, authority: Span<UInt8>, fields: borrowing Fields, framing: Framing,
        persistence: Persistence, into output: inout [UInt8]
    ) {
        output.append(copying: token, " ".utf8.span, target)
        output.append(copying: " HTTP/1.1\r\nHost: ".utf8.span, authority, "\r\n".utf8.span)
        write(fields, framing, persistence, into: &output)
    }

    /// Appends the head of a response. The version is always 1.1, whatever the head came with.
    public static func writeResponse(
        _ head: borrowing ResponseHead, framing: Framing, persistence: Persistence, into output: inout [UInt8]
    ) {
        let status = head.status.digits
        output.append(copying: "HTTP/1.1 ".utf8.span, status.span, " ".utf8.span)
        if head.reason.isEmpty || !Fields.isValue(head.reason.span) {
            output.append(copying: head.status.reason.utf8.span, "\r\n".utf8.span)
        } else {
            output.append(copying: head.reason.span, "\r\n".utf8.span)
        }
        write(head.fields, framing, persistence, into: &output)
    }

    /// Appends the line before a chunk's data, after which the caller writes CRLF. A size of zero would end the body, so nothing
    /// is written for it, and the caller must not write a chunk.
    public static func writeChunkHead(_ size: Int, into output: inout [UInt8]) {
        guard size > 0 else { return }
        var shift = (Int.bitWidth &- 1 &- size.leadingZeroBitCount) & ~3
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: size >> shift) & 0x0F
            output.append(digit < 10 ? 0x30 &+ digit : 0x57 &+ digit)
            shift &-= 4
        }
        output.append(text: "\r\n")
    }

    /// Appends the last chunk and the trailers, which end a chunked body.
    public static func writeLastChunk(trailers: Fields?, into output: inout [UInt8]) {
        output.append(text: "0\r\n")
        trailers?.serialize(into: &output)
        output.append(text: "\r\n")
    }

    private static func write(
        _ fields: borrowing Fields, _ framing: Framing, _ persistence: Persistence, into output: inout [UInt8]
    ) {
        switch framing {
        case .asFields: break
        case .length(let length):
            output.append(text: "Content-Length: ")
            output.append(decimal: max(0, length))
            output.append(text: "\r\n")
        case .chunked: output.append(text: "Transfer-Encoding: chunked\r\n")
        }
        switch persistence {
        case .implied: break
        case .keepAlive: output.append(text: "Connection: keep-alive\r\n")
        case .close: output.append(text: "Connection: close\r\n")
        case .upgrade(let name): write("Connection: Upgrade", name, into: &output)
        case .offer(let names, let closes): write("Connection: \(closes ? "close, " : "")Upgrade", names, into: &output)
        }
        write(fields, keepingLength: framing == .asFields, into: &output)
        output.append(text: "\r\n")
    }

    private static func write(_ connection: String, _ protocols: [UInt8], into output: inout [UInt8]) {
        output.append(contentsOf: connection.utf8)
        output.append(text: "\r\nUpgrade: ")
        if Fields.isValue(protocols.span) { output.append(copying: protocols.span) }
        output.append(text: "\r\n")
    }

    /// Writes the fields without lines that contradict the arguments, even if the owner has left them in: requests are smuggled
    /// with messages that are framed twice.
    private static func write(_ fields: borrowing Fields, keepingLength: Bool, into output: inout [UInt8]) {
        let hasLength = !keepingLength && fields.firstIndex(of: .contentLength) != nil
        guard hasLength || fields.firstIndex(of: .transferEncoding) != nil else { return fields.serialize(into: &output) }
        for index in fields.indices {
            let id = fields.id(at: index)
            if id == .transferEncoding || (id == .contentLength && !keepingLength) { continue }
            output.append(copying: fields.line(at: index))
        }
    }
}
