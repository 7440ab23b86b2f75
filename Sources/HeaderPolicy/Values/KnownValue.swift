import HTTPModel

/// Checks the values of well-known response fields at load, so that a value that browsers would ignore is not found only in
/// production.
public enum KnownValue {
    /// Returns what is wrong with a static value of a response field; nil when nothing is, and for fields that are not known
    /// here.
    public static func problem(name: String, value: String) -> PatternError? {
        do throws(PatternError) {
            try check(name.lowercased(), value)
            return nil
        } catch {
            return error
        }
    }

    /// Returns the same for a template (`{placeholder}`s, `{{` for a brace). If it has placeholders, only what can be judged
    /// without knowing them is checked: the directives and sources of a Content-Security-Policy.
    public static func problem(name: String, template: String) -> PatternError? {
        guard let filled = Placeholders.filled(template) else { return nil }
        if filled.count > 0, !name.lowercased().hasPrefix("content-security-policy") { return nil }
        return problem(name: name, value: filled.text)
    }

    private static func check(_ name: String, _ value: String) throws(PatternError) {
        switch name {
        case "strict-transport-security": try TransportSecurity.check(value)
        case "content-security-policy": try ContentSecurityPolicy.check(value, isReportOnly: false)
        case "content-security-policy-report-only": try ContentSecurityPolicy.check(value, isReportOnly: true)
        case "permissions-policy", "permissions-policy-report-only": try PermissionsPolicy.check(value)
        case "cache-control": try CacheControl.check(value)
        case "reporting-endpoints": try ReportingEndpoints.check(value)
        case "timing-allow-origin": try OriginList.check(value)
        case "content-type": try MediaType.check(value)
        case "set-cookie": try checkCookie(value)
        case "clear-site-data": try checkClearSiteData(value)
        case "x-frame-options": try checkFrameOptions(value)
        case "referrer-policy":
            for word in value.split(separator: ",", omittingEmptySubsequences: false) {
                try checkWord(trimmed(word).lowercased(), in: WordField.referrerPolicies, of: "Referrer-Policy")
            }
        default:
            if name.hasPrefix("access-control-"), !name.hasPrefix("access-control-request-") {
                let words = name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }
                throw PatternError(
                    "\(words.joined(separator: "-")) belongs to CORS, which answers for all of these headers together",
                    suggestion: "write a `cors` rule instead")
            }
            if let field = WordField.all[name] { return try field.check(value) }
            if let kind = structured[name] { try StructuredField.check(value, kind) }
        }
    }

    /// Whether the word is a directive of Content-Security-Policy.
    public static func isDirective(_ word: String) -> Bool { ContentSecurityPolicy.isDirective(word) }

    /// The structured fields that are checked for their syntax alone.
    private static let structured: [String: StructuredField.Kind] = [
        "accept-ch": .list, "critical-ch": .list, "priority": .dictionary, "cache-status": .list, "proxy-status": .list,
        "cdn-cache-control": .dictionary, "no-vary-search": .dictionary, "content-digest": .dictionary,
        "repr-digest": .dictionary, "signature": .dictionary, "signature-input": .dictionary, "document-policy": .dictionary,
    ]

    /// Throws unless a word is one of those that a field may have.
    static func checkWord(_ word: String, in words: [String], of field: String) throws(PatternError) {
        guard !words.contains(word) else { return }
        let near = Suggestion.nearest(to: word, among: words)
        throw PatternError(
            "browsers ignore \(field) \"\(word)\"",
            suggestion: near.map { "did you mean \"\($0)\"?" } ?? "write \(words.map { "`\($0)`" }.joined(separator: ", "))")
    }

    public static func trimmed(_ text: some StringProtocol) -> String {
        let bytes = Array(text.utf8)
        return String(decoding: bytes[bytes.span.trimmingBlanks(0..<bytes.count)], as: UTF8.self)
    }

    private static func checkFrameOptions(_ value: String) throws(PatternError) {
        let word = trimmed(value).lowercased()
        if word.hasPrefix("allow-from") {
            let origin = trimmed(word.dropFirst("allow-from".count))
            throw PatternError(
                "browsers ignore X-Frame-Options ALLOW-FROM, so that any site could frame the page",
                suggestion: "set Content-Security-Policy to \"frame-ancestors \(origin.isEmpty ? "https://…" : origin)\"")
        }
        try checkWord(word, in: ["deny", "sameorigin"], of: "X-Frame-Options")
    }

    private static func checkClearSiteData(_ value: String) throws(PatternError) {
        let known = ["*", "cache", "cookies", "storage", "executionContexts", "clientHints", "prefetchCache", "prerenderCache"]
        for part in value.split(separator: ",", omittingEmptySubsequences: false) {
            let word = trimmed(part)
            guard word.count >= 2, word.hasPrefix("\""), word.hasSuffix("\"") else {
                throw PatternError(
                    "browsers ignore Clear-Site-Data types that are not in double quotes",
                    suggestion:
                        "write \"\(trimmed(word.filter { $0 != "\"" && $0 != "'" }))\" with the quotes, in single quotes in YAML")
            }
            try checkWord(String(word.dropFirst().dropLast()), in: known, of: "Clear-Site-Data")
        }
    }

    private static func checkCookie(_ value: String) throws(PatternError) {
        let bytes = Array(value.utf8)
        guard let cookie = SetCookie(bytes.span), !cookie.name.isEmpty else {
            throw PatternError("browsers find no cookie in this", suggestion: "write \"name=value\" with its attributes")
        }
        if cookie.sameSites > 0, cookie.sameSite == nil || !cookie.sameSiteIsClear {
            throw PatternError("SameSite is one of Strict, Lax and None")
        }
        if !cookie.isSecure, cookie.sameSite == SetCookie.SameSite.none || cookie.isPartitioned {
            throw PatternError(
                "browsers refuse a cookie with SameSite=None or Partitioned that is not Secure", suggestion: "add `; Secure`")
        }
        let prefix = CookiePrefix(bytes.span.extracting(cookie.name))
        guard prefix.isMet(by: cookie, bytes.span) else {
            throw PatternError("browsers refuse a `\(prefix.rawValue)` cookie unless it has \(prefix.demands)")
        }
    }
}

/// Fills the placeholders of a template with a word each.
enum Placeholders {
    /// Returns the filled text; nil when the braces do not match, which the template's own check reports.
    static func filled(_ template: String) -> (text: String, count: Int)? {
        var text = ""
        var count = 0
        var rest = template.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "{" where rest.first == "{", "}" where rest.first == "}":
                text.unicodeScalars.append(scalar)
                rest.removeFirst()
            case "{":
                guard let end = rest.firstIndex(of: "}") else { return nil }
                rest = rest[rest.index(after: end)...]
                text += "placeholder"
                count += 1
            case "}": return nil
            default: text.unicodeScalars.append(scalar)
            }
        }
        return (text, count)
    }
}
