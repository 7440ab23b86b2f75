import HTTPModel

/// Reads a cookie policy as it was written and notes all its errors.
struct CookieCheck {
    private let policy: CookiePolicy
    private(set) var errors: [PolicyError] = []

    init(_ policy: CookiePolicy) { self.policy = policy }

    /// The names, in which `*` is any run of characters. Case counts, as in browsers.
    mutating func names() -> [WildcardPattern] {
        var patterns: [WildcardPattern] = []
        for name in policy.names {
            if name.value.isEmpty || !name.value.utf8.allSatisfy(Octet.isToken) {
                refuse(
                    "\"\(name.value)\" is not the name of a cookie", name.location,
                    "write a name, or a pattern such as `session_*`")
            } else {
                patterns.append(WildcardPattern(name.value))
            }
        }
        return patterns
    }

    mutating func flag(_ flag: Located<Bool>?, _ key: String) -> Bool? {
        if let flag, !flag.value, !policy.force {
            refuse("`\(key): false` would weaken cookies", flag.location, "leave it out, or add `force: true`")
        }
        return flag?.value
    }

    mutating func sameSite() -> SetCookie.SameSite? {
        guard let written = policy.sameSite else { return nil }
        if let known = SetCookie.SameSite(written.value.utf8.span) { return known }
        let near = Suggestion.nearest(to: written.value, among: SetCookie.SameSite.allCases.map(\.text))
        refuse(
            "`same_site` is Strict, Lax or None, not \"\(written.value)\"", written.location, near.map { "did you mean \($0)?" })
        return nil
    }

    mutating func path() -> [UInt8]? {
        guard let written = policy.path else { return nil }
        let bytes = Array(written.value.utf8)
        if bytes.contains(where: { $0 == 0x3B || $0 < 0x20 || $0 > 0x7E }) {
            refuse("a cookie path is ASCII without `;`", written.location)
        } else if bytes.first != 0x2F {
            refuse("browsers ignore a cookie path that does not begin with `/`", written.location, "write \"/\(written.value)\"")
        }
        return bytes
    }

    mutating func domain() -> [UInt8]? {
        guard let written = policy.domain else { return nil }
        let domain = written.value
        if domain.hasPrefix(".") {
            refuse(
                "browsers ignore the dot in front of a cookie domain", written.location, "write \"\(domain.drop { $0 == "." })\"")
        } else if !Self.isHostName(domain) {
            refuse("\"\(domain)\" is not a domain", written.location, "write a host name without scheme, port and path")
        }
        return Array(domain.utf8)
    }

    /// Checks combinations of settings that are valid one by one but not together.
    mutating func combinations(_ names: [WildcardPattern], _ sameSite: SetCookie.SameSite?) {
        let isSecure = policy.secure?.value == true
        if let written = policy.sameSite, sameSite == SetCookie.SameSite.none, !isSecure {
            refuse("browsers refuse a `SameSite=None` cookie that is not Secure", written.location, "add `secure: true`")
        }
        if let written = policy.partitioned, written.value, !isSecure {
            refuse("browsers refuse a Partitioned cookie that is not Secure", written.location, "add `secure: true`")
        }
        guard names.contains(where: { CookiePrefix($0.bytes.span).isHostOnly }) else { return }
        if let written = policy.domain {
            refuse("browsers refuse a `__Host-` cookie that has a Domain", written.location, "leave out `domain`")
        }
        if let written = policy.path, written.value != "/" {
            refuse("browsers refuse a `__Host-` cookie whose Path is not /", written.location, "write `path: /`")
        }
    }

    /// Checks a policy that removes cookies.
    mutating func removal() {
        guard let remove = policy.remove else { return }
        if !remove.value {
            refuse("`remove: false` removes nothing", remove.location, "leave it out")
        } else if policy.names.isEmpty {
            refuse("`remove` needs `names`", remove.location, "for all of them, write `remove: Set-Cookie` instead of `cookies`")
        }
        let flags = [policy.secure, policy.httpOnly, policy.partitioned, policy.prefix].compactMap { $0?.location }
        let texts = [policy.sameSite, policy.path, policy.domain].compactMap { $0?.location }
        guard let place = (flags + texts).first ?? (policy.force ? remove.location : nil) else { return }
        refuse("a cookie that is removed has no attributes", place, "leave out all but `names` and `remove`, or write two rules")
    }

    private static func isHostName(_ text: String) -> Bool {
        text.utf8.count <= 253
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                !label.isEmpty && label.utf8.count <= 63 && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy {
                        $0 == 0x2D || $0 == 0x5F || Octet.isDigit($0) || Octet.lowercased($0) &- 0x61 < 26
                    }
            }
    }

    private mutating func refuse(_ message: String, _ location: SourceLocation, _ suggestion: String? = nil) {
        errors.append(PolicyError(message, at: location, suggestion: suggestion))
    }
}
