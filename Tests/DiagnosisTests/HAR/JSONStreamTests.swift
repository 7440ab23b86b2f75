import Testing

@testable import Diagnosis

/// The same comes of a text however it is cut into pieces.
@Suite struct JSONStreamTests {
    /// A source that gives so many bytes at a time.
    static func source(_ text: [UInt8], by size: Int) -> (inout [UInt8]) -> Int {
        var rest = text[...]
        return { buffer in
            let piece = rest.prefix(min(size, buffer.count))
            rest = rest.dropFirst(piece.count)
            buffer.replaceSubrange(0..<piece.count, with: piece)
            return piece.count
        }
    }

    /// All of a text as nested words, to where it can be read.
    private static func told(_ text: String, by size: Int) -> String {
        var json = JSONStream(source(Array(text.utf8), by: size))
        var told = ""
        do {
            try tell(&json, &told)
        } catch {
            told += "!\(error.kind)@\(error.offset)"
        }
        return told
    }

    private static func tell(_ json: inout JSONStream, _ told: inout String) throws(JSONFault) {
        switch try json.kind() {
        case .object:
            _ = try json.enterObject()
            told += "{"
            while try json.nextKey() {
                if json.isToken("skip") {
                    try json.skipValue()
                    continue
                }
                told += json.text + "="
                try tell(&json, &told)
            }
            told += "}"
        case .array:
            _ = try json.enterArray()
            told += "["
            while try json.nextItem() { try tell(&json, &told) }
            told += "]"
        case .text, .number: if try json.readScalar() { told += "<\(json.text)>" }
        case .word:
            try json.skipValue()
            told += json.text
        case nil: try json.skipValue()
        }
    }

    @Test(arguments: [
        ("{}", "{}"), (" [ ] ", "[]"), (#"{"a":1,"b":[true,null,-1.5e3]}"#, "{a=<1>b=[truenull<-1.5e3>]}"),
        (#"{"skip":{"a":[1,"}]\"",{}],"b":"\\"},"c":"d"}"#, "{c=<d>}"),
        (#"["\u0041\n\/\"\\\t\b\f\r"]"#, "[<A\n/\"\\\t\u{8}\u{c}\r>]"),
        (#"["\uD83D\uDE00","\ud800x","\ud800\u0041","ä€😀"]"#, "[<😀><\u{FFFD}x><\u{FFFD}A><ä€😀>]"),
        (#"["\ud83d\n","\ud83d\ud83d\ude00","\ude00\""]"#, "[<\u{FFFD}\n><\u{FFFD}😀><\u{FFFD}\">]"),
        ("\u{FEFF}[1]", "[<1>]"), ("[\n1\t,\r2 ]", "[<1><2>]"), (#"{"skip":"\"","skip":123,"skip":[[]],"a":[{}]}"#, "{a=[{}]}"),
        ("", "!ends@0"), ("[1", "[<1>!ends@2"), (#"{"a"#, "{!ends@3"), ("[1 2]", "[<1>!unexpected@3"),
        (#"{"a":1,}"#, "{a=<1>!unexpected@7"),
        (#"{"a" 1}"#, "{!unexpected@5"), ("hello", "!unexpected@0"), (#"["\u00G0"]"#, "[!unexpected@7"),
        ("[1,]", "[<1>!unexpected@3"),
        (#"{"skip":[[["#, "{!ends@11"), (#"["\"#, "[!ends@3"),
    ])
    func reads(_ text: String, _ expected: String) {
        for size in [1, 2, 3, 5, 8, 1_000] { #expect(Self.told(text, by: size) == expected, "\(size) at a time") }
    }

    /// A text that is too long is kept to its limit, and what is deep is skipped as deep as it goes.
    @Test func hasLimits() throws {
        let long = String(repeating: "a", count: JSONStream.textLimit + 10)
        #expect(Self.told("[\"\(long)\",1]", by: 10_000).utf8.count == JSONStream.textLimit + 7)
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(Self.told("{\"skip\":\(deep),\"a\":1}", by: 10_000) == "{a=<1>}")
    }

    @Test func saysWhyItCannotBeRead() {
        struct Broken: Error, CustomStringConvertible { let description = "the disk is gone" }
        var json = JSONStream { _ in throw Broken() }
        #expect(throws: JSONFault(kind: .unreadable("the disk is gone"), offset: 0)) { try json.kind() }
    }
}
