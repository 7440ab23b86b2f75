import HTTPModel

/// What actions append.
extension RuleCompiler {
    mutating func append(_ operation: CompiledRules.Operation) { output.operations.append(operation) }

    /// The fields whose names begin with a text go.
    mutating func append(_ prefix: consuming NamePrefix) {
        append(.init(kind: .removePrefix, index: Int32(output.prefixes.count)))
        output.prefixes.append(Shared(prefix))
    }

    /// Each value of a field is changed.
    mutating func append(changing name: String, by change: some ValueChange, _ names: inout FieldNames) {
        var operation = operation(.change, name, &names)
        operation.index = Int32(output.changes.count)
        output.changes.append(change)
        append(operation)
    }

    mutating func append(_ policy: consuming CompiledCORS, errors: [PolicyError], warnings: [PolicyError]) {
        self.errors += errors
        self.warnings += warnings
        append(.init(kind: .cors, index: Int32(output.cors.count)))
        output.cors.append(Shared(policy))
    }

    mutating func append(_ policy: consuming CompiledCookies) {
        append(.init(kind: .cookies, index: Int32(output.cookies.count)))
        output.cookies.append(Shared(policy))
    }

    /// A rule writes this name: one with `_` may stand beside a field that is spelled otherwise.
    mutating func noteAlias(_ name: String) { if name.utf8.contains(0x5F) { output.writesAliases = true } }
}
