public import HTTPModel

/// An action of a rule. Each kind has a file in this folder that says everything about it: how it is written, compiled, traced
/// and printed. Names and values are kept as they were written; compiling checks them.
public protocol Action: Sendable {
    /// The key under which the action is written.
    static var key: String { get }
    /// The form of the value behind the key.
    static var form: ActionForm { get }
    /// The changes to the fields that the action names, in order; empty when it names none.
    var effects: [FieldEffect] { get }
    /// The value behind the key on one line, for people.
    var text: String { get }
    /// Returns the same action without secret values. `value` returns the part of a field's value that may be shown.
    func redacted(_ value: (_ name: String, _ value: String) -> String) -> Self
    /// The part of the action that already applies to a 100 or 103 of the app, because it removes fields whatever the final
    /// response will be. Nil when there is none.
    var interim: (any Action)? { get }
    /// Whether the changed lines keep their places.
    var changesInPlace: Bool { get }
    /// Whether the action is responsible for fields as a whole, so that a trace names its key as the author of a line.
    var isPolicy: Bool { get }
    /// Appends the action's operations to the compiler, or its errors.
    func compile(in compiler: inout RuleCompiler, of rule: Rule, names: inout FieldNames)
    /// Returns the reasons why fields that the action names stayed as they were.
    func notes(_ sight: RuleSight, _ facts: borrowing ExchangeFacts) -> [String]
}

extension Action {
    public func redacted(_ value: (_ name: String, _ value: String) -> String) -> Self { self }
    public var interim: (any Action)? { nil }
    public var changesInPlace: Bool { false }
    public var isPolicy: Bool { false }

    /// The fields that the action writes, with their values.
    public var writtenFields: [FieldValue] {
        effects.compactMap { effect in effect.value.map { FieldValue(name: effect.name, value: $0) } }
    }
}

/// The form in which a kind of action is written, with the function that makes the action of it. Empty values have been refused
/// before.
public enum ActionForm: Sendable {
    /// `{ Name: value }`. With `takesList`, a value may also be a list.
    case values(takesList: Bool, @Sendable ([FieldValue]) -> any Action)
    /// `[Name]`, or one name.
    case names(@Sendable ([Located<String>]) -> any Action)
    /// `{ Name: New-Name }`.
    case renames(@Sendable ([Rename]) -> any Action)
    /// `{ Name: { match: …, replace: … } }`.
    case edits(@Sendable ([Edit]) -> any Action)
    /// `true`.
    case flag(any Action)
    /// A mapping with keys of its own.
    case cors, cookies

    /// Whether the action names fields, so that `if` may ask about them.
    public var namesFields: Bool {
        switch self {
        case .values, .names, .renames, .edits: true
        case .flag, .cors, .cookies: false
        }
    }
}

/// The effect of an action on one field.
public struct FieldEffect: Sendable {
    public enum Kind: Sendable, Hashable {
        /// One line with the value replaces all lines.
        case replaced(Located<String>)
        /// A line with the value is added.
        case appended(Located<String>)
        /// Members are added to the list unless they are already there.
        case merged(Located<String>)
        case removed
        /// The field's lines move to another name.
        case renamed
        /// The field receives the lines of the field with this name.
        case received(from: String)
        /// The field's values are changed in place.
        case changed
    }

    /// A field's name, or the start of several names followed by a star.
    public var name: Located<String>
    public var kind: Kind

    public init(_ name: Located<String>, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// The template of the value that is written; nil for effects that write none.
    public var value: Located<String>? {
        switch kind {
        case .replaced(let value), .appended(let value), .merged(let value): value
        case .removed, .renamed, .received, .changed: nil
        }
    }

    /// Whether lines that were there are gone under this name afterwards.
    public var takesAway: Bool {
        switch kind {
        case .replaced, .removed, .renamed: true
        case .appended, .merged, .received, .changed: false
        }
    }
}

/// The observations of a trace about one rule's run.
public struct RuleSight {
    let presence: Rule.Presence?
    let before: FoundLines
    let after: TracedLines
    /// Whether the field was dropped because a placeholder had bytes that no value may have.
    let isDropped: Bool
}

extension [Located<String>] {
    /// The values with commas between them, for people.
    public var joined: String { map(\.value).joined(separator: ", ") }
}
