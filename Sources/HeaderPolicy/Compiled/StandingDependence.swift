import HTTPModel

/// The names that `Vary` needs before any rule runs: the fields that all responses depend on, those that decided between routes,
/// and those that an app's own `Vary` stands for.
struct StandingDependence: Sendable {
    private let always: [UInt8]
    private let routes: Shared<CompiledRules>
    private let forwarded: ForwardedDependence
    private let isEmpty: Bool

    init(_ requestRules: [Rule], _ dependence: Dependence, names: inout FieldNames) {
        always = Array(Dependence.varied(dependence.always).joined(separator: ", ").utf8)
        var dependence = dependence
        if dependence.compiledRoutes == nil { dependence.compileRoutes(names: &names) }
        routes = dependence.compiledRoutes ?? Shared(CompiledRules())
        forwarded = ForwardedDependence(requestRules, dependence)
        isEmpty = always.isEmpty && routes.value.isEmpty && forwarded.isEmpty
    }

    /// - Parameter isGuarded: whether rules may remove the names again, so that they have to be checked once more.
    func apply(
        to head: inout ResponseHead, isGuarded: Bool, _ facts: borrowing ExchangeFacts, _ scratch: inout StageScratch
    ) {
        guard !isEmpty else { return }
        if facts.source == .upstream { forwarded.ask(of: head.fields, &scratch) }
        if !always.isEmpty {
            let always = always
            scratch.vary(by: always.span)
        }
        if !routes.value.isEmpty { routes.value.ask(head, facts, &scratch) }
        guard !scratch.varied.isEmpty else { return }
        head.fields.varyAsAsked(&scratch, isKept: isGuarded)
    }
}

extension CompiledRules {
    /// Asks for the names of the dependence rules that hold.
    func ask(_ head: borrowing ResponseHead, _ facts: borrowing ExchangeFacts, _ scratch: inout StageScratch) {
        var walk = index.walk(facts, head.fields, isRequest: false, &scratch.cursors)
        while let number = walk.next(in: index, &scratch.cursors) {
            guard holds(rules[number], head.fields, head.status, facts.source, facts, &scratch) else { continue }
            for place in rules[number].operations { scratch.vary(by: text(operations[Int(place)].text)) }
        }
    }
}
