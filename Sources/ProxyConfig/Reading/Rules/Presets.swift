import HeaderPolicy

extension Reading {
    /// `preset: name` — the rules that it stands for.
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
