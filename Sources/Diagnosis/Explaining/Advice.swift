import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

/// Finds what to change so that a page can read a response, in the words of the configuration.
struct Advisor {
    let fetch: PageFetch
    let configuration: CompiledConfiguration
    let route: Int?
    /// The response rules to which the numbers in the trace refer.
    let rules: [Rule]
    let trace: StageTrace?
    /// What rules in shadow would have changed.
    let shadow: [ShadowDifference]
    /// Hides the values of tests; nil to show everything.
    var redaction: Redaction?
    /// Whether to advise as if `cors` had answered where the app's own answer stands.
    private(set) var ignoresApp = false

    init(
        _ fetch: PageFetch, on configuration: CompiledConfiguration, route: Int?, rules: [Rule], _ trace: StageTrace?,
        shadow: [ShadowDifference], _ redaction: Redaction?
    ) {
        (self.fetch, self.configuration, self.route, self.rules, self.trace) = (fetch, configuration, route, rules, trace)
        (self.shadow, self.redaction) = (shadow, redaction)
    }

    /// The origin of the page that asks.
    private var origin: String { fetch.origin }

    func advice(on failure: FetchFailure) -> [Advice] {
        if case .fieldNotAllowed(let name, _) = failure.check, name.isNameOfResponses {
            return [Advice("take \(name) out of the `fetch` call: \(Self.ofResponses)")]
        }
        let cors = CORSRules(rules, trace, ignoresApp: ignoresApp)
        if let name = failure.check.field, let advice = cors.isKept ? nil : meddling(with: name, cors) { return [advice] }
        switch failure.check {
        case .forbiddenMethod(let method): return [Advice("no page may send \(method): use another method")]
        case .originMissing, .originDiffers, .originTwice, .starWithCredentials, .credentialsMissing:
            return adviceOnOrigin(failure.check, cors)
        case .preflightRedirect(let status, let location):
            return redirectAdvice(status, location, cors)
        case .preflightStatus(let status):
            guard let policy = cors.last, policy.preflight == .forward else {
                return none(cors) + [
                    Advice("the preflight was answered \(status), and only 200 to 299 is a yes")
                ]
            }
            return [
                Advice(
                    "the app answered the preflight with \(status): leave out `preflight: forward`, and the proxy answers it",
                    at: policy.location)
            ]
        case .methodNotAllowed(let method, let allowed):
            guard let policy = cors.last else { return none(cors) }
            if cors.isKept { return kept(policy) }
            let meant = MethodName.inCapitals(method)
            let page = meant.map { [Advice(Self.capitals($0, instead: method))] } ?? []
            let wanted = meant ?? method
            guard !allowed.contains(wanted) else { return page }
            let place = policy.allowMethods?.first?.location ?? policy.location
            return page + [Advice("write \(wanted) into `allow_methods`", at: place)]
        case .fieldNotAllowed(let name, _):
            guard let policy = cors.last else { return none(cors) }
            if cors.isKept { return kept(policy) }
            let hasStar = policy.allowHeaders?.contains { $0.value == "*" } ?? false
            let text =
                hasStar && name == "authorization"
                ? "`*` in `allow_headers` does not cover Authorization: write it out" : "write \(name) into `allow_headers`"
            return [Advice(text, at: policy.allowHeaders?.first?.location ?? policy.location)]
        case .methodsMalformed(let text): return [Advice("Access-Control-Allow-Methods is not a list of methods: \(text)")]
        case .fieldsMalformed(let text): return [Advice("Access-Control-Allow-Headers is not a list of names: \(text)")]
        case .resourcePolicy:
            return [
                Advice(
                    "`set: { Cross-Origin-Resource-Policy: cross-origin }`, or let the page fetch it with CORS",
                    at: rule(writing: "Cross-Origin-Resource-Policy")?.location)
            ]
        case .originLost:
            return [Advice("let the page ask for \(failure.originLoss.map { "\($0.to)" } ?? "that") itself, or do not redirect")]
        case .mixedContent:
            let isAsked = fetch.isMixedContent(fetch.url)
            return [Advice(isAsked ? "let the page ask for it by https" : "let the redirect lead to https")]
        case .network, .urlWithUser, .redirectUnwanted, .redirectMalformed, .redirectWithUser, .tooManyRedirects: return []
        }
    }

