import HTTPModel

/// An action that writes fields with values of its own: `set`, `add`, `merge`.
public protocol FieldWriting: Action {
    var fields: [FieldValue] { get set }
}

/// A field with the template of its value: `{placeholder}`s, and `{{` for a brace.
public struct FieldValue: Sendable, Hashable {
    public var name: Located<String>
    public var value: Located<String>

    public init(name: Located<String>, value: Located<String>) {
        self.name = name
        self.value = value
    }
}

extension FieldWriting {
    public var text: String { fields.map { "\($0.name.value): \($0.value.value)" }.joined(separator: " | ") }

    public func redacted(_ value: (_ name: String, _ value: String) -> String) -> Self {
        var copy = self
        for index in fields.indices {
            copy.fields[index].value.value = value(fields[index].name.value, fields[index].value.value)
        }
        return copy
    }

    func compile(_ kind: CompiledRules.Operation.Kind, in compiler: inout RuleCompiler, of rule: Rule, names: inout FieldNames) {
        for field in fields { compiler.write(kind, field, rule.presence, &names) }
    }

    /// - Parameter unchanged: returns, given a field's name, why its existing lines stayed as they were; nil when the value is
    ///   the reason.
    func notes(_ sight: RuleSight, unchanged: (String) -> String?) -> [String] {
        fields.compactMap { note(on: $0, sight, unchanged) }
    }

    private func note(on field: FieldValue, _ sight: RuleSight, _ unchanged: (String) -> String?) -> String? {
        let name = field.name.value
        let old = sight.before.lines(of: name)
        switch sight.presence {
        case .absent where !old.isEmpty:
            var writer = ""
            if case .rule(let number)? = old.last?.maker { writer = " (rule \(number + 1) wrote it)" }
            return "\(name) is there already\(writer), and the rule says `if: absent`"
        case .present where old.isEmpty: return "there is no \(name), and the rule says `if: present`"
        default: break
        }
        guard sight.after.lines(of: name) == old else { return nil }
        if sight.isDropped, field.value.value.contains(text: "{nonce}") {
            return "\(name) was not written: shared caches may keep this response, and its nonce would be everybody's"
        }
        if !old.isEmpty, let why = unchanged(name) { return why }
        if sight.isDropped { return "\(name) was not written: a placeholder brought what no value may have here" }
        return "\(name) was not written: its value is empty for this message"
    }
}
