import HTTPModel

/// Texts made of a regular expression.
public enum RegexSamples {
    /// Returns texts in which the expression should find a match; where an assertion or bytes that are no text are in it, it may find
    /// none. There are none for an expression that is invalid.
    ///
    /// - Parameter atEnds: whether the last letter or digit of each class is taken, rather than a common one.
    public static func texts(_ pattern: String, atEnds: Bool = false) -> [String] {
        var parser = RegexParser(pattern)
        return (try? parser.parse())?.samples(atEnds).map { String(decoding: $0, as: UTF8.self) } ?? []
    }
}

extension RegexNode {
    /// The maximal number of samples that are made.
    private static let sampleLimit = 32

    /// Returns texts that match the node; where there are few alternatives, each is taken at least once.
    fileprivate func samples(_ atEnds: Bool) -> [[UInt8]] {
        switch self {
        case .bytes(let set): return (atEnds ? set.end : set.samples).map { [$0] }
        case .assertion: return [[]]
        case .group(_, let node): return node.samples(atEnds)
        case .alternatives(let nodes): return Array(nodes.flatMap { $0.samples(atEnds) }.prefix(Self.sampleLimit))
        case .sequence(let nodes):
            return nodes.reduce([[]]) { texts, node in
                let ends = node.samples(atEnds)
                return Array(texts.flatMap { text in ends.map { text + $0 } }.prefix(Self.sampleLimit))
            }
        case .repeated(let node, let least, let most, _):
            let counts = Set([least, max(least, 1)]).filter { $0 <= most ?? .max && $0 <= 64 }.sorted(by: >)
            return counts.flatMap { count in
                count == 0 ? [[]] : node.samples(atEnds).prefix(2).map { Array(repeatElement($0, count: count).joined()) }
            }
        }
    }
}

extension ByteSet {
    /// The last letter or digit; where there is none, what is taken otherwise.
    fileprivate var end: [UInt8] {
        let last = [0x61...0x7A, 0x30...0x39, 0x41...0x5A].lazy.compactMap { Array($0).last(where: contains) }.first
        return last.map { [$0] } ?? samples
    }

    /// A letter or digit and, if the set has it among others, a dot: the bytes that the author may have had in mind.
    fileprivate var samples: [UInt8] {
        let first =
            "a10-:/.".utf8.first { contains($0) } ?? Array(0x61...0x7A).first { contains($0) }
            ?? Array(0x21...0x7E).first { contains($0) } ?? (0...0xFF).first { contains($0) }
        return contains(0x2E) && first != 0x2E ? [0x2E] + [first].compactMap(\.self) : [first].compactMap(\.self)
    }
}
