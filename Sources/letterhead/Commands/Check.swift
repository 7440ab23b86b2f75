import ArgumentParser
import ProxyConfig
import ProxyCore

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read the configuration and say what is wrong with it.",
        discussion: "Exit code 0: it would run. 2: it would not; each error names file, line and column.")

    @OptionGroup var source: ConfigurationOption

    @Flag(
        name: .customLong("print"), help: "Print, for each route, the numbered list of rules that applies and where each is from."
    )
    var isPrinting = false

    func run() async throws {
        let configuration = try source.load()
        if isPrinting {
            print(EffectivePolicy.describe(configuration))
        } else {
            print("ok: \(configuration.routes.count) routes, \(configuration.upstreams.count) upstreams")
        }
    }
}
