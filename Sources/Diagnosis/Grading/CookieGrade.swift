import HTTPModel
import HeaderPolicy

/// The Observatory's judgement of cookies.
extension Observatory {
    /// A cookie as the Observatory reads it, which is more narrowly than browsers do.
    private struct Cookie {
        var name: String
        var domain: String?
        var path: String?
        var isSecure = false
        var isHTTPOnly = false
        var sameSite: String?

        /// Fails for text from which its library takes no cookie.
        init?(_ text: String, host: String?) {
            let parts = text.split(separator: ";", omittingEmptySubsequences: false)
            let pair = parts[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            name = KnownValue.trimmed(pair[0])
            guard pair.count == 2, !name.isEmpty else { return nil }
            for part in parts.dropFirst() {
                let attribute = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    .map { KnownValue.trimmed($0) }
                let value = attribute.count == 2 ? attribute[1] : ""
                switch attribute[0].lowercased() {
                case "secure": isSecure = true
                case "httponly": isHTTPOnly = true
                case "samesite": sameSite = ["lax", "strict", "none"].first { $0 == value.lowercased() }
                case "path": path = value.hasPrefix("/") ? value : nil
                case "domain":
                    let name = (value.hasPrefix(".") ? String(value.dropFirst()) : value).lowercased()
                    if !name.isEmpty { domain = name }
                default: break
                }
            }
            if name.hasPrefix("__Secure-"), !isSecure { return nil }
            if name.hasPrefix("__Host-"), !isSecure || domain != nil || path != "/" { return nil }
            if let domain, PublicSuffix.isListed(domain) { return nil }
            if let domain, let host, host != domain, !host.hasSuffix("." + domain) { return nil }
        }

        func isSame(as other: Cookie) -> Bool { name == other.name && domain == other.domain && path == other.path }
    }

    /// The faults in ascending order: of several, the last one counts.
    private static let faults: [Mark] = [
        Mark("cookies-without-secure-flag-but-protected-by-hsts", -5, "a cookie without Secure, kept from http by HSTS"),
        Mark("cookies-without-secure-flag", -20, "a cookie without Secure"),
        Mark(
            "cookies-session-without-secure-flag-but-protected-by-hsts", -10,
            "a session cookie without Secure, kept from http by HSTS"),
        Mark("cookies-samesite-flag-invalid", -20, "a cookie whose SameSite browsers do not take"),
        Mark("cookies-anticsrf-without-samesite-flag", -20, "a cookie against CSRF without SameSite"),
        Mark("cookies-session-without-httponly-flag", -30, "a session cookie without HttpOnly"),
        Mark("cookies-session-without-secure-flag", -40, "a session cookie without Secure"),
    ]

    /// - Parameter isProtected: whether HSTS is set for half a year or more.
    static func cookies(_ page: Page, isProtected: Bool) -> Mark {
        let lines = page.fields.values(of: "Set-Cookie")
        var kept: [Cookie] = []
        for line in lines {
            guard let cookie = Cookie(line, host: page.host), cookie.name != "heroku-session-affinity" else { continue }
            kept.removeAll { $0.isSame(as: cookie) }
            kept.append(cookie)
        }
        guard !kept.isEmpty else { return Mark("cookies-not-found", 0, "no cookie") }
        var worst: Int?
        func note(_ fault: Int) { worst = max(worst ?? fault, fault) }
        if lines.contains(where: hasUnknownSameSite) { note(3) }
        for cookie in kept {
            let name = cookie.name.lowercased()
            let isSession = name.contains(text: "login") || name.contains(text: "sess")
            if !cookie.isSecure {
                if cookie.sameSite == "none" { note(3) }
                note(isProtected ? 0 : 1)
                if isSession { note(isProtected ? 2 : 6) }
            }
            if name.contains(text: "csrf"), cookie.sameSite == nil { note(4) }
            if isSession, !cookie.isHTTPOnly { note(5) }
        }
        if let worst { return faults[worst] }
        return kept.allSatisfy { $0.sameSite != nil }
            ? Mark(
                "cookies-secure-with-httponly-sessions-and-samesite", 5,
                "all cookies Secure and with SameSite, session cookies HttpOnly")
            : Mark("cookies-secure-with-httponly-sessions", 0, "all cookies Secure, session cookies HttpOnly")
    }

    private static func hasUnknownSameSite(_ line: String) -> Bool {
        line.split(separator: ";").contains { part in
            let pair = part.split(separator: "=", omittingEmptySubsequences: false).map { KnownValue.trimmed($0).lowercased() }
            guard pair[0] == "samesite" else { return false }
            return pair.count < 2 || !["lax", "strict", "none"].contains(pair[1])
        }
    }
}
