package import HTTPModel

/// `merge: { Name: member }` — adds members to a list field unless they are there already; the field becomes one line.
package struct MergeFields: FieldWriting {
    package static let key = "merge"
    package static let form = ActionForm.values(takesList: true) { MergeFields($0) }

    package var fields: [FieldValue]
    package init(_ fields: [FieldValue]) { self.fields = fields }

    package var effects: [FieldEffect] { fields.map { FieldEffect($0.name, .merged($0.value)) } }

    package func compile(in compiler: inout RuleCompiler, of rule: Rule, names: inout FieldNames) {
        compile(.merge, in: &compiler, of: rule, names: &names)
    }

    package func notes(_ sight: RuleSight, _ facts: borrowing ExchangeFacts) -> [String] {
        notes(sight) { "\($0) has these members already" }
    }
}

extension Action where Self == MergeFields {
    package static func merge(_ fields: [FieldValue]) -> Self { MergeFields(fields) }
}
