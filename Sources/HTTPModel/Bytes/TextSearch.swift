// The standard library's text search is in `_StringProcessing`, which also brings its regular expressions: 1.3 MiB of the static
// binary. Only these functions of it are needed. Texts are compared byte by byte.

extension Collection where Element: Equatable {
    /// The range of the first occurrence of a part; an empty range at the start if the part is empty. The work is linear in both
    /// lengths, whatever they repeat (the search of Knuth, Morris and Pratt).
    package func range(ofFirst part: some Collection<Element>) -> Range<Index>? {
        let part = Array(part)
        let borders = part.borders
        var (start, index, matched) = (startIndex, startIndex, 0)
        while matched < part.count {
            guard index < endIndex else { return nil }
            if self[index] == part[matched] {
                formIndex(after: &index)
                matched += 1
            } else if matched == 0 {
                formIndex(after: &index)
                start = index
            } else {
                formIndex(&start, offsetBy: matched - borders[matched - 1])
                matched = borders[matched - 1]
            }
        }
        return start..<index
    }
}

extension Array where Element: Equatable {
    /// For each beginning, the length of the longest shorter beginning that it ends with.
    fileprivate var borders: [Int] {
        var (borders, length) = ([Int](repeating: 0, count: count), 0)
        for index in indices.dropFirst() {
            while length > 0, self[index] != self[length] { length = borders[length - 1] }
            if self[index] == self[length] { length += 1 }
            borders[index] = length
        }
        return borders
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
