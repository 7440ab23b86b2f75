import EventLoop
import ProxyTransport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The command line. Each subcommand has its own file.
struct Letterhead: Command {
    static let configuration = CommandConfiguration(
        commandName: "letterhead",
        abstract: "A reverse proxy that puts the headers you wrote, in order, on every response.",
        discussion: "Exit codes: 0 good, 1 the answer is no, 2 bad usage or bad configuration.",
        subcommands: [
            Run.self, ProxyCommand.self, InitCommand.self, Check.self, Explain.self, Test.self, Diff.self, DoctorCommand.self,
            Import.self, CSP.self, Demo.self, Reload.self, Record.self, Healthcheck.self, SchemaCommand.self, Completions.self,
            Man.self,
        ])

    static var described: [DescribedCommand] { DescribedCommand.all(of: Self.self) }
}

@main
enum Main {
    static func main() {
        ReturnedMemory.keepLargeApart()
        StandardStreams.secure()
        var code = run()
        StandardOutput.finish()
        if !StandardOutput.wasWritten() { code = max(code, 1) }
        StandardError.finish()
        // `exit` would first take down what the C libraries share among all threads, and those that still run, such as the loop of
        // a command, would trip over it.
        _exit(code)
    }

    /// Runs the command line and returns the exit code.
    private static func run() -> Int32 {
        var reader = CommandLineReader(Letterhead.self, version: Letterhead.version)
        do {
            if let file = Run.file(CommandLine.arguments) {
                try TaskLoop.run { try await Run.run(file) }
                return 0
            }
            switch try reader.read(Array(CommandLine.arguments.dropFirst())) {
            case .text(let text): Terminal.writeLine(text)
            case .command(let command): try TaskLoop.run { try await command.run() }
            }
            return 0
        } catch let code as ExitCode {
            return code.rawValue
        } catch let error as ValidationError {
            StandardError.write(reader.text(of: error) + "\n")
            return 2
        } catch {
            StandardError.write("letterhead: \(error)\n")
            return 1
        }
    }
}
