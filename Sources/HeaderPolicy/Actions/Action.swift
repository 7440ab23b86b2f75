package import HTTPModel

/// What a rule does. Each kind has a file in this folder that says all of it: how it is written, compiled, traced and printed. Names and
/// values are as they were written; compiling checks them.
package protocol Action: Sendable {
    /// The key under which it is written.
    static var key: String { get }
    /// What stands behind the key.
    static var form: ActionForm { get }
    /// What it does to the fields that it names, in order. Empty where it names none.
    var effects: [FieldEffect] { get }
    /// What is behind the key, on one line, for people.
    var text: String { get }
    /// The same without values that are secret. `value` gives what may be shown of the value of a field.
    func redacted(_ value: (_ name: String, _ value: String) -> String) -> Self
    /// What holds for a 100 or 103 of the app already: what it takes away whatever the final response will be. Nil: nothing.
    var interim: (any Action)? { get }
    /// Lines keep their places.
    var changesInPlace: Bool { get }
    /// It answers for fields as a whole, so that who made a line is told by its key.
    var isPolicy: Bool { get }
    /// Appends its operations, or what is wrong with it.
    func compile(in compiler: inout RuleCompiler, of rule: Rule, names: inout FieldNames)
    /// Why fields that it names stayed as they were.
    func notes(_ sight: RuleSight, _ facts: borrowing ExchangeFacts) -> [String]
}

extension Action {
    package func redacted(_ value: (_ name: String, _ value: String) -> String) -> Self { self }
    package var interim: (any Action)? { nil }
    package var changesInPlace: Bool { false }
    package var isPolicy: Bool { false }

    /// The fields that it writes, with their values.
    package var writtenFields: [FieldValue] {
        effects.compactMap { effect in effect.value.map { FieldValue(name: effect.name, value: $0) } }
    }
}

/// What a reader makes of a kind of action; what is empty has been refused.
package enum ActionForm: Sendable {
    /// `{ Name: value }`. With `takesList` a value may be a list.
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

    /// It names fields, so that `if` may ask about them.
    package var namesFields: Bool {
        switch self {
        case .values, .names, .renames, .edits: true
        case .flag, .cors, .cookies: false
        }
    }
}

/// What an action does to one field.
package struct FieldEffect: Sendable {
    package enum Kind: Sendable, Hashable {
        /// One line with the value, in place of all lines.
        case replaced(Located<String>)
        /// A line with the value is added.
        case appended(Located<String>)
        /// Members are there that may have been missing.
        case merged(Located<String>)
        case removed
        /// Its lines go to another name.
        case renamed
        /// Lines of the field of this name have come to it.
        case received(from: String)
        /// Values are other ones.
        case changed
    }

    /// A name, or the start of names with a star behind it.
    package var name: Located<String>
    package var kind: Kind

    package init(_ name: Located<String>, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// The template that is written.
    package var value: Located<String>? {
        switch kind {
        case .replaced(let value), .appended(let value), .merged(let value): value
        case .removed, .renamed, .received, .changed: nil
        }
    }

    /// Lines that were there are there no more under this name.
    package var takesAway: Bool {
        switch kind {
        case .replaced, .removed, .renamed: true
        case .appended, .merged, .received, .changed: false
        }
    }
}

/// What a trace has seen of the run of one rule.
package struct RuleSight {
    let presence: Rule.Presence?
    let before: FoundLines
    let after: TracedLines
    /// A placeholder brought what no value may have.
    let isDropped: Bool
}

extension [Located<String>] {
    /// For people, with commas.
    package var joined: String { map(\.value).joined(separator: ", ") }
}
