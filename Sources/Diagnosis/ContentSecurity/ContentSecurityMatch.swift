import HTTPModel
import HeaderPolicy
package import ProxyCore

/// A policy as a browser reads it. It tells what the browser would make of a violation (CSP Level 3 §6.7).
package struct ContentSecurityMatch: Sendable {
    /// The policies that the text has between commas; all of them have to allow something. Each maps directives to their sources,
    /// without those that browsers ignore.
    private let policies: [[String: [String]]]
    /// What is known to stand inline in the pages.
    private let inline: [InlineCode]

    package enum Outcome: Sendable, Hashable {
        case allowed, forbidden
        /// Allowed where the element has the policy's nonce.
        case withNonce
        /// The policy names inline code by hashes, and the code is not known as a whole, or its hash is none of SHA-256.
        case undecided
    }

    /// - Parameter inline: scripts and styles that are known to stand in the pages, to be compared with hashes.
    package init(_ text: String, inline: [InlineCode] = []) {
        self.inline = inline
        policies = text.split(separator: ",").map { policy in
            var directives: [String: [String]] = [:]
            for (name, sources) in ContentSecurityPolicy.directives(of: policy) where directives[name] == nil {
                directives[name] = sources.filter { $0.hasPrefix("'") || ContentSecurityPolicy.takes($0, in: name) }
            }
            return directives
        }
    }

    package func judge(_ violation: Violation) -> Outcome {
        let outcomes = policies.map { judge(violation, $0) }
        return [.forbidden, .undecided, .withNonce].first(where: outcomes.contains) ?? .allowed
    }

    private func judge(_ violation: Violation, _ directives: [String: [String]]) -> Outcome {
        let name = Self.fallbacks(of: violation.directive).first { directives[$0] != nil }
        guard let name, let sources = directives[name] else { return .allowed }
        switch violation.blocked {
        case "inline": return judgeInline(sources, violation)
        case "eval": return Self.has(sources, "'unsafe-eval'") ? .allowed : .forbidden
        case "wasm-eval":
            return Self.has(sources, "'unsafe-eval'") || Self.has(sources, "'wasm-unsafe-eval'") ? .allowed : .forbidden
        default:
            let isCode = violation.directive.hasPrefix("script") || violation.directive.hasPrefix("worker")
            if isCode, Self.has(sources, "'strict-dynamic'") { return .withNonce }
            if sources.contains(where: { Self.matches($0, violation) }) { return .allowed }
            let isElement = violation.directive.hasPrefix("script") || violation.directive.hasPrefix("style")
            return isElement && Self.hasNonce(sources) ? .withNonce : .forbidden
        }
    }

    /// The directives that may decide; the first one present does.
    private static func fallbacks(of directive: String) -> [String] {
        switch directive {
        case "script-src-elem", "script-src-attr": [directive, "script-src", "default-src"]
        case "style-src-elem", "style-src-attr": [directive, "style-src", "default-src"]
        case "worker-src": [directive, "child-src", "script-src", "default-src"]
        case "frame-src", "fenced-frame-src": [directive, "frame-src", "child-src", "default-src"]
        // Only directives about fetches fall back to `default-src`.
        default: directive.hasSuffix("-src") ? [directive, "default-src"] : [directive]
        }
    }

    private static func has(_ sources: [String], _ keyword: String) -> Bool { sources.contains { $0.lowercased() == keyword } }
    private static func hasNonce(_ sources: [String]) -> Bool { sources.contains { $0.lowercased().hasPrefix("'nonce-") } }

    private func judgeInline(_ sources: [String], _ violation: Violation) -> Outcome {
        let hashes = sources.filter { source in
            ["'sha256-", "'sha384-", "'sha512-"].contains { source.lowercased().hasPrefix($0) }
        }
        let isAttribute = violation.directive.hasSuffix("-attr")
        let hasNonce = Self.hasNonce(sources)
        let allowsAll =
            Self.has(sources, "'unsafe-inline'") && hashes.isEmpty && !hasNonce && !Self.has(sources, "'strict-dynamic'")
        if allowsAll { return .allowed }
        let takesHashes = !hashes.isEmpty && (!isAttribute || Self.has(sources, "'unsafe-hashes'"))
        let codes = inline.filter { $0.isReported(as: violation) }
        if takesHashes, !codes.isEmpty, codes.allSatisfy({ sources.contains($0.source) }) { return .allowed }
        // A sample that is not cut off may be the whole code.
        let isWhole = !violation.sample.isEmpty && violation.sample.unicodeScalars.count < Violation.sampleLength
        if takesHashes, isWhole, sources.contains(InlineCode(kind: .script, text: violation.sample).source) { return .allowed }
        if hasNonce, !isAttribute { return .withNonce }
        let isKnown = hashes.allSatisfy { $0.lowercased().hasPrefix("'sha256-") } && (isWhole || !codes.isEmpty)
        return takesHashes && !isKnown ? .undecided : .forbidden
    }

    // MARK: Sources

    private static func matches(_ source: String, _ violation: Violation) -> Bool {
        let lower = source.lowercased()
        let blocked = violation.blocked
        guard let mark = blocked.range(ofFirst: "://") else { return lower == blocked }
        let scheme = String(blocked[..<mark.lowerBound])
        if lower == "*" { return true }
        let page = WebURL(violation.page)
        if lower == "'self'" {
            // 'self' also covers WebSockets to the page's own origin.
            let kind = ["ws": "http", "wss": "https"][scheme] ?? scheme
            return page.map { isSame($0, kind, blocked[mark.upperBound...]) } ?? false
        }
        if lower.hasSuffix(":"), !lower.contains("/") { return isScheme(String(lower.dropLast()), scheme) }
        let given = source.range(ofFirst: "://")
        let wanted = given.map { source[..<$0.lowerBound].lowercased() } ?? page?.scheme.text ?? "https"
        guard !lower.hasPrefix("'"), isScheme(wanted, scheme) else { return false }
        return isHost(given.map { source[$0.upperBound...] } ?? source[...], blocked[mark.upperBound...], scheme: scheme)
    }

    /// Whether a source with the scheme `wanted` covers `scheme`. It also covers the same scheme with TLS. One of WebSockets
    /// covers http, too, but not the other way round.
    private static func isScheme(_ wanted: String, _ scheme: String) -> Bool {
        switch wanted {
        case "http": ["http", "https"].contains(scheme)
        case "ws": ["ws", "wss", "http", "https"].contains(scheme)
        case "wss": ["wss", "https"].contains(scheme)
        default: wanted == scheme
        }
    }

    private static func isSame(_ page: WebURL, _ scheme: String, _ rest: Substring) -> Bool {
        let authority = rest.prefix { $0 != "/" }.lowercased()
        let (host, port) = Authority.split(authority)
        return page.authority == authority && isScheme(page.scheme.text, scheme)
            || page.host == host && page.scheme == .http && isStandard(port, scheme)
                && isStandard(Authority.split(page.authority).port, "http") && isScheme("http", scheme)
    }

    private static func isStandard(_ port: String, _ scheme: String) -> Bool {
        port.isEmpty || port == (["https", "wss"].contains(scheme) ? "443" : "80")
    }

    private static func isHost(_ source: Substring, _ rest: Substring, scheme: String) -> Bool {
        let (wantedHost, wantedPort) = Authority.split(source.prefix { $0 != "/" }.lowercased())
        let (host, port) = Authority.split(rest.prefix { $0 != "/" }.lowercased())
        let isHost =
            wantedHost == "*" || (wantedHost.hasPrefix("*.") ? host.hasSuffix(wantedHost.dropFirst()) : host == wantedHost)
        let isPort =
            wantedPort == "*" || wantedPort == port || isStandard(wantedPort, scheme) && isStandard(port, scheme)
            || wantedPort == "80" && isStandard(port, "https")
        guard isHost, isPort else { return false }
        let (wantedPath, path) = (source.drop { $0 != "/" }, rest.drop { $0 != "/" })
        // A violation has a path only if it is about code or styles of another origin; without one, every path fits.
        if wantedPath.isEmpty || wantedPath == "/" || path.isEmpty { return true }
        return wantedPath.hasSuffix("/") ? path.hasPrefix(wantedPath) : path == wantedPath
    }
}
