import HTTPModel

/// The rules of one direction in the form in which they are applied: flat arrays, names as ids, and static lines that only need
/// copying.
public struct CompiledRules: ~Copyable, Sendable {
    /// One rule, with its condition and its operations.
    struct Rule: Sendable {
        /// The index in `conditions`; -1 means that the rule always applies.
        var condition: Int32 = -1
        var operations: Range<Int32>
        var isCORS = false
    }

    /// One change of one field.
    struct Operation: Sendable {
        enum Kind: UInt8, Sendable {
            /// Sets static lines, none of them twice. Neighbouring rules that always apply become one operation.
            case setBlock
            case set, add, merge, remove, removePrefix, rename, change, cors, cookies, stop
            /// Notes that the response depends on fields of the request; `text` is for `Vary`.
            case vary
        }

        var kind: Kind
        var presence: HeaderPolicy.Rule.Presence?
        /// Whether it writes another line of the field that the operation before it wrote for the same rule.
        var isFurtherLine = false
        /// The kind of list that a `merge` adds to.
        var field = ListField.words
        /// The id of the field that the operation looks at; `unknown` is compared by name.
        var id = FieldID.unknown
        /// For `set` and `remove`, the field with `_` read as `-`, whose lines go; for `rename`, the new field.
        var otherID = FieldID.unknown
        /// The range in `bytes` of the field's name as written, or of the prefix.
        var name: Range<Int32> = 0..<0
        /// The range in `bytes` of one of these: the lines of a block; `, member, member CRLF` of a static `merge`, whose name is
        /// followed by `": "`; or the new name of a `rename`.
        var text: Range<Int32> = 0..<0
        /// The index in `templates` of a value with placeholders; -1 when the value is static.
        var template: Int32 = -1
        /// The index in `prefixes`, `changes`, `cors` or `cookies`; for a static `merge`, the number of its members.
        var index: Int32 = 0
        /// The range in `lines` of a block (also of a static `set` and `add`); its bytes are `text`.
        var lines: Range<Int32> = 0..<0
    }

    var rules: [Rule] = []
    var operations: [Operation] = []
    var bytes: [UInt8] = []
    var conditions: [Shared<CompiledCondition>] = []
    /// The lines of all blocks.
    var lines: [Block.Line] = []
    var templates: [Shared<Template>] = []
    var prefixes: [Shared<NamePrefix>] = []
    var changes: [any ValueChange] = []
    var cors: [Shared<CompiledCORS>] = []
    var cookies: [Shared<CompiledCookies>] = []
    /// Finds the rules that may apply to a message.
    var index = RuleIndex()
    /// The names or places of the rules that each compiled rule was made of, since neighbours that always apply become one.
    var labels: [[String]] = []
    /// The index in `StageScratch.hits` where the counts of the rules begin.
    var firstSlot = 0
    /// Whether a rule writes a name with `_`.
    var writesAliases = false
    /// Whether a rule may remove members that `Vary` has to have, so that it is checked again after all rules have run.
    var guardsVary = false

    var isEmpty: Bool { rules.isEmpty }

    /// Returns the same rules without the index.
    func copy() -> CompiledRules {
        var copy = CompiledRules()
        copy.rules = rules
        copy.operations = operations
        copy.bytes = bytes
        copy.conditions = conditions
        copy.lines = lines
        copy.templates = templates
        copy.prefixes = prefixes
        copy.changes = changes
        copy.cors = cors
        copy.cookies = cookies
        copy.labels = labels
        copy.firstSlot = firstSlot
        copy.writesAliases = writesAliases
        copy.guardsVary = guardsVary
        return copy
    }

    func uses(_ placeholder: Placeholder) -> Bool { templates.contains { $0.value.uses(placeholder) } }
}

/// A value that is used in place. It cannot be copied: reading a copyable one out of an array would count references for each of
/// its parts, and in a stage that otherwise only moves bytes that would cost most.
final class Shared<Value: ~Copyable & Sendable>: Sendable {
    let value: Value
    init(_ value: consuming Value) { self.value = value }
}

/// The common start of the names that `remove: X-Debug-*` stands for.
struct NamePrefix: ~Copyable, Sendable {
    /// The start in lower case.
    var text: [UInt8]
    /// The interned names that it covers.
    var covered: [FieldID]
    /// The number of names that were interned at that time. Lines with a later id, or without one, are compared by their names.
    var known: UInt16
}

/// A change that is made to each value of a field. It is a class, because that is not copied for each call.
protocol ValueChange: AnyObject, Sendable {
    /// Appends the changed value to `text`; false leaves the value as it is.
    func change(_ value: Span<UInt8>, into text: inout [UInt8], _ scratch: inout RegexScratch) -> Bool
    /// Whether a line goes of which nothing is left.
    var dropsEmpty: Bool { get }
}

extension ValueChange {
    var dropsEmpty: Bool { false }
}
