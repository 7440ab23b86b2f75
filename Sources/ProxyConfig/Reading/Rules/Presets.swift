import HeaderPolicy

extension Reading {
    /// `preset: name` — returns the rules of the preset.
    func preset(_ node: Node, _ scope: Template.Scope) -> [Rule] {
        guard let name = text(node, for: "`preset`") else { return [] }
        do throws(PolicyError) {
            return try Preset.rules(named: name, for: scope)
        } catch {
            self.error(error)
            return []
        }
    }
}
