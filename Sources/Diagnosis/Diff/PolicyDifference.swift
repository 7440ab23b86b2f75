import HTTPModel
import HeaderPolicy
import ProxyConfig
package import ProxyCore

/// One thing that two policies do differently with one exchange.
package struct PolicyDifference: Sendable, Hashable {
    /// What differs.
    package enum Part: String, Sendable, Hashable, CaseIterable {
        /// What the page may do with the response.
        case verdict
        case response
        /// The answer to a preflight.
        case preflight
        /// The request as the app gets it.
        case request
        /// What is set beside rules and routes; no exchange shows it.
        case setting
    }

    package var part: Part
    /// A field's name; for anything else a word with a colon before it: `:status`, `:source`, `:body`, `:upstream`, `:target`,
    /// `:verdict`; for a setting its key: `:limits`, `:upstreams`, `:listener`.
    package var field: String
    package var change: FieldDifference.Change
    /// The lines, in order; empty where there are none.
    package var old: [String]
    package var new: [String]
    /// Where the request went, as both files call it; for a setting the upstream, listener or route that has it.
    package var route: String

    /// Whether a page could read the response, or a field of it, and no longer can.
    package var isLoss = false
}

extension PolicyDifference {
    /// Returns everything that differs between the outcomes of a question.
    package static func between(
        _ old: (exchanges: [PlayedExchange], verdict: FetchVerdict?), _ new: (exchanges: [PlayedExchange], verdict: FetchVerdict?)
    ) -> [PolicyDifference] {
        var differences: [PolicyDifference] = []
        var route = ""
        for (old, new) in zip(old.exchanges, new.exchanges) {
            route = Self.route(old.exchange, new.exchange)
            differences += Self.between(old, new, route: route)
        }
        if let old = old.verdict, let new = new.verdict, let difference = between(old, new, route: route) {
            differences.append(difference)
        }
        return differences
    }

    static func route(_ old: SimulatedExchange, _ new: SimulatedExchange) -> String {
        let (before, now) = (old.routeText, new.routeText)
        return before == now ? now : "\(before) → \(now)"
    }

    private static func between(_ old: PlayedExchange, _ new: PlayedExchange, route: String) -> [PolicyDifference] {
        let part: Part = old.isPreflight ? .preflight : .response
        let (before, now) = (old.exchange, new.exchange)
        var differences: [PolicyDifference] = []
        func note(_ part: Part, _ field: String, _ old: String?, _ new: String?) {
            differences += FieldDifference(field, old, new).map { [PolicyDifference($0, part, route)] } ?? []
        }
        func note(_ part: Part, _ old: Fields, _ new: Fields) {
            differences += FieldDifference.between(old, new).map { PolicyDifference($0, part, route) }
        }
        note(part, ":status", "\(before.response.status.rawValue)", "\(now.response.status.rawValue)")
        note(part, ":source", before.sourceText, now.sourceText)
        note(part, before.response.fields, now.response.fields)
        if before.body != now.body { note(part, ":body", before.bodyText, now.bodyText) }
        note(.request, ":upstream", before.upstream?.name, now.upstream?.name)
        if before.upstream != nil, now.upstream != nil {
            note(.request, ":target", before.forwardedTarget, now.forwardedTarget)
            note(.request, ":host", before.forwardedHost, now.forwardedHost)
            note(.request, before.forwarded, now.forwarded)
        }
        return differences
    }

    private init(_ difference: FieldDifference, _ part: Part, _ route: String) {
        self.init(
            part: part, field: difference.field, change: difference.change, old: difference.old, new: difference.new, route: route
        )
    }

    private static func between(_ old: FetchVerdict, _ new: FetchVerdict, route: String) -> PolicyDifference? {
        let shared = Set(old.fieldNames).intersection(new.fieldNames)
        let hidden = Set(new.hidden.map { $0.lowercased() }).intersection(shared)
        let wasHidden = Set(old.hidden.map { $0.lowercased() }).intersection(shared)
        let isBoth = old.isReadable && new.isReadable
        let before = old.text + (isBoth ? without(wasHidden.subtracting(hidden)) : "")
        let now = new.text + (isBoth ? without(hidden.subtracting(wasHidden)) : "")
        guard before != now else { return nil }
        var difference = PolicyDifference(
            part: .verdict, field: ":verdict", change: .changed, old: [before], new: [now], route: route)
        difference.isLoss = old.isReadable && (!new.isReadable || !hidden.subtracting(wasHidden).isEmpty)
        return difference
    }

    private static func without(_ names: Set<String>) -> String {
        names.isEmpty ? "" : " without \(names.sorted().joined(separator: ", "))"
    }
}

extension FetchVerdict {
    fileprivate var fieldNames: [String] { (readable + hidden).map { $0.lowercased() } }

    fileprivate var text: String {
        switch kind {
        case .sameOrigin, .readable: "readable"
        case .opaque: "opaque"
        case .opaqueRedirect: "redirect"
        case .refused: "refused (\(failure?.code ?? "network"))"
        }
    }
}

extension SimulatedExchange {
    fileprivate var sourceText: String { facts.source.text(facts.reason) }

    fileprivate var bodyText: String? { body.isEmpty ? nil : String(decoding: body.prefix(80), as: UTF8.self) }

    fileprivate var routeText: String { route.map { configuration.source.routes[$0].pattern } ?? "no route" }
}

extension Route {
    /// What identifies the route in both files, where it may be on different lines: its name, or what it asks of a request.
    package var pattern: String {
        if let name { return name }
        func list(_ values: [Located<String>]) -> String { values.map(\.value).joined(separator: ",") }
        var text = methods.isEmpty ? "" : list(methods) + " "
        text += list(hosts) + (paths.isEmpty ? "/**" : list(paths))
        if !listeners.isEmpty { text += " on \(list(listeners))" }
        if let condition { text += " when \(condition.text)" }
        return text
    }
}
