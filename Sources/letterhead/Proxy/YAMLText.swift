import HTTPModel
import ProxyCore

/// Texts as YAML has them, with quotes where anything in them could mean something.
enum YAMLText {
    /// Names, addresses and paths stand without quotes.
    static func scalar(_ text: String) -> String {
        let isPlain =
            text.utf8.first.map { isLetter($0) || $0 == UInt8(ascii: "/") } == true && text.utf8.last != UInt8(ascii: ":")
            && text.utf8.allSatisfy { isLetter($0) || isDigit($0) || "/:.-_".utf8.contains($0) }
            && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
        let isAddress =
            text.utf8.first.map(isDigit) == true && text.contains(":")
            && text.utf8.allSatisfy { isDigit($0) || ".:".utf8.contains($0) }
        return isPlain || isAddress ? text : text.quoted
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// A text that means itself: placeholders and variables in it are none.
    static func literal(_ text: String) -> String {
        text.replacing("$", by: "$$").replacing("{", by: "{{").replacing("}", by: "}}").quoted
    }

    /// A list on one line.
    static func list(_ texts: [String]) -> String { "[\(texts.map(scalar).joined(separator: ", "))]" }
}
