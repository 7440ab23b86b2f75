import HTTPModel
import HeaderPolicy
import ProxyConfig

/// Checks whether a Content-Security-Policy allows what it is meant to forbid.
extension Linter {
    mutating func checkContentSecurity(_ field: FieldValue, _ rule: Rule, _ rules: [Rule]) {
        // A comma separates policies. Each has to be sound, and one that forbids something is enough.
        var (isOpen, isLimited) = (false, false)
        for policy in field.value.value.split(separator: ",") {
            var directives: [String: [String]] = [:]
            for (name, words) in ContentSecurityPolicy.directives(of: policy) {
                if directives[name] != nil {
                    warn(
                        .directiveTwice, "`\(name)` stands twice, and browsers take only the first", at: field.value.location,
                        "write its sources behind the first")
                } else {
                    directives[name] = words.map { $0.lowercased() }
                }
            }
            if Self.limitsEverything(directives) { isLimited = true } else if !Self.isPartial(directives) { isOpen = true }
            checkDirectives(directives, of: field)
            checkScripts(directives, of: field)
            checkSources(directives, of: field)
        }
        if isOpen, !isLimited {
            warn(
                .noDefaultSource, "without `default-src`, what the policy does not name comes from anywhere",
                at: field.value.location, "begin with default-src 'self'")
        }
        checkNonce(field, rule, rules)
    }

    private static func limitsEverything(_ directives: [String: [String]]) -> Bool {
        directives["default-src"] != nil || directives["script-src"] != nil && directives["object-src"] != nil
    }

    private mutating func checkDirectives(_ directives: [String: [String]], of field: FieldValue) {
        let scripts = directives["script-src"] ?? directives["default-src"] ?? []
        if scripts.contains(where: { $0.hasPrefix("'nonce-") || $0 == "'strict-dynamic'" }), directives["base-uri"] == nil {
            warn(
                .noBaseURI, "an injected <base> turns the trusted scripts with relative addresses into an attacker's",
                at: field.value.location, "add base-uri 'none'")
        }
        // If `default-src` decides about both objects and scripts, its sources are reported as sources of scripts.
        let name = directives["object-src"] == nil && directives["script-src"] != nil ? "default-src" : "object-src"
        if let wide = directives[name]?.first(where: Self.isWide) {
            warn(
                .objectsFromAnywhere, "`\(wide)` in `\(name)` lets plug-ins come from anywhere, and run scripts",
                at: field.value.location, "write object-src 'none'")
        }
        if let wide = directives["base-uri"]?.first(where: Self.isWide) {
            warn(
                .baseFromAnywhere,
                "`\(wide)` in `base-uri` lets an injected <base> lead relative scripts to an attacker's server",
                at: field.value.location, "write base-uri 'none'")
        }
    }

    /// Whether the policy is only about frames, upgrades and reports, and not about anything that is loaded.
    private static func isPartial(_ directives: [String: [String]]) -> Bool {
        let others: Set = [
            "frame-ancestors", "upgrade-insecure-requests", "report-uri", "report-to", "sandbox", "base-uri", "form-action",
            "require-trusted-types-for", "trusted-types", "block-all-mixed-content",
        ]
        return directives.keys.allSatisfy(others.contains)
    }

    /// Whether the source covers any server.
    static func isWide(_ source: String) -> Bool {
        ["*", "http:", "https:", "data:", "blob:", "http://*", "https://*", "*:*", "http://*:*", "https://*:*"].contains(source)
    }

    private mutating func checkNonce(_ field: FieldValue, _ rule: Rule, _ rules: [Rule]) {
        let value = field.value.value
        for part in value.split(at: "'nonce-").dropFirst() {
            let nonce = part.prefix { $0 != "'" }
            guard nonce.endIndex < part.endIndex, !nonce.contains("{") else { continue }
            warn(
                .constantNonce, "a nonce that is always the same protects nobody", at: field.value.location,
                "write 'nonce-{nonce}': it is fresh for each response")
            if nonce.filter({ $0 != "=" }).count < 8 {
                warn(
                    .shortNonce, "a nonce of \(nonce.count) characters can be guessed", at: field.value.location,
                    "write 'nonce-{nonce}', which has 128 bits")
            }
        }
        let words = ["{request.header.", "{request.cookie.", "{host}", "{authority}", "{query}", "{uri}", "{path}", "{path."]
        for word in words where value.contains(text: word) {
            warn(
                .clientDecides, "a client decides what this policy says", at: field.value.location,
                "write the values out")
            break
        }
        checkNonceCaching(field, of: rule, rules)
    }

    /// Checks the caching for a rule that was checked before, because there may be other rules after it now.
    mutating func checkNonceCaching(_ field: FieldValue, of rule: Rule, _ rules: [Rule]) {
        guard !rule.isFromPreset, field.name.value.lowercased() == "content-security-policy" else { return }
        guard field.value.value.withoutBraces.contains(text: "{nonce}") else { return }
        // The lines that let caches keep the nonce, and those for which it is not written.
        var (keeping, dropping): ([Int], [Int]) = ([], [])
        var isBelow = false
        for other in rules {
            for cache in other.writtenFields {
                if cache.name.location == field.name.location { isBelow = true }
                guard cache.name.value.lowercased() == "cache-control", other.mayMeet(rule) else { continue }
                if other.isUnconditional, other.presence == nil, other.action is SetFields {
                    keeping = []
                    if !isBelow { dropping = [] }
                }
                let words = cache.value.value.lowercased().split { $0 == "," || $0 == " " }
                let isShared =
                    words.contains { $0 == "public" || $0.hasPrefix("s-maxage=") } && !words.contains("no-store")
                    && !words.contains("private")
                if isShared, !isBelow {
                    dropping.append(other.location.line)
                } else if isShared || Self.isKept(cache.value.value) {
                    keeping.append(other.location.line)
                }
            }
        }
        let help = "say `no-store` or `private` for pages with a nonce"
        for line in keeping {
            warn(
                .cachedNonce, "a cache would serve the same nonce to everybody: line \(line) lets it", at: field.value.location,
                help)
        }
        for line in dropping {
            warn(
                .cachedNonce,
                "responses that shared caches may keep go out without this policy, because of its nonce: line \(line) lets them",
                at: field.value.location, help)
        }
    }
}
