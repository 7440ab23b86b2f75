public import HTTPModel

/// `stop: true` — ends the stage for this message.
public struct Stop: Action {
    public static let key = "stop"
    public static let form = ActionForm.flag(Stop())

    public init() {}

    public var effects: [FieldEffect] { [] }
    public var text: String { "" }
    public var interim: (any Action)? { self }

    public func compile(in compiler: inout RuleCompiler, of rule: Rule, names: inout FieldNames) {
        compiler.append(CompiledRules.Operation(kind: .stop))
    }

    public func notes(_ sight: RuleSight, _ facts: borrowing ExchangeFacts) -> [String] { [] }
}

extension Action where Self == Stop {
    public static var stop: Self { Stop() }
}
