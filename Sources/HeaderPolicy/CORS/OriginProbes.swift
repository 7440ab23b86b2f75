import HTTPModel

/// Tries what a regular expression of origins lets in beside what it is meant for: origins that it matches are made from it, then
/// changed as an attacker would who may register any name.
package struct OriginProbes {
    /// Origins that it matches.
    package private(set) var samples: [String] = []
    /// An origin of a site that is none of the samples', which it matches as well; nil where none was found.
    package private(set) var foreign: String?
    /// A sample over http, which is not of this machine, or one that it matches as well over http.
    package private(set) var insecure: String?

    private static let strangers = [
        "https://evil.com", "http://evil.com", "https://evil.example", "http://evil.example:3000", "https://www.evil.net:8443",
        "https://evil.co.uk", "https://evil.github.io",
    ]

    /// - Parameter pattern: without `regex:`. One that is not valid has no samples.
    package init(_ pattern: String) {
        var parser = RegexParser(pattern)
        guard let regex = try? LinearRegex(pattern, anchored: true), let node = try? parser.parse() else { return }
        func isMatch(_ origin: String) -> Bool {
            ProbedOrigin(origin) != nil && regex.matches(origin.utf8.span)
        }
        foreign = Self.strangers.first(where: isMatch)
        let origins = node.samples().map { String(decoding: $0, as: UTF8.self) }.filter(isMatch).compactMap(ProbedOrigin.init)
        samples = origins.map(\.text)
        let sites = Set(origins.map(\.site))
        for origin in origins {
            if !origin.isLoopback {
                insecure = insecure ?? [origin.text, "http://" + origin.rest].first { $0.hasPrefix("http://") && isMatch($0) }
            }
            for host in foreign == nil ? origin.otherHosts : [] {
                let text = "\(origin.scheme)://\(host)\(origin.port)"
                guard isMatch(text), let probe = ProbedOrigin(text), !sites.contains(probe.site) else { continue }
                // A name of one label is nobody's to register, but where a dot was meant it shows what the expression forgot.
                guard host.contains(".") || origin.withoutADot.contains(host) else { continue }
                foreign = text
                break
            }
        }
    }
}

/// An origin taken apart, to make others of it.
private struct ProbedOrigin {
    let text: String
    let scheme: String
    let host: String
    /// With its colon; empty where there is none.
    let port: String

    /// Nil for what no browser sends.
    init?(_ text: String) {
        guard let parsed = ParsedOrigin(text.utf8.span) else { return nil }
        let bytes = Array(text.utf8)
        self.text = text
        scheme = String(decoding: bytes[parsed.scheme], as: UTF8.self)
        host = String(decoding: bytes[parsed.host], as: UTF8.self)
        port = String(decoding: bytes[parsed.host.upperBound...], as: UTF8.self)
        guard OriginHost.problem(host) == nil else { return nil }
    }

    var rest: String { host + port }
    var isLoopback: Bool { host == "localhost" || host.hasSuffix(".localhost") || host.hasPrefix("127.") || host == "[::1]" }

    /// Names below these are given out by whoever runs the network, not to strangers.
    private static let inner: Set = ["localhost", "local", "internal", "lan", "test", "home", "corp", "intranet", "arpa"]

    var site: String {
        let last = host.split(separator: ".").last.map(String.init) ?? host
        return Self.inner.contains(last) ? last : PublicSuffix.site(of: host)
    }

    private var labels: [String] { host.split(separator: ".", omittingEmptySubsequences: false).map(String.init) }

    /// With something else where a dot stands.
    var withoutADot: [String] {
        labels.indices.dropFirst().flatMap { index in
            ["x", "-", ""].map { labels[..<index].joined(separator: ".") + $0 + labels[index...].joined(separator: ".") }
        }
    }

    /// Names that look like this one: something before it, behind it, in a label, for a label, for a dot.
    var otherHosts: [String] {
        let around = [
            host + ".evil.com", host + "evil.com", host + "-evil.com", host + ".evil.example", host + ".com", "evil" + host,
            "evil-" + host, "evil.com-" + host,
        ]
        let changed = labels.indices.flatMap { index in
            ["evil", "evil-site", "com", "net", "evil" + labels[index], labels[index] + "evil", labels[index] + "-evil", "e1"]
                .map { label in
                    var labels = labels
                    labels[index] = label
                    return labels.joined(separator: ".")
                }
        }
        return around + changed + withoutADot
    }
}

extension RegexNode {
    /// As many are made, and no more.
    private static let sampleLimit = 32

    /// Texts that match, each way of an expression taken at least once where there are few.
    fileprivate func samples() -> [[UInt8]] {
        switch self {
        case .bytes(let set): return set.samples.map { [$0] }
        case .assertion: return [[]]
        case .group(_, let node): return node.samples()
        case .alternatives(let nodes): return Array(nodes.flatMap { $0.samples() }.prefix(Self.sampleLimit))
        case .sequence(let nodes):
            return nodes.reduce([[]]) { texts, node in
                let ends = node.samples()
                return Array(texts.flatMap { text in ends.map { text + $0 } }.prefix(Self.sampleLimit))
            }
        case .repeated(let node, let least, let most, _):
            let counts = Set([least, max(least, 1)]).filter { $0 <= most ?? .max && $0 <= 64 }.sorted(by: >)
            return counts.flatMap { count in
                node.samples().prefix(2).map { Array(repeatElement($0, count: count).joined()) }
            }
        }
    }
}

extension ByteSet {
    /// A letter or digit and, where it is one of many, a dot: what the author may have had in mind.
    fileprivate var samples: [UInt8] {
        let first =
            "a10-:/.".utf8.first { contains($0) } ?? Array(0x61...0x7A).first { contains($0) }
            ?? Array(0x21...0x7E).first { contains($0) }
        return contains(0x2E) && first != 0x2E ? [0x2E] + [first].compactMap(\.self) : [first].compactMap(\.self)
    }
}