    /// What keeps a request that a redirect makes a GET.
    ///
    /// - Parameter isProxys: whether the proxy redirects, which does nothing else with the request.
    func advice(on turn: MethodTurn, isProxys: Bool) -> [Advice] {
        guard isProxys || turn.isLoss else { return [] }
        var place: SourceLocation?
        if isProxys, let route, case .redirect(let redirect) = configuration.source.routes[route].action {
            place = redirect.to.location
        }
        let text = "the \(turn.method) becomes a GET and loses its body: redirect with 308, or 307 while it may change"
        return [Advice(isProxys ? text : text + ", or let the page ask for \(turn.to)", at: place)]
    }

    private func adviceOnOrigin(_ check: FetchFailure.Check, _ cors: CORSRules) -> [Advice] {
        guard let policy = cors.last else { return none(cors) }
        if cors.isKept { return kept(policy) }
        let origins = policy.allowOrigins.first?.location ?? policy.location
        switch check {
        case .starWithCredentials:
            return [
                Advice(
                    "the page sends credentials, and to browsers `*` does not cover those: list \(origin) in `allow_origins` and "
                        + "write `allow_credentials: true`", at: origins)
            ]
        case .credentialsMissing:
            return [
                Advice(
                    "the page sends credentials: write `allow_credentials: true`",
                    at: policy.allowCredentials?.location ?? policy.location)
            ]
        case .originTwice:
            return [
                Advice(
                    "two rules write Access-Control-Allow-Origin: leave it to `cors`",
                    at: rule(writing: "Access-Control-Allow-Origin")?.location)
            ]
        default:
            if origin == "null" { return [Advice(Self.noOrigin, at: origins)] }
            let near = Suggestion.nearest(to: origin, among: policy.allowOrigins.map(\.value))
            let hint = near.map { $0 == origin ? "" : "; `\($0)` is not the same origin" } ?? ""
            let advice = [Advice("write \(origin) into `allow_origins`\(hint)", at: origins)]
            guard fetch.credentials == .include, !(policy.allowCredentials?.value ?? false) else { return advice }
            return advice + adviceOnOrigin(.credentialsMissing(nil), cors)
        }
    }

    /// The rule below `cors` that has taken away or changed a field that `cors` made; nil where none has.
    private func meddling(with name: String, _ cors: CORSRules) -> Advice? {
        guard let place = cors.lastPlace, let step = trace?.steps.last(where: { $0.rule > place && $0.changes(name) }) else {
            return nil
        }
        let isGone = trace?.remover(of: name) == step.rule
        let rule = "rule \(step.rule + 1), `\(type(of: rules[step.rule].action).key)`,"
        return Advice(
            isGone
                ? "\(rule) takes away the \(name) that `cors` made: leave that field out of it, or write it above `cors`"
                : "\(rule) changes \(name) after `cors`: leave that field to `cors`",
            at: rules[step.rule].location)
    }

    /// `fetch` writes six methods in capitals by itself, and PATCH is none of them.
    static func capitals(_ method: String, instead written: String) -> String {
        "let the page say `method: '\(method)'`: methods are case-sensitive, and `fetch` sends \(written) as it is"
    }

    static let ofResponses = "it is a header of responses, which the server sends and no page"

    /// To allow `null` would be to allow every sandboxed frame.
    private static let noOrigin =
        "the page was opened as a file or in a sandboxed frame: serve it over http, as `python3 -m http.server 3000` does, and allow "
        + "http://localhost:3000"

    private func kept(_ policy: CORSPolicy) -> [Advice] {
        let stands = "the app's own CORS answer stands: "
        guard let failure = failure(ofRuleAlone: policy) else {
            return [Advice(stands + "leave out `upstream: keep`, and this rule's answer replaces it", at: policy.location)]
        }
        var other = self
        other.ignoresApp = true
        let first =
            stands + "repair it in the app, or leave out `upstream: keep`, and change this rule, which would not allow it either"
        return [Advice(first, at: policy.location)] + other.advice(on: failure)
    }

