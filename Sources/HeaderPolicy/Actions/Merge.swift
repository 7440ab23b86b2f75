public import HTTPModel

/// `merge: { Name: member }` — adds members to a list field unless they are there already; the field becomes one line.
public struct MergeFields: FieldWriting {
    public static let key = "merge"
    public static let form = ActionForm.values(takesList: true) { MergeFields($0) }

    public var fields: [FieldValue]
    public init(_ fields: [FieldValue]) { self.fields = fields }

    public var effects: [FieldEffect] { fields.map { FieldEffect($0.name, .merged($0.value)) } }

    public func compile(in compiler: inout RuleCompiler, of rule: Rule, names: inout FieldNames) {
        compile(.merge, in: &compiler, of: rule, names: &names)
    }

    public func notes(_ sight: RuleSight, _ facts: borrowing ExchangeFacts) -> [String] {
        notes(sight) { "\($0) has these members already" }
    }
}

extension Action where Self == MergeFields {
    public static func merge(_ fields: [FieldValue]) -> Self { MergeFields(fields) }
}
