import Foundation
import HTTPModel
import Testing

@testable import HeaderPolicy

/// What a regular expression finds: the ranges of every match, as `lower-upper`.
private func found(_ pattern: String, _ text: String, anchored: Bool = false) throws -> [String] {
    let regex = try LinearRegex(pattern, anchored: anchored)
    var scratch = RegexScratch()
    var search = RegexSearch(regex.program, in: text.utf8.span, scratch: &scratch)
    var ranges: [String] = []
    while let range = search.next(in: text.utf8.span, scratch: &scratch) {
        ranges.append("\(range.lowerBound)-\(range.upperBound)")
    }
    #expect(regex.matches(text.utf8.span, scratch: &scratch) == !ranges.isEmpty)
    #expect(regex.simulate(text.utf8.span, scratch: &scratch) == !ranges.isEmpty)
    #expect(regex.matches(text.utf8.span) == !ranges.isEmpty)
    return ranges
}

private func replaced(_ pattern: String, _ replacement: String, _ text: String) throws -> String? {
    let regex = try LinearRegex(pattern)
    var scratch = RegexScratch()
    var output: [UInt8] = []
    let replacement = try Replacement(replacement, groups: regex.groups)
    let isChanged = regex.replaceAll(in: text.utf8.span, with: replacement, into: &output, scratch: &scratch)
    #expect(isChanged || output.isEmpty)
    return isChanged ? String(decoding: output, as: UTF8.self) : nil
}

@Suite struct LinearRegexTests {
    @Test(
        arguments: [
            ("abc", "xabcabc", ["1-4", "4-7"]),
            ("a|ab", "ab", ["0-1"]),
            ("ab|a", "ab", ["0-2"]),
            ("a*", "baac", ["0-0", "1-3", "4-4"]),
            ("a*?b", "aab", ["0-3"]),
            ("a+?", "aa", ["0-1", "1-2"]),
            ("a??", "a", ["0-0", "1-1"]),
            ("^http://", "http://a http://b", ["0-7"]),
            ("b$", "abb", ["2-3"]),
            ("^$", "", ["0-0"]),
            ("^$", "a", []),
            ("", "ab", ["0-0", "1-1", "2-2"]),
            (".", "a\nb", ["0-1", "2-3"]),
            ("[a-c]+", "abcd-cb", ["0-3", "5-7"]),
            ("[^a-c]+", "abcd-cb", ["3-5"]),
            ("[-a]+", "a-b", ["0-2"]),
            ("[a-]+", "a-b", ["0-2"]),
            ("[]\\]a]", "", []),
            ("[\\]\\-x]+", "]-x", ["0-3"]),
            ("[\\d.]+", "v1.2", ["1-4"]),
            ("\\d{2,3}", "1 12 1234", ["2-4", "5-8"]),
            ("\\d{2,3}?", "1234", ["0-2", "2-4"]),
            ("x{0}y", "xy", ["1-2"]),
            ("x{2,}", "x xx xxx", ["2-4", "5-8"]),
            ("\\bfoo\\b", "foo food foo", ["0-3", "9-12"]),
            ("\\Boo", "foo oo", ["1-3"]),
            ("\\w+\\s\\W", "ab !", ["0-4"]),
            ("\\x2f\\t?", "a/b", ["1-2"]),
            ("(?i)x-[A-c]+", "X-aBC", ["0-5"]),
            ("(?i)[^a]", "Aab", ["2-3"]),
            ("é+", "aéé", ["1-5"]),
            ("(a*)*", "aab", ["0-2", "3-3"]),
            ("(a*)+", "b", ["0-0", "1-1"]),
            ("(?:(?:a|b)*c)*d", "abcabcd", ["0-7"]),
            ("a.*b|a", "aab a", ["0-3", "4-5"]),
            ("(?:){1000}", "a", ["0-0", "1-1"]),
            ("https?://[^/]+/", "see http://a.b/ and https://c/", ["4-15", "20-30"]),
        ] as [(String, String, [String])])
    func finds(pattern: String, text: String, ranges: [String]) throws {
        if pattern.hasPrefix("[]") {
            #expect(throws: RegexError.self) { try LinearRegex(pattern) }
        } else {
            #expect(try found(pattern, text) == ranges)
        }
    }

