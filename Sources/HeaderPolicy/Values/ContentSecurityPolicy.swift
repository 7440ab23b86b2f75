import HTTPModel

/// Checks the value of Content-Security-Policy (W3C CSP Level 3).
public enum ContentSecurityPolicy {
    /// The kind of words that a directive takes.
    private enum Words {
        /// Sources, with all keywords.
        case code
        /// Sources, with only the keywords 'self' and 'none'.
        case sources
        case sandbox, uris, group, trustedTypes, none
        case oneOf([String])
    }

    private static let known: [String: Words] = [
        "default-src": .code, "script-src": .code, "script-src-elem": .code, "script-src-attr": .code, "style-src": .code,
        "style-src-elem": .code, "style-src-attr": .code, "worker-src": .code, "child-src": .sources, "connect-src": .sources,
        "fenced-frame-src": .sources, "font-src": .sources, "frame-src": .sources, "img-src": .sources,
        "manifest-src": .sources, "media-src": .sources, "object-src": .sources, "base-uri": .sources,
        "form-action": .sources, "frame-ancestors": .sources, "sandbox": .sandbox, "report-uri": .uris, "report-to": .group,
        "require-trusted-types-for": .oneOf(["'script'"]), "trusted-types": .trustedTypes,
        "webrtc": .oneOf(["'allow'", "'block'"]), "upgrade-insecure-requests": .none,
    ]

    private static let dropped: [String: String] = [
        "block-all-mixed-content": "write upgrade-insecure-requests", "plugin-types": "write object-src 'none'",
        "prefetch-src": "prefetches follow default-src", "referrer": "set Referrer-Policy", "reflected-xss": "leave it out",
        "navigate-to": "leave it out", "require-sri-for": "leave it out", "disown-opener": "set Cross-Origin-Opener-Policy",
    ]

    private static let keywords = [
        "self", "none", "unsafe-inline", "unsafe-eval", "unsafe-hashes", "strict-dynamic", "report-sample", "wasm-unsafe-eval",
        "unsafe-allow-redirects", "inline-speculation-rules", "trusted-types-eval", "report-sha256", "report-sha384",
        "report-sha512",
    ]

    private static let sandboxFlags = [
        "allow-downloads", "allow-forms", "allow-modals", "allow-orientation-lock", "allow-pointer-lock", "allow-popups",
        "allow-popups-to-escape-sandbox", "allow-presentation", "allow-same-origin", "allow-scripts",
        "allow-storage-access-by-user-activation", "allow-top-navigation", "allow-top-navigation-by-user-activation",
        "allow-top-navigation-to-custom-protocols",
    ]

    /// Splits one policy, which has no commas, into its directives: their names in lower case, each with its words.
    public static func directives(of policy: Substring) -> [(name: String, words: [String])] {
        policy.split(separator: ";").compactMap { directive in
            let words = directive.split { $0 == " " || $0 == "\t" }.map(String.init)
            return words.first.map { ($0.lowercased(), Array(words.dropFirst())) }
        }
    }

    /// Whether a browser accepts a source in a directive. A directive that has no list of sources accepts any word.
    public static func takes(_ source: String, in directive: String) -> Bool {
        switch known[directive] {
        case .code: (try? check(sources: [source], of: directive, takesKeywords: true)) != nil
        case .sources: (try? check(sources: [source], of: directive, takesKeywords: false)) != nil
        default: true
        }
    }

    static func check(_ value: String, isReportOnly: Bool) throws(PatternError) {
        if let scalar = value.unicodeScalars.first(where: { !$0.isASCII }) {
            throw PatternError("browsers ignore a policy's directive with \"\(scalar)\" in it: it takes ASCII only")
        }
        // A comma separates policies, which apply all together.
        for policy in value.split(separator: ",", omittingEmptySubsequences: false) {
            var seen = Set<String>()
            for (name, sources) in directives(of: policy) {
                try check(directive: name, sources, isReportOnly)
                guard seen.insert(name).inserted else {
                    throw PatternError("browsers ignore the second `\(name)`", suggestion: "put all its sources into one")
                }
            }
            if seen.isEmpty { throw PatternError("the policy has no directive", suggestion: "write at least default-src 'self'") }
        }
    }

    private static func check(directive name: String, _ words: [String], _ isReportOnly: Bool) throws(PatternError) {
        guard let kind = known[name] else {
            if let instead = dropped[name] { throw PatternError("browsers no longer know `\(name)`", suggestion: instead) }
            let near = Suggestion.nearest(to: name, among: known.keys.sorted())
            throw PatternError(
                "there is no directive `\(name)`, so browsers ignore it",
                suggestion: near.map { "did you mean \($0)?" } ?? "directives end with `;`, sources are separated by spaces")
        }
        switch kind {
        case .code: try check(sources: words, of: name, takesKeywords: true)
        case .sources: try check(sources: words, of: name, takesKeywords: false)
        case .sandbox:
            if isReportOnly {
                throw PatternError("browsers ignore `sandbox` in a report-only policy", suggestion: "leave it out")
            }
            for word in words { try KnownValue.checkWord(word.lowercased(), in: sandboxFlags, of: "sandbox") }
        case .uris:
            guard !words.isEmpty else { throw PatternError("`report-uri` needs the address to report to") }
        case .group:
            guard words.count == 1 else {
                throw PatternError("`report-to` names one endpoint", suggestion: "name it in Reporting-Endpoints, and here")
            }
        case .trustedTypes:
            for word in words where word.hasPrefix("'") {
                try KnownValue.checkWord(word.lowercased(), in: ["'none'", "'allow-duplicates'"], of: name)
            }
        case .oneOf(let choices):
            guard let word = words.first, words.count == 1 else {
                throw PatternError("`\(name)` takes one word", suggestion: "write \(name) \(choices[0])")
            }
            try KnownValue.checkWord(word.lowercased(), in: choices, of: name)
        case .none:
            guard words.isEmpty else {
                throw PatternError("`\(name)` takes no value", suggestion: "directives are separated by `;`")
            }
            if isReportOnly {
                throw PatternError("browsers ignore `\(name)` in a report-only policy", suggestion: "leave it out")
            }
        }
    }

