import HTTPModel

/// What `Vary` of an app means in front of the proxy: the app speaks of the fields that it was sent, and those that request rules
/// write come from others, by which caches in front have to go.
struct ForwardedDependence: Sendable {
    private struct Entry: Sendable {
        var name: [UInt8]
        /// Fields of the client's request, as a list.
        var sources: [UInt8]
    }

    private var entries: [Entry] = []
    var isEmpty: Bool { entries.isEmpty }

    init(_ requestRules: [Rule], _ dependence: Dependence) {
        /// By name in lower case, what each is made of, and when that was last said.
        var sources: [String: (name: String, of: [String], turn: Int)] = [:]
        func known(_ name: String) -> [String] { sources[name.lowercased()]?.of ?? [] }
        var turn = 0
        for rule in requestRules {
            let asked = rule.condition?.requestFields(dependence) ?? []
            for (name, taken) in Self.written(by: rule, dependence) {
                // A field may be made of one that an earlier rule has made.
                let all = Dependence.varied(known(name) + (asked + taken).flatMap { [$0] + known($0) })
                sources[name.lowercased()] = (name, all, turn)
                turn += 1
            }
        }
        entries = sources.values.filter { !$0.of.isEmpty }.sorted { $0.turn < $1.turn }.map {
            Entry(name: Array($0.name.utf8), sources: Array($0.of.joined(separator: ", ").utf8))
        }
    }

    /// The fields that a rule changes, each with those that its value is taken from.
    private static func written(by rule: Rule, _ dependence: Dependence) -> [(name: String, from: [String])] {
        rule.action.effects.map { effect in
            if case .received(let source) = effect.kind { return (effect.name.value, [source]) }
            guard let value = effect.value else { return (effect.name.value, []) }
            var names = FieldNames.standard
            // What is wrong with it has been found already.
            let template = try? Template(value, scope: .request, names: &names)
            return (effect.name.value, template?.requestFields(dependence) ?? [])
        }
    }

    /// Asks for what a response's `Vary` stands for.
    func ask(of fields: borrowing Fields, _ scratch: inout StageScratch) {
        guard !entries.isEmpty, fields.mayContain(.vary) else { return }
        for entry in entries where fields.varies(by: entry.name.span) { scratch.vary(by: entry.sources.span) }
    }
}
