import HTTPModel
import HeaderPolicy
import ProxyConfig

/// The Observatory's judgement of Content-Security-Policy: of the sources that all policies allow, in lower case.
struct ContentSecurityGrade {
    let mark: Observatory.Mark
    /// Whether the policies state who may frame the page, whatever they state.
    private(set) var limitsFrames = false

    private static let broad: Set = [
        "ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*",
    ]
    private static let broadOrInline = broad.union(["'unsafe-inline'", "data:"])

    init(_ fields: [FieldText]) {
        guard let value = fields.combined("Content-Security-Policy") else {
            let reports = fields.combined("Content-Security-Policy-Report-Only") ?? ""
            mark =
                reports.isEmpty
                ? Observatory.Mark("csp-not-implemented", -25, "no Content-Security-Policy")
                : Observatory.Mark(
                    "csp-not-implemented-but-reporting-enabled", -25, "a Content-Security-Policy that only reports")
            return
        }
        let policies = value.split(separator: ",", omittingEmptySubsequences: false).map { KnownValue.trimmed($0) }
        guard let sources = AllowedSources(policies) else {
            mark = Observatory.Mark(
                "csp-header-invalid", -25, "Content-Security-Policy that is empty, or has a directive twice in a policy")
            return
        }
        guard !sources.directives.isEmpty else {
            mark = Observatory.Mark("csp-not-implemented", -25, "no directive in Content-Security-Policy")
            return
        }
        limitsFrames = sources.directives["frame-ancestors"] != nil
        mark = Self.judge(sources)
    }

    private static func judge(_ sources: AllowedSources) -> Observatory.Mark {
        var directives = sources.directives
        /// Returns the directive that governs a kind of content.
        func key(_ name: String) -> String? { [name, "default-src"].first { directives[$0] != nil } }
        func list(_ key: String?) -> Set<String> { key.flatMap { directives[$0] } ?? ["*"] }
        let (scripts, styles, objects) = (key("script-src"), key("style-src"), key("object-src"))
        for key in [scripts, styles].compactMap(\.self) where list(key).contains(where: isNonceOrHash) {
            directives[key]?.remove("'unsafe-inline'")
        }
        if list(scripts).contains("'strict-dynamic'") {
            guard let scripts, list(scripts).contains(where: isNonceOrHash) else {
                return Observatory.Mark("csp-header-invalid", -25, "'strict-dynamic' without a nonce or a hash")
            }
            directives[scripts] = list(scripts).filter { source in
                source != "'self'" && source != "'unsafe-inline'" && !broad.contains { source.hasPrefix($0) }
            }
        }
        func isInsecure(_ source: String) -> Bool { source.hasPrefix("http:") || source.hasPrefix("ftp:") }
        let (script, style) = (list(scripts), list(styles))
        if !broadOrInline.isDisjoint(with: script) || !broad.isDisjoint(with: list(objects)) {
            return Observatory.Mark(
                "csp-implemented-with-unsafe-inline", -20,
                "Content-Security-Policy with inline scripts, or scripts or objects from anywhere")
        }
        let passive: Set = ["img-src", "media-src"]
        let active = directives.filter { !passive.contains($0.key) }.flatMap(\.value)
        if active.contains(where: isInsecure) {
            return Observatory.Mark(
                "csp-implemented-with-insecure-scheme", -20, "Content-Security-Policy with sources over http")
        }
        if script.union(style).contains("'unsafe-eval'") {
            return Observatory.Mark("csp-implemented-with-unsafe-eval", -10, "Content-Security-Policy with 'unsafe-eval'")
        }
        let isPassiveInsecure = passive.contains { name in
            key(name).map { list($0).contains(where: isInsecure) } ?? false
        }
        // Naming the same way of reporting twice is neither a fault nor a merit.
        let duplicates = Observatory.Mark(
            "csp-implemented-but-duplicate-directives", 0, "Content-Security-Policy with `report-uri` or `report-to` twice")
        if sources.reportsTwice { return duplicates }
        if isPassiveInsecure {
            return Observatory.Mark(
                "csp-implemented-with-insecure-scheme-in-passive-content-only", -10,
                "Content-Security-Policy with images or media over http")
        }
        if !broadOrInline.isDisjoint(with: style) {
            return Observatory.Mark(
                "csp-implemented-with-unsafe-inline-in-style-src-only", 0,
                "Content-Security-Policy with inline styles, or styles from anywhere")
        }
        return directives["default-src"] == ["'none'"]
            ? Observatory.Mark(
                "csp-implemented-with-no-unsafe-default-src-none", 10, "Content-Security-Policy with default-src 'none'")
            : Observatory.Mark("csp-implemented-with-no-unsafe", 5, "Content-Security-Policy without anything unsafe")
    }

