import Diagnosis
import EventLoop
import HeaderPolicy
import ProxyConfig
import ProxyCore

struct Diff: Command {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Say what changes from one configuration to another: headers, routes, and pages that can no longer read.",
        discussion: """
            Requests are played on both by the code that serves, without sockets: those of --traffic or --requests, or else requests
            made up from the routes and conditions of both files. Exit code 0: nothing changes but what --allow says. 1: something does,
            or a rule that only one file has is shown by none of the requests made up. 2: bad usage or configuration.
            """)

    @Argument(help: ArgumentHelp("The configuration before.", valueName: "old"))
    var old: String

    @Argument(help: ArgumentHelp("The configuration after.", valueName: "new"))
    var new: String

    @Option(help: "A recording (HAR) of what passed; - reads standard input. Secrets in it are not shown.")
    var traffic: String?

    @Option(help: "A file of requests and the app's answers, written as policy tests; what they expect does not matter.")
    var requests: String?

    @Option(help: "What may change: a header's name, `Name@route`, `X-Debug-*`, or :status and the like; again for more.")
    var allow: [String] = []

    @Option(help: "text, json or markdown.")
    var format = Form.text

    enum Form: String, ArgumentValue, CaseIterable { case text, json, markdown }

    func validate() throws(ValidationError) {
        if traffic != nil, requests != nil { throw ValidationError("either --traffic or --requests, not both") }
    }

    func run() async throws {
        let allowed = try allow.map { text in
            if let allowed = AllowedDifference(text) { return allowed }
            throw ValidationError("--allow takes a header's name or NAME@ROUTE, not \"\(text)\"")
        }
        // Certificates are not checked: they exist where the proxy runs, and no policy depends on them.
        let (before, after) = (try Self.compile(old), try Self.compile(new))
        var diff = PolicyDiff(before, after, allowing: allowed)
        let origin = try play(&diff, before, after)
        guard diff.exchanges > 0 else {
            StandardError.write(
                "letterhead: nothing could be asked: \(diff.unasked.keys.sorted().first ?? "there was no request")\n")
            throw ExitCode(2)
        }
        switch format {
        case .text: Terminal.write(diff.text(of: origin, Style(isColored: Terminal.showsColors)))
        case .json: Terminal.writeLine(diff.json(of: origin, old: old, new: new).written())
        case .markdown: Terminal.write(diff.markdown(of: origin))
        }
        if !diff.unexpected.isEmpty || !diff.unseen.isEmpty { throw ExitCode(1) }
    }

    /// Compares the exchanges, and returns where they are from.
    private func play(_ diff: inout PolicyDiff, _ old: CompiledConfiguration, _ new: CompiledConfiguration) throws -> String {
        let now = WallClock.unixSeconds()
        if let requests {
            let file = try ConfigurationOption.reporting { () throws(ConfigurationErrors) in
                try ConfigurationLoader.standard.tests(path: requests, needsExpectations: false)
            }
            for test in file.tests { diff.compare(DiffQuestion(test, unixSeconds: now)) }
            return "of \(requests)"
        }
        if let traffic {
            let policy = HARPolicy(old, listener: 0, unixSeconds: now)
            var scan = try Recording.scan(traffic)
            while let judged = scan.next() { for question in judged.compactMap(policy.replay) { diff.compare(question) } }
            try Recording.report(scan.error, traffic)
            return "of \(traffic)"
        }
        let made = MadeUpRequests(old, new, unixSeconds: now)
        diff.compare(madeUp: made.questions)
        return made.isCut ? "made up from both files (not all that could be)" : "made up from both files"
    }

    private static func compile(_ file: String) throws -> CompiledConfiguration {
        var loader = ConfigurationLoader.standard
        loader.verify = { _ in ([], []) }
        return try ConfigurationOption.reporting { () throws(ConfigurationErrors) in try loader.read(path: file).compiled() }
    }
}
