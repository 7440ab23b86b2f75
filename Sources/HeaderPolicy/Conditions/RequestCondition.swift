public import HTTPModel

/// A compiled `when:` that is decided by a request alone, as a route has it.
public struct RequestCondition: Sendable {
    private let condition: Shared<CompiledCondition>

    /// - Throws: all errors, each with its place; a test of the response is one.
    public init(_ condition: Condition, names: inout FieldNames) throws(PolicyErrors) {
        var compiler = ConditionCompiler(scope: .request)
        let compiled = compiler.compile(condition, names: &names)
        guard compiler.errors.isEmpty else { throw PolicyErrors(compiler.errors) }
        self.condition = Shared(compiled)
    }

    /// - Parameter asksOfPreflight: whether the tested method is the one that the preflight asks for.
    public func holds(_ facts: borrowing ExchangeFacts, asksOfPreflight: Bool) -> Bool {
        var scratch = RegexScratch()
        let message = CompiledCondition.Message(status: 200, source: .proxy, asksOfPreflight: asksOfPreflight)
        return condition.value.holds(
            message, request: facts.request.fields, response: Fields(), facts: facts, scratch: &scratch)
    }
}
