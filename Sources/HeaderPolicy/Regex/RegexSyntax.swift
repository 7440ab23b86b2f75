import HTTPModel

/// A regular expression as its parser understood it.
indirect enum RegexNode: Sendable {
    case bytes(ByteSet)
    case sequence([RegexNode])
    case alternatives([RegexNode])
    /// A repeat; `most` is nil when there is no upper bound.
    case repeated(RegexNode, least: Int, most: Int?, greedy: Bool)
    /// A capturing group, counted from 1.
    case group(Int, RegexNode)
    case assertion(RegexAssertion)
}

/// A condition on the place between two bytes.
enum RegexAssertion: Sendable {
    case start, end, wordBoundary, notWordBoundary

    func holds(in text: Span<UInt8>, at index: Int) -> Bool {
        switch self {
        case .start: return index == 0
        case .end: return index == text.count
        case .wordBoundary, .notWordBoundary:
            let before = index > 0 && ByteSet.word.contains(text[index &- 1])
            let after = index < text.count && ByteSet.word.contains(text[index])
            return (before != after) == (self == .wordBoundary)
        }
    }
}

/// A set of byte values.
struct ByteSet: Sendable, Hashable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    init() {}

    init(_ ranges: ClosedRange<UInt8>...) {
        for range in ranges { insert(range) }
    }

    static let digit = ByteSet(0x30...0x39)
    static let word = ByteSet(0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A)
    static let space = ByteSet(0x09...0x0D, 0x20...0x20)
    static let all = ByteSet(0...255)

    var isEmpty: Bool { words == (0, 0, 0, 0) }

    /// The only byte of a set with one byte; nil otherwise.
    var single: UInt8? {
        guard (words.0.nonzeroBitCount + words.1.nonzeroBitCount + words.2.nonzeroBitCount + words.3.nonzeroBitCount) == 1
        else { return nil }
        for (place, word) in [words.0, words.1, words.2, words.3].enumerated() where word != 0 {
            return UInt8(truncatingIfNeeded: place * 64 + word.trailingZeroBitCount)
        }
        return nil
    }

    var inverted: ByteSet {
        var result = self
        result.words = (~words.0, ~words.1, ~words.2, ~words.3)
        return result
    }

    func contains(_ byte: UInt8) -> Bool {
        let word =
            switch byte >> 6 {
            case 0: words.0
            case 1: words.1
            case 2: words.2
            default: words.3
            }
        return (word >> UInt64(byte & 63)) & 1 == 1
    }

    func overlaps(_ other: ByteSet) -> Bool {
        words.0 & other.words.0 | words.1 & other.words.1 | words.2 & other.words.2 | words.3 & other.words.3 != 0
    }

    mutating func insert(_ range: ClosedRange<UInt8>) {
        for byte in range {
            let bit = UInt64(1) << UInt64(byte & 63)
            switch byte >> 6 {
            case 0: words.0 |= bit
            case 1: words.1 |= bit
            case 2: words.2 |= bit
            default: words.3 |= bit
            }
        }
    }

    mutating func formUnion(_ other: ByteSet) {
        words = (
            words.0 | other.words.0, words.1 | other.words.1, words.2 | other.words.2, words.3 | other.words.3
        )
    }

    /// The set with the other ASCII case of every letter in it added.
    var ignoringCase: ByteSet {
        var result = self
        for letter in UInt8(0x41)...0x5A where contains(letter) || contains(letter | 0x20) {
            result.insert(letter...letter)
            result.insert(letter | 0x20...letter | 0x20)
        }
        return result
    }

    static func == (left: ByteSet, right: ByteSet) -> Bool { left.words == right.words }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}
