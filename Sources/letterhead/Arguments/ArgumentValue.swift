/// What can be written as one word of a command line.
protocol ArgumentValue {
    init?(argument: String)
    /// The words that there are; empty where there are too many.
    static var allWords: [String] { get }
    /// As one would write it.
    var word: String { get }
}

extension ArgumentValue {
    static var allWords: [String] { [] }
}

extension String: ArgumentValue {
    init?(argument: String) { self = argument }
    var word: String { self }
}

extension ArgumentValue where Self: FixedWidthInteger {
    init?(argument: String) { self.init(argument, radix: 10) }
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
