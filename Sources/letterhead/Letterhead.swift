import ArgumentParser
import Foundation

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
        StandardStreams.secure()
        var code = await run()
        if !StandardOutput.wasWritten() { code = max(code, 1) }
        StandardError.finish()
        exit(code)
    }

    /// Runs what the command line says; returns the exit code.
    private static func run() async -> Int32 {
        do {
            if let file = Run.file(CommandLine.arguments) {
                try await Run.run(file)
                return 0
            }
            var command = try Letterhead.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return 0
        } catch let code as ExitCode {
            return code.rawValue
        } catch {
            // ArgumentParser's own code for bad usage is 64; ours is 2.
            let isUsage = Letterhead.exitCode(for: error) == .validationFailure
            let text = Letterhead.fullMessage(for: error)
            if Letterhead.exitCode(for: error) == .success {
                Terminal.writeLine(text)
                return 0
            }
            StandardError.write(text + "\n")
            return isUsage ? 2 : 1
        }
    }
}
