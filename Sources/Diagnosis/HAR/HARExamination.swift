import HTTPModel
import ProxyCore

/// The faults in a recording, each once, with the entries that show it: everything that `doctor` finds without sending requests.
package struct HARExamination: Sendable {
    private var findings: [Finding] = []
    private var places: [Place: Int] = [:]
    private var paths: [String: PathFacts] = [:]
    private var servers: [String: ServerFacts] = [:]
    /// The number of entries that have been examined.
    package private(set) var count = 0

    private struct Finding {
        var complaint: Complaint
        var url: String
        var entries: [Int]
        var count = 1
    }

    private struct Place: Hashable {
        var code: DoctorCode
        var text: String
        var server: String
    }

    /// The facts about an address without its query.
    private struct PathFacts {
        /// The origins that it has allowed, including none.
        var allowed: Set<String> = []
        /// A response that names its page and has no `Vary`.
        var named: JudgedEntry?
    }

    private struct ServerFacts {
        /// The fields that all responses have had that were not errors; nil when there was none.
        var kept: Set<String>?
        /// The first error.
        var error: JudgedEntry?
    }

    private static let findingLimit = 1_000
    private static let pathLimit = 5_000
    private static let shownEntries = 8

    package init() {}

    package mutating func take(_ judged: JudgedEntry) {
        count += 1
        guard let url = judged.request.url else { return }
        for complaint in judged.observed.complaints { note(complaint, judged, url) }
        guard judged.request.asker != .preflight, judged.entry.isAnswered, !judged.entry.responseFields.isEmpty else { return }
        // A WebSocket has no need of the fields that are compared.
        if case .other = judged.request.asker { return }
        noteAllowed(judged, url)
        noteKept(judged, url)
    }

    /// Reports the faults that only all entries together show.
    package mutating func finish() {
        for facts in paths.values.sorted(by: { ($0.named?.entry.number ?? 0) < ($1.named?.entry.number ?? 0) }) {
            guard facts.allowed.count > 1, let judged = facts.named else { continue }
            examine(judged) { $0.checkVary(judged.entry.response, isConstant: false, .http11) }
        }
        for facts in servers.values.sorted(by: { ($0.error?.entry.number ?? 0) < ($1.error?.entry.number ?? 0) }) {
            guard let kept = facts.kept, let judged = facts.error, let target = judged.request.url?.target else { continue }
            let lost = Doctor.lasting.filter { kept.contains($0) && judged.entry.responseFields.values(of: $0).isEmpty }
            if !lost.isEmpty { examine(judged) { $0.complain(lost: lost, status: judged.entry.status, target, .http11) } }
        }
    }

    private mutating func examine(_ judged: JudgedEntry, _ body: (inout Doctor) -> Void) {
        guard let url = judged.request.url else { return }
        var doctor = Doctor(DoctorQuestion(url: url, origin: judged.verdict.origin ?? "null")) { _ in .failure("") }
        body(&doctor)
        for complaint in doctor.found { note(complaint, judged, url) }
    }

    private mutating func note(_ complaint: Complaint, _ judged: JudgedEntry, _ url: WebURL) {
        let place = Place(code: complaint.code, text: complaint.text, server: url.origin)
        if let index = places[place] {
            findings[index].count += 1
            if findings[index].entries.count < Self.shownEntries { findings[index].entries.append(judged.entry.number) }
        } else if findings.count < Self.findingLimit {
            places[place] = findings.count
            let url = "\(judged.entry.method) \(Redaction([]).target(judged.entry.url))"
            findings.append(Finding(complaint: complaint, url: url, entries: [judged.entry.number]))
        }
    }

    private mutating func noteAllowed(_ judged: JudgedEntry, _ url: WebURL) {
        let key = url.origin + url.path
        guard paths[key] != nil || paths.count < Self.pathLimit else { return }
        let allowed = judged.entry.responseFields.combined("Access-Control-Allow-Origin")
        var facts = paths[key] ?? PathFacts()
        if facts.allowed.count < 2 { facts.allowed.insert(allowed ?? "") }
        if facts.named == nil, let allowed, allowed == judged.verdict.origin { facts.named = judged }
        paths[key] = facts
    }

    /// Notes the fields for comparison with errors. `Access-Control-Allow-Origin` is left out, because it is checked with each
    /// response.
    private mutating func noteKept(_ judged: JudgedEntry, _ url: WebURL) {
        guard servers[url.origin] != nil || servers.count < Self.pathLimit else { return }
        var facts = servers[url.origin] ?? ServerFacts()
        let there = Set(Doctor.lasting.dropFirst().filter { !judged.entry.responseFields.values(of: $0).isEmpty })
        if judged.entry.status < 400 {
            facts.kept = facts.kept?.intersection(there) ?? there
        } else if facts.error == nil {
            facts.error = judged
        }
        servers[url.origin] = facts
    }

    // MARK: The report

    package var hasErrors: Bool { findings.contains { $0.complaint.weight == .error } }
    package var isEmpty: Bool { findings.isEmpty }

    /// The report, which ends with a newline; empty when there are no faults.
    package func text(_ style: Style) -> String {
        findings.map { one in
            var lines = [one.complaint].text(style).split(separator: "\n").map(String.init)
            let more = one.count > one.entries.count ? ", …" : ""
            let numbers = one.entries.map(String.init).joined(separator: ", ") + more
            let entries = one.count == 1 ? "entry \(numbers)" : "\(one.count) entries: \(numbers); the first"
            lines.insert(style.dim("  \(entries): \(one.url)"), at: min(1, lines.count))
            return lines.joined(separator: "\n") + "\n"
        }.joined()
    }

    package var json: JSONText {
        .list(
            findings.map { one in
                .object(
                    one.complaint.members + [
                        ("count", .number(one.count)), ("entries", .list(one.entries.map { .number($0) })),
                        ("first", .text(one.url)),
                    ])
            })
    }
}
