import HTTPModel

/// Names under which strangers register theirs (`com`, `co.uk`, `github.io`), by the Public Suffix List. It is looked at when a
/// configuration is read or explained, never for a message, so that it may be searched from its beginning.
public enum PublicSuffix {
    /// Whether the list has the name. Names that nobody hands out (`localhost`, `internal`) are not in it.
    public static func isListed(_ host: String) -> Bool {
        let labels = labels(of: host)
        guard let match = match(labels) else { return false }
        return match == labels.count
    }

    /// What a browser takes for the site of a host: the suffix and one label more. An address, and a suffix itself, is a site of
    /// its own.
    public static func site(of host: String) -> String {
        guard IPAddress(host.utf8.span) == nil else { return host }
        let labels = labels(of: host)
        return labels.suffix((match(labels) ?? 1) + 1).joined(separator: ".")
    }

    private static func labels(of host: String) -> [Substring] {
        let name = host.lowercased()
        return (name.hasSuffix(".") ? name.dropLast() : name[...]).split(separator: ".", omittingEmptySubsequences: false)
    }

    /// How many labels of a host are the longest suffix that the list has; nil where it has none.
    private static func match(_ labels: [Substring]) -> Int? {
        guard let top = labels.last, let members = group(of: String(top)) else { return nil }
        var longest = 1
        for member in members {
            let isException = member.hasPrefix("!")
            let rule = (isException ? member.dropFirst() : member).split(separator: ".")
            guard rule.count < labels.count,
                zip(rule.reversed(), labels.dropLast().reversed()).allSatisfy({ $0 == "*" || $0 == $1 })
            else { continue }
            if isException { return rule.count }
            longest = max(longest, rule.count + 1)
        }
        return longest
    }

    /// The rules below a name of one label; nil where it is not in the list.
    private static func group(of top: String) -> [Substring]? {
        guard let place = places[top] else { return nil }
        var text: [UInt8] = []
        text.append(copying: groups.utf8.span.extracting(place))
        return String(decoding: text, as: UTF8.self).split(separator: " ")
    }

    /// Where in `groups` the rules below each name of one label stand.
    private static let places: [String: Range<Int>] = {
        let all = groups.utf8.span
        var places: [String: Range<Int>] = [:]
        var start = 0
        while start < all.count {
            var end = start &+ 1
            var name: [UInt8] = []
            while end < all.count, all[end] != 0x20, all[end] != 0x3B {
                name.append(all[end])
                end &+= 1
            }
            let first = end
            while end < all.count, all[end] != 0x3B { end &+= 1 }
            if all[start] == 0x3B, first < all.count, all[first] == 0x20 {
                places[String(decoding: name, as: UTF8.self)] = first..<end
            }
            start = end
        }
        return places
    }()
}
