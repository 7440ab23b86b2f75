package import HTTPModel

/// `set: { Name: value }` — writes one line, replacing every line of that name.
package struct SetFields: FieldWriting {
    package static let key = "set"
    package static let form = ActionForm.values(takesList: false) { SetFields($0) }

    package var fields: [FieldValue]
    package init(_ fields: [FieldValue]) { self.fields = fields }

    package var effects: [FieldEffect] { fields.map { FieldEffect($0.name, .replaced($0.value)) } }

    package func compile(in compiler: inout RuleCompiler, of rule: Rule, names: inout FieldNames) {
        compile(.set, in: &compiler, of: rule, names: &names)
    }

    package func notes(_ sight: RuleSight, _ facts: borrowing ExchangeFacts) -> [String] {
        notes(sight) { _ in nil }
    }
}

extension Action where Self == SetFields {
    package static func set(_ fields: [FieldValue]) -> Self { SetFields(fields) }
}
