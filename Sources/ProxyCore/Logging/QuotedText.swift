extension String {
    /// The text as a double-quoted scalar of YAML (1.2, §7.3.1) with its quotes. Characters that break a line or are invisible
    /// are escaped.
    public var quoted: String {
        var output = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            case _ where scalar.breaksText:
                let hex = String(scalar.value, radix: 16)
                output += hex.count > 4 ? "\\U" : "\\u"
                output += String(repeating: "0", count: (hex.count > 4 ? 8 : 4) - hex.count) + hex
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }

    /// The text as a JSON string (RFC 8259 §7) with its quotes.
    public var jsonQuoted: String {
        var output: [UInt8] = [0x22]
        output.append(jsonEscaping: utf8.span, escapesSeparators: true)
        output.append(0x22)
        return String(decoding: output, as: UTF8.self)
    }

    /// The text for one line of a terminal. Characters that would control the terminal, or reorder or hide text, are written as
    /// `\u{1b}`.
    public var visible: String { written { !$0.breaksText } }

    /// The text for a terminal, with newlines and tabs unchanged.
    public var visibleLines: String { written { $0 == "\n" || $0 == "\t" || !$0.breaksText } }

    private func written(_ isPlain: (Unicode.Scalar) -> Bool) -> String {
        guard !unicodeScalars.allSatisfy(isPlain) else { return self }
        var output = ""
        for scalar in unicodeScalars {
            if isPlain(scalar) {
                output.unicodeScalars.append(scalar)
            } else {
                output += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return output
    }
}

extension Unicode.Scalar {
    /// Whether the character is not visible as itself: it ends a line, is a control (C0, DEL, C1), sets the direction of writing,
    /// is invisible (Unicode 16: the categories Cf, Zl and Zp without the signs that are printed, and the default-ignorable
    /// ones), or is no character.
    public var breaksText: Bool {
        switch value {
        case 0x20...0x7E: false
        case 0..<0x20, 0x7F...0x9F: true
        case 0xAD, 0x34F, 0x61C, 0x115F...0x1160, 0x17B4...0x17B5, 0x180B...0x180F: true
        case 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0x3164: true
        case 0xFE00...0xFE0F, 0xFEFF, 0xFFA0, 0xFFF0...0xFFFB, 0xFDD0...0xFDEF: true
        case 0x13430...0x13440, 0x1BCA0...0x1BCA3, 0x1D173...0x1D17A, 0xE0000...0xE0FFF: true
        default: value & 0xFFFE == 0xFFFE
        }
    }
}
