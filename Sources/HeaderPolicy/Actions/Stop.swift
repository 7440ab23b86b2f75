package import HTTPModel

/// `stop: true` — ends the stage for this message.
package struct Stop: Action {
    package static let key = "stop"
    package static let form = ActionForm.flag(Stop())

    package init() {}

    package var effects: [FieldEffect] { [] }
    package var text: String { "" }
    package var interim: (any Action)? { self }

    package func compile(in compiler: inout RuleCompiler, of rule: Rule, names: inout FieldNames) {
        compiler.append(CompiledRules.Operation(kind: .stop))
    }

    package func notes(_ sight: RuleSight, _ facts: borrowing ExchangeFacts) -> [String] { [] }
}

extension Action where Self == Stop {
    package static var stop: Self { Stop() }
}
