import HTTPModel

extension CompiledRules {
    /// Removes all lines with a name that a rule writes, changes or removes.
    func removeNames(from fields: inout Fields) {
        for operation in operations {
            for id in [operation.id, operation.otherID] where id != .unknown { fields.remove(id) }
            switch operation.kind {
            case .setBlock: Block.clear(lines(operation.lines), text(operation.text), &fields, aliases: true)
            case .set, .add, .merge, .remove, .change: fields.removeAliases(of: text(operation.name))
            case .rename:
                fields.removeAliases(of: text(operation.name))
                fields.removeAliases(of: text(operation.text))
            case .removePrefix: fields.removeAll(with: prefixes[Int(operation.index)].value)
            case .cors, .cookies, .stop, .vary: break
            }
        }
    }
}
