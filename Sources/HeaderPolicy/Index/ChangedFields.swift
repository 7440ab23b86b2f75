import HTTPModel

/// The set of fields that rules change.
struct ChangedFields {
    private var known: Set<FieldID> = []
    private var prefixes: [(covered: Set<FieldID>, known: UInt16)] = []
    private var answersCORS = false

    func contains(_ field: FieldID) -> Bool {
        known.contains(field) || (answersCORS && field.isAccessControlResponse)
            || prefixes.contains { $0.covered.contains(field) || field.rawValue > $0.known }
    }

    init(_ rules: borrowing CompiledRules) {
        for operation in rules.operations {
            known.formUnion([operation.id, operation.otherID])
            switch operation.kind {
            case .cors:
                answersCORS = true
                known.insert(.vary)
            case .cookies: known.insert(.setCookie)
            case .vary: known.insert(.vary)
            case .removePrefix:
                let prefix = rules.prefixes[Int(operation.index)]
                prefixes.append((Set(prefix.value.covered), prefix.value.known))
            case .setBlock, .set, .add, .merge, .remove, .rename, .change, .stop: break
            }
        }
        for line in rules.lines { known.insert(line.id) }
    }
}
