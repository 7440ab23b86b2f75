import HTTPModel

/// The rules of one direction in the form that is applied: flat arrays, names as ids, static lines ready to be copied.
package struct CompiledRules: ~Copyable, Sendable {
    /// A rule: its condition, and its operations.
    struct Rule: Sendable {
        /// In `conditions`; -1 is always.
        var condition: Int32 = -1
        var operations: Range<Int32>
        var isCORS = false
    }

    /// One change of one field.
    struct Operation: Sendable {
        enum Kind: UInt8, Sendable {
            /// `set` of static lines, none of them twice: neighbours that always apply are one operation.
            case setBlock
            case set, add, merge, remove, removePrefix, rename, change, cors, cookies, stop
            /// The response depends on fields of the request: `text` is for `Vary`.
            case vary
        }

        var kind: Kind
        var presence: HeaderPolicy.Rule.Presence?
        /// The field that it looks at; `unknown` is compared by name.
        var id = FieldID.unknown
        /// Of `set` and `remove`: the field with `_` read as `-`, whose lines go; of `rename`: the new field.
        var otherID = FieldID.unknown
        /// In `bytes`: the field's name as written, or the prefix.
        var name: Range<Int32> = 0..<0
        /// In `bytes`: the lines of a block; of a static `merge`, whose name is followed by `": "`, `, member, member CRLF`; the new name of `rename`.
        var text: Range<Int32> = 0..<0
        /// Of a value with placeholders, in `templates`; -1 is static.
        var template: Int32 = -1
        /// In `prefixes`, `changes`, `cors` or `cookies`; how many members a static `merge` has.
        var index: Int32 = 0
        /// Of a block (static `set` and `add`, too) in `lines`; its bytes are `text`.
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
    /// Which rules may apply to a message.
    var index = RuleIndex()
    /// For each rule, what people call those that it was made of: neighbours that always apply are one.
    var labels: [[String]] = []
    /// Where the counts of the rules begin in `StageScratch.hits`.
    var firstSlot = 0
    /// A rule writes a name with `_`.
    var writesAliases = false
    /// A rule may take away what `Vary` has to name: it is looked at once more when all have run.
    var guardsVary = false

    var isEmpty: Bool { rules.isEmpty }

    /// The same, but for the index.
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

/// A value that is used where it stands. It cannot be copied: reading a copyable one out of an array would count references for
/// each of its parts, and that is what costs most in a stage that otherwise moves bytes.
final class Shared<Value: ~Copyable & Sendable>: Sendable {
    let value: Value
    init(_ value: consuming Value) { self.value = value }
}

/// The start of the names that `remove: X-Debug-*` means.
struct NamePrefix: ~Copyable, Sendable {
    /// In lower case.
    var text: [UInt8]
    /// The interned names that it covers.
    var covered: [FieldID]
    /// How many names were interned then. Lines of a later one, or without an id, are compared by their names.
    var known: UInt16
}

/// What is done to each value of a field. A class, because what is called for each value is not copied.
protocol ValueChange: AnyObject, Sendable {
    /// Appends what the value becomes; false leaves it as it is.
    func change(_ value: Span<UInt8>, into text: inout [UInt8], _ scratch: inout RegexScratch) -> Bool
}
