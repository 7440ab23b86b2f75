import EventLoop
import HeaderPolicy
import ProxyConfig
import ProxyCore
import ProxyTransport

/// The `--config FILE` option, shared by the commands that need a configuration.
struct ConfigurationOption: Arguments {
    @Option(
        name: [.customShort("c"), .customLong("config")],
        help: "The configuration file (default: $LETTERHEAD_CONFIG, then letterhead.yaml or .yml here, then in /etc/letterhead).")
    var path: String?

    /// The paths that are tried when neither `--config` nor the variable names a file.
    static let defaults = ["", "/etc/letterhead/"].flatMap { ["\($0)letterhead.yaml", "\($0)letterhead.yml"] }

    /// The environment variable that names the configuration for all commands.
    static let variable = "LETTERHEAD_CONFIG"

    /// Loads and checks the configuration. Warnings and errors are written to standard error; after errors the exit code is 2.
    ///
    /// - Parameter verifies: whether to check the files that it names, too.
    func load(verifies: Bool = true) throws -> Configuration { try Self.load(try file(), verifies: verifies) }

    private static func load(_ file: String, verifies: Bool) throws -> Configuration {
        try compile(file, verifies: verifies).source
    }

    /// Loads the configuration and compiles it, ready to serve.
    func compile(verifies: Bool = true) throws -> CompiledConfiguration { try Self.compile(try file(), verifies: verifies) }

    /// Compiles the configuration if one is named or found; nil if there is none.
    func compileIfThere(verifies: Bool) throws -> CompiledConfiguration? { try Self.compileIfThere(path, verifies: verifies) }

    static func compileIfThere(_ path: String?, verifies: Bool) throws -> CompiledConfiguration? {
        let isNamed = path != nil || !(Environment.current[variable] ?? "").isEmpty
        return isNamed || defaults.contains(where: SystemFile.isReadable) ? try compile(file(path), verifies: verifies) : nil
    }

    static func compile(_ file: String, verifies: Bool = true) throws -> CompiledConfiguration {
        let outcome = read(file, verifies: verifies)
        let compiled = try reporting { () throws(ConfigurationErrors) in try outcome.compiled() }
        for warning in outcome.diagnostics { StandardError.write("\(warning)\n") }
        return compiled
    }

    private static func read(_ file: String, verifies: Bool) -> ConfigurationLoader.Outcome {
        var loader = ConfigurationLoader.standard
        if !verifies { loader.verify = { _ in ([], []) } }
        return loader.read(path: file)
    }

    /// Returns the configuration as far as it can be read. A running process keeps its configuration when the file becomes
    /// invalid, so its address must not depend on the rest of the file.
    ///
    /// - Throws: exit code 2, after saying why, if nothing can be read, or if there is an invalid `admin`.
    func readable() throws -> Configuration {
        let file = try file()
        let outcome = Self.read(file, verifies: false)
        guard let readable = outcome.readable else {
            return try Self.reporting { () throws(ConfigurationErrors) in try outcome.get() }
        }
        let errors = readable.admin == nil ? outcome.errors(at: "admin") : []
        if !errors.isEmpty {
            StandardError.write(ConfigurationErrors(errors).description)
            throw ExitCode(2)
        }
        return readable
    }

    /// Returns the address of the running process's admin listener, from an option or from the configuration; nil if the configuration
    /// has none.
    ///
    /// - Parameter option: the option's name.
    func admin(_ address: String?, option: String = "--address") throws -> SocketTarget? {
        guard let address else { return try load(verifies: false).admin?.value }
        return try Self.target(address, option: option)
    }

    static func target(_ address: String, option: String = "--address") throws -> SocketTarget {
        if let target = SocketTarget(text: address) { return target }
        throw ValidationError("\(option) takes HOST:PORT or unix:/PATH, not \"\(address)\"")
    }

    /// Like `admin`, for commands that cannot do without it.
    ///
    /// - Parameter alternative: what else may be given, for the message.
    /// - Throws: exit code 2, after saying so, if there is no such address.
    func runningAdmin(
        _ address: String?, option: String = "--address", orElse alternative: String = ""
    ) throws -> SocketTarget {
        if let target = try admin(address, option: option) { return target }
        StandardError.write(
            """
            letterhead: the configuration has no `admin` address, where a running one could be asked
            help: name one with \(option) HOST:PORT\(alternative)

            """)
        throw ExitCode(2)
    }

    func file() throws -> String { try Self.file(path) }

    static func file(_ path: String?) throws -> String {
        if let path { return path }
        if let named = Environment.current[variable], !named.isEmpty {
            if SystemFile.isReadable(named) { return named }
            StandardError.write(
                "letterhead: cannot read \(named), which the variable \(variable) names\nhelp: name a file with --config FILE\n")
            throw ExitCode(2)
        }
        guard let file = defaults.first(where: SystemFile.isReadable) else {
            StandardError.write(
                "letterhead: there is no letterhead.yaml (or .yml), neither here nor in /etc/letterhead\n\(Self.firstSteps)")
            throw ExitCode(2)
        }
        return file
    }

    /// The help for users who have no configuration yet.
    private static let firstSteps = """
        help: name a file with --config FILE, have one written by `letterhead init`, do without by `letterhead proxy`, or begin with a
        letterhead.yaml such as
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
    /// A loader with this process's environment and file system, which also checks the certificate files that are named.
    static var standard: ConfigurationLoader {
        var loader = ConfigurationLoader(environment: Environment.current) {
            try SystemFile.bytes($0, waits: SystemFile.isDescriptor($0))
        }
        loader.verify = {
            let files = CertificateFiles($0)
            return (files.errors, files.warnings)
        }
        return loader
    }
}

extension ConfigurationLoader.Outcome {
    /// The errors in the value of a key of the file itself.
    fileprivate func errors(at key: String) -> [Diagnostic] {
        let errors = diagnostics.filter { $0.severity == .error }
        guard let source, !errors.isEmpty else { return [] }
        let root = ConfigurationLoader(environment: [:]) { _ in [] }.tree(source.text, file: "").root
        guard case .table(let entries)? = root?.content, let entry = entries.first(where: { $0.key == key }) else { return [] }
        let lines = entry.keyPlace.line...max(entry.keyPlace.line, entry.value.place.line)
        return errors.filter { lines.contains($0.location.line) }
    }
}
