import HTTPModel

/// Tests whether a regular expression for origins matches more than intended. It makes origins that the expression matches, then
/// changes them as an attacker would who may register any name.
public struct OriginProbes {
    /// Origins that the expression matches.
    public private(set) var samples: [String] = []
    /// A matching origin of a site that none of the samples belong to; nil when none was found.
    public private(set) var foreign: String?
    /// A matching origin over http that is not of this machine; nil when none was found.
    public private(set) var insecure: String?

    private static let strangers = [
        "https://evil.com", "http://evil.com", "https://evil.example", "http://evil.example:3000", "https://www.evil.net:8443",
        "https://evil.co.uk", "https://evil.github.io",
    ]

    /// - Parameter pattern: the expression without `regex:`. An invalid one has no samples.
    public init(_ pattern: String) {
        guard let regex = try? LinearRegex(pattern, anchored: true) else { return }
        func isMatch(_ origin: String) -> Bool {
            ProbedOrigin(origin) != nil && regex.matches(origin.utf8.span)
        }
        foreign = Self.strangers.first(where: isMatch)
        // An expression that takes anything in front, such as `.*[.]app[.]example`, has samples without a scheme.
        let texts = RegexSamples.texts(pattern).flatMap { [$0, "https://\($0)"] }
        let origins = texts.filter(isMatch).compactMap(ProbedOrigin.init)
        samples = origins.map(\.text)
        let sites = Set(origins.map(\.site))
        for origin in origins {
            if !origin.isLoopback {
                insecure = insecure ?? [origin.text, "http://" + origin.rest].first { $0.hasPrefix("http://") && isMatch($0) }
            }
            for host in foreign == nil ? origin.otherHosts : [] {
                let text = "\(origin.scheme)://\(host)\(origin.port)"
                guard isMatch(text), let probe = ProbedOrigin(text), !sites.contains(probe.site) else { continue }
                // Nobody can register a name of one label, but if a dot was replaced in it, it shows that the expression does not
                // demand that dot.
                guard host.contains(".") || origin.withoutADot.contains(host) else { continue }
                foreign = text
                break
            }
        }
    }
}

/// The parts of an origin, from which others are made.
private struct ProbedOrigin {
    let text: String
    let scheme: String
    let host: String
    /// The port with its colon; empty when there is none.
    let port: String

    /// Fails for text that no browser sends.
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
    var isLoopback: Bool { WebURL.isLoopback(host) }

    /// Names below these are assigned by whoever runs the network, so strangers cannot have them.
    private static let inner: Set = ["localhost", "local", "internal", "lan", "test", "home", "corp", "intranet", "arpa"]

    var site: String {
        let last = host.split(separator: ".").last.map(String.init) ?? host
        return Self.inner.contains(last) ? last : PublicSuffix.site(of: host)
    }

    private var labels: [String] { host.split(separator: ".", omittingEmptySubsequences: false).map(String.init) }

    /// Hosts in which one dot is replaced by something else.
    var withoutADot: [String] {
        labels.indices.dropFirst().flatMap { index in
            ["x", "-", ""].map { labels[..<index].joined(separator: ".") + $0 + labels[index...].joined(separator: ".") }
        }
    }

    /// Hosts that look like this one, with text added before it, after it or in a label, or put in place of a label or dot.
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
