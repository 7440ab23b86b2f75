import HTTPModel
import HeaderPolicy
import ProxyConfig
package import ProxyCore

/// Exchanges in the form that the inspector's page reads. They have no secrets: those of the exchange have been removed before,
/// and rules are shown without the values that they write into secret fields.
package enum InspectionJSON {
    /// Returns the exchange on one line.
    package static func text(of exchange: InspectedExchange, number: Int) -> String { json(exchange, number).compact }

    private static func json(_ exchange: InspectedExchange, _ number: Int) -> JSONText {
        let source = exchange.configuration.source
        let redaction = Redaction(source.inspector?.redact.map(\.value) ?? [])
        let route = exchange.route.map { source.routes[$0] }
        let upstream = source.upstreams.first { $0.name == exchange.upstream }
        let isLocal = exchange.source == .proxy
        return .object([
            ("number", .number(number)), ("time", .number(exchange.unixMilliseconds)), ("id", .text(exchange.requestID)),
            ("client", .text(exchange.client)), ("method", .text(exchange.method)), ("scheme", .text(exchange.scheme.text)),
            ("host", .text(exchange.authority)), ("target", .text(exchange.target)),
            ("version", .text(exchange.version.text)),
            ("status", exchange.status.map { .number(Int($0.rawValue)) } ?? .null),
            ("source", .text(isLocal ? "proxy" : "app")), ("reason", .text(exchange.reason?.rawValue ?? "")),
            ("why", why(exchange, upstream)),
            ("upstream", .text(exchange.upstream)), ("upstream_address", .text(exchange.upstreamAddress)),
            ("retries", .number(exchange.retries)), ("preflight", .flag(exchange.isPreflight)),
            ("traced", .flag(exchange.isTraced)), ("request_bytes", .number(exchange.requestBytes)),
            ("response_bytes", .number(exchange.responseBytes)), ("us", .number(exchange.microseconds)),
            ("upstream_us", exchange.upstreamMicroseconds.map { .number($0) } ?? .null),
            (
                "route",
                route.map {
                    .object([
                        ("text", .text(redaction.text(of: $0))),
                        ("place", .text(EffectivePolicy.place($0.location))),
                    ])
                } ?? .null
            ),
            ("verdict", PassedVerdict(exchange, redaction)?.json ?? .null),
            ("shadow", exchange.shadow?.json ?? .null),
            (
                "request",
                .object([
                    ("lines", .list(requestLines(exchange, upstream))),
                    ("rules", rules(exchange.requestTrace, exchange.rules?.requestRules ?? [], redaction)),
                ])
            ),
            (
                "response",
                .object([
                    ("lines", .list(responseLines(exchange))),
                    ("rules", rules(exchange.responseTrace, exchange.rules?.responseRules ?? [], redaction)),
                ])
            ),
        ])
    }

    /// Returns the cause of an error that no app made.
    private static func why(_ exchange: InspectedExchange, _ upstream: Upstream?) -> JSONText {
        guard exchange.source == .proxy, Int(exchange.status?.rawValue ?? 0) >= 400, let reason = exchange.reason else {
            return .null
        }
        return .text(ReplyCause.words(reason, upstream: upstream, route: nil, because: exchange.badResponse))
    }

    // MARK: Lines

    private static func line(_ kind: Difference.Kind, _ name: String, _ value: String, by: String?) -> JSONText {
        .object([("kind", .text("\(kind)")), ("name", .text(name)), ("value", .text(value)), ("by", .optional(by))])
    }

    private static func line(_ one: Difference, _ rules: [Rule]) -> JSONText {
        var by: String?
        if case .rule(let number) = one.by { by = Provenance.text(number, rules) }
        return line(one.kind, one.line.name, one.line.value, by: by)
    }

    private static func responseLines(_ exchange: InspectedExchange) -> [JSONText] {
        exchange.strippedFields.map { line(.removed, $0.name, $0.value, by: "the proxy") }
            + (exchange.responseTrace.map { Difference.lines($0) } ?? []).map { line($0, exchange.rules?.responseRules ?? []) }
    }

    /// Returns the lines between the client and the app: the proxy removes and adds lines of its own before the rules run.
    private static func requestLines(_ exchange: InspectedExchange, _ upstream: Upstream?) -> [JSONText] {
        guard let trace = exchange.requestTrace else {
            return exchange.requestFields.map { line(.kept, $0.name, $0.value, by: nil) }
        }
        let rules = exchange.rules?.requestRules ?? []
        var differences = Difference.lines(trace)
        var result: [JSONText] = []
        for field in exchange.requestFields {
            let place = differences.firstIndex {
                $0.kind != .added && $0.line.value == field.value && $0.line.isNamed(field.name)
            }
            if let place {
                result.append(line(differences.remove(at: place), rules))
            } else if field.isNamed("host"), upstream?.host == nil, !trace.after.contains(where: { $0.isNamed("Host") }) {
                result.append(line(.kept, field.name, field.value, by: nil))
            } else {
                result.append(line(.removed, field.name, field.value, by: "the proxy"))
            }
        }
        if let host = upstream?.host, !trace.after.contains(where: { $0.isNamed("Host") }) {
            result.append(line(.added, "Host", host, by: "the proxy, for `host` of the upstream"))
        }
        // A line that the proxy added and a rule removed again was seen by neither side.
        for one in differences where one.kind != .removed {
            result.append(one.kind == .added ? line(one, rules) : line(.added, one.line.name, one.line.value, by: "the proxy"))
        }
        return result
    }

    // MARK: Rules

    private static func rules(_ trace: StageTrace?, _ rules: [Rule], _ redaction: Redaction) -> JSONText {
        .list(
            (trace?.steps ?? []).map { step in
                let rule = rules[step.rule]
                let told = step.outcome.told
                let tried = trace?.shadowSteps.first { $0.rule == step.rule }
                return .object([
                    ("number", .number(step.rule + 1)), ("text", .text(rule.redacted(redaction).text)),
                    ("name", .optional(rule.name)), ("place", .text(EffectivePolicy.place(rule.location))),
                    ("outcome", .text(told.words)), ("because", .optional(told.because)),
                    ("notes", .texts((tried ?? step).notes)), ("applied", .flag(trace?.isChanging(step) ?? false)),
                    ("shadow", .flag(rule.isShadow)), ("would", .flag(!(tried?.changes.isEmpty ?? true))),
                ])
            })
    }
}

extension JSONText {
    /// The JSON text without blanks and line ends.
    var compact: String {
        var output = ""
        write(to: &output)
        return output
    }

    private func write(to output: inout String) {
        switch self {
        case .list(let items):
            output += "["
            for (index, item) in items.enumerated() {
                if index > 0 { output += "," }
                item.write(to: &output)
            }
            output += "]"
        case .object(let entries):
            output += "{"
            for (index, entry) in entries.enumerated() {
                if index > 0 { output += "," }
                JSONText.text(entry.0).write(to: &output)
                output += ":"
                entry.1.write(to: &output)
            }
            output += "}"
        case .text, .number, .flag, .null: output += written()
        }
    }
}
