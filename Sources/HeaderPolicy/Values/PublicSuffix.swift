import HTTPModel

/// Names under which strangers register theirs (`com`, `co.uk`, `github.io`), by the Public Suffix List. It is looked at when a
/// configuration is read or explained, never for a message.
package enum PublicSuffix {
    /// Whether the list has the name. Names that nobody hands out (`localhost`, `internal`) are not in it.
    package static func isListed(_ host: String) -> Bool {
        let labels = labels(of: host)
        guard let match = match(labels) else { return false }
        return match == labels.count
    }

    /// What a browser takes for the site of a host: the suffix and one label more. An address, and a suffix itself, is a site of
    /// its own.
    package static func site(of host: String) -> String {
        guard IPAddress(host.utf8.span) == nil else { return host }
        let labels = labels(of: host)
        return labels.suffix((match(labels) ?? 1) + 1).joined(separator: ".")
    }

    private static func labels(of host: String) -> [Substring] {
        let name = host.lowercased()
        return (name.hasSuffix(".") ? name.dropLast() : name[...]).split(separator: ".", omittingEmptySubsequences: false)
    }

    /// How many labels of a host are the longest suffix that the list has; nil where it has none. A star stands for the first label of a
    /// rule; a rule with an exclamation mark is a name that such a star does not mean.
    private static func match(_ labels: [Substring]) -> Int? {
        guard let top = labels.last, let rules = rules[String(top)] else { return nil }
        var longest = 1
        var below = ""
        for (count, label) in zip(1..., labels.dropLast().reversed()) {
            let name = below.isEmpty ? String(label) : "\(label).\(below)"
            if rules.contains("!\(name)") { return count }
            if rules.contains(name) || rules.contains(below.isEmpty ? "*" : "*.\(below)") { longest = count + 1 }
            below = name
        }
        return longest
    }

    /// The rules below each name of one label that is in the list, without that label. A configuration may have thousands of hosts, so
    /// none of them has to look through the list.
    private static let rules: [String: Set<String>] = Dictionary(
        groups.utf8.split(separator: 0x3B).compactMap { group in
            let names = group.split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
            return names.first.map { ($0, Set(names.dropFirst())) }
        }, uniquingKeysWith: { $0.union($1) })
}
