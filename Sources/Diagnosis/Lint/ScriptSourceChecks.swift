import HTTPModel
import HeaderPolicy
import ProxyConfig

/// Checks the sources in a Content-Security-Policy one by one.
extension Linter {
    mutating func checkScripts(_ directives: [String: [String]], of field: FieldValue) {
        let general = directives["script-src"] != nil ? "script-src" : "default-src"
        for name in [general, "script-src-elem", "script-src-attr"] {
            if let sources = directives[name] { checkScripts(sources, of: name, field) }
        }
    }

    private mutating func checkScripts(_ sources: [String], of name: String, _ field: FieldValue) {
        let place = field.value.location
        let hasCode = sources.contains { source in
            ["'nonce-", "'sha256-", "'sha384-", "'sha512-"].contains { source.hasPrefix($0) }
        }
        let isDynamic = sources.contains("'strict-dynamic'")
        if isDynamic, !hasCode {
            warn(
                .strictDynamicAlone,
                "'strict-dynamic' in `\(name)` trusts what trusted scripts load, and nothing makes one trusted",
                at: place, "give the page's own scripts 'nonce-{nonce}'")
        }
        if sources.contains("'unsafe-inline'"), !hasCode, !isDynamic {
            warn(
                .scriptsInline, "'unsafe-inline' in `\(name)` lets an injected script run, which the policy is there to stop",
                at: place, "give the page's own scripts 'nonce-{nonce}'")
        }
        if sources.contains("'unsafe-hashes'") {
            warn(
                .scriptsInAttributes, "'unsafe-hashes' in `\(name)` lets an attacker put the hashed code behind any event",
                at: place, "add the listeners in a script")
        }
        if sources.contains("'unsafe-eval'") {
            warn(
                .scriptsEval, "'unsafe-eval' in `\(name)` lets text become code", at: place,
                "leave it out, or write 'wasm-unsafe-eval' if that is what needs it")
        }
        guard !(isDynamic && hasCode) else { return }
        if let wide = sources.first(where: Self.isWide) {
            warn(
                .scriptsFromAnywhere, "`\(wide)` in `\(name)` lets scripts come from anywhere", at: place,
                "name the hosts that are meant")
        }
        for source in sources {
            guard let (host, why) = ScriptHosts.served(by: source) else { continue }
            warn(
                .scriptsOfStrangers, "`\(source)` in `\(name)` is a way around the policy: \(host) \(why)", at: place,
                "give the scripts that are meant 'nonce-{nonce}', or name the file with its whole path")
        }
    }

    private static let codeless: Set = [
        "report-uri", "report-to", "sandbox", "trusted-types", "require-trusted-types-for", "webrtc", "upgrade-insecure-requests",
    ]

    mutating func checkSources(_ directives: [String: [String]], of field: FieldValue) {
        for (name, sources) in directives.sorted(by: { $0.key < $1.key }) where !Self.codeless.contains(name) {
            for source in sources { check(source, of: name, field) }
        }
        if let address = directives["report-uri"]?.first(where: { $0.hasPrefix("http://") }) {
            warn(
                .sourceOverHTTP, "reports to \(address) go over the wire in clear, addresses of pages and all",
                at: field.value.location, "report over https")
        }
    }

    private mutating func check(_ source: String, of name: String, _ field: FieldValue) {
        let place = field.value.location
        if KnownValue.isDirective(source) {
            warn(
                .semicolonMissing, "`\(source)` in `\(name)` is taken for the name of a host: a `;` is missing before it",
                at: place,
                "write `; \(source)`")
        }
        if source == "http:" || source == "ws:" {
            warn(
                .sourceOverHTTP, "`\(source)` in `\(name)` takes what anybody on the wire has put there", at: place,
                "write \(source == "ws:" ? "wss:" : "https:")")
        }
        let mark = source.range(ofFirst: "://")
        let scheme = mark.map { source[..<$0.lowerBound] }
        let rest = mark.map { source[$0.upperBound...] } ?? source[...]
        let host = rest.prefix { $0 != "/" && $0 != ":" }
        if scheme == "http" || scheme == "ws", !WebURL.isLoopback(String(host)), !Self.isWide(source) {
            warn(
                .sourceOverHTTP, "`\(source)` in `\(name)` takes what anybody on the wire has put there", at: place,
                "write \(scheme == "ws" ? "wss" : "https")://\(rest)")
        }
        if IPAddress(String(host).utf8.span) != nil {
            warn(
                .sourceIsAddress,
                host == "127.0.0.1"
                    ? "`\(source)` in `\(name)` is whatever runs on the user's machine"
                    : "by the standard no address but 127.0.0.1 is ever matched, so that browsers may ignore `\(source)` in `\(name)`; "
                        + "Chromium takes it all the same",
                at: place, "name a host")
        }
    }
}
