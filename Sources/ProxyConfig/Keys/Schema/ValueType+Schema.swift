import ProxyCore

extension ValueType {
    /// The bounds of the value in words for people; nil when it has none.
    package var writtenBounds: String? {
        switch self {
        case .integer(let bounds): "\(bounds.lowerBound) to \(bounds.upperBound)"
        case .percentage(let bounds): "\(bounds.lowerBound)% to \(bounds.upperBound)%"
        case .size(let bounds) where bounds.upperBound < Int.max:
            "\(Quantity.text(bytes: bounds.lowerBound)) to \(Quantity.text(bytes: bounds.upperBound))"
        case .flag, .text, .size, .duration, .share, .words, .pattern, .defined, .oneOrMore, .anyNumber, .named, .either: nil
        }
    }

    /// The members of a JSON Schema for the value. A number may also be written as a variable.
    var schema: String {
        switch self {
        case .flag: #""type": ["boolean", "string"], "pattern": "\\$\\{""#
        case .text: #""type": "string""#
        case .integer(let bounds):
            #""type": ["integer", "string"], "pattern": "\\$\\{", "minimum": \#(bounds.lowerBound), "maximum": \#(bounds.upperBound)"#
        case .size: Self.reference("size")
        case .duration: Self.reference("duration")
        case .percentage: #""type": "string", "pattern": "^[0-9]{1,3}%$|\\$\\{""#
        case .share: #""type": ["string", "number"]"#
        case .words(let words): #""enum": [\#(words.flatMap(\.schemaValues).joined(separator: ", "))]"#
        case .pattern(let pattern): #""type": "string", "pattern": \#("\(pattern)|\\$\\{".jsonQuoted)"#
        case .defined(let name): Self.reference(name)
        case .oneOrMore(let name): Self.oneOrList(Self.reference(name), #""minItems": 1, "#)
        case .anyNumber(let name): Self.oneOrList(Self.reference(name), "")
        case .named(let type): #""type": "object", "minProperties": 1, "additionalProperties": { \#(type.schema) }"#
        case .either(let one, let other): #""anyOf": [{ \#(one.schema) }, { \#(other.schema) }]"#
        }
    }

    static func address(_ name: String) -> String { "#/$defs/\(name)".jsonQuoted }

    private static func reference(_ name: String) -> String { #""$ref": \#(address(name))"# }

    private static func oneOrList(_ item: String, _ atLeast: String) -> String {
        #""oneOf": [{ \#(item) }, { "type": "array", \#(atLeast)"items": { \#(item) } }]"#
    }
}

extension String {
    /// The JSON value that YAML reads from this text.
    var schemaValue: String { self == "true" || self == "false" || Int(self) != nil ? self : jsonQuoted }

    /// The JSON values for a word: `1.2` may be written with and without quotes.
    fileprivate var schemaValues: [String] {
        guard let first = utf8.first, (0x30...0x39).contains(first), contains(".") else { return [schemaValue] }
        return [jsonQuoted, self]
    }
}
