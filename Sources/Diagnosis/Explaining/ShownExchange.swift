import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

extension Explanation {
    /// Hides secrets from here on, as in the log and the inspector, because they may have come from a live app.
    package mutating func hideSecrets() {
        var redaction = Redaction(configuration.source.inspector?.redact.map(\.value) ?? [])
        for one in exchanges {
            redaction.learn(target: one.request.target)
            redaction.learn(one.request.fields)
            redaction.learn(one.exchange.strippedFields)
            redaction.learn(one.exchange.response.fields.texts)
            for trace in [one.exchange.requestTrace, one.exchange.responseTrace].compactMap({ $0 }) { redaction.learn(trace) }
            redaction.learn(one.exchange.shadowDifferences ?? [])
        }
        self.redaction = redaction
        for index in exchanges.indices { exchanges[index].redaction = redaction }
        advise()
    }

    func shown(_ text: String) -> String { redaction?.text(text) ?? text }
}

/// The contents of an exchange as reports show them.
extension ExplainedExchange {
    var cause: String? { exchange.cause.map { redaction?.text($0) ?? $0 } }
    var url: String { redaction?.target(request.url.description) ?? request.url.description }
    var requestFields: [FieldText] { shown(request.fields) }
    var strippedFields: [FieldText] { shown(exchange.strippedFields) }
    var forwardedFields: [FieldText] { shown(exchange.forwarded.texts) }
    var responseFields: [FieldText] { shown(exchange.response.fields.texts) }
    var requestTrace: StageTrace? { shown(exchange.requestTrace, exchange.traced?.requestRules) }
    var responseTrace: StageTrace? { shown(exchange.responseTrace, exchange.traced?.responseRules) }

    /// What would differ if no rule were in shadow; nil when none is.
    var shadowDifferences: [ShadowDifference]? {
        exchange.shadowDifferences.map { all in all.map { redaction?.difference($0) ?? $0 } }
    }

    func text(of rule: Rule) -> String { redaction.map { rule.redacted($0).text } ?? rule.text }
    func text(of route: Route) -> String { redaction.map { $0.text(of: route) } ?? EffectivePolicy.describe(route) }

    private func shown(_ trace: StageTrace?, _ rules: [Rule]?) -> StageTrace? {
        guard let trace, let redaction else { return trace }
        return redaction.trace(trace, of: rules ?? [])
    }

    private func shown(_ fields: [FieldText]) -> [FieldText] { redaction?.fields(fields) ?? fields }
}
