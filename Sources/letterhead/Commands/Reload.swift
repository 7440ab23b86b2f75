import EventLoop
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore
import ProxyTransport

struct Reload: Command {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Have a running Letterhead read its configuration again, and say what came of it.",
        discussion: """
            It is asked at its admin address, and answers. With --pid-file it gets SIGHUP, and what came of it is in its log.
            Exit code 0: the new configuration is in force, or the signal has been sent. 1: the old one stays, or nobody answers.
            2: bad usage, or the configuration cannot be read here either.
            """)

    @OptionGroup var source: ConfigurationOption

    @Option(help: "The admin address (default: `admin` of the configuration).")
    var address: String?

    @Option(help: "A file with the process's number.")
    var pidFile: String?

    @Option(help: "How long to wait for the answer.")
    var timeout = Milliseconds(30_000)

    func validate() throws(ValidationError) {
        try timeout.check("--timeout", upTo: 600_000)
        guard address == nil || pidFile == nil else {
            throw ValidationError("either --address or --pid-file, not both")
        }
    }

    func run() async throws {
        if let pidFile { return try signal(Self.number(in: pidFile)) }
        let target = try source.runningAdmin(
            address, orElse: ", or a file with the process's number with --pid-file FILE")
        var request = WebClient.Request("POST", "/-/reload", at: target)
        request.timeout = timeout.count
        do {
            let response = try await WebClient.ask(request)
            let text = String(decoding: response.body, as: UTF8.self)
            if response.status == 200 { return Terminal.write("\(target): \(text)") }
            StandardError.write(
                response.status == 422
                    ? "\(target): not reloaded, the old configuration stays\n\(text)"
                    : "\(target): the answer is \(response.status), as no letterhead's\n")
        } catch {
            StandardError.write("letterhead: no answer from \(target): \(error)\n")
            if address == nil {
                StandardError.write("help: if `admin` in the file has changed, name the old one with --address, or send SIGHUP\n")
            }
        }
        throw ExitCode(1)
    }

    private static func number(in file: String) throws -> Int32 {
        let text: String
        do throws(SystemFile.Failure) {
            text = String(decoding: try SystemFile.bytes(file, limit: 64), as: UTF8.self)
        } catch {
            StandardError.write("letterhead: cannot read \(file): \(error)\n")
            throw ExitCode(2)
        }
        guard let number = Int32(text.filter { !$0.isWhitespace }), number > 1 else {
            StandardError.write("letterhead: there is no number of a process in \(file)\n")
            throw ExitCode(2)
        }
        return number
    }

    private func signal(_ number: Int32) throws {
        do throws(Predecessor.Refusal) {
            try Predecessor.reload(number)
        } catch {
            StandardError.write("letterhead: \(error)\n")
            throw ExitCode(1)
        }
        Terminal.writeLine("process \(number): told to reload (SIGHUP); its log says what came of it")
    }
}
