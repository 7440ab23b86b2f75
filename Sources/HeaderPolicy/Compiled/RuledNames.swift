import HTTPModel

extension CompiledRules {
    /// Removes from trailers every field that a rule removes, replaces or changes, whether the rule applies or not. Otherwise a
    /// recipient that merges trailers into the header would get back what a rule has taken away. What `add` and `merge` add to may
    /// be there.
    func removeNames(from fields: inout Fields) {
        for operation in operations where operation.kind != .add && operation.kind != .merge {
            for id in [operation.id, operation.otherID] where id != .unknown { fields.remove(id) }
            switch operation.kind {
            case .setBlock: Block.clear(lines(operation.lines), text(operation.text), &fields, aliases: true)
            case .set, .remove, .change: fields.removeAliases(of: text(operation.name))
            case .rename:
                fields.removeAliases(of: text(operation.name))
                fields.removeAliases(of: text(operation.text))
            case .removePrefix: fields.removeAll(with: prefixes[Int(operation.index)].value)
            case .add, .merge, .cors, .cookies, .stop, .vary: break
            }
        }
    }
}
