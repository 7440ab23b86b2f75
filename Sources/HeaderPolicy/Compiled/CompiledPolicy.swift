public import HTTPModel

/// The header stage of one listener and route: all rules that apply there, compiled once and applied to every message.
///
/// Rules run from top to bottom, and each sees what those before it left. Every line that `set`, `add`, `merge` or `cors`
/// writes stands at the end of the list when its rule runs; `rename`, `edit` and `cookies` change lines in place.
public final class CompiledPolicy: Sendable {
    let requestRules: CompiledRules
    let responseRules: CompiledRules
    let hints: EarlyHints
    /// The rules that remove fields from interim responses.
    private let interim: CompiledRules
    private let standing: StandingDependence
    /// What the policy would be if no rule were in shadow; nil when none is. Its rules are not counted, so it is run with a scratch
    /// that has no counts.
    public let trial: CompiledPolicy?
    /// Settings that are allowed but may surprise.
    public let warnings: [PolicyError]

    /// - Parameters:
    ///   - requestRules: the global rules, then the listener's, then the route's.
    ///   - responseRules: the same for responses.
    ///   - firstSlot: the index in `StageScratch.hits` where this policy's counts begin.
    ///   - names: learns every name that the rules use. The parsers' table must be one that has learnt them all.
    ///   - dependence: the request fields that responses depend on besides those in the rules.
    /// - Throws: all errors in the rules, in the order of the rules.
    public convenience init(
        requestRules: [Rule], responseRules: [Rule], names: inout FieldNames, firstSlot: Int = 0,
        dependence: Dependence = Dependence()
    ) throws(PolicyErrors) {
        let common = CommonRules(requestRules: requestRules, responseRules: responseRules, dependence: dependence, names: &names)
        try self.init(common, names: &names, firstSlot: firstSlot)
    }

    /// - Parameters:
    ///   - common: the rules that come first.
    ///   - requestRules: the rules that follow the common ones.
    ///   - responseRules: the same for responses.
    public init(
        _ common: borrowing CommonRules, requestRules: [Rule] = [], responseRules: [Rule] = [], names: inout FieldNames,
        firstSlot: Int
    ) throws(PolicyErrors) {
        // The trial comes first, because it has all rules and so throws all errors.
        if let tried = common.trial {
            trial = try Self.trial(tried.value, requestRules, responseRules, &names)
        } else if requestRules.haveShadow || responseRules.haveShadow {
            trial = try Self.trial(common, requestRules, responseRules, &names)
        } else {
            trial = nil
        }
        let (ownRequestRules, ownResponseRules) = (requestRules.enforced, responseRules.enforced)
        var request = RuleCompiler(continuing: common.request)
        var response = RuleCompiler(continuing: common.response)
        self.requestRules = request.compile(ownRequestRules, names: &names, firstSlot: firstSlot)
        let next = firstSlot + self.requestRules.rules.count
        self.responseRules = response.compile(ownResponseRules, names: &names, firstSlot: next)
        countedRules = self.requestRules.labels + self.responseRules.labels
        let requestRules = common.requestRules + ownRequestRules
        let responseRules = common.responseRules + ownResponseRules
        var hintErrors = Self.misplacedHints(requestRules)
        hints = EarlyHints(responseRules, names: &names, errors: &hintErrors)
        interim = InterimRules.compile(responseRules, names: &names)
        standing = StandingDependence(requestRules, common.dependence, names: &names)
        let errors = request.errors + response.errors + hintErrors
        guard errors.isEmpty else { throw PolicyErrors(errors) }
        warnings = request.warnings + response.warnings
        usesNonce = self.requestRules.uses(.nonce) || self.responseRules.uses(.nonce)
        usesTraceparent = self.requestRules.uses(.traceparent) || self.responseRules.uses(.traceparent)
        writesTraceparent = usesTraceparent && requestRules.write("traceparent")
        isPlain = !usesNonce && !usesTraceparent && trial == nil
    }

    private static func trial(
        _ common: borrowing CommonRules, _ requestRules: [Rule], _ responseRules: [Rule], _ names: inout FieldNames
    ) throws(PolicyErrors) -> CompiledPolicy {
        try CompiledPolicy(
            common, requestRules: requestRules.unshadowed, responseRules: responseRules.unshadowed, names: &names, firstSlot: 0)
    }

