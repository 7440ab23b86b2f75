import HTTPModel
import HeaderPolicy
package import ProxyCore

/// The narrowest Content-Security-Policy that would have allowed what was reported.
package struct SuggestedPolicy: Sendable {
    package struct Source: Sendable {
        package var text: String
        /// The number of reports that it would have prevented.
        package var count: Int
        /// Why it is dangerous, and what to do instead; nil if it is not.
        package var danger: String?
    }

    package struct Directive: Sendable {
        package var name: String
        package var sources: [Source]
    }

    package private(set) var directives: [Directive] = []
    /// What else there is to know, a sentence each.
    package private(set) var notes: [String] = []

    /// The policy as the value of the field.
    package var text: String {
        directives.map { "\($0.name) \($0.sources.map(\.text).joined(separator: " "))" }.joined(separator: "; ")
    }

    /// The most files of a foreign host that are named one by one; if there are more, the host is named.
    private static let fileLimit = 4

    /// The directives in the order in which they stand in a policy. Browsers report no others that have sources.
    private static let names = [
        "default-src", "script-src", "script-src-attr", "style-src", "style-src-attr", "img-src", "font-src", "connect-src",
        "media-src",
        "frame-src", "fenced-frame-src", "child-src", "worker-src", "manifest-src", "object-src", "form-action", "base-uri",
        "frame-ancestors",
    ]

    /// - Parameter inline: scripts and styles that are known to stand in the pages, to be named by their hashes.
    package init(_ table: ViolationTable, inline: [InlineCode] = []) {
        var found: [String: [(Violation, Int)]] = [:]
        var unknown: Set<String> = []
        var untaken: [String] = []
        for (violation, count) in table.sorted {
            let name = Self.home(of: violation.directive)
            if Self.names.contains(name) { found[name, default: []].append((violation, count)) } else { unknown.insert(name) }
        }
        for name in Self.names {
            guard let violations = found[name] else {
                if name == "default-src" { directives.append(Directive(name: name, sources: [Source(text: "'none'", count: 0)])) }
                continue
            }
            let sources = Dictionary(grouping: Self.sources(violations, of: name, inline)) {
                ContentSecurityPolicy.takes($0.text, in: name)
            }
            untaken += (sources[false] ?? []).map { "\(name) \($0.text)" }
            directives.append(Directive(name: name, sources: sources[true] ?? [Source(text: "'none'", count: 0)]))
        }
        closeAttributes()
        note(table, unknown, inline)
        if !untaken.isEmpty {
            notes.append("Browsers take no such source, and it is left out: \(untaken.prefix(8).joined(separator: ", ")).")
        }
    }

    /// Returns the directive that gets the source. Elements get it in `script-src` or `style-src`, which every browser knows.
    /// Attributes have a directive of their own, because they may need what elements must not have.
    private static func home(of directive: String) -> String {
        directive.hasSuffix("-elem") ? String(directive.dropLast(5)) : directive
    }

    private static func sources(_ violations: [(Violation, Int)], of name: String, _ inline: [InlineCode]) -> [Source] {
        var counts: [String: Int] = [:]
        var order: [String] = []
        func add(_ source: String, _ count: Int) {
            if counts[source] == nil { order.append(source) }
            counts[source, default: 0] &+= count
        }
        let hosts = Dictionary(grouping: violations.map(\.0), by: \.host).mapValues { Set($0.map(\.blocked)).count }
        var hashes: [(InlineCode, Int)] = []
        var isOpen = false
        for (violation, count) in violations {
            if violation.blocked == "inline" {
                let codes = inline.filter { $0.isReported(as: violation) }
                if codes.isEmpty {
                    isOpen = true
                    add("'unsafe-inline'", count)
                }
                hashes += codes.map { ($0, count) }
            } else {
                add(violation.source(namesFile: hosts[violation.host, default: 0] <= fileLimit), count)
            }
        }
        // Browsers ignore 'unsafe-inline' beside a hash.
        for (code, count) in hashes where !isOpen { add(code.source, count) }
        let rank = ["'self'": 0, "'unsafe-inline'": 2, "'unsafe-eval'": 2, "'wasm-unsafe-eval'": 2]
        return order.enumerated().sorted { left, right in
            let (a, b) = (rank[left.element] ?? 1, rank[right.element] ?? 1)
            return (a, left.offset) < (b, right.offset)
        }.map { Source(text: $0.element, count: counts[$0.element] ?? 0, danger: Danger.of($0.element, in: name)) }
    }

    /// Forbids attributes if only elements need 'unsafe-inline', which would allow both.
    private mutating func closeAttributes() {
        for name in ["script-src", "style-src"] {
            guard let place = directives.firstIndex(where: { $0.name == name }),
                directives[place].sources.contains(where: { $0.text == "'unsafe-inline'" }),
                !directives.contains(where: { $0.name == name + "-attr" })
            else { continue }
            directives.insert(Directive(name: name + "-attr", sources: [Source(text: "'none'", count: 0)]), at: place + 1)
        }
    }

    private mutating func note(_ table: ViolationTable, _ unknown: Set<String>, _ inline: [InlineCode]) {
        if table.counts.isEmpty { notes.append("Nothing was reported, so that nothing is allowed.") }
        notes.append("Reports are anybody's words: keep only the hosts that you know.")
        if directives.contains(where: { $0.sources.contains { $0.text == "'unsafe-inline'" } }), inline.isEmpty {
            notes.append(
                "With --page URL, what stands inline in that page is allowed by its hashes, where it is always the same.")
        }
        let silent = ["form-action", "base-uri", "frame-ancestors"].filter { name in !directives.contains { $0.name == name } }
        if !silent.isEmpty {
            notes.append(
                "Nothing was reported of \(silent.joined(separator: ", ")), which default-src does not cover: where the policy that was reported names them, add them with 'none'."
            )
        }
        if !unknown.isEmpty {
            notes.append("Not about sources, and left out: \(unknown.sorted().prefix(8).joined(separator: ", ")).")
        }
        if table.ofExtensions > 0 {
            notes.append("\(table.ofExtensions) reports are about extensions of browsers, and left out.")
        }
        if table.omitted > 0 { notes.append("\(table.omitted) reports found no room in the table.") }
    }
}

