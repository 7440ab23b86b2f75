/// An `http` or `https` URL, as far as it matters for a browser: its origin, its target, and whether it names a user.
public struct WebURL: Sendable, Hashable, CustomStringConvertible {
    public var scheme: Scheme
    /// The host and port as written, without a user, in lower case.
    public var authority: String
    /// The path and query, which begin with a slash.
    public var target: String
    public var hasUser = false

    public init(scheme: Scheme, authority: String, target: String) {
        self.scheme = scheme
        self.authority = authority.lowercased()
        self.target = target
    }

    /// Reads a URL as browsers do. Nil unless it is an absolute one of http or https with a host.
    public init?(_ text: String) {
        let text = Self.cleaned(text)
        let lower = text.lowercased()
        guard let scheme: Scheme = lower.hasPrefix("https://") ? .https : lower.hasPrefix("http://") ? .http : nil else {
            return nil
        }
        let rest = text.dropFirst(scheme.text.count + 3)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        var authority = rest[..<end]
        if let at = authority.lastIndex(of: "@") {
            authority = authority[authority.index(after: at)...]
            hasUser = true
        }
        guard !authority.isEmpty, !authority.contains("%"), Authority.isValid(String(authority).utf8.span) else { return nil }
        self.scheme = scheme
        self.authority = authority.lowercased()
        target = Self.sent(rest[end...].hasPrefix("/") ? String(rest[end...]) : "/" + rest[end...])
    }

    /// Resolves a `Location` on a page of this URL; nil if it leads outside of http and https.
    public func resolving(_ reference: String) -> WebURL? {
        let reference = Self.cleaned(reference)
        if reference.hasPrefix("//") { return WebURL("\(scheme.text):\(reference)") }
        if let colon = reference.firstIndex(of: ":"), !reference[..<colon].contains(where: { "/?".contains($0) }) {
            return WebURL(reference)
        }
        var result = self
        result.hasUser = false
        let path = target.prefix { $0 != "?" }
        if reference.hasPrefix("/") {
            result.target = Self.sent(reference)
        } else if reference.hasPrefix("?") {
            result.target = Self.sent(path + reference)
        } else if !reference.isEmpty {
            result.target = Self.sent(path[...(path.lastIndex(of: "/") ?? path.startIndex)] + reference)
        }
        return result
    }

    /// The scheme, host and port; the scheme's default port is left out.
    public var origin: String {
        let own = scheme == .https ? ":443" : ":80"
        return "\(scheme.text)://\(authority.hasSuffix(own) ? String(authority.dropLast(own.count)) : authority)"
    }

    /// The host without its port.
    public var host: String { Authority.split(authority).host }

    /// Whether the host is the machine on which the browser runs.
    public var isLoopback: Bool { Self.isLoopback(host) }

    /// Whether a host, by name or address and without a port, is one's own machine (Secure Contexts §3.1).
    public static func isLoopback(_ host: String) -> Bool {
        if Authority.isLocalhost(host.utf8.span) { return true }
        guard let address = IPAddress(host.utf8.span), address.isLoopback else { return false }
        return !address.isV4 || !host.contains(":")
    }

    public var path: String { String(target.prefix { $0 != "?" }) }
    public var description: String { "\(scheme.text)://\(authority)\(target)" }
}
