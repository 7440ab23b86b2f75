public import HTTPModel

/// `rename: { Name: New-Name }`
public struct RenameFields: Action {
    public static let key = "rename"
    public static let form = ActionForm.renames { RenameFields($0) }

    public var renames: [Rename]
    public init(_ renames: [Rename]) { self.renames = renames }

    public var effects: [FieldEffect] {
        renames.flatMap { [FieldEffect($0.from, .renamed), FieldEffect($0.to, .received(from: $0.from.value))] }
    }
    public var text: String { renames.map { "\($0.from.value) → \($0.to.value)" }.joined(separator: ", ") }
    public var changesInPlace: Bool { true }

    public func compile(in compiler: inout RuleCompiler, of rule: Rule, names: inout FieldNames) {
        for rename in renames {
            let (from, to) = (compiler.accepts(rename.from), compiler.accepts(rename.to))
            guard from, to else { continue }
            var operation = compiler.operation(.rename, rename.from.value, &names)
            operation.otherID = names.intern(rule: rename.to.value)
            operation.text = compiler.store(rename.to.value.utf8.span)
            compiler.noteAlias(rename.to.value)
            compiler.append(operation)
        }
    }

    public func notes(_ sight: RuleSight, _ facts: borrowing ExchangeFacts) -> [String] {
        renames.compactMap { sight.before.lines(of: $0.from.value).isEmpty ? "there is no \($0.from.value)" : nil }
    }
}

public struct Rename: Sendable, Hashable {
    public var from: Located<String>
    public var to: Located<String>

    public init(from: Located<String>, to: Located<String>) {
        self.from = from
        self.to = to
    }
}

extension Action where Self == RenameFields {
    public static func rename(_ renames: [Rename]) -> Self { RenameFields(renames) }
}
