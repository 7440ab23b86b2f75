// The standard library's text search is in `_StringProcessing`, which also brings its regular expressions: 1.3 MiB of the static
// binary. Only these functions of it are needed. Texts are compared byte by byte.

extension Collection where Element: Equatable {
    /// The range of the first occurrence of a part; an empty range at the start if the part is empty.
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

    /// The pieces between the occurrences of a text.
    package func split(at text: String) -> [Substring] {
        var (parts, rest) = ([Substring](), Substring(self))
        while !text.isEmpty, let range = rest.range(ofFirst: text) {
            parts.append(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
        }
        return parts + [rest]
    }
}
