import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

extension Explanation {
    /// The explanation for programs, with the same contents as the text.
    package var json: JSONText {
        .object([
            ("exchanges", .list(exchanges.map(Self.json))),
            ("verdict", verdict.map { $0.json(origin: question.origin ?? "", question.credentials, shown: shown) } ?? .null),
            ("local_network", .optional(question.localNetworkNote)), ("mixed_content", .optional(question.mixedContentNote)),
            (
                "advice",
                .list(
                    advice.map {
                        .object([("text", .text(shown($0.text))), ("place", .optional($0.location?.description))])
                    })
            ),
        ])
    }

    private static func json(_ one: ExplainedExchange) -> JSONText {
        let exchange = one.exchange
        let source = exchange.configuration.source
        let isApp = exchange.facts.source == .upstream
        let reason = exchange.facts.reason?.rawValue ?? ""
        let after =
            one.responseTrace?.after
            ?? one.responseFields.map { StageTrace.Line(name: $0.name, value: $0.value, maker: .message) }
        return .object([
            ("preflight", .flag(one.isPreflight)),
            (
                "request",
                .object([
                    ("method", .text(one.request.method)), ("url", .text(one.url)),
                    ("fields", .fields(one.requestFields)), ("note", .optional(exchange.schemeNote)),
                ])
            ),
            ("route", exchange.route.map { .number($0 + 1) } ?? .null),
            ("route_place", .optional(exchange.route.map { EffectivePolicy.place(source.routes[$0].location) })),
            ("request_rules", rules(one, one.requestTrace, exchange.traced?.requestRules ?? [])),
            ("forwarded_host", .optional(exchange.forwardedHost)), ("forwarded", .fields(one.forwardedFields)),
            ("response_rules", rules(one, one.responseTrace, exchange.traced?.responseRules ?? [])),
            ("after_rules", .list((one.responseTrace?.closing?.changes ?? []).map(json))),
            ("shadow", one.shadowDifferences?.json ?? .null),
            ("status", .number(Int(exchange.response.status.rawValue))), ("made_by", .text(isApp ? "app" : "proxy")),
            ("reason", .text(reason)), ("cause", .optional(one.cause)),
            ("before", .fields((one.responseTrace?.before ?? []).map(\.field))),
            (
                "fields",
                .list(
                    after.map { one in
                        let maker =
                            switch one.maker {
                            case .message: isApp && !(exchange.hasOwnDate && one.name == "Date") ? "app" : "proxy"
                            case .dependence: "proxy"
                            case .rule(let number): Provenance.text(number, exchange.traced?.responseRules ?? [])
                            }
                        return .object([("name", .text(one.name)), ("value", .text(one.value)), ("made_by", .text(maker))])
                    })
            ),
        ])
    }

    private static func line(_ name: String, _ value: String) -> JSONText {
        .object([("name", .text(name)), ("value", .text(value))])
    }

    private static func rules(_ one: ExplainedExchange, _ trace: StageTrace?, _ rules: [Rule]) -> JSONText {
        .list(
            (trace?.steps ?? []).map { step in
                let rule = rules[step.rule]
                let told = step.outcome.told
                // A rule in shadow is told by what it would do.
                let tried = trace?.shadowSteps.first { $0.rule == step.rule }
                return .object([
                    ("rule", .number(step.rule + 1)), ("text", .text(one.text(of: rule))), ("name", .optional(rule.name)),
                    ("place", .text(EffectivePolicy.place(rule.location))), ("outcome", .text(told.word)),
                    ("because", .optional(told.because)), ("changes", .list(step.changes.map(json))),
                    ("notes", .texts(step.notes)), ("would", tried.map(json) ?? .null),
                ])
            })
    }

    private static func json(_ tried: StageTrace.Step) -> JSONText {
        .object([
            ("outcome", .text(tried.outcome.told.word)), ("because", .optional(tried.outcome.told.because)),
            ("changes", .list(tried.changes.map(json))), ("notes", .texts(tried.notes)),
        ])
    }

    private static func json(_ change: StageTrace.Change) -> JSONText {
        switch change {
        case .added(let new): .object([("added", line(new.name, new.value))])
        case .removed(let old): .object([("removed", line(old.name, old.value))])
        case .moved(let moved): .object([("moved", line(moved.name, moved.value))])
        case .replaced(let old, let new):
            .object([("replaced", .list(old.map { line($0.name, $0.value) })), ("by", line(new.name, new.value))])
        }
    }
}
