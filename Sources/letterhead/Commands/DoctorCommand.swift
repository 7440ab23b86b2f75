import Diagnosis
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore
import ProxyTransport

struct DoctorCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Ask a live server what a browser would, and say in plain words what is wrong.",
        discussion: """
            Any server, ours or not, over HTTP/1.1, and over HTTP/2 where TLS settles on it. Ask as your page does: with its method, its fields, and
            `--credentials include` where it sends cookies. The request is really made where the browser would make it, DELETE
            included. With --har nothing is asked: a recording is examined, with the origins of its pages.
            Every finding has a stable code, which \(Documentation.reference("doctor.md")) explains.
            Exit code 0: nothing is wrong, or only warnings. 1: something is. 2: bad usage.
            """)

    @Argument(help: "What the page asks for, such as https://api.example/items.")
    var url: String?

    @Option(help: "The origin of the page that asks, such as https://app.example. With --har: where entries do not say it.")
    var origin: String?

    @Option(help: "A recording (HAR) to examine instead of a server; - reads standard input.")
    var har: String?

    @Option(name: .shortAndLong(and: "X"), help: "The request's method.")
    var method = "GET"

    @Option(
        name: [.customShort("H"), .customLong("header")], help: "A header that the page sets, `Name: value`; again for more.")
    var headers: [String] = []

    @Option(help: "The page's credentials mode: omit, same-origin or include.")
    var credentials = PageFetch.Credentials.sameOrigin

    @Option(
        help: "1.1, 2, or both (default: 1.1, over https also 2 where the server takes it); 2 on plain http is prior knowledge.")
    var http: Versions?

    @Flag(name: .long(and: "k"), help: "Take any certificate.")
    var insecure = false

    @Option(help: "How long each request may take.")
    var timeout = Milliseconds(10_000)

    @Option(help: "How long all requests together may take.")
    var totalTimeout = Milliseconds(60_000)

    @Option(help: "text or json.")
    var format = ReportForm.text

    @Flag(help: "Warnings count as failures.")
    var strict = false

    enum Versions: String, ArgumentValue, CaseIterable {
        case one = "1.1"
        case two = "2"
        case both
    }

    func validate() throws(ValidationError) {
        guard har == nil else {
            guard url == nil else {
                throw ValidationError("doctor examines a server, by its URL, or a recording, by --har FILE: leave one out")
            }
            return
        }
        guard let url else {
            throw ValidationError("`<url>` is missing: What the page asks for, such as https://api.example/items.")
        }
        guard let origin else {
            throw ValidationError(
                "`--origin <origin>` is missing: The origin of the page that asks, such as https://app.example.")
        }
        guard WebURL(url) != nil else {
            let guess = url.contains(text: "//") || WebURL("http://\(url)") == nil ? "" : ": write http://\(url)"
            throw ValidationError("doctor takes a URL of http or https, not \"\(url)\"\(guess)")
        }
        try PageOption.check(origin: origin)
        try PageOption.check(method: method)
        _ = try PageOption.fields(headers)
        try timeout.check("--timeout", upTo: 600_000)
        try totalTimeout.check("--total-timeout", upTo: 3_600_000)
    }

    func run() async throws {
        if let har { return try examine(har) }
        guard let target = url.flatMap({ WebURL($0) }), let origin else { throw ExitCode(2) }
        var question = DoctorQuestion(url: target, origin: origin)
        question.method = method
        question.credentials = credentials
        question.fields = try PageOption.fields(headers)
        switch http {
        case .one: question.versions = [.http11]
        case .two: question.versions = [.http2]
        case .both: question.versions = [.http11, .http2]
        // An http server without HTTP/2 would log the probe as an error, so it is not probed.
        case nil where target.scheme == .http: question.versions = [.http11]
        case nil: question.versions = await Self.speaksHTTP2(target, insecure, timeout.count) ? [.http11, .http2] : [.http11]
        }
        let (isVerified, timeout) = (!insecure, timeout.count)
        let end = ContinuousClock.now + .milliseconds(totalTimeout.count)
        var doctor = Doctor(question) { request in
            let left = Int((end - .now) / .milliseconds(1))
            guard left > 0 else { return .failure("the time for all requests is up") }
            return await Self.ask(request, isVerified: isVerified, timeout: min(timeout, left))
        }
        let complaints = await doctor.examine()
        switch format {
        case .text:
            let style = Style(isColored: Terminal.showsColors)
            for version in question.versions { Terminal.write(course(doctor.steps.filter { $0.version == version }, style)) }
            Terminal.write(complaints.isEmpty ? contentment(question, doctor.steps, style) : complaints.text(style))
            for note in doctor.notes { Terminal.writeLine("\(style.bold("note")): \(Redaction.text(note).visible)") }
        case .json: Terminal.writeLine(complaints.json.written())
        }
        if complaints.hasErrors || (strict && !complaints.isEmpty) { throw ExitCode(1) }
    }

    private func examine(_ har: String) throws {
        var scan = try Recording.scan(har, page: origin)
        var examination = HARExamination()
        while let judged = scan.next() { for one in judged { examination.take(one) } }
        examination.finish()
        let style = Style(isColored: Terminal.showsColors)
        switch format {
        case .json: Terminal.writeLine(examination.json.written())
        case .text where !examination.isEmpty: Terminal.write(examination.text(style))
        case .text:
            if scan.error == nil {
                Terminal.write(style.green("nothing is wrong") + " with \(counted(examination.count, "entry"))\n")
            }
        }
        try Recording.report(scan.error, har)
        if examination.hasErrors || (strict && !examination.isEmpty) { throw ExitCode(1) }
    }

    /// The requests that were sent and the statuses that came back.
    private func course(_ steps: [DoctorStep], _ style: Style) -> String {
        guard let version = steps.first?.version.text else { return "" }
        return style.dim("\(version): \(Redaction.text(steps.course))") + "\n"
    }

    /// The text when nothing is wrong with what was asked; a page may send other requests.
    private func contentment(_ question: DoctorQuestion, _ steps: [DoctorStep], _ style: Style) -> String {
        let versions = question.versions.map(\.text).joined(separator: " and ")
        var text = style.green("nothing is wrong")
        text += " with \(method) from a page of \(question.origin), over \(versions), credentials: \(credentials.rawValue)\n"
        if let last = steps.last, last.status >= 400 {
            text += "that is, with the headers: the answer is \(style.yellow(String(last.status)))\n"
        }
        guard method == "GET", headers.isEmpty, credentials == .sameOrigin else { return text }
        return text
            + "the page asks otherwise? --method POST -H 'Content-Type: application/json' --credentials include\n"
    }

    static func ask(_ request: DoctorRequest, isVerified: Bool, timeout: Int) async -> DoctorAnswer {
        var asked = WebClient.Request(request.method, request.url, fields: request.fields, version: request.version)
        asked.isVerified = isVerified
        asked.timeout = timeout
        asked.isBeginningEnough = true
        do {
            let response = try await WebClient.ask(asked)
            var answer = FetchResponse(status: response.status, fields: response.fields)
            answer.isBroken = response.isBroken
            return .response(answer, body: response.body)
        } catch {
            return .failure("\(error)")
        }
    }

    private static func speaksHTTP2(_ url: WebURL, _ insecure: Bool, _ timeout: Int) async -> Bool {
        let request = DoctorRequest(method: "HEAD", url: url, fields: [], version: .http2)
        if case .response = await ask(request, isVerified: !insecure, timeout: min(timeout, 3000)) { return true }
        return false
    }
}
