import HTTPModel

/// The functions with which actions append their operations.
extension RuleCompiler {
    mutating func append(_ operation: CompiledRules.Operation) { output.operations.append(operation) }

    /// Removes the fields whose names begin with a prefix.
    mutating func append(_ prefix: consuming NamePrefix) {
        append(.init(kind: .removePrefix, index: Int32(output.prefixes.count)))
        output.prefixes.append(Shared(prefix))
    }

    /// Applies a change to each value of a field.
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

    /// Notes that a rule writes this name: a name with `_` may be an alias of a field that is spelled otherwise.
    mutating func noteAlias(_ name: String) { if name.utf8.contains(0x5F) { output.writesAliases = true } }
}
