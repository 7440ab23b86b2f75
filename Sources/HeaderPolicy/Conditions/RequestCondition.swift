package import HTTPModel

/// A `when:` that a request alone decides, ready to be judged: that of a route.
package struct RequestCondition: Sendable {
    private let condition: Shared<CompiledCondition>

    /// - Throws: everything that is wrong with it, each with its place; what it says of a response is.
    package init(_ condition: Condition, names: inout FieldNames) throws(PolicyErrors) {
        var compiler = ConditionCompiler(scope: .request)
        let compiled = compiler.compile(condition, names: &names)
        guard compiler.errors.isEmpty else { throw PolicyErrors(compiler.errors) }
        self.condition = Shared(compiled)
    }

    /// - Parameter asksOfPreflight: the method is the one that the preflight asks for.
    package func holds(_ facts: borrowing ExchangeFacts, asksOfPreflight: Bool) -> Bool {
        var scratch = RegexScratch()
        let message = CompiledCondition.Message(status: 200, source: .proxy, asksOfPreflight: asksOfPreflight)
        return condition.value.holds(
            message, request: facts.request.fields, response: Fields(), facts: facts, scratch: &scratch)
    }
}
