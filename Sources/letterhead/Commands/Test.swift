import Diagnosis
import EventLoop
import HeaderPolicy
import ProxyConfig
import ProxyCore

struct Test: Command {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run policy tests: a request, an app's answer, and what has to leave. No sockets.",
        discussion: """
            A file of tests names its configuration with `config:`; --config overrides it. In a folder, every *.test.yaml is run.
            With --from-har none is run: tests are written of what a browser or a proxy has recorded, to be kept in a file. With a
            configuration, named or found, what its policy makes is left out of the app's answers.
            Exit code 0: all passed. 1: one failed. 2: a file cannot be read.
            """)

    @Argument(help: "Files, or folders of them (default: letterhead.test.yaml).", orNone: true)
    var paths: [String]

    @Option(help: "A recording (HAR) to write tests of; - reads standard input.")
    var fromHar: String?

    @Option(
        name: [.customShort("c"), .customLong("config")], help: "The configuration to test, instead of the one that a file names."
    )
    var config: String?

    @Option(help: "text or junit.")
    var format = Form.text

    enum Form: String, ArgumentValue, CaseIterable { case text, junit }

    /// The file that is run where none is named.
    private static let usual = "letterhead.test.yaml"

    func validate() throws(ValidationError) {
        guard paths.isEmpty || fromHar == nil else {
            throw ValidationError("--from-har FILE writes tests and runs none: leave out \(paths.joined(separator: ", "))")
        }
    }

    func run() async throws {
        if let fromHar { return try write(from: fromHar) }
        var results: [PolicyTestResult] = []
        var compiled: [String: CompiledConfiguration] = [:]
        for path in try files() {
            let file = try ConfigurationOption.reporting { () throws(ConfigurationErrors) in
                try ConfigurationLoader.standard.tests(path: path)
            }
            let source = try configurationPath(of: file)
            // Certificates exist where the proxy runs, and no policy depends on them.
            let policy = try compiled[source] ?? ConfigurationOption.compile(source, verifies: false)
            compiled[source] = policy
            results += file.tests.map { $0.run(on: policy) }
        }
        switch format {
        case .text:
            // A policy's rules are there once for each place that uses it.
            let inShadow = compiled.values.reduce(0) { $0 + Set($1.source.allRules.filter(\.isShadow).map(\.location)).count }
            Terminal.write(results.text(Style(isColored: Terminal.showsColors), inShadow: inShadow))
        case .junit: Terminal.write(results.junit)
        }
        if results.failed > 0 { throw ExitCode(1) }
    }

    /// Writes tests for the exchanges of a recording.
    private func write(from har: String) throws {
        let compiled = try ConfigurationOption.compileIfThere(config, verifies: false)
        let policy = compiled.map { HARPolicy($0, listener: 0, unixSeconds: WallClock.unixSeconds()) }
        var scan = try Recording.scan(har)
        var tests = HARTestWriter(policy)
        while let judged = scan.next() {
            for one in judged {
                let isFirst = tests.count == 0
                guard let text = tests.test(one) else { continue }
                Terminal.write((isFirst ? HARTestWriter.head(har == "-" ? "standard input" : har) : "") + text)
            }
        }
        try Recording.report(scan.error, har)
        guard tests.count == 0 else { return }
        StandardError.write("letterhead: \(har): no entry has a response that a test could be made of\n")
        throw ExitCode(2)
    }

    private func configurationPath(of file: PolicyTestFile) throws -> String {
        if let config { return config }
        guard let named = file.configuration else { return try ConfigurationOption.file(nil) }
        if named.value.hasPrefix("/") { return named.value }
        let folder = file.file.lastIndex(of: "/").map { String(file.file[...$0]) } ?? ""
        return folder + named.value
    }

    private func files() throws -> [String] {
        var files: [String] = []
        for path in paths.isEmpty ? [Self.usual] : paths {
            guard let isFolder = SystemFile.isFolder(path) else {
                StandardError.write(
                    "letterhead: there is no \(path)\nhelp: name a file of tests, or a folder: tests are in *.test.yaml\n")
                throw ExitCode(2)
            }
            guard isFolder else {
                files.append(path)
                continue
            }
            do throws(SystemFile.Failure) {
                let names = try SystemFile.names(in: path).filter { $0.hasSuffix(".test.yaml") }.sorted()
                files += names.map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
            } catch {
                StandardError.write("letterhead: cannot read \(path): \(error)\n")
                throw ExitCode(2)
            }
        }
        guard !files.isEmpty else {
            StandardError.write(
                "letterhead: there is no test in \(paths.joined(separator: ", "))\nhelp: tests are in *.test.yaml\n")
            throw ExitCode(2)
        }
        return files
    }
}
