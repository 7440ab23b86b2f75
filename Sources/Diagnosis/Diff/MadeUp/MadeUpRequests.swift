import HTTPModel
import HeaderPolicy
package import ProxyCore

/// Exchanges made from what two configurations say: each route, and both sides of each condition, each origin, method and field
/// that a page may use, and a foreign one of each.
package struct MadeUpRequests {
    /// The most exchanges that are made: a configuration with thousands of routes and rules does not get every combination.
    package static let limit = 20_000

    package private(set) var questions: [DiffQuestion] = []
    /// Whether there may be more exchanges than were made.
    package var isCut: Bool { questions.count >= Self.limit }

    private let configurations: [Configuration]
    private let fields: MadeUpFields
    private let unixSeconds: Int
    private let limits: [Limits]
    private var seen: Set<MadeUpExchange> = []

    package init(_ old: CompiledConfiguration, _ new: CompiledConfiguration, unixSeconds: Int) {
        configurations = [old.source, new.source]
        fields = MadeUpFields(configurations)
        limits = configurations.flatMap { configuration in
            [configuration.limits]
                + configuration.routes.compactMap(\.requestBody).map { length in
                    var limits = configuration.limits
                    limits.requestBody = length
                    return limits
                }
        }
        self.unixSeconds = unixSeconds
        for configuration in configurations { answers(configuration) }
        for configuration in configurations { pages(configuration, 0..<1) }
        for configuration in configurations { conditions(configuration) }
        for configuration in configurations { edits(configuration) }
        for configuration in configurations { strangers(configuration) }
        for configuration in configurations { pages(configuration, 1..<4) }
    }

    private mutating func add(_ exchanges: [MadeUpExchange]) {
        for exchange in exchanges where questions.count < Self.limit {
            let exchange = reachable(exchange)
            if seen.insert(exchange).inserted { questions.append(exchange.question(unixSeconds, beyond: limits)) }
        }
    }

    /// A request of https comes to a listener without TLS from a proxy that is trusted, if it comes at all.
    private func reachable(_ exchange: MadeUpExchange) -> MadeUpExchange {
        guard exchange.scheme == .https, exchange.client == MadeUpExchange.stranger,
            let plain = configurations.first(where: {
                $0.listeners.indices.contains(exchange.listener) && $0.listeners[exchange.listener].tls == nil
                    && $0.trustedClient != nil
            })
        else { return exchange }
        return exchange.with { $0.client = plain.trustedClient ?? $0.client }
    }

    // MARK: What is asked of every route

    /// Adds answers that an app may give, and requests that the proxy answers because the app does not.
    private mutating func answers(_ configuration: Configuration) {
        let rich = fields.answer
        for (_, base) in bases(configuration) {
            add([
                base, base.answering(200, rich), base.answering(404, rich), base.answering(500, []), base.answering(204, rich),
                base.answering(302, rich + [FieldText("Location", "http://localhost/elsewhere")]), base.with { $0.isDown = true },
                base.with {
                    $0.isDown = true
                    $0.status = 504
                },
                base.with { for field in fields.request { $0.fields.add(field) } },
            ])
            add(["HEAD", "POST", "DELETE", "OPTIONS"].map { method in base.answering(200, rich).with { $0.method = method } })
        }
    }

    /// Adds requests of pages for each `cors` rule, where its condition holds.
    ///
    /// - Parameter ways: which of the ways of meeting the condition. In the first one another rule may come before.
    private mutating func pages(_ configuration: Configuration, _ ways: Range<Int>) {
        for (rules, base) in scopes(configuration) {
            let base = base.answering(200, fields.answer)
            for rule in rules {
                guard let policy = rule.action as? CORSPolicy else { continue }
                let bases = rule.condition.map(base.fulfilling) ?? [base]
                for base in bases[ways.clamped(to: bases.indices)] { ask(policy, base) }
            }
        }
    }

    private mutating func ask(_ policy: CORSPolicy, _ base: MadeUpExchange) {
        let own = policy.allowOrigins.flatMap { PatternSamples.origins($0.value) }
        for origin in Self.unique(own + ["https://foreign.example", "null"]) {
            add([base.asked(by: origin), base.asked(by: origin, .include), base.asked(by: origin, .include, method: "PUT")])
        }
        guard let origin = own.first else { return }
        let credentials = policy.allowCredentials?.value == true ? PageFetch.Credentials.include : .sameOrigin
        add([
            base.asked(by: origin).answering(500, []), base.asked(by: origin, .include).with { $0.isDown = true },
            base.with {
                $0.method = "OPTIONS"
                $0.fields.add(FieldText("Origin", origin))
                $0.fields.add(FieldText("Access-Control-Request-Method", base.method))
                $0.fields.add(FieldText("Access-Control-Request-Private-Network", "true"))
            },
        ])
        let methods = Self.unique((policy.allowMethods ?? []).map(\.value) + CORSPolicy.everyMethod + ["REPORT"])
        add(methods.filter { $0 != "*" }.map { base.asked(by: origin, credentials, method: $0) })
        let names = Self.unique((policy.allowHeaders ?? []).map(\.value) + ["Authorization", "X-Unlisted"])
        for name in names where Fields.isName(name.utf8.span) && name != "*" {
            add([base.asked(by: origin, credentials).with { $0.fields.add(FieldText(name, "application/json")) }])
        }
    }

    /// Adds values that edits look for.
    private mutating func edits(_ configuration: Configuration) {
        let owners =
            [configuration.requestHeaders] + configuration.listeners.map(\.requestHeaders)
            + configuration.routes.map(\.requestHeaders)
        let ofRequests = Set(owners.joined().map(\.location))
        for (rules, base) in scopes(configuration) {
            let base = base.answering(200, fields.answer)
            for rule in rules { add(base.edited(by: rule, isOfRequest: ofRequests.contains(rule.location))) }
        }
    }

    /// Adds both sides of the conditions of rules and routes.
    private mutating func conditions(_ configuration: Configuration) {
        let rich = fields.answer
        for (rules, base) in scopes(configuration) {
            let common = rules.lazy.compactMap(Self.origin).first
            for rule in rules {
                guard let condition = rule.condition else { continue }
                add(base.fulfilling(condition))
                add(base.answering(200, rich).fulfilling(condition))
                add(base.breaking(condition))
                guard let origin = Self.origin(of: rule) ?? common else { continue }
                add((base.fulfilling(condition) + base.breaking(condition)).map { $0.asked(by: origin) })
            }
        }
        for (route, base) in bases(configuration) {
            if let condition = route?.condition { add(base.breaking(condition)) }
        }
    }

    /// Adds requests for paths and hosts that no route has, and requests that claim to be forwarded for others.
    private mutating func strangers(_ configuration: Configuration) {
        for listener in configuration.listeners.indices {
            let base = MadeUpExchange(listener: listener, scheme: Self.scheme(of: configuration.listeners[listener]))
            let lost = [base.with { $0.path = "/no/such/path" }, base.with { $0.host = "no-such-host.example" }]
            add(lost)
            let common = configuration.responseHeaders + configuration.listeners[listener].responseHeaders
            for origin in common.compactMap(Self.origin) { add(lost.map { $0.asked(by: origin) }) }
            let claims =
                [
                    FieldText("X-Forwarded-For", "203.0.113.9"), FieldText("X-Forwarded-Proto", "https"),
                    FieldText("X-Forwarded-Host", "claimed.example"), FieldText("Forwarded", "for=203.0.113.9;proto=https"),
                ] + configuration.forwardingFields.map { FieldText($0.replacing("*", by: "Sample"), "claimed") }
            let trusted = configuration.trustedProxies.prefix(4).map { String(decoding: $0.value.base.text, as: UTF8.self) }
            for client in [base.client] + trusted {
                add([
                    base.with {
                        $0.client = client
                        $0.fields = claims
                    }
                ])
            }
        }
    }

    // MARK: Where

    /// Returns a request for each host, path and method of each route, on each listener that the route takes.
    private func bases(_ configuration: Configuration) -> [(route: Route?, base: MadeUpExchange)] {
        var result: [(Route?, MadeUpExchange)] = []
        for (number, listener) in configuration.listeners.enumerated() {
            for route in configuration.routes {
                let isTaken = route.listeners.isEmpty || route.listeners.contains { $0.value == listener.name }
                guard isTaken, result.count < Self.limit else { continue }
                var base = MadeUpExchange(listener: number, scheme: Self.scheme(of: listener))
                base.method = route.methods.first?.value ?? "GET"
                if let condition = route.condition { base = base.fulfilling(condition).first ?? base }
                let hosts = route.hosts.map { PatternSamples.host($0.value) }
                let paths = route.paths.flatMap { PatternSamples.paths($0.value) }
                base.host = hosts.first ?? base.host
                base.path = paths.first ?? base.path
                result.append((route, base))
                result += hosts.dropFirst().map { host in (route, base.with { $0.host = host }) }
                result += paths.dropFirst().map { path in (route, base.with { $0.path = path }) }
                result += route.methods.dropFirst().map { method in (route, base.with { $0.method = method.value }) }
            }
        }
        return result
    }

    /// Returns the rules that apply on each route, with a request that goes there. Those that all routes share are tried on the
    /// first routes only.
    private func scopes(_ configuration: Configuration) -> [(rules: [Rule], base: MadeUpExchange)] {
        var lastRoutes: [Int: SourceLocation] = [:]
        var shared: [Int: Int] = [:]
        return bases(configuration).compactMap { route, base in
            // The first of a route's requests is enough.
            guard let route, lastRoutes.updateValue(route.location, forKey: base.listener) != route.location else { return nil }
            let own = route.rules
            let common = configuration.rules + configuration.listeners[base.listener].rules
            shared[base.listener, default: 0] += 1
            return (shared[base.listener, default: 0] <= Self.sharedRoutes ? common + own : own, base)
        }
    }

    /// The number of routes on which the shared rules are tried.
    private static let sharedRoutes = 16

    /// An origin that a `cors` rule lets in; nil for other rules.
    private static func origin(of rule: Rule) -> String? {
        (rule.action as? CORSPolicy)?.allowOrigins.lazy.compactMap { PatternSamples.origins($0.value).first }.first
    }

    private static func scheme(of listener: Listener) -> Scheme { listener.tls == nil ? .http : .https }

    private static func unique(_ texts: [String]) -> [String] {
        var seen: Set<String> = []
        return texts.filter { seen.insert($0).inserted }
    }
}
