import HTTPModel
import HeaderPolicy
import ProxyCore
import ProxyTransport

struct Healthcheck: Command {
    static let configuration = CommandConfiguration(
        commandName: "healthcheck",
        abstract: "Ask a running Letterhead whether it is healthy.",
        discussion: """
            Exit code 0: it is. 1: it is not, or does not answer. For containers, which need no curl then. Of the configuration only the
            addresses are read: a mistake elsewhere in it changes nothing for a process that runs. Without an admin address there, all that
            is asked of the first listener is whether it takes a connection.
            """)

    @OptionGroup var source: ConfigurationOption

    @Option(help: "The admin address (default: `admin` of the configuration).")
    var address: String?

    @Option(help: "The path to ask for (default: /healthz).")
    var path: String?

    @Option(help: "How long to wait.")
    var timeout = Milliseconds(2000)

    func validate() throws(ValidationError) {
        try timeout.check("--timeout", upTo: 600_000)
        guard let path else { return }
        guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw ValidationError("--path takes a path such as /readyz")
        }
    }

    func run() async throws {
        let target: SocketTarget
        if let address {
            target = try ConfigurationOption.target(address)
        } else {
            let configuration = try source.readable()
            guard let admin = configuration.admin?.value else {
                guard path == nil else {
                    throw ValidationError(
                        "--path needs an admin address: the configuration has no `admin`, and there is no --address")
                }
                return try await connect(configuration.listeners.first)
            }
            target = admin
        }
        let path = path ?? "/healthz"
        do {
            let status = try await HealthProbe.get(path, from: target, timeout: timeout.count)
            Terminal.writeLine("\(target)\(path): \(status.rawValue)")
            if status != 200 { throw ExitCode(1) }
        } catch let code as ExitCode {
            throw code
        } catch {
            StandardError.write("letterhead: no answer from \(target): \(error)\n")
            throw ExitCode(1)
        }
    }

    /// Only connects to the first listener: without an admin address, a request would go to the app.
    private func connect(_ listener: Listener?) async throws {
        guard let target = listener?.bind.value else { throw ExitCode(1) }
        do {
            try await HealthProbe.connect(to: target, timeout: timeout.count)
            Terminal.writeLine("\(target): connected; write `admin: 127.0.0.1:9900` to be told more")
        } catch {
            StandardError.write("letterhead: no answer from \(target): \(error)\n")
            throw ExitCode(1)
        }
    }
}
