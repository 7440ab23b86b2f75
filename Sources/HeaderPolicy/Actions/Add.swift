public import HTTPModel

/// `add: { Name: value }` — adds another line.
public struct AddFields: FieldWriting {
    public static let key = "add"
    public static let form = ActionForm.values(takesList: true) { AddFields($0) }

    public var fields: [FieldValue]
    public init(_ fields: [FieldValue]) { self.fields = fields }

    public var effects: [FieldEffect] { fields.map { FieldEffect($0.name, .appended($0.value)) } }

    public func compile(in compiler: inout RuleCompiler, of rule: Rule, names: inout FieldNames) {
        compile(.add, in: &compiler, of: rule, names: &names)
    }

    public func notes(_ sight: RuleSight, _ facts: borrowing ExchangeFacts) -> [String] {
        notes(sight) { _ in nil }
    }
}

extension Action where Self == AddFields {
    public static func add(_ fields: [FieldValue]) -> Self { AddFields(fields) }
}
