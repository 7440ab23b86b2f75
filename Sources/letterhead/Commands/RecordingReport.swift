import Diagnosis
import EventLoop
import ProxyCore

/// The report of `explain --har`: one line per entry of a recording, or everything about one entry.
struct RecordingReport {
    private let file: String
    private let page: String?
    private let entry: Int?
    private let pattern: URLPattern?
    private let policy: HARPolicy?
    private let format: ReportForm
    private let style = Style(isColored: Terminal.showsColors)

    /// - Parameter source: a configuration is optional; without `--config`, one is used if it is found.
    init(
        _ file: String, page: String?, entry: Int?, url: String?, _ listener: Int, _ source: ConfigurationOption,
        _ format: ReportForm
    ) throws {
        self.file = file
        self.page = page
        self.entry = entry
        self.format = format
        pattern = url.map { URLPattern($0) }
        guard let compiled = try source.compileIfThere(verifies: false) else {
            policy = nil
            return
        }
        guard compiled.listeners.indices.contains(listener - 1) else {
            throw ValidationError("--listener takes 1 to \(compiled.listeners.count)")
        }
        policy = HARPolicy(compiled, listener: listener - 1, unixSeconds: WallClock.unixSeconds())
    }

    func run() throws {
        var scan = try Recording.scan(file, page: page)
        var summary = HARSummary(policy)
        var seen = 0
        /// The only entry so far that matches the pattern.
        var only: JudgedEntry?
        if format == .json, entry == nil { Terminal.write("{\"entries\":[") }
        while let judged = scan.next() {
            var text = ""
            seen += judged.count
            for one in judged where isMeant(one) {
                if entry != nil { return try end(isRefused: tell(one)) }
                if summary.count == 0, only == nil, pattern != nil, format == .text {
                    only = one
                    continue
                }
                if let first = only { text += line(first, &summary) }
                only = nil
                text += line(one, &summary)
            }
            Terminal.write(text)
        }
        var isRefused = summary.hasRefusals
        let isUnmet = pattern != nil && entry == nil && seen > 0 && summary.count == 0 && only == nil
        if let only {
            isRefused = tell(only)
        } else if entry == nil, format == .json || summary.count > 0 || scan.error == nil && !isUnmet {
            Terminal.write(format == .text ? summary.total(style) : "\n]}\n")
        }
        try Recording.report(scan.error, file)
        if let entry {
            let count = seen == 1 ? "it has one" : "it has \(seen)"
            StandardError.write("letterhead: there is no entry \(entry) in \(file): \(count)\n")
            throw ExitCode(2)
        }
        if isUnmet {
            StandardError.write(
                "letterhead: no entry of \(file) has in its URL what --url says: it has \(counted(seen, "entry"))\n")
            throw ExitCode(2)
        }
        try end(isRefused: isRefused)
    }

    private func end(isRefused: Bool) throws { if isRefused { throw ExitCode(1) } }

    private func isMeant(_ one: JudgedEntry) -> Bool {
        if let entry, one.entry.number != entry { return false }
        return pattern?.matches(one.entry.url) ?? true
    }

    private func line(_ one: JudgedEntry, _ summary: inout HARSummary) -> String {
        if format == .text { return summary.line(one, style) }
        let separator = summary.count == 0 ? "\n" : ",\n"
        return separator + summary.json(one)
    }

    /// Prints everything about one entry. True if the page could not read it.
    private func tell(_ one: JudgedEntry) -> Bool {
        var observed = one.observed
        observed.hideSecrets()
        let explanation = policy?.explanation(of: one)
        switch format {
        case .json:
            let parts = [("recorded", observed.json), ("policy", explanation?.json ?? .null)]
            Terminal.writeLine(JSONText.object([("entry", .number(one.entry.number))] + parts).written())
        case .text:
            Terminal.write(style.bold("entry \(one.entry.number)") + "\n" + observed.text(style))
            if let explanation { Terminal.write("\n" + style.bold("with the policy") + "\n" + explanation.text(style)) }
        }
        return explanation.map { $0.verdict?.isFailure ?? false } ?? observed.isRefused
    }
}

/// A HAR file on disk or on standard input.
enum Recording {
    static func scan(_ file: String, page: String? = nil) throws -> HARScan {
        if let page { try PageOption.check(origin: page) }
        let input: SystemInput
        do throws(SystemFile.Failure) {
            input = try SystemInput(file)
        } catch {
            StandardError.write("letterhead: cannot read \(file): \(error)\n")
            throw ExitCode(2)
        }
        return HARScan(page: page) { try input.read(into: &$0) }
    }

    /// Reports why the recording ended early, and throws exit code 2.
    static func report(_ error: HARError?, _ file: String) throws {
        guard let error else { return }
        let told = error.entries == 0 ? "" : "; \(counted(error.entries, "entry")) could be read"
        StandardError.write("letterhead: \(file == "-" ? "standard input" : file): \(error)\(told)\n")
        throw ExitCode(2)
    }
}
