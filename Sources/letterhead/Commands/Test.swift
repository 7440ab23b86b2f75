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
            Exit code 0: all passed. 1: one failed. 2: a file cannot be read.
            """)

    @Argument(help: "Files, or folders of them.")
    var paths: [String]

    @Option(
        name: [.customShort("c"), .customLong("config")], help: "The configuration to test, instead of the one that a file names."
    )
    var config: String?

    @Option(help: "text or junit.")
    var format = Form.text

    enum Form: String, ArgumentValue, CaseIterable { case text, junit }

    func run() async throws {
        var results: [PolicyTestResult] = []
        var compiled: [String: CompiledConfiguration] = [:]
        for path in try files() {
            let file = try ConfigurationOption.reporting { () throws(ConfigurationErrors) in
                try ConfigurationLoader.standard.tests(path: path)
            }
            let source = try configurationPath(of: file)
            // Certificates are where it runs, and no policy depends on them.
            let policy = try compiled[source] ?? ConfigurationOption.compile(source, verifies: false)
            compiled[source] = policy
            results += file.tests.map { $0.run(on: policy) }
        }
        switch format {
        case .text: Terminal.write(results.text(Style(isColored: Terminal.showsColors)))
        case .junit: Terminal.write(results.junit)
        }
        if results.failed > 0 { throw ExitCode(1) }
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
        for path in paths {
            guard let isFolder = SystemFile.isFolder(path) else {
                StandardError.write("letterhead: there is no \(path)\n")
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
