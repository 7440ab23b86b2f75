import Foundation

/// What the Fetch standard makes of a case, given what the policies say: worked out step by step as a browser does it.
struct Expectation {
    enum Outcome {
        /// `fetch` fails, and the page learns nothing.
        case refused
        /// A response of which the page learns nothing: `opaque` or `opaqueredirect`.
        case closed(String)
        /// The answer says which of the fields may be read. A body of which the start is empty has to be empty.
        case readable(status: Int, bodyStart: String?, fields: [String], answer: CORSAnswer)
    }

    var outcome = Outcome.refused
    /// The methods of all requests that the browser sends, preflights among them, in order.
    var sent: [String] = []
    /// Those that come to the app.
    var arrived: [String] = []
    var isRedirected = false

    init(_ one: BrowserCase, port: Int) {
        var exchange = Exchange(one, port: port)
        for _ in 0..<one.request.times {
            let start = exchange
            outcome = exchange.run(&self)
            // A permission that may be kept is not asked for again.
            let isPermitted = exchange.isPermitted && one.route.maxAge != "0s"
            exchange = start
            exchange.isPermitted = isPermitted
        }
    }
}

/// A request on its way, hop by hop.
private struct Exchange {
    let request: PageRequest
    /// Of the document: decides about cookies.
    let page: Asker
    let port: Int
    /// Whom `Origin` names.
    var asker: Asker
    var route: CORSRoute
    var method: String
    var fields: [String: String]
    var body: String
    var isFirstHop = true
    var isPermitted = false

    var origin: String { asker.origin(port: port) }

    init(_ one: BrowserCase, port: Int) {
        request = one.request
        page = one.asker
        self.port = port
        asker = one.asker
        route = one.route
        method = request.sentMethod
        fields = request.fields
        body = request.body ?? ""
        if request.body != nil, fields["Content-Type"] == nil { fields["Content-Type"] = "text/plain;charset=UTF-8" }
    }

    mutating func run(_ expectation: inout Expectation) -> Expectation.Outcome {
        let answer = finalAnswer
        if request.mode == "cors", !mayBeSent(&expectation) { return .refused }
        expectation.sent.append(method)
        if route.target == .app { expectation.arrived.append(method) }
        if request.mode == "cors" {
            guard FetchStandard.passes(answer, origin: origin, hasCredentials: request.hasCredentials) else { return .refused }
        }
        if let redirect {
            switch request.redirect {
            case "error": return .refused
            case "manual": return .closed("opaqueredirect")
            default: return follow(redirect.status, redirect.target, &expectation)
            }
        }
        return request.mode == "cors" ? readable(answer) : .closed("opaque")
    }

    /// The answer that leaves with the response to the request itself.
    private var finalAnswer: CORSAnswer {
        route.target == .app
            ? route.answer(to: asker, origin: origin, own: request.own) : route.answer(to: asker, origin: origin, requested: [])
    }

    /// Asks for permission, if it has to be asked for.
    private mutating func mayBeSent(_ expectation: inout Expectation) -> Bool {
        let names = FetchStandard.unsafeNames(fields)
        if isPermitted || (names.isEmpty && FetchStandard.isSafe(method: method)) { return true }
        expectation.sent.append("OPTIONS")
        let isForApp = route.target == .app && (route.forwardsPreflights || route.origins == nil)
        if isForApp { expectation.arrived.append("OPTIONS") }
        let answer =
            isForApp
            ? route.answer(to: asker, origin: origin, requested: names, own: request.own)
            : route.answer(to: asker, origin: origin, requested: names)
        isPermitted =
            FetchStandard.passes(answer, origin: origin, hasCredentials: request.hasCredentials)
            && FetchStandard.permits(
                answer, status: isForApp && isFirstHop ? request.preflightStatus : 204, method: method, unsafeNames: names,
                hasCredentials: request.hasCredentials)
        return isPermitted
    }

    private var redirect: (status: Int, target: String)? {
        if case .redirect(let status, let target) = route.target { return (status, target) }
        guard isFirstHop, route.target == .app, let target = request.target else { return nil }
        return (request.status, target)
    }

    private mutating func follow(_ status: Int, _ target: String, _ expectation: inout Expectation) -> Expectation.Outcome {
        guard let next = CORSRoute.named(target) else { return .refused }
        expectation.isRedirected = true
        let method = FetchStandard.method(after: status, method)
        if method != self.method {
            self.method = method
            body = ""
            fields["Content-Type"] = nil
        }
        // A redirect from a foreign origin to yet another one has no origin that can be named.
        if request.crossesOrigins { asker = .sandbox }
        // The proxy's own redirect keeps the query, and with it what the app is told.
        isFirstHop = route.target != .app
        route = next
        isPermitted = false
        return run(&expectation)
    }

    private func readable(_ answer: CORSAnswer) -> Expectation.Outcome {
        var status = 200
        var bodyStart: String?
        var names = ["Content-Type", "Content-Length", "X-Request-ID"]
        switch route.target {
        case .app, .redirect:
            if isFirstHop { status = request.status }
            let hasCookie = request.hasCredentials && page == .page
            bodyStart = TalkativeApp.body(
                method: method, hasCookie: hasCookie, custom: fields["X-Custom"], contentType: fields["Content-Type"], body: body)
            names = (status == 204 ? [] : ["Content-Type", "Content-Length"]) + TalkativeApp.names + ["X-Request-ID"]
        case .flask(_, let own, let methods):
            status = method == "OPTIONS" ? 200 : methods.contains(method) ? own : 405
            names = ["Content-Type", "X-Request-ID"]
        case .down:
            (status, bodyStart) = (502, "502 Bad Gateway\n")
        case .respond(let local, let text):
            (status, bodyStart) = (local, text)
        }
        if method == "HEAD" || status == 204 { bodyStart = "" }
        return .readable(status: status, bodyStart: bodyStart, fields: names, answer: answer)
    }
}
