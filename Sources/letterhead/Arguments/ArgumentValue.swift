/// A value that can be written as one word of a command line.
protocol ArgumentValue {
    init?(argument: String)
    /// The allowed words; empty if there are too many to list.
    static var allWords: [String] { get }
    /// The form of a valid word, if there are too many words to list; nil if any text is valid.
    static var form: String? { get }
    /// The value as it is written on a command line.
    var word: String { get }
}

extension ArgumentValue {
    static var allWords: [String] { [] }
    static var form: String? { nil }
}

extension String: ArgumentValue {
    init?(argument: String) { self = argument }
    var word: String { self }
}

extension ArgumentValue where Self: FixedWidthInteger {
    init?(argument: String) { self.init(argument, radix: 10) }
    static var form: String? { "a whole number" }
    var word: String { String(self) }
}

extension Int: ArgumentValue {}
extension Int32: ArgumentValue {}

extension ArgumentValue where Self: RawRepresentable, RawValue == String {
    init?(argument: String) { self.init(rawValue: argument) }
    var word: String { rawValue }
}

extension ArgumentValue where Self: RawRepresentable & CaseIterable, RawValue == String {
    static var allWords: [String] { allCases.map(\.rawValue) }
}
