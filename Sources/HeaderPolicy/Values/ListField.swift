import HTTPModel

/// The kinds of list fields, which tell members apart in different ways.
package enum ListField: UInt8, Sendable {
    /// A set of words that are compared without case, so that a duplicate has no effect.
    case words
    /// Members that are equal only if their bytes are. Duplicates in the message are left to its reader.
    case members
    /// The same, but a member begins with a URL in angle brackets, which may have commas (RFC 8288 §3).
    case links

    init(_ name: String) {
        let name = name.lowercased()
        self = name == "link" ? .links : Self.ofWords.contains(name) ? .words : .members
    }

    /// Names of fields, media types, codings, languages, range units and cache directives are compared without case (RFC 9110
    /// §5.1, §8.3 to §8.5, §12.5, §14.1; RFC 9111 §5.2; RFC 8942 §3.1; Fetch §3.3.3). Methods, entity tags, links and cookies are not.
    private static let ofWords: Set = [
        "vary", "cache-control", "accept", "accept-charset", "accept-encoding", "accept-language", "accept-ranges", "accept-ch",
        "critical-ch", "content-language", "access-control-allow-headers", "access-control-expose-headers",
        "access-control-request-headers",
    ]

    func areSame(_ first: Span<UInt8>, _ second: Span<UInt8>) -> Bool {
        self == .words ? first.equalsIgnoringCase(second) : first.equals(second)
    }

    /// A walk over such a list, before its first member.
    var walk: ListMembers { ListMembers(hasTargets: self == .links) }

    /// Whether a field is known to be a list of whole words, so that a part of one means nothing.
    package static func isList(_ name: String) -> Bool {
        let name = name.lowercased()
        return ofWords.contains(name) || ofOtherWords.contains(name)
    }

    /// Lists that are compared with their case, or that hardly anybody merges into.
    private static let ofOtherWords: Set = [
        "access-control-allow-methods", "allow", "connection", "content-encoding", "sec-websocket-protocol", "te",
        "timing-allow-origin", "trailer", "transfer-encoding", "upgrade", "x-forwarded-for", "x-forwarded-host",
        "x-forwarded-proto",
    ]

    /// Returns why nothing can be merged into a field, or nil.
    static func problem(merging name: String) -> PatternError? {
        let plain = String(name.lowercased().map { $0 == "_" ? "-" : $0 })
        if plain == "set-cookie" {
            return PatternError("Set-Cookie cannot be merged: each cookie is a line of its own", suggestion: "use `add`")
        }
        if plain == "www-authenticate" || plain == "proxy-authenticate" {
            return PatternError(
                "\(name) cannot be merged: its challenges have commas of their own", suggestion: "use `add` for another challenge"
            )
        }
        guard singles.contains(plain) else { return nil }
        return PatternError(
            "\(name) cannot be merged: it has one value, not a list", suggestion: plain == "cookie" ? nil : "use `set`")
    }

    /// Fields whose grammar has no list, or whose list contains the parameters of a single value.
    private static let singles: Set = [
        "access-control-allow-credentials", "access-control-allow-origin", "access-control-max-age", "age", "authentication-info",
        "authorization", "content-disposition", "content-location", "content-range",
        "content-type", "cookie", "cross-origin-embedder-policy", "cross-origin-opener-policy", "cross-origin-resource-policy",
        "date", "etag", "expires", "from", "host", "if-modified-since", "if-range", "if-unmodified-since", "last-modified",
        "location", "max-forwards", "origin", "origin-agent-cluster", "proxy-authentication-info", "proxy-authorization", "range",
        "referer", "refresh", "retry-after", "server", "sourcemap", "strict-transport-security", "user-agent",
        "x-xss-protection",
    ]
}