extension Violation {
    /// The scheme, host and port; what was blocked, if it has none.
    fileprivate var host: String {
        guard let mark = blocked.range(ofFirst: "://") else { return blocked }
        return String(blocked[..<mark.upperBound] + blocked[mark.upperBound...].prefix { $0 != "/" })
    }

    /// - Parameter namesFile: whether the file is named, if the report tells it, and not its whole host.
    fileprivate func source(namesFile: Bool) -> String {
        switch blocked {
        case "eval": "'unsafe-eval'"
        case "wasm-eval": "'wasm-unsafe-eval'"
        case page: "'self'"
        default: namesFile ? blocked : host
        }
    }
}

extension InlineCode {
    /// A report without a sample may be about any code of its kind.
    func isReported(as violation: Violation) -> Bool {
        violation.directive.hasPrefix(kind.rawValue) && !violation.directive.hasSuffix("-attr")
            && (violation.sample.isEmpty || samples.contains(violation.sample))
    }
}

/// What is dangerous about a source, in the directive that it stands in.
private enum Danger {
    static func of(_ source: String, in name: String) -> String? {
        let isScript = name.hasPrefix("script-src") || ["default-src", "worker-src", "object-src", "child-src"].contains(name)
        let isAttribute = name.hasSuffix("-attr")
        switch source {
        case "'unsafe-inline'" where isScript && isAttribute:
            return "an injected onclick runs: move handlers into scripts, by addEventListener"
        case "'unsafe-inline'" where isScript:
            return "an injected script runs: give scripts nonce=\"…\" and write 'nonce-{nonce}', or name them by their hashes"
        case "'unsafe-inline'" where isAttribute:
            return "an injected style attribute changes what is shown: move it into a stylesheet"
        case "'unsafe-inline'":
            return
                "an injected style changes what is shown, and reads what it can match: write 'nonce-{nonce}', or name styles by their hashes"
        case "'unsafe-eval'": return "what an attacker gets into eval runs: do without eval, new Function and timers with texts"
        case "'wasm-unsafe-eval'": return "WebAssembly of any origin runs once it is fetched"
        case "data:", "blob:", "filesystem:":
            if isScript || name == "frame-src" || name == "base-uri" {
                return "whoever writes into the page needs no server for code of their own: serve it as a file"
            }
            return "whoever writes into the page needs no server for what is shown: serve it as a file"
        default: break
        }
        guard let mark = source.range(ofFirst: "://") else {
            return source.hasSuffix(":") ? "everything with that scheme is allowed" : nil
        }
        if source.hasPrefix("http://") || source.hasPrefix("ws://"),
            !(WebURL("http" + source[mark.lowerBound...])?.isLoopback ?? false)
        {
            return "whoever is on the wire decides what comes: load it by TLS"
        }
        guard isScript else { return nil }
        if let (host, why) = ScriptHosts.served(by: source) { return "a way around the policy: \(host) \(why)" }
        let isWide = !source[mark.upperBound...].contains("/")
        return isWide
            ? "all that this host has is allowed, and perhaps what it answers to whoever asks: name the file" : nil
    }
}
