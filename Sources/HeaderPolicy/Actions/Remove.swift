public import HTTPModel

/// `remove: [Name]` — removes every line of a name, or of the names that begin with a text (`X-Debug-*`).
public struct RemoveFields: Action {
    public static let key = "remove"
    public static let form = ActionForm.names { RemoveFields($0) }

    public var names: [Located<String>]
    public init(_ names: [Located<String>]) { self.names = names }

    public var effects: [FieldEffect] { names.map { FieldEffect($0, .removed) } }
    public var text: String { names.joined }
    public var interim: (any Action)? { self }

    public func compile(in compiler: inout RuleCompiler, of rule: Rule, names table: inout FieldNames) {
        for name in names { compile(name, in: &compiler, &table) }
    }

    private func compile(_ name: Located<String>, in compiler: inout RuleCompiler, _ names: inout FieldNames) {
        guard name.value.hasSuffix("*") else {
            guard compiler.accepts(name) else { return }
            return compiler.append(compiler.operation(.remove, name.value, &names))
        }
        let prefix = String(name.value.dropLast())
        if let error = FieldTarget.check(prefix: prefix) { return compiler.refuse(error.located(at: name.location)) }
        let text = Octet.lowercased(prefix)
        let covered = compiler.namesInOrder.ids(beginning: text, of: names)
        compiler.append(NamePrefix(text: text, covered: covered, known: UInt16(names.count)))
    }

    public func notes(_ sight: RuleSight, _ facts: borrowing ExchangeFacts) -> [String] {
        names.compactMap { name in
            let name = name.value
            guard name.hasSuffix("*") else { return sight.before.aliases(of: name).isEmpty ? "there is no \(name)" : nil }
            let prefix = name.dropLast()
            return sight.before.hasName(beginning: prefix.lowercased()) ? nil : "there is no header that begins with \(prefix)"
        }
    }
}

extension Action where Self == RemoveFields {
    public static func remove(_ names: [Located<String>]) -> Self { RemoveFields(names) }
}
