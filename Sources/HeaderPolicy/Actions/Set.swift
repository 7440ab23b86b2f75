public import HTTPModel

/// `set: { Name: value }` — writes one line, replacing every line of that name.
public struct SetFields: FieldWriting {
    public static let key = "set"
    public static let form = ActionForm.values(takesList: false) { SetFields($0) }

    public var fields: [FieldValue]
    public init(_ fields: [FieldValue]) { self.fields = fields }

    public var effects: [FieldEffect] { fields.map { FieldEffect($0.name, .replaced($0.value)) } }

    public func compile(in compiler: inout RuleCompiler, of rule: Rule, names: inout FieldNames) {
        compile(.set, in: &compiler, of: rule, names: &names)
    }

    public func notes(_ sight: RuleSight, _ facts: borrowing ExchangeFacts) -> [String] {
        notes(sight) { _ in nil }
    }
}

extension Action where Self == SetFields {
    public static func set(_ fields: [FieldValue]) -> Self { SetFields(fields) }
}
