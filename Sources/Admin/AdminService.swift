package import HTTPModel
package import ProxyCore

/// What the admin listener answers: `/healthz` and `/livez` (the process serves), `/readyz` (it wants new clients, with
/// `?verbose` also what came of reloads), `/metrics`, `/-/upstreams` (how the servers of the upstreams do), `/-/csp-reports` (what
/// browsers have reported of policies), the inspector, and by POST `/-/reload` and `/-/log-level`. Health and readiness by any name;
/// all else only by a name that no other site can have.
package struct AdminService: LocalService {
    private let readiness: Readiness
    private let reloads: ReloadStatus?
    private let actions: AdminActions?
    private let inspector: Inspector?
    private let host: AdminHost
    private let upstreams: @Sendable () -> [UpstreamSnapshot]
    private let violations: @Sendable () -> ViolationTable

    /// - Parameter admin: the address that was configured for the admin listener, if it is known.
    package init(
        readiness: Readiness, at admin: SocketTarget? = nil, reloads: ReloadStatus? = nil, actions: AdminActions? = nil,
        inspector: Inspector? = nil, upstreams: @escaping @Sendable () -> [UpstreamSnapshot] = { [] },
        violations: @escaping @Sendable () -> ViolationTable = { ViolationTable() }
    ) {
        self.readiness = readiness
        host = AdminHost(admin)
        self.reloads = reloads
        self.actions = actions
        self.inspector = inspector
        self.upstreams = upstreams
        self.violations = violations
    }

    package func complete(_ response: inout ResponseHead) { AdminProtection.add(to: &response) }

    package func stream(for request: borrowing RequestHead) -> (any LocalStream)? { inspector?.stream(for: request) }

    package func respond(
        to request: borrowing RequestHead, body requestBody: [UInt8], into response: inout ResponseHead, body: inout [UInt8]
    ) {
        response.fields.append("Content-Type", "text/plain; charset=utf-8")
        response.fields.append("Cache-Control", "no-store")
        let path = request.path.text
        // Anybody may ask for health by any name; everything else is answered only by a name that no other site can have.
        let asksHealth = ["/healthz", "/livez", "/readyz"].contains(path) && !Self.isVerbose(request)
        guard asksHealth || host.isOwn(request) else {
            response.status = 421
            return body.append(
                text: "only by an address, localhost, a name without a dot, or the one that `admin` is written with\n")
        }
        if path == "/-/reload" || path == "/-/log-level" {
            return act(path, request, requestBody, into: &response, body: &body)
        }
        guard request.method == .get || request.method == .head else {
            return refuse(405, allow: "GET, HEAD", "only GET and HEAD", into: &response, body: &body)
        }
        if let inspector, inspector.answers(request) { return inspector.respond(to: request, into: &response, body: &body) }
        switch path {
        case "/healthz", "/livez":
            body.append(text: "ok\n")
        case "/readyz":
            switch readiness.state {
            case .ready: body.append(text: "ready\n")
            case .starting:
                response.status = 503
                body.append(text: "starting\n")
            case .draining:
                response.status = 503
                body.append(text: "draining\n")
            }
            if Self.isVerbose(request), let reloads { body.append(text: Self.describe(reloads.report)) }
        case "/-/upstreams":
            Self.becomeJSON(&response)
            UpstreamReport.write(upstreams(), into: &body)
        case "/-/csp-reports":
            Self.becomeJSON(&response)
            violations().write(into: &body)
        default:
            response.status = 404
            body.append(
                text:
                    "there is /healthz, /livez, /readyz, /metrics, /-/upstreams, /-/csp-reports, and by POST /-/reload and /-/log-level\n"
            )
        }
    }

    package func work(for request: borrowing RequestHead, body: [UInt8]) -> (@Sendable () async -> LocalAnswer)? {
        guard host.isOwn(request) else { return nil }
        if let work = inspector?.work(for: request) { return work }
        guard let actions else { return nil }
        let path = request.path.text
        if path == "/metrics", request.method == .get || request.method == .head {
            return { await metrics(actions) }
        }
        guard path == "/-/reload", request.method == .post, !CrossSite.isSuspect(request) else { return nil }
        return {
            guard let problems = await actions.reload() else { return LocalAnswer(200, "reloaded\n") }
            return LocalAnswer(422, problems.map { $0 + "\n" }.joined())
        }
    }

    private func metrics(_ actions: AdminActions) async -> LocalAnswer {
        var answer = LocalAnswer(200, contentType: PrometheusText.contentType)
        let isReady = readiness.state == .ready
        answer.body = MetricsPage.text(
            await actions.metrics(), upstreams(), actions.process(), reloads?.report, isReady: isReady)
        return answer
    }

    /// Whether the query has `verbose`, with or without a value.
    private static func isVerbose(_ request: borrowing RequestHead) -> Bool {
        var (parameters, value) = (QueryParameters(), [UInt8]())
        return parameters.next(named: "verbose".utf8.span, in: request.query, into: &value)
    }

    private static func becomeJSON(_ response: inout ResponseHead) {
        response.fields.removeAll()
        response.fields.append("Content-Type", "application/json")
        response.fields.append("Cache-Control", "no-store")
    }

    // MARK: What changes something

    private func act(
        _ path: String, _ request: borrowing RequestHead, _ requestBody: [UInt8], into response: inout ResponseHead,
        body: inout [UInt8]
    ) {
        guard let actions else {
            response.status = 404
            return body.append(text: "this process cannot do that\n")
        }
        if path == "/-/log-level", request.method == .get || request.method == .head {
            return body.append(text: actions.logLevel() + "\n")
        }
        guard request.method == .post else {
            let isLevel = path == "/-/log-level"
            return refuse(
                405, allow: isLevel ? "GET, HEAD, POST" : "POST", isLevel ? "only GET and POST" : "only POST", into: &response,
                body: &body)
        }
        guard !CrossSite.isSuspect(request) else {
            response.status = 403
            return body.append(text: "a page of another site asked for this\n")
        }
        // `/-/reload` takes time, so `work` handles it.
        let word = String(decoding: requestBody.prefix(32), as: UTF8.self).filter { !$0.isWhitespace }
        guard actions.setLogLevel(word) else {
            response.status = 400
            return body.append(text: "the body is one of trace, debug, info, notice, warning, error, critical\n")
        }
        body.append(text: actions.logLevel() + "\n")
    }

    private func refuse(
        _ status: Status, allow: String, _ message: String, into response: inout ResponseHead, body: inout [UInt8]
    ) {
        response.status = status
        response.fields.append("Allow", allow)
        body.append(text: message + "\n")
    }

    private static func describe(_ report: ReloadStatus.Report) -> String {
        var text = "configuration: in force since \(report.since); reloads: \(report.succeeded) good, \(report.failed) bad\n"
        for problem in report.problems { text += "not reloaded: \(problem)\n" }
        for note in report.pending { text += "needs a restart: \(note)\n" }
        return text
    }
}
