import Diagnosis
import EventLoop
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore
import ProxyTransport

struct CSP: Command {
    static let configuration = CommandConfiguration(
        commandName: "csp", abstract: "From reports of browsers to a Content-Security-Policy.", subcommands: [CSPSuggest.self])
}

struct CSPSuggest: Command {
    static let configuration = CommandConfiguration(
        commandName: "suggest",
        abstract: "Write the narrowest policy that would have allowed what browsers reported, and what is dangerous about it.",
        discussion: """
            The reports are those that a running Letterhead has collected, asked at its admin address, or those of a file: what
            that address says, lines of the log, or reports as browsers send them. With --against: how many of them a policy
            leaves; what stands inline in a --page is compared with its hashes. Exit code 0: good. 1: --against leaves some, no
            report has come yet, or nobody answers. 2: bad usage, or no report in the file.
            """)

    @OptionGroup var source: ConfigurationOption

    @Option(help: "A file of reports; - reads standard input.")
    var reports: String?

    @Option(help: "The admin address (default: `admin` of the configuration).")
    var admin: String?

    @Option(help: "A page whose inline scripts and styles are allowed by their hashes; again for more.")
    var page: [String] = []

    @Flag(name: .long(and: "k"), help: "With --page: take any certificate.")
    var insecure = false

    @Option(help: "A policy: say what it leaves of the reports.")
    var against: String?

    @Option(help: "text, json, or rule for `response_headers`.")
    var format = Form.text

    enum Form: String, ArgumentValue, CaseIterable { case text, json, rule }

    func validate() throws(ValidationError) {
        if reports != nil, admin != nil { throw ValidationError("either --reports or --admin, not both") }
        if against != nil, format == .rule { throw ValidationError("--against is told of as text or json") }
        if let against, let problem = KnownValue.problem(name: "Content-Security-Policy", template: against) {
            throw ValidationError("--against: " + problem.message + (problem.suggestion.map { ": \($0)" } ?? ""))
        }
        for url in page where WebURL(url) == nil {
            throw ValidationError("--page takes a URL of http or https, not \"\(url)\"")
        }
    }

    func run() async throws {
        let table = try await table()
        let style = Style(isColored: Terminal.showsColors)
        if let against {
            let remaining = RemainingViolations(table, of: against, inline: try await inlineCode())
            if format == .json { Terminal.writeLine(remaining.json.written()) } else { Terminal.write(remaining.text(style)) }
            if !remaining.remaining.isEmpty { throw ExitCode(1) }
            return
        }
        guard !table.counts.isEmpty else {
            StandardError.write(
                """
                letterhead: no report has come yet, so that nothing is known of what the pages need
                help: a route with `reports` takes them, a policy's `report-to` sends them there; then open the pages in a browser

                """)
            throw ExitCode(1)
        }
        let policy = SuggestedPolicy(table, inline: try await inlineCode())
        switch format {
        case .text: Terminal.write(policy.text(style))
        case .json: Terminal.writeLine(policy.json.written())
        case .rule: Terminal.write(policy.rule)
        }
    }

    private func table() async throws -> ViolationTable {
        var table = ViolationTable()
        guard let reports else {
            _ = table.read(try await asked())
            return table
        }
        let bytes: [UInt8]
        do throws(SystemFile.Failure) {
            bytes = try reports == "-" ? SystemFile.bytes(of: 0) : SystemFile.bytes(reports, waits: true)
        } catch {
            StandardError.write("letterhead: cannot read \(reports): \(error)\n")
            throw ExitCode(2)
        }
        if table.read(bytes) > 0 || table.ofExtensions > 0 { return table }
        StandardError.write(
            "letterhead: there is no report about a policy in \(reports)\nhelp: give it the log, what /-/csp-reports says, or what browsers send\n"
        )
        throw ExitCode(2)
    }

    /// Returns what a running process has collected.
    private func asked() async throws -> [UInt8] {
        let target = try source.runningAdmin(
            admin, option: "--admin", orElse: ", or a file of reports with --reports FILE")
        let request = WebClient.Request("GET", "/-/csp-reports", at: target)
        do {
            let response = try await WebClient.ask(request)
            if response.status == 200 { return response.body }
            StandardError.write("letterhead: \(target)/-/csp-reports: the answer is \(response.status)\n")
        } catch {
            StandardError.write("letterhead: no answer from \(target): \(error)\n")
        }
        throw ExitCode(1)
    }

    /// Returns the inline code of the pages, except for code that changes from one request to the next.
    private func inlineCode() async throws -> [InlineCode] {
        var found: [InlineCode] = []
        for text in page {
            guard let url = WebURL(text) else { continue }
            let (first, second) = (try await inlineCode(of: url), try await inlineCode(of: url))
            found += first.filter { second.contains($0) && !found.contains($0) }
        }
        return found
    }

    private func inlineCode(of url: WebURL) async throws -> [InlineCode] {
        var request = WebClient.Request("GET", url, fields: [FieldText("Accept", "text/html")])
        request.isVerified = !insecure
        do {
            let response = try await WebClient.ask(request)
            return InlineCode.all(in: String(decoding: response.body, as: UTF8.self))
        } catch {
            StandardError.write("letterhead: no answer from \(url): \(error)\n")
            throw ExitCode(1)
        }
    }
}
