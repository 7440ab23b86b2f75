import HTTPModel

/// The names under which strangers register theirs (`com`, `co.uk`, `github.io`), from the Public Suffix List. It is used when a
/// configuration is read or explained, never for a message.
public enum PublicSuffix {
    /// Whether the name is in the list. Names that nobody hands out (`localhost`, `internal`) are not.
    public static func isListed(_ host: String) -> Bool {
        let labels = labels(of: host)
        guard let match = match(labels) else { return false }
        return match == labels.count
    }

    /// Returns what a browser regards as the site of a host: the suffix and one label more. An address, or a suffix itself, is a
    /// site of its own.
    public static func site(of host: String) -> String {
        guard IPAddress(host.utf8.span) == nil else { return host }
        let labels = labels(of: host)
        return labels.suffix((match(labels) ?? 1) + 1).joined(separator: ".")
    }

    private static func labels(of host: String) -> [Substring] {
        let name = host.lowercased()
        return (name.hasSuffix(".") ? name.dropLast() : name[...]).split(separator: ".", omittingEmptySubsequences: false)
    }

    /// Returns the number of labels in the longest listed suffix of a host; nil when there is none. A star stands for the first
    /// label of a rule; a rule with an exclamation mark is an exception to such a star.
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

    /// The rules below each listed name of one label, without that label. A configuration may have thousands of hosts, and this
    /// way none of them has to search the whole list.
    private static let rules: [String: Set<String>] = Dictionary(
        groups.utf8.split(separator: 0x3B).compactMap { group in
            let names = group.split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
            return names.first.map { ($0, Set(names.dropFirst())) }
        }, uniquingKeysWith: { $0.union($1) })
}
