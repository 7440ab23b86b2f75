import HTTPModel
import Testing

@Suite struct OctetTests {
    @Test func classesAreThoseOfTheGrammar() {
        let tokens = Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        for byte in UInt8.min ... .max {
            #expect(Octet.isToken(byte) == tokens.contains(byte))
            #expect(Octet.isFieldValue(byte) == (byte == 9 || (byte >= 32 && byte != 127)))
            #expect(Octet.isTarget(byte) == (byte > 32 && byte < 127))
            #expect(Octet.isBlank(byte) == (byte == 9 || byte == 32))
            #expect(Octet.isDigit(byte) == (48...57).contains(byte))
            #expect(Octet.hexValue(byte).map(Int.init) == Character(UnicodeScalar(byte)).hexDigitValue)
            #expect(Octet.lowercased(byte) == ((65...90).contains(byte) ? byte + 32 : byte))
        }
    }

    @Test func wordsAgreeWithBytes() {
        for byte in UInt8.min ... .max {
            for place in 0..<8 {
                var bytes = Array("aZ\u{7E}mM@[`".utf8)
                bytes[place] = byte
                let word = bytes.span.firstWord
                let lowered = bytes.map(Octet.lowercased)
                let expected = lowered.span.firstWord
                #expect(Word.lowercased(word) == expected)
                let flag: UInt64 = 0x80 << (8 * UInt64(place))
                #expect(Word.below(0x20, word) & flag == (byte < 0x20 ? flag : 0))
                #expect(Word.equal(0x3A, word) & flag == (byte == 0x3A ? flag : 0))
            }
        }
        let short: [UInt8] = [1, 2, 3, 4, 5, 6, 7]
        let none = short.span.firstWord
        #expect(none == 0)
    }

    @Test(arguments: [(0, "0"), (7, "7"), (10, "10"), (1_234_567_890, "1234567890"), (.max, "9223372036854775807"), (-5, "-5")])
    func decimals(_ number: Int, _ expected: String) {
        var output: [UInt8] = []
        output.append(decimal: number)
        #expect(String(decoding: output, as: UTF8.self) == expected)
    }

    @Test(
        arguments: [
            ("0", 0), ("007", 7), ("1234567890", 1_234_567_890), ("0000000000000000005", 5), ("9223372036854775807", .max),
            ("9223372036854775808", nil), ("9999999999999999999", nil), ("00000000000000000005", nil), ("", nil), ("-1", nil),
            ("+1", nil), ("1,1", nil), (" 1", nil), ("0x1", nil), ("\u{661}", nil),
        ] as [(String, Int?)])
    func numbers(_ text: String, _ expected: Int?) { #expect(text.utf8.span.decimal == expected) }

    @Test func comparing() {
        #expect(Self.same("Chunked", "cHUNKED") && !Self.same("chunked", "chunke") && !Self.same("a[", "a{"))
        let text = " \ta b\t "
        let inner = text.utf8.span.trimmingBlanks(0..<7)
        #expect(inner == 2..<5)
        let blank = "   "
        let none = blank.utf8.span.trimmingBlanks(0..<3)
        #expect(none.isEmpty)
    }

    static func same(_ left: String, _ right: String) -> Bool { left.utf8.span.equalsIgnoringCase(right.utf8.span) }
}
