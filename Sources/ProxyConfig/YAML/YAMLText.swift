import HTTPModel
import ProxyCore

/// Writes texts as YAML, with quotes if anything in them could be misread, also in a flow collection.
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

    /// Returns a list on one line.
    package static func list(_ texts: [String]) -> String { "[\(texts.map(scalar).joined(separator: ", "))]" }

    /// Returns a text that is read literally, without placeholders and variables.
    package static func literal(_ text: String) -> String {
        withoutVariables(text.replacing("{", by: "{{").replacing("}", by: "}}"))
    }

    /// Returns a text for a value that has no placeholders, in quotes, so that a dollar begins no variable.
    package static func withoutVariables(_ text: String) -> String { text.replacing("$", by: "$$").quoted }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        Octet.isDigit(byte) || (0x61...0x7A).contains(byte | 0x20)
    }
}
