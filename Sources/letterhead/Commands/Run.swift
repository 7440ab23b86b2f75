import ArgumentParser
import ProxyCore

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the proxy until SIGTERM or SIGINT.",
        discussion:
            "The first signal drains: what is going on finishes. A second one stops at once. SIGHUP reads the certificates again."
    )

    @OptionGroup var source: ConfigurationOption

    func run() async throws {
        try await Service(configuration: try source.load()).run()
    }
}
