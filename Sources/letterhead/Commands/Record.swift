import Diagnosis
import EventLoop
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore
import ProxyTransport

struct Record: Command {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Write what passes a running Letterhead into a HAR, which `explain --har` and browsers read.",
        discussion: """
            It asks the admin address for what the inspector sees, and needs `inspector` in the configuration; `sample` and `rate` of
            that hold here too. Secrets are left out as there, and bodies, which nobody looks at. Ctrl-C ends it; the file is whole
            at any time. Exit code 0: as much was recorded as there was. 1: the running one cannot be asked. 2: bad usage.
            """)

    @OptionGroup var source: ConfigurationOption

    @Option(help: "The file to write; what is there is replaced.")
    var out: String

    @Option(help: "The admin address (default: `admin` of the configuration).")
    var address: String?

    @Option(help: "Exchanges after which it ends.")
    var entries = 10_000

    @Option(help: "MiB after which it ends.")
    var size = 64

    func validate() throws(ValidationError) {
        guard entries > 0 else { throw ValidationError("--entries takes 1 or more") }
        guard 1...100_000 ~= size else { throw ValidationError("--size takes 1 to 100000 (MiB)") }
    }

    func run() async throws {
        let target = try source.runningAdmin(address)
        let signals = Signals.ofTerminal()
        var feed = RecordedFeed(target)
        // This first question skips the exchanges that are already kept; otherwise these would come first.
        _ = try await feed.next()
        var file = try open()
        StandardError.write("letterhead: recording what passes \(target) into \(out); Ctrl-C ends it\n")
        var isCut = false
        while !signals.haveCome, !isCut {
            let lines = try await feed.next()
            isCut = try write(lines, &file)
            if lines.isEmpty { await TaskLoop.pause(.milliseconds(100)) }
        }
        // These passed before the signal.
        if !isCut { isCut = try write(try await feed.next(), &file) }
        Terminal.writeLine("\(out): \(counted(file.entries, "exchange"))\(isCut ? ", as many as may be" : "")")
        let unseen = feed.passed - file.entries
        guard unseen > 0, !isCut else { return }
        StandardError.write(
            "letterhead: \(unseen) more have passed unseen: `sample`, `rate` and `entries` of `inspector` say how many are\n")
    }

    private func open() throws -> HARFile {
        do throws(SystemFile.Failure) {
            return try HARFile(out)
        } catch {
            StandardError.write("letterhead: cannot write \(out): \(error)\n")
            throw ExitCode(2)
        }
    }

    /// Writes entries to the file. True if no more may be written.
    private func write(_ lines: [Substring], _ file: inout HARFile) throws -> Bool {
        let kept = lines.prefix(entries - file.entries)
        do throws(SystemFile.Failure) {
            return try file.append(kept, limit: size << 20) || file.entries >= entries
        } catch {
            StandardError.write("letterhead: cannot write \(out): \(error)\n")
            throw ExitCode(1)
        }
    }
}

/// Reads the inspector of a running process bit by bit.
private struct RecordedFeed {
    private let target: SocketTarget
    /// The number of the last exchange received; nil before the first request.
    private var last: Int?
    /// The number of exchanges that had passed at the first request; `passed` counts those since then.
    private var before = 0
    private(set) var passed = 0

    init(_ target: SocketTarget) { self.target = target }

    /// The entries since the last call; the first call returns none.
    mutating func next() async throws -> [Substring] {
        let query = last.map { "?after=\($0)" } ?? ""
        let request = WebClient.Request("GET", "/inspector/entries\(query)", at: target)
        let response: WebClient.Response
        do {
            response = try await WebClient.ask(request)
        } catch {
            StandardError.write("letterhead: no answer from \(target): \(error)\n")
            throw ExitCode(1)
        }
        let text = String(decoding: response.body, as: UTF8.self)
        guard response.status == 200, let number = Self.number("Letterhead-Last", response),
            let all = Self.number("Letterhead-Passed", response)
        else {
            StandardError.write("letterhead: \(target) answers \(response.status): \(text.split(separator: "\n").first ?? "")\n")
            throw ExitCode(1)
        }
        if last == nil || all < before { before = all }
        (last, passed) = (number, all - before)
        return text.split(separator: "\n")
    }

    private static func number(_ name: String, _ response: WebClient.Response) -> Int? {
        response.fields.combined(name).flatMap { UInt32($0) }.map(Int.init)
    }
}

/// A HAR file that grows and is complete after each step.
private struct HARFile {
    private let file: SystemOutput
    /// The length without the foot.
    private var length = 0
    private(set) var entries = 0

    init(_ path: String) throws(SystemFile.Failure) {
        file = try SystemOutput(path)
        let head = Array(HARWriter.head(version: Letterhead.version).utf8)
        try file.write(head + Array(HARWriter.foot.utf8), at: 0)
        length = head.count
    }

    /// Appends entries. True if there was not enough room for all of them.
    mutating func append(_ lines: some Sequence<Substring>, limit: Int) throws(SystemFile.Failure) -> Bool {
        var bytes: [UInt8] = []
        var isFull = false
        for line in lines {
            guard length + bytes.count + line.utf8.count < limit else {
                isFull = true
                break
            }
            if entries > 0 { bytes += Array(",\n".utf8) }
            bytes += Array(line.utf8)
            entries += 1
        }
        guard !bytes.isEmpty else { return isFull }
        try file.write(bytes + Array(HARWriter.foot.utf8), at: length)
        length += bytes.count
        return isFull
    }
}
