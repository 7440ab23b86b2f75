import HTTPModel
import ProxyCore

/// Texts as YAML has them, with quotes where anything in them could mean something, in a flow collection too.
package enum YAMLText {
    package static func scalar(_ text: String) -> String {
        let isPlain =
            !text.isEmpty && !text.hasPrefix(" ") && !text.hasSuffix(" ") && !text.hasSuffix(":")
            && !text.contains(text: ": ") && !text.contains(text: " #") && !text.contains(text: "${")
            && !text.contains(text: "$$")
            && (text.utf8.first.map { isAlphanumeric($0) || $0 == 0x2F || $0 == 0x2E } ?? false)
            && text.utf8.allSatisfy { isAlphanumeric($0) || " ._/;=()'+~^$-:*@<>|%!?&".utf8.contains($0) }
        let isWord = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
        return isPlain && !isWord ? text : text.quoted
    }

    /// A list on one line.
    package static func list(_ texts: [String]) -> String { "[\(texts.map(scalar).joined(separator: ", "))]" }

    /// A text that means itself: placeholders and variables in it are none.
    package static func literal(_ text: String) -> String {
        text.replacing("$", by: "$$").replacing("{", by: "{{").replacing("}", by: "}}").quoted
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        Octet.isDigit(byte) || (0x61...0x7A).contains(byte | 0x20)
    }
}
