import HTTPModel
import HeaderPolicy
package import ProxyCore

/// Replays recorded exchanges with a policy in front of the recorded server.
package struct HARPolicy: Sendable {
    let configuration: CompiledConfiguration
    private let listener: Int
    private let unixSeconds: Int

    package init(_ configuration: CompiledConfiguration, listener: Int, unixSeconds: Int) {
        self.configuration = configuration
        self.listener = listener
        self.unixSeconds = unixSeconds
    }

    /// The result of replaying an exchange.
    struct Outcome {
        /// The verdict; nil when no page asked.
        var verdict: FetchVerdict?
        /// The response to the request itself; nil when the browser would not have sent it.
        var response: FetchResponse?
    }

    /// Returns every rule with its effect, as `explain` shows it; nil for a request that cannot be sent.
    package func explanation(of judged: JudgedEntry) -> Explanation? {
        guard let question = question(judged) else { return nil }
        var explainer = Explainer(question, on: configuration)
        while true {
            switch try? explainer.next() {
            case nil: return nil
            case .done(var explanation):
                explanation.hideSecrets()
                return explanation
            case .needsAnswer(let one):
                one.exchange.receive(Self.answer(one.isPreflight ? judged.preflight : judged.asked))
                if !one.isPreflight, judged.entry.isBroken { one.exchange.breakOff() }
            }
        }
    }

    /// Returns the result without its reasons, which takes less time.
    func outcome(of judged: JudgedEntry) -> Outcome? {
        guard let played = replay(judged).flatMap({ try? $0.play(on: configuration) }) else { return nil }
        let last = played.exchanges.last { !$0.isPreflight }
        // No policy makes a body whole.
        var verdict = played.verdict
        verdict?.response?.isBroken = judged.entry.isBroken && last?.exchange.facts.source == .upstream
        return Outcome(verdict: verdict, response: last.map { FetchResponse($0.exchange) })
    }

    /// The same exchange, to be played on this policy and on others; nil for what cannot be sent.
    package func replay(_ judged: JudgedEntry) -> DiffQuestion? {
        guard let question = question(judged) else { return nil }
        var replayed = DiffQuestion(question, answer: Self.answer(judged.asked))
        replayed.preflightAnswer = Self.answer(judged.preflight)
        replayed.isRecorded = true
        return replayed
    }

    private func question(_ judged: JudgedEntry) -> ExplainQuestion? {
        guard let url = judged.request.url else { return nil }
        let isPreflight = judged.request.asker == .preflight
        let method = isPreflight ? judged.request.askedMethod : judged.entry.method
        var request = SimulatedRequest(method: method, scheme: url.scheme, authority: url.authority, target: url.target)
        if isPreflight {
            var fetch = PageFetch(origin: "", url: url)
            fetch.ask(for: judged.request.askedNames)
            request.fields = fetch.fields
        } else {
            request.fields = RecordedRequest.fields(judged.entry, asked: judged.preflight?.askedNames)
                .filter { Fields.isValue($0.value.utf8.span) }
            request.bodyLength = judged.entry.requestFields.combined("Content-Length").flatMap { UInt32($0) }.map(Int.init)
        }
        var question = ExplainQuestion(request: request, unixSeconds: unixSeconds)
        question.listener = listener
        guard isPreflight || judged.request.asker == .page else { return question }
        question.origin = judged.verdict.origin
        question.mode = judged.request.mode
        question.credentials = judged.verdict.credentials
        return question
    }

    /// Returns the recorded response as the app's answer. For a request that the app never got, it assumes a 200.
    private static func answer(_ entry: RecordedExchange?) -> SimulatedAnswer {
        guard let entry else { return .response(status: 200, fields: []) }
        guard 200...599 ~= entry.status else {
            return entry.error == nil || entry.mayBeRefused ? .response(status: 200, fields: []) : .fault(.connectFailed)
        }
        let fields = entry.responseFields.filter { Fields.isValue($0.value.utf8.span) }
        return .response(status: Status(rawValue: UInt16(entry.status)), fields: fields)
    }
}

extension JudgedEntry {
    /// The entry whose response is the app's to the request itself; nil when that was not recorded.
    fileprivate var asked: RecordedExchange? { request.asker == .preflight ? nil : entry }
}
