import EventLoop
import HeaderPolicy
import ProxyConfig
import ProxyCore
import ProxyTransport

/// `--config FILE`, shared by the commands that need a configuration.
struct ConfigurationOption: Arguments {
    @Option(
        name: [.customShort("c"), .customLong("config")],
        help: "The configuration file (default: letterhead.yaml here, then /etc/letterhead/letterhead.yaml).")
    var path: String?

    /// Where a configuration is looked for without `--config`.
    static let defaults = ["letterhead.yaml", "/etc/letterhead/letterhead.yaml"]

    /// The checked configuration. Warnings are written to standard error; so are errors, and then the exit code is 2.
    ///
    /// - Parameter verifies: the files that it names, too.
    func load(verifies: Bool = true) throws -> Configuration { try Self.load(try file(), verifies: verifies) }

    private static func load(_ file: String, verifies: Bool) throws -> Configuration {
        try compile(file, verifies: verifies).source
    }

    /// The same, ready to serve.
    func compile(verifies: Bool = true) throws -> CompiledConfiguration { try Self.compile(try file(), verifies: verifies) }

    static func compile(_ file: String, verifies: Bool = true) throws -> CompiledConfiguration {
        var loader = ConfigurationLoader.standard
        if !verifies { loader.verify = { _ in ([], []) } }
        let outcome = loader.read(path: file)
        let compiled = try reporting { () throws(ConfigurationErrors) in try outcome.compiled() }
        for warning in outcome.diagnostics { StandardError.write("\(warning)\n") }
        return compiled
    }

    /// The file that is meant.
    func file() throws -> String { try Self.file(path) }

    static func file(_ path: String?) throws -> String {
        guard let file = path ?? defaults.first(where: SystemFile.isReadable) else {
            StandardError.write(
                "letterhead: there is no \(defaults.joined(separator: " and no "))\n\(Self.firstSteps)")
            throw ExitCode(2)
        }
        return file
    }

    /// For somebody who has none yet.
    private static let firstSteps = """
        help: name a file with --config FILE, or begin with a letterhead.yaml such as
            listen: 127.0.0.1:8080
            upstreams: { app: http://127.0.0.1:5000 }
            response_headers:
              - cors: { allow_origins: [http://localhost:3000] }

        """

    static func reporting<Value>(_ body: () throws(ConfigurationErrors) -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            StandardError.write(error.description)
            throw ExitCode(2)
        }
    }
}

extension ConfigurationLoader {
    /// With this process's environment and the file system; looks into the files of certificates that are named.
    static var standard: ConfigurationLoader {
        var loader = ConfigurationLoader(environment: Environment.current) { try SystemFile.bytes($0) }
        loader.verify = CertificateFiles.verify
        return loader
    }
}
