import HTTPModel
import HeaderPolicy
import ProxyCore

/// A script or style that is written in a page itself, with what a policy may name it by.
package struct InlineCode: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable { case script, style }

    package var kind: Kind
    package var text: String

    /// The source by which a policy allows it, and nothing else.
    package var source: String {
        var encoded: [UInt8] = []
        encoded.append(base64: SHA256.hash(Array(text.utf8)))
        return "'sha256-\(String(decoding: encoded, as: UTF8.self))'"
    }

    /// The samples that browsers may report: the beginning of the text, which some take without the blanks around it.
    var samples: [String] {
        let blanks: Set<Unicode.Scalar> = [" ", "\t", "\n", "\r", "\u{0C}"]
        let rest = text.unicodeScalars.drop { blanks.contains($0) }
        let end = rest.lastIndex { !blanks.contains($0) }.map(rest.index(after:)) ?? rest.startIndex
        return [text.unicodeScalars[...], rest[..<end]].map {
            String(String.UnicodeScalarView($0.prefix(Violation.sampleLength)))
        }
    }

    /// Returns the inline scripts and styles in the HTML of a page, with line ends as browsers read them. Code that a script adds
    /// later is not among them.
    package static func all(in page: String) -> [InlineCode] {
        let text = Array(page.replacing("\r\n", by: "\n").replacing("\r", by: "\n").utf8)
        var found: [InlineCode] = []
        var index = 0
        while let start = text[index...].firstIndex(of: 0x3C) {
            index = start + 1
            if text[index...].starts(with: Array("!--".utf8)) {
                index = text[index...].range(ofFirst: Array("-->".utf8))?.upperBound ?? text.count
                continue
            }
            guard let kind = [Kind.script, .style].first(where: { isTag($0, text, at: index) }) else { continue }
            index += kind.rawValue.utf8.count
            guard let (end, isForeign) = tagEnd(text, from: index) else { break }
            let close = closing(kind, text, from: end) ?? text.count
            if !isForeign, close > end {
                found.append(InlineCode(kind: kind, text: String(decoding: text[end..<close], as: UTF8.self)))
            }
            index = close
        }
        return found
    }

    private static func isTag(_ kind: Kind, _ text: [UInt8], at index: Int) -> Bool {
        let name = Array(kind.rawValue.utf8)
        guard text.count > index + name.count, text[index..<index + name.count].map(Octet.lowercased) == name else {
            return false
        }
        return [0x20, 0x09, 0x0A, 0x0C, 0x2F, 0x3E].contains(text[index + name.count])
    }

    /// Behind the `>` of a tag, and whether it has a `src`.
    private static func tagEnd(_ text: [UInt8], from start: Int) -> (end: Int, isForeign: Bool)? {
        var (index, word, isForeign) = (start, [UInt8](), false)
        while index < text.count {
            let byte = text[index]
            switch byte {
            case 0x22, 0x27:
                guard let end = text[(index + 1)...].firstIndex(of: byte) else { return nil }
                index = end
                word = []
            case 0x3E: return (index + 1, isForeign || word == Array("src".utf8))
            case 0x20, 0x09, 0x0A, 0x0C, 0x2F: if word != Array("src".utf8) { word = [] }
            case 0x3D:
                if word == Array("src".utf8) { isForeign = true }
                word = [0x3D]
            default: word.append(Octet.lowercased(byte))
            }
            index += 1
        }
        return nil
    }

    private static func closing(_ kind: Kind, _ text: [UInt8], from start: Int) -> Int? {
        var index = start
        while index < text.count, let next = text[index...].firstIndex(of: 0x3C) {
            if next + 1 < text.count, text[next + 1] == 0x2F, isTag(kind, text, at: next + 2) { return next }
            index = next + 1
        }
        return nil
    }
}
