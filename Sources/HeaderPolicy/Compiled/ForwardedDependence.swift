import HTTPModel

/// Translates an app's `Vary` for caches in front of the proxy. The app names fields that it was sent, but where request rules
/// write those, the response depends on the fields of the client's request that they were made from.
struct ForwardedDependence: Sendable {
    private struct Entry: Sendable {
        var name: [UInt8]
        /// The fields of the client's request, as a list.
        var sources: [UInt8]
    }

    private var entries: [Entry] = []
    var isEmpty: Bool { entries.isEmpty }

    init(_ requestRules: [Rule], _ dependence: Dependence) {
        /// By name in lower case, the client's fields from which each was made, and the turn when it was last written.
        var sources: [String: (name: String, of: [String], turn: Int)] = [:]
        func known(_ name: String) -> [String] { sources[name.lowercased()]?.of ?? [] }
        var turn = 0
        for rule in requestRules {
            let asked = rule.condition?.requestFields(dependence) ?? []
            for (name, taken) in Self.written(by: rule, dependence) {
                // A field may be made from one that an earlier rule has made.
                let all = Dependence.varied(known(name) + (asked + taken).flatMap { [$0] + known($0) })
                sources[name.lowercased()] = (name, all, turn)
                turn += 1
            }
        }
        entries = sources.values.filter { !$0.of.isEmpty }.sorted { $0.turn < $1.turn }.map {
            Entry(name: Array($0.name.utf8), sources: Array($0.of.joined(separator: ", ").utf8))
        }
    }

    /// Returns the fields that a rule changes, each with the fields from which its value is taken.
    private static func written(by rule: Rule, _ dependence: Dependence) -> [(name: String, from: [String])] {
        rule.action.effects.map { effect in
            if case .received(let source) = effect.kind { return (effect.name.value, [source]) }
            guard let value = effect.value else { return (effect.name.value, []) }
            var names = FieldNames.standard
            // Errors in the template have been reported already.
            let template = try? Template(value, scope: .request, names: &names)
            return (effect.name.value, template?.requestFields(dependence) ?? [])
        }
    }

    /// Asks for the client's fields behind the names in a response's `Vary`.
    func ask(of fields: borrowing Fields, _ scratch: inout StageScratch) {
        guard !entries.isEmpty, fields.mayContain(.vary) else { return }
        for entry in entries where fields.varies(by: entry.name.span) { scratch.vary(by: entry.sources.span) }
    }
}