    /// Why the page could not read what the rule would answer by itself; nil where it could.
    private func failure(ofRuleAlone policy: CORSPolicy) -> FetchFailure? {
        var policy = policy
        (policy.upstream, policy.preflight) = (.replace, .edge)
        var source = Configuration()
        source.listeners = [Listener(bind: Located(.unix(""), at: policy.location))]
        source.responseHeaders = [Rule(policy, location: policy.location)]
        source.routes = [Route(.respond(FixedResponse(status: 200)), location: policy.location)]
        var request = SimulatedRequest(
            method: fetch.method, scheme: fetch.url.scheme, authority: fetch.url.authority, target: fetch.url.target)
        request.fields = fetch.fields
        var question = ExplainQuestion(request: request, unixSeconds: 0)
        (question.origin, question.credentials, question.isForeign) = (origin, fetch.credentials, true)
        let answer = SimulatedAnswer.response(status: 200, fields: [])
        return (try? DiffQuestion(question, answer: answer).play(on: CompiledConfiguration(source)))?.verdict?.failure
    }

    private func redirectAdvice(_ status: Int, _ location: String, _ cors: CORSRules) -> [Advice] {
        var advice = [Advice("a preflight may not be redirected, and this one was: \(status) to \(location)")]
        if let policy = cors.last, policy.preflight == .forward {
            advice.append(Advice("leave out `preflight: forward`, and the proxy answers it", at: policy.location))
        } else {
            advice += none(cors)
        }
        return advice
    }

    /// Returns the advice when no `cors` rule has run.
    private func none(_ cors: CORSRules) -> [Advice] {
        if let rule = cors.inShadow.last, shadowAllows {
            return [Advice("the `cors` rule is in shadow, so it answers nobody: leave out `shadow: true`", at: rule.location)]
        }
        if let (rule, unmet) = cors.unmet.last {
            let test = redaction.map { unmet.test.redacted($0.value) } ?? unmet.test
            return [
                Advice("the `cors` rule did not run: it says `when: \(test.text)`, and \(unmet.found)", at: rule.location)
            ]
        }
        if cors.last != nil { return [] }
        if let (rule, end) = cors.notReached.last {
            let place = EffectivePolicy.place(rules[end].location)
            return [
                Advice(
                    "the `stop` rule [\(place)] ends the stage before the `cors` rule is reached: write `cors` above it",
                    at: rule.location)
            ]
        }
        if let rule = cors.inShadow.last {
            return [Advice("the only `cors` rule is in shadow, and would not allow \(origin) either", at: rule.location)]
        }
        if origin == "null" { return [Advice(Self.noOrigin)] }
        let allowed = "allow_origins: [\(origin)]" + (fetch.credentials == .include ? ", allow_credentials: true" : "")
        guard route != nil else {
            return [
                Advice("no route takes this request: let one take its method and path"),
                Advice(
                    "what no route takes gets the rules of the whole file alone: write `- cors: { \(allowed) }` into its "
                        + "`response_headers`"),
            ]
        }
        return [
            Advice(
                "no `cors` rule is there for this route: write `- cors: { \(allowed) }` into `response_headers`",
                at: route.map { configuration.source.routes[$0].location })
        ]
    }

    /// Whether the page's origin would be allowed if no rule were in shadow.
    private var shadowAllows: Bool {
        shadow.contains { one in
            one.part == .response && one.difference.field.lowercased() == "access-control-allow-origin"
                && (one.difference.new == [origin] || one.difference.new == ["*"])
        }
    }

    /// Returns the rule that made the last line of a field.
    private func rule(writing name: String) -> Rule? {
        guard let line = trace?.after.last(where: { $0.isNamed(name) }),
            case .rule(let number) = line.maker
        else { return nil }
        return rules[number]
    }
}
