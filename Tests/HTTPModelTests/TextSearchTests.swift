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
