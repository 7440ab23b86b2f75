import HTTPModel
import Testing

@testable import HeaderPolicy

/// Many expressions at once find what each of them finds.
@Suite struct RegexSetTests {
    static func found(_ set: RegexSet, _ text: String) -> Set<Int> {
        var found: Set<Int> = []
        set.visit(text.utf8.span) { found.insert($0) }
        return found
    }

    static let patterns = [
        "a", "^a", "a$", "^a$", "", "^", "$", "^$", "a*", "a*$", "^a*$", "ab|cd", "a.*b", "^a.*b$", "[ab]c+", "(?i)AB", "a{2,3}",
        "\\bab",
        "b\\B", "a?b?c?$", "(a|b)*c", "x+y", "[^a]b", "\\d+", "a.{3}b", "(ab)+$", "c\\s", ".", "..$", "^..$",
    ]
    static let texts = [
        "", "a", "b", "aa", "ab", "abab", "ba", "xab", "a\nb", "AB", "abc", "cabc", "acccb", "axxxb", "12", "a1", "c ", "xxy",
        "aab cd", "bab b",
        "\u{E9}ab",
    ]

    @Test func agreesWithEach() throws {
        let regexes = try Self.patterns.map { try LinearRegex($0) }
        let sets = [regexes, Array(regexes.prefix(9)), Array(regexes.suffix(12)), [], [regexes[3]]]
        for (place, set) in sets.enumerated() {
            let together = RegexSet(set)
            for text in Self.texts {
                let expected = set.indices.filter { set[$0].matches(text.utf8.span) }
                #expect(Self.found(together, text).sorted() == expected, "set \(place) on '\(text)'")
            }
        }
    }

    @Test(arguments: 0..<30) func agreesOnRandomOnes(_ seed: Int) throws {
        var generator = SplitMix64(seed: UInt64(seed))
        func random(_ bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }
        let atoms = ["a", "b", "c", "[ab]", ".", "(?:ab|c)", "a*", "b+", "c?", "^", "$", ".*"]
        let regexes = try (0..<random(30)).map { _ in
            try LinearRegex((0..<1 + random(4)).map { _ in atoms[random(atoms.count)] }.joined())
        }
        let set = RegexSet(regexes)
        for _ in 0..<40 {
            let text = String((0..<random(8)).map { _ in ["a", "b", "c", "d"][random(4)] }.joined())
            #expect(Self.found(set, text).sorted() == regexes.indices.filter { regexes[$0].matches(text.utf8.span) }, "'\(text)'")
        }
    }

    /// Expressions that begin with `^` and multiply one another's states, in small tables or none.
    @Test func agreesOnMany() throws {
        let regexes = try (0..<450).map { number in
            try LinearRegex(
                number % 3 == 0 ? "^a.*b\(number).*c" : number % 3 == 1 ? "^/p\(number)/[0-9]+$" : "x\(number)\\b",
                makesTable: false)
        }
        let set = RegexSet(regexes)
        #expect(set.passes < regexes.count)
        for text in ["ab300c", "a b3 b6 c", "/p1/7", "/p448/12", "/p448/", "x2", "x449 ", "ab300x5c x8", ""] {
            #expect(Self.found(set, text).sorted() == regexes.indices.filter { regexes[$0].matches(text.utf8.span) }, "'\(text)'")
        }
    }

    @Test("A hundred plain expressions are one pass, a thousand a few, and those that multiply one another still few")
    func passes() throws {
        #expect(RegexSet(try (0..<100).map { try LinearRegex("bot-\($0)/[0-9]+") }).passes == 1)
        #expect(RegexSet(try (0..<1000).map { try LinearRegex("^/p\($0)/[0-9]+$") }).passes == 1)
        #expect(RegexSet(try (0..<5000).map { try LinearRegex("^/p\($0)/[0-9]+$", makesTable: false) }).passes <= 3)
        #expect(RegexSet(try (0..<40).map { try LinearRegex("a\($0).*b\($0)") }).passes <= 20)
    }
}
