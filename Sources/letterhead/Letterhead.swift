import ArgumentParser

/// The command line: one subcommand, one file.
struct Letterhead: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "letterhead",
        abstract: "A reverse proxy that puts the headers you wrote, in order, on every response.",
        discussion: "Exit codes: 0 good, 1 the answer is no, 2 bad usage or bad configuration.",
        version: version,
        subcommands: [Run.self, Check.self, Explain.self, Test.self, Examine.self, Import.self, Demo.self, Healthcheck.self])

    static let version = "0.1.0"
}

@main
enum Main {
    static func main() async {
        do {
            if let file = Run.file(CommandLine.arguments) { return try await Run.run(file) }
            var command = try Letterhead.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let code as ExitCode {
            Letterhead.exit(withError: code)
        } catch {
            // ArgumentParser's own code for bad usage is 64; ours is 2.
            let isUsage = Letterhead.exitCode(for: error) == .validationFailure
            let text = Letterhead.fullMessage(for: error)
            if Letterhead.exitCode(for: error) == .success {
                Terminal.writeLine(text)
                Letterhead.exit(withError: ExitCode.success)
            }
            StandardError.write(text + "\n")
            Letterhead.exit(withError: isUsage ? ExitCode(2) : ExitCode(1))
        }
    }
}
