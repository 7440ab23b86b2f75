/// The keys of one kind of mapping. A reader asks for them by case, so it cannot ask for a key that does not exist, and every case has a
/// declaration.
package protocol Keys: RawRepresentable<String>, CaseIterable, Hashable, Sendable {
    /// The name of the mapping in the schema, and of its table in the reference.
    static var section: String { get }
    /// The description of the mapping.
    static var sentence: String { get }
    static var form: MappingForm { get }
    /// What to write instead of words from other programs that are not just other names of a key (for those, see `words` of a
    /// declaration).
    static var foreign: [String: String] { get }
    /// Returns what to write instead of any other word; nil to suggest the key with the most similar name.
    static func help(for word: String) -> String?
    /// The declaration of the key.
    var declaration: KeyDeclaration { get }
}

extension Keys {
    package static var sentence: String { "" }
    package static var form: MappingForm { .mapping }
    package static var foreign: [String: String] { [:] }
    package static func help(for word: String) -> String? { nil }

    /// The bounds of a number, a size or a percentage.
    package var bounds: ClosedRange<Int> { declaration.type.bounds }
}

/// What a mapping has to contain besides its required keys.
package enum MappingForm: Sendable {
    case mapping
    /// Anything, even nothing: the key without a value means the defaults.
    case optional
    /// At least one key.
    case filled
    /// Exactly one key.
    case single
    /// Exactly one of these keys, beside others.
    case with(one: [String])
}
