import HTTPModel

/// Whether a browser keeps a cookie (RFC 6265bis §5.7).
public enum CookieVerdict {
    public struct Refusal: Sendable, Hashable {
        /// One word for programs to recognize.
        public var code: String
        /// The reason, to be read after "browsers refuse this cookie:".
        public var text: String
        public var fix: String
    }

    /// Returns why browsers refuse a `Set-Cookie`; nil when they accept it.
    ///
    /// - Parameters:
    ///   - isSecure: whether the response came over https, or from localhost.
    ///   - host: the host that the response came from; nil skips the checks that depend on it.
    public static func refusal(of value: String, isSecure: Bool, host: String? = nil) -> Refusal? {
        let bytes = Array(value.utf8)
        guard let cookie = SetCookie(bytes.span) else {
            return Refusal(code: "cookie_empty", text: "it has neither a name nor a value", fix: "give it a name")
        }
        guard cookie.name.count + cookie.value.count <= 4096 else {
            return Refusal(
                code: "cookie_too_large", text: "its name and value are longer than 4096 bytes together", fix: "keep less in it")
        }
        if cookie.isSecure, !isSecure {
            return Refusal(
                code: "cookie_secure_on_http", text: "it is Secure and came over plain http", fix: "serve the site over https")
        }
        if cookie.sameSite == SetCookie.SameSite.none, !cookie.isSecure {
            return Refusal(
                code: "cookie_none_without_secure", text: "it says SameSite=None and is not Secure", fix: "add Secure")
        }
        if cookie.isPartitioned, !cookie.isSecure {
            return Refusal(
                code: "cookie_partitioned_without_secure", text: "it is Partitioned and not Secure", fix: "add Secure")
        }
        return prefixRefusal(of: cookie, bytes.span) ?? domainRefusal(of: cookie, bytes, from: host)
    }

    /// Whether a cookie has `HttpOnly`, and any `SameSite`; nil for a value that no browser keeps.
    public static func attributes(of value: String) -> (isHTTPOnly: Bool, hasSameSite: Bool)? {
        SetCookie(Array(value.utf8).span).map { ($0.isHTTPOnly, $0.sameSites > 0) }
    }

    /// Whether browsers send a cookie from another site: its last `SameSite` is `None`.
    public static func isSentAcross(_ value: String) -> Bool {
        SetCookie(Array(value.utf8).span)?.sameSite == SetCookie.SameSite.none
    }

    private static func prefixRefusal(of cookie: SetCookie, _ text: Span<UInt8>) -> Refusal? {
        let prefix = CookiePrefix(text.extracting(cookie.name))
        if !prefix.isMet(by: cookie, text) {
            return Refusal(
                code: "cookie_prefix", text: "its name begins with \(prefix.rawValue), which asks for \(prefix.demands)",
                fix: "give it \(prefix.demands)")
        }
        // Browsers send a value without a name to servers as if it were one.
        guard cookie.name.isEmpty, CookiePrefix(text.extracting(cookie.value)) != .none else { return nil }
        return Refusal(
            code: "cookie_prefix", text: "it has no name, and its value begins as a name with a prefix", fix: "give it a name")
    }

    private static func domainRefusal(of cookie: SetCookie, _ bytes: [UInt8], from host: String?) -> Refusal? {
        guard let range = cookie.domain else { return nil }
        let domain = plain(String(decoding: bytes[range], as: UTF8.self))
        if let host = host?.lowercased() {
            guard host != domain else { return nil }
            guard host.hasSuffix("." + domain) else {
                return Refusal(
                    code: "cookie_domain", text: "its Domain is \(domain), and it came from \(host)", fix: "leave out Domain")
            }
        }
        return refusal(ofDomain: domain)
    }

    /// Returns a domain in lower case and without the dot in front.
    private static func plain(_ domain: String) -> String {
        let lower = domain.lowercased()
        return lower.hasPrefix(".") ? String(lower.dropFirst()) : lower
    }

    /// Returns why browsers refuse every cookie for a domain, unless the response comes from exactly that host; nil when they do not.
    public static func refusal(ofDomain domain: String) -> Refusal? {
        let domain = plain(domain)
        guard PublicSuffix.isListed(domain) else { return nil }
        return Refusal(
            code: "cookie_domain", text: "its Domain is \(domain), under which strangers have their sites",
            fix: "leave out Domain")
    }
}