    private static func isNonceOrHash(_ source: String) -> Bool {
        ["'nonce-", "'sha256-", "'sha384-", "'sha512-"].contains { source.hasPrefix($0) }
    }
}

/// The sources that several policies allow together: a source counts if each of them has it.
struct AllowedSources {
    private struct Source {
        var text: String
        var policy: Int
        var isKept: Bool
    }

    private(set) var directives: [String: Set<String>] = [:]
    /// Whether a policy has `report-uri` or `report-to` twice.
    private(set) var reportsTwice = false

    /// Fails when a policy is too short to say anything or names a directive twice.
    init?(_ policies: [String]) {
        guard policies.allSatisfy({ $0.utf8.count >= "img-src".utf8.count - 1 }) else { return nil }
        var lists: [String: [Source]] = [:]
        for (number, policy) in policies.enumerated() {
            var seen: Set<String> = []
            for (name, sources) in ContentSecurityPolicy.directives(of: policy[...]) {
                var words = sources.map { $0.lowercased() }
                if !seen.insert(name).inserted {
                    guard name == "report-uri" || name == "report-to" else { return nil }
                    reportsTwice = true
                }
                if words.isEmpty, name.hasSuffix("-src") { words = ["'none'"] }
                let own = words.map { Source(text: $0, policy: number, isKept: number == 0) }
                guard let kept = Self.kept(number == 0 ? own : (lists[name] ?? []) + own) else { return nil }
                // With several policies, sources of the first one are not kept on their own account.
                lists[name] = kept.map { Source(text: $0.text, policy: $0.policy, isKept: number > 0 || policies.count == 1) }
            }
        }
        directives = lists.mapValues { $0.isEmpty ? ["'none'"] : Set($0.map(\.text)) }
    }

    /// Returns the sources of a directive that count so far; nil when one is not valid text after unescaping.
    private static func kept(_ sources: [Source]) -> [Source]? {
        var sorted = sources.enumerated().sorted { ($0.element.text, $0.offset) < ($1.element.text, $1.offset) }.map(\.element)
        for index in sorted.indices.dropFirst() {
            let before = sorted[index - 1]
            if sorted[index].policy == before.policy {
                // A longer source adds nothing to one that it begins with.
                if sorted[index].text.hasPrefix(before.text) { sorted[index].isKept = false }
            } else {
                guard let isMatch = matches(before.text, sorted[index].text) else { return nil }
                if isMatch { sorted[index].isKept = true }
            }
        }
        return sorted.filter(\.isKept)
    }

    /// Whether one source equals the other, or is a folder above it if it ends with a slash.
    private static func matches(_ first: String, _ second: String) -> Bool? {
        var wanted = first.split(separator: "/", omittingEmptySubsequences: false)
        let parts = second.split(separator: "/", omittingEmptySubsequences: false)
        guard wanted.count <= parts.count else { return false }
        if first.hasSuffix("/") { wanted.removeLast() } else if wanted.count != parts.count { return false }
        for (a, b) in zip(wanted, parts) {
            guard let a = unescaped(a), let b = unescaped(b) else { return nil }
            if a != b { return false }
        }
        return true
    }

    private static func unescaped(_ text: Substring) -> String? {
        [UInt8](percentDecoding: text.utf8.span).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