    private static func check(sources: [String], of name: String, takesKeywords: Bool) throws(PatternError) {
        for source in sources {
            let lower = source.lowercased()
            if lower == "'none'", sources.count > 1 {
                throw PatternError(
                    "browsers ignore 'none' in `\(name)` beside other sources", suggestion: "leave out one or the other")
            }
            if lower == "'self'" || lower == "'none'" { continue }
            if source.hasPrefix("'") || source.hasSuffix("'") {
                try check(quoted: source, of: name)
                if !takesKeywords {
                    throw PatternError(
                        "browsers ignore \(source) in `\(name)`", suggestion: "it belongs into script-src or style-src")
                }
            } else {
                try check(bare: source, of: name)
            }
        }
    }

    private static func check(quoted source: String, of name: String) throws(PatternError) {
        let inner = source.filter { $0 != "'" }
        guard source == "'\(inner)'" else {
            throw PatternError("`\(source)` in `\(name)` lacks a quote", suggestion: "write '\(inner)'")
        }
        if keywords.contains(inner.lowercased()) { return }
        for prefix in ["nonce-", "sha256-", "sha384-", "sha512-"] where inner.lowercased().hasPrefix(prefix) {
            let code = inner.dropFirst(prefix.count)
            guard !code.isEmpty, code.utf8.allSatisfy(isBase64) else {
                throw PatternError("browsers ignore \(source) in `\(name)`: base64 follows `\(prefix)`")
            }
            return
        }
        let near = Suggestion.nearest(to: inner, among: keywords)
        throw PatternError(
            "browsers ignore \(source) in `\(name)`",
            suggestion: near.map { "did you mean '\($0)'?" } ?? "only keywords, nonces and hashes stand in quotes")
    }

    static func isDirective(_ word: String) -> Bool { known[word.lowercased()] != nil }

    /// Whether a source is a keyword, nonce or hash, which are written in single quotes.
    static func isQuotable(_ source: String) -> Bool {
        let lower = source.lowercased()
        return keywords.contains(lower) || ["nonce-", "sha256-", "sha384-", "sha512-"].contains { lower.hasPrefix($0) }
    }

    private static func isBase64(_ byte: UInt8) -> Bool {
        Octet.lowercased(byte) &- 0x61 < 26 || Octet.isDigit(byte) || [0x2B, 0x2F, 0x2D, 0x5F, 0x3D].contains(byte)
    }

    private static func check(bare source: String, of name: String) throws(PatternError) {
        let plain = source.filter { $0 != "\"" }
        if isQuotable(plain) {
            throw PatternError(
                "browsers take `\(source)` in `\(name)` as the name of a host, not as the keyword",
                suggestion: "write '\(plain)' with single quotes")
        }
        guard isSchemeSource(source) || isHostSource(source) else {
            throw PatternError(
                "browsers ignore the source `\(source)` in `\(name)`",
                suggestion:
                    "a source is a host such as https://cdn.example, a scheme such as https:, or a keyword in single quotes")
        }
    }

    private static func isScheme(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, Octet.lowercased(first) &- 0x61 < 26 else { return false }
        return text.utf8.allSatisfy {
            Octet.lowercased($0) &- 0x61 < 26 || Octet.isDigit($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E
        }
    }

    private static func isSchemeSource(_ source: String) -> Bool { source.hasSuffix(":") && isScheme(source.dropLast()) }

    private static func isHostSource(_ source: String) -> Bool {
        var rest = source[...]
        if let separator = source.range(ofFirst: "://") {
            guard isScheme(source[..<separator.lowerBound]) else { return false }
            rest = source[separator.upperBound...]
        }
        let path = rest.firstIndex(of: "/") ?? rest.endIndex
        guard !rest[path...].contains(where: { $0 == "?" || $0 == "#" }) else { return false }
        var host = rest[..<path]
        if let colon = host.firstIndex(of: ":") {
            let port = host[host.index(after: colon)...]
            guard port == "*" || UInt16(port) != nil else { return false }
            host = host[..<colon]
        }
        if host == "*" { return true }
        if host.hasPrefix("*.") { host = host.dropFirst(2) }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty
                && label.utf8.allSatisfy { Octet.lowercased($0) &- 0x61 < 26 || Octet.isDigit($0) || $0 == 0x2D || $0 == 0x5F }
        }
    }
}
