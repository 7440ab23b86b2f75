import HTTPModel
import Testing

@Suite struct TextSearchTests {
    @Test(
        arguments: [
            ("https://app.example", "://", 5), ("a::b:::c", ":::", 4), ("aab", "ab", 1), ("abc", "abcd", nil), ("", "a", nil),
            ("abc", "", 0),
            ("é://", "://", 2),
            // A character that combines with what is looked for hides nothing.
            ("a/\u{301}b", "/", 1),
        ] as [(String, String, Int?)])
    func first(_ text: String, _ part: String, _ offset: Int?) {
        #expect(text.range(ofFirst: part).map { text.utf8.distance(from: text.startIndex, to: $0.lowerBound) } == offset)
        #expect(text[...].contains(text: part) == (offset != nil))
        #expect(Array(text.utf8).range(ofFirst: Array(part.utf8))?.lowerBound == offset)
    }

    /// A byte that counts how often it is compared.
    private struct Counted: Equatable {
        nonisolated(unsafe) static var comparisons = 0
        var byte: UInt8

        static func == (left: Counted, right: Counted) -> Bool {
            comparisons += 1
            return left.byte == right.byte
        }
    }

    /// What repeats itself costs no more than what does not.
    @Test func linear() {
        let text = [Counted](repeating: Counted(byte: 1), count: 10_000)
        Counted.comparisons = 0
        #expect(text.range(ofFirst: text.dropLast(5_000) + [Counted(byte: 2)]) == nil)
        #expect(Counted.comparisons < 40_000)
    }

    /// Of texts that repeat themselves, what is found is what a search at each place finds.
    @Test func repetitions() {
        var random = SplitMix64(seed: 7)
        for _ in 0..<2_000 {
            let text = (0..<Int.random(in: 0...24, using: &random)).map { _ in UInt8.random(in: 0...1, using: &random) }
            let part = (0..<Int.random(in: 1...6, using: &random)).map { _ in UInt8.random(in: 0...1, using: &random) }
            let found = text.indices.first { text[$0...].starts(with: part) }
            #expect(text.range(ofFirst: part) == found.map { $0..<$0 + part.count })
        }
    }

    @Test(arguments: [
        ("a-b-c", "-", "_", "a_b_c"), ("{{x}}", "{{", "{", "{x}}"), ("aaa", "aa", "b", "ba"), ("abc", "", "x", "abc"),
        ("", "a", "b", ""),
        ("$$", "$", "$$", "$$$$"),
    ])
    func replacing(_ text: String, _ part: String, _ other: String, _ result: String) {
        #expect(text.replacing(part, by: other) == result)
        #expect(text.split(at: part).joined(separator: part) == text)
    }
}