    /// The rules behind each count in `StageScratch.hits`, from `firstSlot` on, by name or `file:line`.
    public let countedRules: [[String]]
    /// Whether a rule writes `{nonce}`; if so, `ExchangeFacts.nonce` has to be filled.
    public let usesNonce: Bool
    /// Whether a rule writes `{traceparent}`; if so, `ExchangeFacts.traceparent` has to be filled.
    public let usesTraceparent: Bool
    /// Whether `{traceparent}` is used and a request rule names that field, so that the app gets the rule's and not the client's.
    public let writesTraceparent: Bool
    /// Whether an exchange needs nothing to be made for the rules before they run: no fresh values, and no trial.
    public let isPlain: Bool

    /// Applies the request rules to the copy of the request's fields that is forwarded.
    public func applyToRequest(_ fields: inout Fields, facts: borrowing ExchangeFacts, scratch: inout StageScratch) {
        guard !requestRules.isEmpty else { return }
        requestRules.apply(to: &fields, status: nil, facts: facts, scratch: &scratch)
    }

    /// Removes from a request's trailers every field that a request rule names, whether the rule applies or not. Otherwise an app
    /// that merges trailers into the header would get back what a rule has removed or overwritten.
    public func removeRuledNames(from trailers: inout Fields) {
        requestRules.removeNames(from: &trailers)
    }

    /// Applies the response rules, once, to a final response.
    public func applyToResponse(_ head: inout ResponseHead, facts: borrowing ExchangeFacts, scratch: inout StageScratch) {
        standing.apply(to: &head, isGuarded: responseRules.guardsVary, facts, &scratch)
        guard !responseRules.isEmpty else { return }
        responseRules.apply(to: &head.fields, status: head.status, facts: facts, scratch: &scratch)
    }

    /// Removes from an interim response of the app the fields that the rules will remove from its final one (promise 2).
    public func applyToInterim(_ head: inout ResponseHead, facts: borrowing ExchangeFacts, scratch: inout StageScratch) {
        guard !interim.isEmpty else { return }
        interim.apply(to: &head.fields, status: head.status, facts: facts, scratch: &scratch)
    }

    /// Whether the request is a CORS preflight and a `cors` rule whose `when:` holds answers it at the edge. If so, the owner
    /// makes a local reply of 204 with `facts.isPreflight` and applies the response rules to it.
    ///
    /// The response that conditions see is that reply: status 204, made by the proxy.
    public func answersPreflight(_ facts: borrowing ExchangeFacts) -> Bool {
        guard !responseRules.cors.isEmpty, facts.isPreflightRequest else { return false }
        return responseRules.answersPreflight(facts)
    }
}

/// The rules that several policies begin with, compiled once for all of them, so that ten thousand routes cost only their own
/// rules.
public struct CommonRules: ~Copyable, Sendable {
    fileprivate let requestRules: [Rule]
    fileprivate let responseRules: [Rule]
    fileprivate let request: RuleCompiler
    fileprivate let response: RuleCompiler
    fileprivate let dependence: Dependence
    /// The same rules as if none were in shadow; nil when none is.
    fileprivate let trial: Shared<CommonRules>?

    /// Compiles the rules as for `CompiledPolicy`, which throws their errors.
    public init(requestRules: [Rule], responseRules: [Rule], dependence: Dependence, names: inout FieldNames) {
        if requestRules.haveShadow || responseRules.haveShadow {
            trial = Shared(
                CommonRules(
                    requestRules: requestRules.unshadowed, responseRules: responseRules.unshadowed, dependence: dependence,
                    names: &names))
        } else {
            trial = nil
        }
        let (requestRules, responseRules) = (requestRules.enforced, responseRules.enforced)
        self.requestRules = requestRules
        self.responseRules = responseRules
        self.dependence = dependence
        var request = RuleCompiler(scope: .request)
        request.add(requestRules, names: &names)
        self.request = request
        var response = RuleCompiler(scope: .response, dependence: dependence)
        response.add(responseRules, names: &names)
        self.response = response
    }
}
