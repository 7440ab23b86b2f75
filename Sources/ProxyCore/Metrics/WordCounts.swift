/// Counts by a word out of a few, such as a status or reason. A word is found by linear search, in the order of first appearance;
/// beyond a limit, new words are counted together. Inlinable, so that it is specialized for each kind of word.
public struct WordCounts<Word: Hashable & Sendable>: Sendable {
    public var entries: [(word: Word, count: Int)] = []
    /// The count of words that came when there were too many.
    public var others = 0

    @inlinable public static var limit: Int { 48 }

    @inlinable
    public init() {}

    @inlinable
    public mutating func count(_ word: Word, _ number: Int = 1) {
        for index in entries.indices where entries[index].word == word {
            entries[index].count &+= number
            return
        }
        if entries.count < Self.limit { entries.append((word, number)) } else { others &+= number }
    }

    public mutating func add(_ other: WordCounts) {
        for entry in other.entries { count(entry.word, entry.count) }
        others &+= other.others
    }

    public var isEmpty: Bool { entries.isEmpty && others == 0 }
}
