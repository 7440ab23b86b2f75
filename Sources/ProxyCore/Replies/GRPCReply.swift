public import HTTPModel

/// The proxy's own response to a gRPC client. HTTP's status is 200 and gRPC's is among the fields, since a response without
/// messages may consist of its trailers alone ("Trailers-Only" in gRPC's protocol over HTTP/2).
public enum GRPCReply {
    /// Whether the client speaks gRPC, which is POST over HTTP/2. Any other client that claims to would plant an empty 200 in
    /// caches.
    public static func isWanted(by request: borrowing RequestHead) -> Bool {
        mayBeWanted(by: request) && isWanted(by: request.fields)
    }

    /// Whether the form of an error depends on the request's `Content-Type`.
    static func mayBeWanted(by request: borrowing RequestHead) -> Bool {
        request.method == .post && request.version == .http2
    }

    /// Whether the request's media type is one of gRPC: `application/grpc`, perhaps with a format (`+proto`) or parameters.
    public static func isWanted(by fields: borrowing Fields) -> Bool {
        guard fields.mayContain(.contentType), let line = fields.firstIndex(of: .contentType) else { return false }
        let value = fields.value(at: line)
        let name = "application/grpc".utf8.span
        guard value.count >= name.count, value.extracting(first: name.count).equalsIgnoringCase(name) else { return false }
        guard value.count > name.count else { return true }
        let next = value[name.count]
        return next == 0x2B || next == 0x3B || Octet.isBlank(next)
    }

    /// Writes an error into `response`, which is cleared first. It has no body. `reason` and `cause` are the same as for
    /// `LocalReply`.
    public static func write(status: Status, reason: Reason?, into response: inout ResponseHead, cause: String = "") {
        response.removeAll()
        response.status = 200
        response.fields.append(.contentType, name: "Content-Type".utf8.span, value: "application/grpc".utf8.span)
        response.fields.append("grpc-status", String(code(for: status, reason: reason)))
        let explanation = LocalReply.explanation(of: status, reason)
        let message = cause.isEmpty ? explanation : "\(explanation) Why: \(cause)"
        // `Percent-Encoded` of gRPC's protocol over HTTP/2: printable ASCII except the percent sign stays as it is.
        response.fields.append("grpc-message", message.percentEncoded { !(0x20...0x7E ~= $0) || $0 == 0x25 })
    }

    /// Returns gRPC's status: for the end of a stream, by the table of error codes in gRPC's protocol over HTTP/2; otherwise for
    /// the HTTP status, by gRPC's table (`http-grpc-status-mapping`).
    public static func code(for status: Status, reason: Reason? = nil) -> Int {
        switch reason {
        case .upstreamCancelled: return 1
        case .upstreamAskedForCalm: return 8
        default: break
        }
        return switch status.rawValue {
        case 400: 13
        case 401: 16
        case 403: 7
        case 404: 12
        case 429, 502, 503, 504: 14
        default: 2
        }
    }
}
