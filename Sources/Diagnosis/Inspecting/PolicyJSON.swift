import HeaderPolicy
import ProxyConfig
package import ProxyCore

/// The effective rules of a configuration, route by route, in the form that the inspector's page reads. They have no secrets.
package enum PolicyJSON {
    /// On one line.
    package static func text(of configuration: Configuration) -> String { json(of: configuration).compact }

    package static func json(of configuration: Configuration) -> JSONText {
        let redaction = Redaction(configuration.inspector?.redact.map(\.value) ?? [])
        return .object([
            (
                "routes",
                .list(
                    configuration.routes.enumerated().map { index, route in
                        .object([
                            ("number", .number(index + 1)), ("text", .text(redaction.text(of: route))),
                            ("place", .text(EffectivePolicy.place(route.location))),
                            ("listeners", .list(listeners(configuration, route, redaction))),
                        ])
                    })
            )
        ])
    }

    /// Returns the rules for each listener. Those without rules of their own are shown together.
    private static func listeners(_ configuration: Configuration, _ route: Route, _ redaction: Redaction) -> [JSONText] {
        let own = configuration.listeners.filter(\.hasRules)
        var result: [JSONText] = []
        if own.count < configuration.listeners.count {
            result.append(stages(own.isEmpty ? "" : "all other listeners", configuration, nil, route, redaction))
        }
        return result + own.map { stages("\($0.bind.value)", configuration, $0, route, redaction) }
    }

    private static func stages(
        _ name: String, _ configuration: Configuration, _ listener: Listener?, _ route: Route, _ redaction: Redaction
    ) -> JSONText {
        .object([
            ("name", .text(name)),
            (
                "request",
                rules([configuration.requestHeaders, listener?.requestHeaders ?? [], route.requestHeaders], redaction)
            ),
            (
                "response",
                rules([configuration.responseHeaders, listener?.responseHeaders ?? [], route.responseHeaders], redaction)
            ),
        ])
    }

    private static func rules(_ scopes: [[Rule]], _ redaction: Redaction) -> JSONText {
        var result: [JSONText] = []
        for (scope, rules) in zip(["global", "listener", "route"], scopes) {
            for rule in rules {
                result.append(
                    .object([
                        ("number", .number(result.count + 1)), ("text", .text(rule.redacted(redaction).text)),
                        ("from", .text(EffectivePolicy.origin(rule, scope))),
                    ]))
            }
        }
        return .list(result)
    }
}

extension Redaction {
    /// Describes a route without the values that it compares secret fields with.
    func text(of route: Route) -> String {
        var route = route
        route.condition = route.condition?.redacted(value)
        return text(EffectivePolicy.describe(route))
    }
}

extension Rule {
    /// Returns the rule without the values that it writes into secret fields, or compares them with.
    func redacted(_ redaction: Redaction) -> Rule {
        var rule = self
        rule.action = action.redacted(redaction.value)
        rule.condition = condition?.redacted(redaction.value)
        return rule
    }
}