    @Test(arguments: [
        ("[A-Za-z0-9_-]{8,64}", "abcdefgh", true), ("[A-Za-z0-9_-]{8,64}", "abcdefgh!", false), ("a|b", "ab", false),
        ("a|ab", "ab", true), ("", "", true), ("", "x", false), ("^a$", "a", true),
    ])
    func anchored(pattern: String, text: String, isMatch: Bool) throws {
        #expect(try found(pattern, text, anchored: true).isEmpty == !isMatch)
    }

    @Test(
        arguments: [
            ("^http://", "https://", "http://a/b", "https://a/b"),
            ("^http://", "https://", "https://a/b", nil),
            ("(\\w+)=(\\w+)", "$2:$1", "a=b, c=d", "b:a, d:c"),
            ("(\\w+)=(\\w+)", "${2}0$$$0", "a=b", "b0$a=b"),
            ("a|(b)", "[$1]", "abc", "[][b]c"),
            ("(a)|b", "[$1]", "ab", "[a][]"),
            ("(?:(a)|b)+", "[$1]", "ab", "[a]"),
            ("x*", "-", "baxxc", "-b-a-c-"),
            ("; *Secure", "", "a=b; Secure; Path=/", "a=b; Path=/"),
            ("(((((((((a))))))))){2}", "$9", "aa", "a"),
            ("\\.", "é", "a.b", "aéb"),
        ] as [(String, String, String, String?)])
    func replaces(pattern: String, replacement: String, text: String, result: String?) throws {
        #expect(try replaced(pattern, replacement, text) == result)
    }

    @Test(arguments: [
        ("(?=a)", 0, "look-ahead"), ("a(?!b)", 1, "look-ahead"), ("(?<=a)b", 0, "look-behind"), ("(?<!a)b", 0, "look-behind"),
        ("(a)\\1", 3, "back-references"), ("(a)\\k<1>", 3, "back-references"), ("(?<n>a)", 0, "named groups"),
        ("(?P<n>a)", 0, "named groups"), ("(?>a)", 0, "atomic"), ("a++", 1, "possessive"), ("a(?i)b", 1, "very start"),
        ("(?s)a", 0, "only `(?:…)`"), ("[[:alpha:]]", 1, "POSIX"), ("\\p{L}", 0, "Unicode"), ("\\A", 0, "write `^`"),
        ("\\Z", 0, "write `$`"), ("(a", 0, "never closed"), ("a)", 1, "closes no group"), ("[a", 0, "never closed"),
        ("[]", 0, "empty class"), ("[z-a]", 1, "backwards"), ("[\\d-z]", 1, "one character"), ("*a", 0, "nothing to repeat"),
        ("^*", 0, "no width"), ("a**", 2, "repeat of a repeat"), ("a{2}{3}", 4, "repeat of a repeat"),
        ("{2}", 0, "nothing to repeat"),
        ("a{", 1, "begins a count"), ("a{2", 1, "a count is"), ("a{3,2}", 1, "less than"), ("a{1001}", 1, "1000 at most"),
        ("a{99999999999999999999999}", 1, "1000 at most"), ("\\", 0, "lone"), ("\\q", 0, "no meaning"),
        ("\\x2", 0, "two hexadecimal"),
        ("\\é", 0, "no meaning"), ("[é]", 1, "ASCII only"), ("(?:a{1000}){1000}", 0, "too large"),
        ("(?:(?:(?:){1000}b{1000}){1000}){1000}", 0, "too large"), (String(repeating: "(", count: 200), 64, "deeper than"),
    ])
    func refuses(pattern: String, offset: Int, message: String) {
        let error = #expect(throws: RegexError.self) { try LinearRegex(pattern) }
        #expect(
            error?.offset == offset && error?.message.contains(message) == true,
            "\(pattern.prefix(40)): \(String(describing: error))")
    }

    @Test(arguments: [
        ("$", 1, 0, "from 0 to 9"), ("a$x", 1, 1, "from 0 to 9"), ("${1", 1, 0, "from 0 to 9"), ("${x}", 1, 0, "from 0 to 9"),
        ("${10}", 1, 0, "from 0 to 9"), ("$2", 1, 0, "no group for `$2`: the expression has one"), ("$1", 0, 0, "has none"),
        ("a\r\nb", 0, 1, "control"),
        ("\u{0}", 0, 0, "control"),
    ])
    func refusesReplacement(text: String, groups: Int, offset: Int, message: String) {
        let error = #expect(throws: RegexError.self) { try Replacement(text, groups: groups) }
        #expect(error?.offset == offset && error?.message.contains(message) == true, "\(text): \(String(describing: error))")
    }
}

