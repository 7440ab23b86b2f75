extension String {
    /// As a JSON string (RFC 8259 §7) with its quotes. Whatever breaks a line or is not printed is escaped, so that it is a
    /// double-quoted text of YAML (1.2, §7.3.1) as well.
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
                output += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }
}

extension Unicode.Scalar {
    /// It ends a line, or is not printed: controls, line and paragraph separators, the byte order mark and its like.
    public var breaksText: Bool {
        switch value {
        case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: true
        default: false
        }
    }
}
