// The standard library searches and replaces texts in `_StringProcessing`, which brings its regular expressions along: 1.3 MiB of the
// static binary. What is needed of it is this. Texts are compared byte by byte.

extension Collection where Element: Equatable {
    /// Where the part stands first; the start, if there is nothing to look for.
    package func range(ofFirst part: some Collection<Element>) -> Range<Index>? {
        guard let first = part.first else { return startIndex..<startIndex }
        var rest = self[...]
        while let start = rest.firstIndex(of: first) {
            rest = rest[start...]
            if rest.starts(with: part) { return start..<index(start, offsetBy: part.count) }
            rest.removeFirst()
        }
        return nil
    }
}

extension StringProtocol {
    package func range(ofFirst text: some StringProtocol) -> Range<Index>? { utf8.range(ofFirst: text.utf8) }

    package func contains(text: some StringProtocol) -> Bool { range(ofFirst: text) != nil }

    package func replacing(_ text: String, by other: String) -> String { split(at: text).joined(separator: other) }

    /// What stands between the places of a text.
    package func split(at text: String) -> [Substring] {
        var (parts, rest) = ([Substring](), Substring(self))
        while !text.isEmpty, let range = rest.range(ofFirst: text) {
            parts.append(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
        }
        return parts + [rest]
    }
}
