import ArgumentParser
import Foundation
import HeaderPolicy
import ProxyConfig
import ProxyCore

/// `--config FILE`, shared by the commands that need a configuration.
struct ConfigurationOption: ParsableArguments {
    @Option(
        name: [.customShort("c"), .customLong("config")],
        help: "The configuration file (default: letterhead.yaml here, then /etc/letterhead/letterhead.yaml).")
    var path: String?

    /// Where a configuration is looked for without `--config`.
    static let defaults = ["letterhead.yaml", "/etc/letterhead/letterhead.yaml"]

    /// The checked configuration. What is wrong is written to standard error, and the exit code is 2.
    func load() throws -> Configuration {
        let file = try file()
        return try Self.reporting { () throws(ConfigurationErrors) in try ConfigurationLoader.standard.load(path: file) }
    }

    /// The same, ready to serve.
    func compile() throws -> CompiledConfiguration {
        let configuration = try load()
        do throws(PolicyErrors) {
            return try CompiledConfiguration(configuration)
        } catch {
            for problem in error.errors { StandardError.write("\(problem.location): error: \(problem.message)\n") }
            throw ExitCode(2)
        }
    }

    /// The file that is meant.
    func file() throws -> String {
        guard let file = path ?? Self.defaults.first(where: FileManager.default.isReadableFile(atPath:)) else {
            StandardError.write(
                "letterhead: there is no \(Self.defaults.joined(separator: " and no "))\nhelp: name a file with --config FILE\n")
            throw ExitCode(2)
        }
        return file
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