/// Time is a promise: steps are counted, never a clock.
@Suite struct LinearRegexTimeTests {
    @Test(arguments: [
        ("(a+)+$", "a", "!"), ("(a|a)*b", "a", "c"), ("(a|aa)+$", "a", "b"), ("(.*)*x", "a", "b"), ("a.*b|a", "a", "a"),
        ("(?:a?){30}a{30}b", "a", "c"), ("a*a*a*a*b", "a", "c"), ("(x+x+)+y", "x", "z"), ("\\b\\w*\\B!", "a", "b"),
        ("^(([a-z])+.)+[A-Z]", "a", "!"),
    ])
    func isLinear(pattern: String, unit: String, end: String) throws {
        let regex = try LinearRegex(pattern)
        let replacement = try Replacement("-", groups: regex.groups)
        var scratch = RegexScratch()
        func steps(_ count: Int) -> Int {
            let text = String(repeating: unit, count: count) + end
            var output: [UInt8] = []
            let before = scratch.steps
            _ = regex.simulate(text.utf8.span, scratch: &scratch)
            _ = regex.replaceAll(in: text.utf8.span, with: replacement, into: &output, scratch: &scratch)
            return scratch.steps - before
        }
        let size = regex.program.code.count
        #expect(steps(512) <= 12 * size * 513)
        #expect(steps(8192) <= 12 * size * 8193)
    }

    @Test func isLinearOnTheLargestValue() throws {
        let regex = try LinearRegex("(a+)+$")
        var scratch = RegexScratch()
        let text = String(repeating: "a", count: 65_536) + "!"
        #expect(!regex.simulate(text.utf8.span, scratch: &scratch))
        #expect(scratch.steps <= 12 * regex.program.code.count * 65_537)
    }

    @Test func scratchIsReused() throws {
        let large = try LinearRegex("(?:abc){100}|x")
        let small = try LinearRegex("(b)c")
        var scratch = RegexScratch()
        var output: [UInt8] = []
        let text = String(repeating: "abc", count: 1000)
        for _ in 0..<3 {
            output.removeAll(keepingCapacity: true)
            #expect(large.matches(text.utf8.span, scratch: &scratch))
            #expect(
                small.replaceAll(in: text.utf8.span, with: try Replacement("<$1>", groups: 1), into: &output, scratch: &scratch))
            #expect(String(decoding: output, as: UTF8.self) == String(repeating: "a<b>", count: 1000))
        }
    }

    @Test func refusesToGrowBeyondAMessage() throws {
        let regex = try LinearRegex("")
        let replacement = try Replacement(String(repeating: "$0x", count: 1000), groups: 0)
        var scratch = RegexScratch()
        var output: [UInt8] = [1]
        let text = [UInt8](repeating: 0x61, count: 200)
        #expect(!regex.replaceAll(in: text.span, with: replacement, into: &output, scratch: &scratch, limit: 100_000))
        #expect(output == [1])
    }

    @Test func takesEveryByte() throws {
        let every = [UInt8](0...255)
        for pattern in ["[\\x80-\\xff]+", "\\D+$", ".", "(?i)[^z]"] {
            let regex = try LinearRegex(pattern)
            var scratch = RegexScratch()
            var output: [UInt8] = []
            #expect(regex.replaceAll(in: every.span, with: try Replacement("", groups: 0), into: &output, scratch: &scratch))
            #expect(output.count < every.count)
        }
    }
}

