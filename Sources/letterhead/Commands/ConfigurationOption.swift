import ArgumentParser
import Foundation
import ProxyConfig
import ProxyCore
import ProxyTransport

/// `--config FILE`, shared by the commands that need a configuration.
struct ConfigurationOption: ParsableArguments {
    @Option(
        name: [.customShort("c"), .customLong("config")],
        help: "The configuration file (default: letterhead.yaml here, then /etc/letterhead/letterhead.yaml).")
    var path: String?

    /// Where a configuration is looked for without `--config`.
    static let defaults = ["letterhead.yaml", "/etc/letterhead/letterhead.yaml"]

    /// The checked configuration. Warnings are written to standard error; so are errors, and then the exit code is 2.
    ///
    /// - Parameter verifies: the files that it names, too.
    func load(verifies: Bool = true) throws -> Configuration {
        guard let file = path ?? Self.defaults.first(where: FileManager.default.isReadableFile(atPath:)) else {
            StandardError.write(
                "letterhead: there is no \(Self.defaults.joined(separator: " and no "))\nhelp: name a file with --config FILE\n")
            throw ExitCode(2)
        }
        var loader = ConfigurationLoader.standard
        if verifies { loader.verify = CertificateFiles.verify }
        let outcome = loader.read(path: file)
        let configuration = try Self.reporting { () throws(ConfigurationErrors) in try outcome.get() }
        for warning in outcome.diagnostics { StandardError.write("\(warning)\n") }
        return configuration
    }

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
    /// With this process's environment and the file system.
    static var standard: ConfigurationLoader {
        ConfigurationLoader(environment: ProcessInfo.processInfo.environment) { path in
            Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        }
    }
}
