import HTTPModel

/// Whether a browser keeps a cookie (RFC 6265bis §5.7).
public enum CookieVerdict {
    public struct Refusal: Sendable, Hashable {
        /// One word for programs.
        public var code: String
        /// Why; goes on after "browsers refuse this cookie:".
        public var text: String
        public var fix: String
    }

    /// Why browsers refuse a `Set-Cookie`; nil where they take it.
    ///
    /// - Parameters:
    ///   - isSecure: it came over https, or from localhost.
    ///   - host: that it came from; nil leaves out what depends on it.
    public static func refusal(of value: String, isSecure: Bool, host: String? = nil) -> Refusal? {
        let bytes = Array(value.utf8)
        guard let cookie = SetCookie(bytes.span) else {
            return Refusal(code: "cookie_empty", text: "it has neither a name nor a value", fix: "give it a name")
        }
        let name = String(decoding: bytes[cookie.name], as: UTF8.self)
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
        let prefix = name.lowercased()
        if prefix.hasPrefix("__secure-"), !cookie.isSecure {
            return Refusal(code: "cookie_prefix", text: "its name begins with __Secure- and it is not Secure", fix: "add Secure")
        }
        if prefix.hasPrefix("__host-") {
            let path = cookie.path.map { String(decoding: bytes[$0], as: UTF8.self) }
            if !cookie.isSecure || cookie.domain != nil || path != "/" {
                return Refusal(
                    code: "cookie_prefix", text: "its name begins with __Host-, which asks for Secure, Path=/ and no Domain",
                    fix: "add Secure and Path=/, and leave out Domain")
            }
        }
        guard let host, let range = cookie.domain else { return nil }
        var domain = String(decoding: bytes[range], as: UTF8.self).lowercased()
        if domain.hasPrefix(".") { domain.removeFirst() }
        guard host != domain, !host.hasSuffix("." + domain) else { return nil }
        return Refusal(
            code: "cookie_domain", text: "its Domain is \(domain), and it came from \(host)", fix: "leave out Domain")
    }
}
