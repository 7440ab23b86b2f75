public import HTTPModel

/// The response that the proxy itself gives to a gRPC client: HTTP's status is 200 and gRPC's stands among the fields, since a
/// response without messages may consist of its trailers alone ("Trailers-Only" in gRPC's protocol over HTTP/2).
public enum GRPCReply {
    /// The request is one of gRPC: its media type is `application/grpc`, perhaps with a format (`+proto`) or parameters.
    public static func isWanted(by fields: borrowing Fields) -> Bool {
        guard fields.mayContain(.contentType), let line = fields.firstIndex(of: .contentType) else { return false }
        let value = fields.value(at: line)
        let name = "application/grpc".utf8.span
        guard value.count >= name.count, value.extracting(first: name.count).equalsIgnoringCase(name) else { return false }
        guard value.count > name.count else { return true }
        let next = value[name.count]
        return next == 0x2B || next == 0x3B || Octet.isBlank(next)
    }

    /// Writes an error into `response`, which is cleared first. It has no body. `reason` as for `LocalReply`.
    public static func write(status: Status, reason: String, into response: inout ResponseHead) {
        response.removeAll()
        response.status = 200
        response.fields.append(.contentType, name: "Content-Type".utf8.span, value: "application/grpc".utf8.span)
        response.fields.append("grpc-status", String(code(for: status, reason: reason)))
        // Without percent signs and controls: nothing has to be escaped.
        response.fields.append("grpc-message", LocalReply.explanation(of: status, reason))
    }

    /// gRPC's status for the end of a stream, by the table of error codes in gRPC's protocol over HTTP/2; else for a status of HTTP,
    /// by gRPC's table of those (`http-grpc-status-mapping`).
    public static func code(for status: Status, reason: String = "") -> Int {
        switch reason {
        case UpstreamFault.cancelled.rawValue: return 1
        case UpstreamFault.askedForCalm.rawValue: return 8
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
