/// The declaration of a key. The reader takes its bounds from here. The schema, the tables of the reference and the comments of the
/// annotated file are generated from it.
package struct KeyDeclaration: Sendable {
    package var type: ValueType
    /// The default, as it is written in the file; nil when no value has the same effect as leaving the key out. `on` says that a mapping
    /// that is left out takes effect with the defaults of its keys.
    package var fallback: String?
    package var isRequired: Bool
    /// The meaning, as in the reference, with code in backticks and links to its pages. Other places leave out a mere link, or `below`,
    /// behind a colon, because it leads nowhere there.
    package var sentence: String
    /// The names of this key in other programs.
    package var words: [String]

    package init(
        _ type: ValueType, default fallback: String? = nil, isRequired: Bool = false, _ sentence: String, words: [String] = []
    ) {
        self.type = type
        self.fallback = fallback
        self.isRequired = isRequired
        self.sentence = sentence
        self.words = words
    }
}

/// The values that a key may have.
package indirect enum ValueType: Sendable {
    case flag
    case text
    case integer(ClosedRange<Int>)
    /// A number of bytes.
    case size(ClosedRange<Int> = 0...Int.max)
    case duration
    case percentage(ClosedRange<Int>)
    /// A percentage, which may be written without its sign.
    case share
    case words([String])
    /// A text in which the regular expression finds a match.
    case pattern(String)
    /// A value that the schema defines under this name: a mapping with known keys, or one with a form of its own.
    case defined(String)
    case oneOrMore(String)
    case anyNumber(of: String)
    /// A mapping whose keys are names that the author chooses.
    case named(ValueType)
    case either(ValueType, ValueType)

    static let redirectStatus = words(["301", "302", "303", "307", "308"])

    package var bounds: ClosedRange<Int> {
        switch self {
        case .integer(let bounds), .size(let bounds), .percentage(let bounds): bounds
        case .either(let first, _): first.bounds
        case .flag, .text, .duration, .share, .words, .pattern, .defined, .oneOrMore, .anyNumber, .named: 0...Int.max
        }
    }
}
