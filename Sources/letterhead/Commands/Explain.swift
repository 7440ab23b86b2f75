import Diagnosis
import EventLoop
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore
import ProxyTransport

struct Explain: Command {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say why a response has, or lacks, a header: every rule with its effect, and the browser's verdict.",
        discussion: """
            Without --live no socket is opened: the app's answer is what --status and --response-header say. With --har nothing is
            made up: what a browser or a proxy has recorded is judged, and with a configuration also what its policy would have sent.
            With a URL alone, the request is really made, after its preflight, and who could read the response is said.
            Exit code 0: the page can read the response, or no page asks. 1: it cannot. 2: bad usage or configuration.
            """)

    @Argument(
        help: ArgumentHelp(
            "A URL of a live server, which is asked as the page would ask; no configuration is needed. With --config the same as --url.",
            valueName: "url"))
    var site: String?

    @OptionGroup var source: ConfigurationOption

    @Option(name: .shortAndLong(and: "X"), help: "The request's method.")
    var method = "GET"

    @Option(
        name: .shortAndLong,
        help:
            "What is asked for: a path, of another origin than the page, or a whole URL for its host and scheme (default: /). With --har: entries with that in their URL; * stands for anything."
    )
    var url: String?

    @Option(help: "A recording (HAR) of a browser or a proxy; - reads standard input. One line an entry.")
    var har: String?

    @Option(help: "With --har: all about the entry of that number.")
    var entry: Int?

    @Option(
        help:
            "The origin of the page that asks, such as https://app.example; none: no page asks. With --har: where entries do not say it."
    )
    var origin: String?

    @Option(name: [.customShort("H"), .customLong("header")], help: "A header of the request, `Name: value`; again for more.")
    var headers: [String] = []

    @Option(help: "The client's address.")
    var client = "127.0.0.1"

    @Option(help: "The request's version: 1.0, 1.1 or 2 (default: 1.1, of gRPC 2).")
    var http: Version?

    enum Version: String, ArgumentValue, CaseIterable {
        case old = "1.0"
        case one = "1.1"
        case two = "2"
    }

    @Option(help: "How the page asks: cors, no-cors or navigate.")
    var mode = PageFetch.Mode.cors

    @Option(help: "The page's credentials mode: omit, same-origin or include.")
    var credentials = PageFetch.Credentials.sameOrigin

    @Option(help: "The listener, counted from 1.")
    var listener = 1

    @Option(help: "The status of the app's answer; `down` for an app that does not answer, `timeout` for one that is too slow.")
    var status = "200"

    @Option(name: .customLong("response-header"), help: "A header of the app's answer, `Name: value`; again for more.")
    var responseHeaders: [String] = []

    @Option(
        help:
            "The status of the app's answer to a preflight that the configuration forwards; it has those of --response-header that are for one."
    )
    var preflightStatus = 200

    @Flag(help: "Ask the real app, over a socket. Secrets of what it says are not shown.")
    var live = false

    @Flag(name: .long(and: "k"), help: "With --live or a URL: take any certificate.")
    var insecure = false

    @Option(help: "text or json.")
    var format = ReportForm.text

    func validate() throws(ValidationError) {
        guard har != nil || entry == nil else { throw ValidationError("--entry is of a recording: --har FILE") }
        guard entry.map({ $0 > 0 }) ?? true else { throw ValidationError("--entry counts from 1") }
        guard site == nil || url == nil && har == nil else {
            let site = site ?? ""
            let isURL = WebURL(site) != nil
            throw ValidationError(
                (isURL ? "" : "\"\(site)\" is not the URL of a server: ")
                    + "explain takes the URL of a live server, or --url /path of a configuration, or --har FILE, one of them")
        }
        guard !live || har == nil else { throw ValidationError("a recording asks nobody: leave out --har or --live") }
        try checkMadeUp()
        try PageOption.check(method: method)
        if let origin { try PageOption.check(origin: origin) }
        let url = url ?? site ?? "/"
        // For a recording, it may be a part of a URL.
        guard har != nil || SimulatedRequest(method: method, url: url) != nil else {
            // A single word is more likely the name of a header than an address.
            let isAddress = site != nil && !url.contains(text: "//") && url.contains { ".:".contains($0) }
            let guess = isAddress && WebURL("http://\(url)") != nil ? ": write http://\(url)" : ""
            let what = site == nil ? "--url takes a path such as /api/users, or" : "explain takes"
            throw ValidationError("\(what) a URL of http or https, not \"\(url)\"\(guess)")
        }
        guard IPAddress(client.utf8.span) != nil else {
            throw ValidationError("--client takes an IP address without a port, such as 203.0.113.7, not \"\(client)\"")
        }
        guard ["down", "timeout"].contains(status) || UInt16(status).map({ 200...599 ~= $0 }) == true else {
            throw ValidationError("--status takes 200 to 599, `down` or `timeout`, not \"\(status)\"")
        }
        guard 200...599 ~= preflightStatus else {
            throw ValidationError("--preflight-status takes 200 to 599, not \(preflightStatus)")
        }
        _ = try FieldText.all(headers)
        for header in responseHeaders { _ = try FieldText(argument: header, "--response-header") }
    }

    /// Refuses what describes an answer, or a client and a listener, where none is made up.
    private func checkMadeUp() throws(ValidationError) {
        let isURL = source.path == nil && har == nil && site.flatMap { WebURL($0) } != nil
        guard live || isURL || har != nil else { return }
        let why = live ? "--live asks the real app" : isURL ? "a URL alone is really asked" : "a recording has its answers"
        let given = [
            ("--status", status != "200"), ("--response-header", !responseHeaders.isEmpty),
            ("--preflight-status", preflightStatus != 200), ("--client", client != "127.0.0.1" && (isURL || har != nil)),
            ("--listener", listener != 1 && isURL),
        ].filter(\.1).map(\.0)
        if !given.isEmpty { throw ValidationError("\(why): leave out \(given.joined(separator: ", ")), of what is made up") }
    }

    func run() async throws {
        if let har { return try RecordingReport(har, page: origin, entry: entry, url: url, listener, source, format).run() }
        if source.path == nil, let target = site.flatMap({ WebURL($0) }) { return try await observe(target) }
        let url = url ?? site ?? "/"
        let compiled = try source.compile(verifies: live)
        guard compiled.listeners.indices.contains(listener - 1) else {
            let count = compiled.listeners.count
            throw ValidationError(
                "--listener takes \(count == 1 ? "1, the only one there is" : "1 to \(count)"), not \(listener)")
        }
        guard var request = SimulatedRequest(method: method, url: url) else { throw ExitCode(2) }
        request.fields = try FieldText.all(headers)
        request.client = IPAddress(client.utf8.span).map { String(decoding: $0.text, as: UTF8.self) } ?? client
        switch http {
        case .old: request.version = .http10
        case .one: request.version = .http11
        case .two: request.version = .http2
        case nil: request.version = request.isGRPC ? .http2 : .http11
        }
        var question = ExplainQuestion(request: request, unixSeconds: WallClock.unixSeconds())
        question.origin = origin
        question.namesHost = url.contains(text: "://")
        question.mode = mode
        question.credentials = credentials
        question.listener = listener - 1
        var explanation: Explanation
        do {
            explanation = try await explain(question, compiled)
        } catch let error as SimulationError {
            throw ValidationError("\(error)")
        }
        if live { explanation.hideSecrets() }
        switch format {
        case .json: Terminal.writeLine(explanation.json.written())
        case .text: Terminal.write(explanation.text(Style(isColored: Terminal.showsColors)))
        }
        if explanation.verdict?.isFailure ?? false { throw ExitCode(1) }
    }

    /// Asks a live server whose configuration is not known.
    private func observe(_ target: WebURL) async throws {
        var fetch = PageFetch(origin: origin ?? "null", url: target)
        fetch.method = method
        fetch.fields = try origin == nil ? FieldText.all(headers) : PageOption.fields(headers)
        fetch.mode = mode
        fetch.credentials = credentials
        let isVerified = !insecure
        let version: HTTPVersion = http == .two ? .http2 : .http11
        var observed = await ObservedFetch.explained(fetch, isOfPage: origin != nil, version) { request in
            await DoctorCommand.ask(request, isVerified: isVerified, timeout: 10_000)
        }
        observed.hideSecrets()
        switch format {
        case .json: Terminal.writeLine(observed.json.written())
        case .text: Terminal.write(observed.text(Style(isColored: Terminal.showsColors)))
        }
        if observed.isRefused { throw ExitCode(1) }
    }

    private func explain(_ question: ExplainQuestion, _ compiled: CompiledConfiguration) async throws -> Explanation {
        var explainer = Explainer(question, on: compiled)
        while true {
            switch try explainer.next() {
            case .done(let explanation): return explanation
            case .needsAnswer(let one):
                if live {
                    try await LiveAnswer.receive(one, insecure: insecure)
                } else {
                    one.exchange.receive(try saidAnswer(isPreflight: one.isPreflight))
                }
            }
        }
    }

    /// The app's response as the arguments describe it.
    private func saidAnswer(isPreflight: Bool) throws -> SimulatedAnswer {
        switch status {
        case "down": return .fault(.connectFailed)
        case "timeout": return .fault(.responseTimeout)
        default: break
        }
        let fields = try responseHeaders.map { try FieldText(argument: $0, "--response-header") }
        let answer = SimulatedAnswer.response(status: Status(rawValue: UInt16(status) ?? 200), fields: fields)
        return isPreflight ? answer.ofPreflight(status: Status(rawValue: UInt16(clamping: preflightStatus))) : answer
    }
}

