/// Which fields may be trailers (RFC 9110 §6.5.1): not those that frame, route, authenticate or modify a message, or that say how
/// to read its content. A server that merges trailers into the header would believe them.
public enum TrailerRules {
    /// Removes the fields that may not be trailers, and returns their names. Nil if one of them frames the message or names its
    /// host: readers that believed it would disagree on where the message ends or whose it is.
    public static func settle(_ trailers: inout Fields) -> [String]? {
        var dropped: [String] = []
        for index in trailers.indices {
            let (id, name) = (trailers.id(at: index), trailers.name(at: index))
            if isFraming(id) { return nil }
            if isForbidden(id, name) { dropped.append(name.text) }
        }
        if !dropped.isEmpty { trailers.remove { isForbidden($0.id(at: $1), $0.name(at: $1)) } }
        return dropped
    }

    /// Whether a field tells where a message ends, or for whom it is.
    public static func isFraming(_ id: FieldID) -> Bool {
        id == .transferEncoding || id == .contentLength || id == .host
    }

    /// Whether a field may not be a trailer.
    public static func isForbidden(_ id: FieldID, _ name: Span<UInt8>) -> Bool {
        if id.isHopByHop || id.isAccessControlResponse { return true }
        for prefix in prefixes where prefix.utf8.count <= name.count {
            if name.extracting(first: prefix.utf8.count).equalsIgnoringCase(prefix.utf8.span) {
                return !name.equalsIgnoringCase("content-digest".utf8.span)
            }
        }
        for forbidden in forbidden where name.equalsIgnoringCase(forbidden.utf8.span) { return true }
        return false
    }

    private static let prefixes = ["content-", "proxy-", "x-forwarded-", "if-", "sec-"]

    private static let forbidden = [
        "host", "forwarded", "x-real-ip", "true-client-ip", "via", "max-forwards", "expect",
        "authorization", "www-authenticate", "cookie", "set-cookie", "origin", "client-cert",
        "client-cert-chain",
        "cache-control", "pragma", "range", "age", "date", "expires", "location", "retry-after", "vary", "warning",
        "strict-transport-security", "x-http-method-override", "x-original-url", "x-rewrite-url",
    ]
}
