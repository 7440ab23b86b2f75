package import HTTPModel

/// `add: { Name: value }` — adds another line.
package struct AddFields: FieldWriting {
    package static let key = "add"
    package static let form = ActionForm.values(takesList: true) { AddFields($0) }

    package var fields: [FieldValue]
    package init(_ fields: [FieldValue]) { self.fields = fields }

    package var effects: [FieldEffect] { fields.map { FieldEffect($0.name, .appended($0.value)) } }

    package func compile(in compiler: inout RuleCompiler, of rule: Rule, names: inout FieldNames) {
        compile(.add, in: &compiler, of: rule, names: &names)
    }

    package func notes(_ sight: RuleSight, _ facts: borrowing ExchangeFacts) -> [String] {
        notes(sight) { _ in nil }
    }
}

extension Action where Self == AddFields {
    package static func add(_ fields: [FieldValue]) -> Self { AddFields(fields) }
}
