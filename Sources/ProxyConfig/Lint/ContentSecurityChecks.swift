import HeaderPolicy

/// What a Content-Security-Policy allows that it means to forbid.
extension Linter {
    mutating func checkContentSecurity(_ field: FieldValue, _ rule: Rule, _ rules: [Rule]) {
        var directives: [String: [String]] = [:]
        for text in field.value.value.split(separator: ";") {
            var words = text.split { $0 == " " || $0 == "\t" }.map { $0.lowercased() }
            guard !words.isEmpty else { continue }
            let name = words.removeFirst()
            if directives[name] != nil {
                warn(
                    .directiveTwice, "`\(name)` stands twice, and browsers take only the first", at: field.value.location,
                    "write its sources behind the first")
            } else {
                directives[name] = words
            }
        }
        checkScripts(field, directives)
        if directives["default-src"] == nil, directives["script-src"] == nil || directives["object-src"] == nil,
            !Self.isPartial(directives)
        {
            warn(
                .noDefaultSource, "without `default-src`, what the policy does not name comes from anywhere",
                at: field.value.location, "begin with default-src 'self'")
        }
        let scripts = directives["script-src"] ?? directives["default-src"] ?? []
        if scripts.contains(where: { $0.hasPrefix("'nonce-") || $0 == "'strict-dynamic'" }), directives["base-uri"] == nil {
            warn(
                .noBaseURI, "an injected <base> turns the trusted scripts with relative addresses into an attacker's",
                at: field.value.location, "add base-uri 'none'")
        }
        checkNonce(field, rules)
    }

    /// Only about frames, upgrades and reports: nothing that loads is meant.
    private static func isPartial(_ directives: [String: [String]]) -> Bool {
        let others: Set = [
            "frame-ancestors", "upgrade-insecure-requests", "report-uri", "report-to", "sandbox", "base-uri", "form-action",
            "require-trusted-types-for", "trusted-types", "block-all-mixed-content",
        ]
        return directives.keys.allSatisfy(others.contains)
    }

    private mutating func checkScripts(_ field: FieldValue, _ directives: [String: [String]]) {
        let name = directives["script-src"] != nil ? "script-src" : "default-src"
        guard let sources = directives[name] else { return }
        let hasCode = sources.contains { source in
            ["'nonce-", "'sha256-", "'sha384-", "'sha512-"].contains { source.hasPrefix($0) } || source == "'strict-dynamic'"
        }
        if sources.contains("'unsafe-inline'"), !hasCode {
            warn(
                .scriptsInline, "'unsafe-inline' in `\(name)` lets an injected script run, which the policy is there to stop",
                at: field.value.location, "give the page's own scripts 'nonce-{nonce}'")
        }
        if sources.contains("'unsafe-eval'") {
            warn(
                .scriptsEval, "'unsafe-eval' in `\(name)` lets text become code", at: field.value.location,
                "leave it out, or write 'wasm-unsafe-eval' if that is what needs it")
        }
        let wide = sources.first { ["*", "http:", "https:", "data:", "blob:", "http://*", "https://*"].contains($0) }
        if let wide, !sources.contains("'strict-dynamic'") {
            warn(
                .scriptsFromAnywhere, "`\(wide)` in `\(name)` lets scripts come from anywhere", at: field.value.location,
                "name the hosts that are meant")
        }
    }

    private mutating func checkNonce(_ field: FieldValue, _ rules: [Rule]) {
        let value = field.value.value
        if let match = value.firstMatch(of: #/'nonce-([^']*)'/#), !match.1.contains("{") {
            warn(
                .constantNonce, "a nonce that is always the same protects nobody", at: field.value.location,
                "write 'nonce-{nonce}': it is fresh for each response")
        }
        for word in ["{request.header.", "{query}", "{request.cookie.", "{host}", "{authority}"] where value.contains(word) {
            warn(
                .clientDecides, "a client decides what this policy says", at: field.value.location,
                "write the values out")
            break
        }
        guard value.contains("{nonce}") else { return }
        for rule in rules {
            for other in rule.writtenFields where other.name.value.lowercased() == "cache-control" {
                let cache = other.value.value.lowercased()
                if cache.contains("public") || cache.contains("s-maxage"), !cache.contains("no-store") {
                    warn(
                        .cachedNonce, "a cache would serve the same nonce to everybody: line \(rule.location.line) lets it",
                        at: field.value.location, "say `no-store` or `private` for pages with a nonce")
                }
            }
        }
    }
}
