import HTTPModel
import HeaderPolicy
package import ProxyCore

/// One exchange that two policies are compared on: what is asked, and what the app answers.
package struct DiffQuestion: Sendable {
    package var question: ExplainQuestion
    package var answer: SimulatedAnswer
    /// The app's answer to a forwarded preflight, if it differs from `answer`.
    var preflightAnswer: SimulatedAnswer?
    /// Whether the exchange was seen on the wire, so that it may show secrets.
    package var isRecorded = false

    package init(_ question: ExplainQuestion, answer: SimulatedAnswer) {
        self.question = question
        self.answer = answer
    }

    /// Makes the exchange of a policy test; the test's expectations do not matter here.
    package init(_ test: PolicyTest, unixSeconds: Int) {
        question = ExplainQuestion(request: test.request, unixSeconds: unixSeconds)
        question.origin = test.origin
        question.mode = test.mode
        question.credentials = test.credentials
        question.listener = test.listener
        question.namesHost = !test.request.isPathAlone
        answer = test.answer
    }

    /// The request in a few words.
    var text: String {
        let request = question.request
        let url = request.isPathAlone ? request.target : "\(request.url)"
        var text = "\(request.method) \(url.utf8.count > 400 ? url.prefix(200) + "…" : url)"
        if let length = request.bodyLength { text += " with a body of \(length) bytes" }
        if let origin = question.origin {
            text += " from a page of \(origin)"
            if question.credentials == .include { text += " with credentials" }
        } else if let origin = question.request.fields.combined("Origin") {
            text += " with Origin: \(origin)"
        }
        switch answer {
        case .fault(.responseTimeout): text += ", the app too slow"
        case .fault, .invalid: text += ", the app down"
        case .response(let status, _): if status != 200 { text += ", the app's answer \(status.rawValue)" }
        }
        return text
    }
}

/// One exchange of a question, played on one configuration.
package struct PlayedExchange {
    package var isPreflight: Bool
    package var exchange: SimulatedExchange
}

extension DiffQuestion {
    /// Asks as the page would, preflight included.
    ///
    /// - Throws: `SimulationError` for a request that cannot be sent, and for a listener that does not exist.
    package func play(
        on configuration: CompiledConfiguration, isTraced: Bool = false
    ) throws -> (exchanges: [PlayedExchange], verdict: FetchVerdict?) {
        guard configuration.listeners.indices.contains(question.listener) else {
            throw SimulationError("there is no listener \(question.listener + 1)")
        }
        var question = question
        question.meet(configuration.source)
        guard let fetch = question.fetch else {
            let isPreflight =
                question.request.method == "OPTIONS" && question.request.fields.combined("Access-Control-Request-Method") != nil
            return ([PlayedExchange(isPreflight: isPreflight, exchange: try ask(question.request, configuration, isTraced))], nil)
        }
        var process = FetchProcess(fetch)
        var step = process.begin()
        var exchanges: [PlayedExchange] = []
        while true {
            switch step {
            case .done(let verdict): return (exchanges, question.judged(verdict))
            case .send(let hop):
                let exchange = try ask(
                    SimulatedRequest(hop, like: question.request), configuration, isTraced, isPreflight: hop.isPreflight)
                exchanges.append(PlayedExchange(isPreflight: hop.isPreflight, exchange: exchange))
                step = process.received(FetchResponse(exchange))
            }
        }
    }

    private func ask(
        _ request: SimulatedRequest, _ configuration: CompiledConfiguration, _ isTraced: Bool, isPreflight: Bool = false
    ) throws -> SimulatedExchange {
        let exchange = try SimulatedExchange(
            request, on: configuration, listener: question.listener, unixSeconds: question.unixSeconds, isTraced: isTraced)
        exchange.receive(isPreflight ? preflightAnswer ?? answer : answer)
        return exchange
    }
}
