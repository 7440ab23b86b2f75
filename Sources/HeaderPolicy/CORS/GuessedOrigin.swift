import HTTPModel

/// What was probably meant by an origin that is written otherwise.
public enum GuessedOrigin {
    /// `http` for a page of one's own machine or network, which rarely comes by https.
    public static func scheme(of text: String) -> String {
        let host = text.hasPrefix("[") ? text.prefix { $0 != "]" } + "]" : text.prefix { $0 != ":" && $0 != "/" }
        let isOwn = Authority.isLocalhost(host.utf8.span) || OriginHost.isAddress(String(host))
        return isOwn ? "http" : "https"
    }

    /// The origin with its scheme, where that is missing or lacks a slash. A dot in front stands for all names below.
    static func withScheme(_ text: String) -> String {
        for scheme in ["https", "http"] where text.hasPrefix(scheme + ":") {
            return "\(scheme)://\(text.dropFirst(scheme.count + 1).drop { $0 == "/" })"
        }
        let host = String(text.drop { $0 == "/" || $0 == ":" })
        return "\(scheme(of: host))://\(host.hasPrefix(".") ? "*" : "")\(host)"
    }

    /// The regular expression that a text is, without its delimiters; nil for anything else.
    static func expression(in text: String) -> String? {
        let isDelimited = text.count > 2 && text.hasPrefix("/") && text.hasSuffix("/") && !text.hasPrefix("//")
        let signs: [Character] = ["^", "$", "\\", "(", "|"]
        guard isDelimited || text.contains(where: signs.contains), !text.hasPrefix("regex:") else { return nil }
        var inner = isDelimited ? text.dropFirst().dropLast() : text[...]
        if inner.hasPrefix("^") { inner = inner.dropFirst() }
        if inner.hasSuffix("$"), !inner.hasSuffix("\\$") { inner = inner.dropLast() }
        return String(inner).replacing("\\/", by: "/")
    }
}