/// The response of the app that the configuration names.
enum LiveAnswer {
    /// Gives the exchange the app's answer, with the upstream's own settings for TLS.
    static func receive(_ one: ExplainedExchange, insecure: Bool) async throws {
        let exchange = one.exchange
        guard var upstream = exchange.upstream, let host = exchange.forwardedHost, let server = upstream.servers.first else {
            return exchange.receive(.fault(.connectFailed))
        }
        let url = WebURL(
            scheme: upstream.scheme.isTLS ? .https : .http, authority: host, target: exchange.forwardedTarget)
        if insecure { upstream.tls?.verifies = false }
        // This client speaks nothing else.
        let fields = exchange.forwarded.texts.filter { !$0.isNamed("Upgrade") }
        var request = WebClient.Request(one.request.method, url, fields: fields)
        request.target = server.value
        request.upstream = upstream
        request.limits = exchange.configuration.source.limits.message
        request.isBeginningEnough = true
        if upstream.scheme.isHTTP2 { request.version = .http2 }
        do {
            let response = try await WebClient.ask(request)
            let status = Status(rawValue: UInt16(clamping: response.status))
            exchange.receive(.response(status: status, fields: response.fields))
            if response.isBroken { exchange.breakOff(because: response.bodyFault) }
        } catch let failure as WebClient.Failure {
            let fault = failure.upstreamFault
            if fault != .responseTimeout, fault != .invalidResponse {
                StandardError.write("letterhead: \(server.value): \(failure)\n")
            }
            exchange.receive(failure.badResponse.map { .invalid($0) } ?? .fault(fault))
        }
    }
}