/// The same pattern, the same text, and Foundation's backtracking engine: the same first match with the same groups.
@Suite struct LinearRegexDifferentialTests {
    /// A pattern in which nothing that can be empty is repeated: there engines differ by design.
    static func pattern(_ depth: Int, _ random: inout SplitMix64) -> (text: String, canBeEmpty: Bool) {
        switch depth <= 0 ? Int.random(in: 0...4, using: &random) : Int.random(in: 0...11, using: &random) {
        case 0, 1: return (["a", "b", "c"].randomElement(using: &random) ?? "a", false)
        case 2: return (["[ab]", "[^a]", ".", "\\w", "[b-c]"].randomElement(using: &random) ?? ".", false)
        case 3: return (["\\b", "^", "$", "\\B"].randomElement(using: &random) ?? "^", true)
        case 4: return (["ab", "ca", "\\d", " "].randomElement(using: &random) ?? " ", false)
        case 5, 6:
            let (left, right) = (pattern(depth - 1, &random), pattern(depth - 1, &random))
            return ("(?:\(left.text)|\(right.text))", left.canBeEmpty || right.canBeEmpty)
        case 7, 8:
            let body = pattern(depth - 1, &random)
            if body.canBeEmpty { return ("(\(body.text))", true) }
            let mark = ["*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{2,}?"].randomElement(using: &random) ?? "*"
            return ("(\(body.text))\(mark)", "*?".contains(mark.first ?? " "))
        case 9: return ("(\(pattern(depth - 1, &random).text))", true)
        default:
            let (left, right) = (pattern(depth - 1, &random), pattern(depth - 1, &random))
            return (left.text + right.text, left.canBeEmpty && right.canBeEmpty)
        }
    }

    @Test(arguments: 0..<20)
    func agreesWithFoundation(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        for _ in 0..<60 {
            let pattern = Self.pattern(4, &random).text
            let regex = try LinearRegex(pattern)
            let foundation = try NSRegularExpression(pattern: pattern)
            for _ in 0..<6 {
                let letters = "aabbc1 -"
                let text = String(
                    (0..<Int.random(in: 0...12, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a" })
                let expected = foundation.firstMatch(in: text, range: NSRange(location: 0, length: text.utf16.count))
                var scratch = RegexScratch()
                var search = RegexSearch(regex.program, in: text.utf8.span, scratch: &scratch)
                let actual = search.next(in: text.utf8.span, scratch: &scratch)
                #expect(regex.matches(text.utf8.span) == (expected != nil), "\(pattern) on '\(text)'")
                #expect(regex.simulate(text.utf8.span, scratch: &scratch) == (expected != nil), "\(pattern) on '\(text)'")
                #expect((actual == nil) == (expected == nil), "\(pattern) on '\(text)'")
                guard let expected else { continue }
                for group in 0..<min(expected.numberOfRanges, RegexProgram.rememberedGroups) {
                    let range = expected.range(at: group)
                    let start = range.location == NSNotFound ? -1 : range.location
                    let end = range.location == NSNotFound ? -1 : range.location + range.length
                    #expect(
                        scratch.slots[group * 2] == start && scratch.slots[group * 2 + 1] == end,
                        "\(pattern) on '\(text)', group \(group): \(scratch.slots) instead of \(start)..<\(end)")
                }
            }
        }
    }

    /// Long texts cross the blocks in which a search keeps its rows.
    @Test func agreesOnLongTexts() throws {
        var random = SplitMix64(seed: 7)
        for pattern in ["a[^b]*b", "(a|ab)(c|bcd)?", "\\w+ \\w+?", "a.{250,300}?c|b", "(?:ab?)+$"] {
            let text = String((0..<900).map { _ in "aaabc ".randomElement(using: &random) ?? "a" })
            let expected = try NSRegularExpression(pattern: pattern)
                .matches(in: text, range: NSRange(location: 0, length: text.utf16.count))
                .map { "\($0.range.location)-\($0.range.location + $0.range.length)" }
            #expect(try found(pattern, text) == expected, "\(pattern)")
        }
    }
}
