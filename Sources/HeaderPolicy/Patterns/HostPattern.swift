import HTTPModel

/// A pattern of host names: an exact one, or `*.example.com` for one or more labels before it. ASCII case and a closing dot are
/// ignored.
public struct HostPattern: Sendable, Hashable {
    public let text: String
    /// The name in lower case; for a wildcard, the text after the star (`.example.com`).
    public let name: [UInt8]
    public let isExact: Bool

    /// - Throws: a `PatternError` for a text that is not a host name (a URL, a port, a star elsewhere).
    public init(_ text: String) throws(PatternError) {
        self.text = text
        isExact = !text.hasPrefix("*.")
        var name = Array((isExact ? text : String(text.dropFirst())).utf8).map(Octet.lowercased)
        if name.last == 0x2E { name.removeLast() }
        self.name = name
        guard !name.isEmpty else { throw PatternError("a host pattern may not be empty") }
        guard text != "*" else { throw PatternError("`*` is every host", suggestion: "leave out the host") }
        guard !name.contains(0x2F) else {
            throw PatternError("\"\(text)\" is a URL or has a path", suggestion: "write the host name alone")
        }
        guard !name.contains(0x2A) else {
            throw PatternError(
                "`*` may only be the first label of a host pattern, not as in \"\(text)\"", suggestion: "write \"*.example.com\"")
        }
        let isLiteral = name.first == 0x5B && name.last == 0x5D
        guard isLiteral || !name.contains(0x3A) else {
            throw PatternError("\"\(text)\" has a port: hosts are matched without one", suggestion: "leave out the port")
        }
        // The name of a wildcard keeps its leading dot, with which a registered name may start.
        guard Authority.isValid(name.span) else { throw PatternError("\"\(text)\" is not a host name") }
        for index in name.indices.dropFirst() where name[index] == 0x2E && name[index - 1] == 0x2E {
            throw PatternError("\"\(text)\" has nothing between two dots, which no host name has")
        }
    }

    /// Whether a host without a port matches.
    public func matches(_ host: Span<UInt8>) -> Bool {
        if isExact { return Authority.isSameHost(host, name.span) }
        let host = Authority.withoutClosingDot(host)
        return host.count > name.count && host.extracting(last: name.count).equalsIgnoringCase(name.span)
    }
}
