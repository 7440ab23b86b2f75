import Diagnosis
import EventLoop
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `letterhead init`: writes a first configuration file.
struct InitCommand: Command {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a first letterhead.yaml, with a reason for every line.",
        discussion: """
            Without options it asks, at a terminal. With --from it asks the app what it sends today, errors and preflights included, and
            begins with that. `letterhead init -` prints the file instead of writing it.
            Exit code: 0 it is written. 1: it is there already, or the app does not answer. 2: bad usage.
            """)

    @Argument(help: "The file (default: letterhead.yaml); - is standard output.")
    var file: String?

    @Option(help: ArgumentHelp("Ask this app, at a page of its own, such as http://localhost:5000/api/items.", valueName: "url"))
    var from: String?

    @Option(
        help: ArgumentHelp(
            "Where the app is: a URL, a port, unix:/PATH (default: that of --from, else http://localhost:5000).", valueName: "url"
        ))
    var upstream: String?

    @Option(
        name: .customLong("allow-origin"),
        help: ArgumentHelp(
            "An origin whose pages may read the responses; again for more (default: those of --from).", valueName: "origin"))
    var origins: [String] = []

    @Option(help: ArgumentHelp("Where to listen (default: :8080, all addresses of this machine).", valueName: "address"))
    var listen: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("A header for every response, `Name: value`; again for more.", valueName: "field"))
    var fields: [String] = []

    @Flag(name: .long(and: "k"), help: "With --from: take any certificate of the app.")
    var insecure = false

    @Flag(help: "Replace a file that is there.")
    var force = false

    func validate() throws(ValidationError) {
        guard from.map({ WebURL($0) != nil }) != false else {
            let from = from ?? ""
            let guess = from.contains(text: "//") || WebURL("http://\(from)") == nil ? "" : ": write http://\(from)"
            throw ValidationError("--from takes a URL of http or https, not \"\(from)\"\(guess)")
        }
    }

    func run() async throws {
        let file = file ?? ProxyPolicy.file
        guard file == "-" || force || SystemFile.isFolder(file) == nil else {
            StandardError.write(
                "letterhead: \(file) is there already\nhelp: --force replaces it; `letterhead init -` prints another\n")
            throw ExitCode(1)
        }
        var (answers, url) = try await answers()
        if let url, upstream == nil, from != nil { answers.upstream = "\(url.scheme.text)://\(url.authority)" }
        var findings: AppFindings?
        if let url { findings = try await Self.findings(url, answers.origins.first, insecure: insecure) }
        var draft = answers.draft(findings)
        let errors = draft.settle(file: file)
        guard errors.isEmpty else {
            StandardError.write(errors.joined(separator: "\n\n") + "\n")
            throw ExitCode(2)
        }
        try write(draft.text, file)
    }

    private func answers() async throws -> (InitAnswers, WebURL?) {
        let isSilent = from == nil && upstream == nil && origins.isEmpty && listen == nil && fields.isEmpty
        if isSilent, file != "-", Terminal.isOne, isatty(0) == 1 {
            let questions = InitQuestions(show: { Terminal.write($0) }, read: { readLine() }) { url in
                let request = DoctorRequest(method: "GET", url: url, fields: [], version: .http11)
                let answer = await DoctorCommand.ask(request, isVerified: !insecure, timeout: Self.timeout)
                return if case .failure(let words) = answer { words } else { nil }
            }
            return await questions.answers(found: await UpstreamSearch().found().first)
        }
        var answers = InitAnswers()
        if let upstream { answers.upstream = TypedAddress.upstream(upstream) }
        if let listen { answers.listen = TypedAddress.listen(listen) }
        answers.origins = origins
        answers.fields = try fields.map { try FieldText(argument: $0, "--set") }
        return (answers, from.flatMap { WebURL($0) })
    }

    /// The timeout of each request, in milliseconds.
    private static let timeout = 10_000

    private static func findings(_ url: WebURL, _ origin: String?, insecure: Bool) async throws -> AppFindings {
        let asked = origin.flatMap { PageOrigin.isValid($0) ? $0 : nil } ?? "http://localhost:3000"
        let (findings, failure) = await AppFindings.ask(url, origin: asked) { request in
            await DoctorCommand.ask(request, isVerified: !insecure, timeout: timeout)
        }
        guard let findings else {
            StandardError.write("letterhead: \(url) does not answer: \(failure)\nhelp: start the app, or leave out --from\n")
            throw ExitCode(1)
        }
        return findings
    }

    private func write(_ text: String, _ file: String) throws {
        guard file != "-" else { return Terminal.write(text) }
        do throws(SystemFile.Failure) {
            try SystemFile.write(Array(text.utf8), toFile: file, replaces: force)
        } catch {
            StandardError.write("letterhead: cannot write \(file): \(error)\n")
            throw ExitCode(1)
        }
        let option = file == ProxyPolicy.file ? "" : " --config \(file)"
        Terminal.writeLine("wrote \(file); next: `letterhead check\(option)`, `letterhead run\(option)`")
    }
}
