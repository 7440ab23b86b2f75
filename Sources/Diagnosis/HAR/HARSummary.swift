import HTTPModel
import ProxyCore

/// A summary of a HAR with one line for each entry: whether the page could read it and if not, why, and what a policy would have
/// changed.
package struct HARSummary: Sendable {
    private let policy: HARPolicy?
    private let redaction = Redaction([])
    /// Reasons without their secrets: many entries have the same.
    private var reasons: [String: String] = [:]
    private static let reasonLimit = 1_000
    /// The number of entries for each kind of verdict.
    private var counts: [RecordedVerdict.Kind: Int] = [:]
    /// The number of fetches that would have failed with the policy.
    private var refusals = 0

    /// - Parameter policy: the policy to replay with; nil to judge only what was recorded.
    package init(_ policy: HARPolicy?) { self.policy = policy }

    /// The number of entries that have been summarized.
    package var count: Int { counts.values.reduce(0, +) }

    /// Whether a page could not read what it asked for, or with a policy, whether it could not with that.
    package var hasRefusals: Bool { policy == nil ? counts.keys.contains(where: \.isFailure) : refusals > 0 }

    /// Returns one line, with its newline.
    package mutating func line(_ judged: JudgedEntry, _ style: Style) -> String {
        let (entry, verdict, change) = (judged.entry, judged.verdict, note(judged))
        var line = String(entry.number).padded(6, isRight: true) + "  "
        let word = verdict.kind.words.padded(12)
        switch verdict.kind {
        case .refused, .bodyBroken: line += style.red(word)
        case .readable, .sameOrigin, .allowed: line += style.green(word)
        default: line += style.dim(word)
        }
        line += entry.method.padded(8).visible + (entry.isAnswered ? String(entry.status) : "-").padded(5)
        line += redaction.target(entry.url).visible
        if !verdict.reason.isEmpty { line += "  " + shown(verdict.reason).visible }
        if let code = verdict.code { line += style.dim("  [\(code)]") }
        if let change { line += "  " + style.bold("policy") + "  " + change.text(style, shown: redaction.text) }
        return line + "\n"
    }

    /// Returns the entry for programs, on one line without its newline.
    package mutating func json(_ judged: JudgedEntry) -> String {
        let (entry, verdict, change) = (judged.entry, judged.verdict, note(judged))
        return JSONText.object([
            ("entry", .number(entry.number)), ("method", .text(entry.method)), ("url", .text(redaction.target(entry.url))),
            ("status", entry.isAnswered ? .number(entry.status) : .null), ("kind", .text(verdict.kind.rawValue)),
            ("failure", .optional(verdict.code)),
            ("failed_at_preflight", .flag(verdict.fetch?.failure?.isPreflight ?? false)),
            ("reason", .text(shown(verdict.reason))), ("origin", .optional(verdict.origin)),
            ("credentials", .text(verdict.credentials.rawValue)), ("error", .optional(entry.error)),
            ("preflight_entry", judged.preflight.map { .number($0.number) } ?? .null),
            ("redirected_to", .list(judged.redirects.map { .number($0.number) })),
            ("policy", change?.json(shown: redaction.text) ?? .null),
        ]).compact
    }

    /// Returns the last line, with its newline.
    package func total(_ style: Style) -> String {
        let parts = RecordedVerdict.Kind.allCases.compactMap { kind in counts[kind].map { "\($0) \(kind.words)" } }
        var text = style.bold(counted(count, "entry")) + ": " + parts.joined(separator: ", ")
        if policy != nil { text += "; \(refusals) refused with the policy" }
        return (count == 0 ? style.bold("no entries") : text) + "\n"
    }

    private mutating func shown(_ reason: String) -> String {
        if reason.isEmpty { return reason }
        if let known = reasons[reason] { return known }
        let text = redaction.text(reason)
        if reasons.count < Self.reasonLimit { reasons[reason] = text }
        return text
    }

    private mutating func note(_ judged: JudgedEntry) -> PolicyChange? {
        counts[judged.verdict.kind, default: 0] += 1
        // The policy is replayed with an answer, and no answer stands for a tunnel.
        guard let policy, judged.entry.status != 101, let outcome = policy.outcome(of: judged) else { return nil }
        if outcome.verdict?.isFailure ?? false { refusals += 1 }
        return PolicyChange(judged, outcome)
    }
}

/// The effect of a policy on a recorded response: the verdict, and the fields that differ.
private struct PolicyChange {
    let verdict: FetchVerdict?
    private let reason: String
    private var added: [String] = []
    private var removed: [String] = []
    private var changed: [String] = []

    init(_ judged: JudgedEntry, _ outcome: HARPolicy.Outcome) {
        verdict = outcome.verdict
        reason = outcome.verdict?.failure?.reason(origin: judged.verdict.origin ?? "") ?? ""
        guard let response = outcome.response, judged.entry.isAnswered, judged.request.asker != .preflight else { return }
        let (old, new) = (Self.lines(judged.entry.responseFields), Self.lines(response.fields))
        for (name, lines) in new.order where !Self.isOthers(name) {
            guard let before = old.lines[name] else {
                added.append(lines)
                continue
            }
            if before != new.lines[name] { changed.append(lines) }
        }
        removed = old.order.filter { !Self.isOthers($0.0) && new.lines[$0.0] == nil }.map(\.1)
    }

    /// Whether a field is not the policy's: the proxy adds it by itself, or it belongs to a connection.
    private static func isOthers(_ name: String) -> Bool {
        RecordedExchange.isOfConnection(name) || ["date", "server-timing", "via", "x-request-id"].contains(name)
    }

    /// Returns the lines of each name, and the names as they are written, in their order.
    private static func lines(_ fields: [FieldText]) -> (lines: [String: [String]], order: [(String, String)]) {
        var result: (lines: [String: [String]], order: [(String, String)]) = ([:], [])
        for field in fields {
            let name = field.name.lowercased()
            if result.lines[name] == nil { result.order.append((name, field.name)) }
            result.lines[name, default: []].append(field.value)
        }
        return result
    }

    func text(_ style: Style, shown: (String) -> String) -> String {
        var words: [String] = []
        if let verdict {
            let kind = RecordedVerdict.Kind(verdict).words
            let because = reason.isEmpty ? "" : ": " + shown(reason)
            words.append(verdict.isFailure ? style.red(kind + because) : style.green(kind))
        }
        words += added.map { style.green("+\($0)") } + changed.map { "~\($0)".visible }
        words += removed.map { style.red("-\($0)") }
        return words.isEmpty ? style.dim("no change") : words.joined(separator: " ")
    }

    func json(shown: (String) -> String) -> JSONText {
        .object([
            ("kind", .optional(verdict.map { RecordedVerdict.Kind($0).rawValue })),
            ("failure", .optional(verdict?.failure?.code)),
            ("reason", .text(shown(reason))),
            ("added", .texts(added)), ("changed", .texts(changed)), ("removed", .texts(removed)),
        ])
    }
}

extension RecordedVerdict.Kind {
    /// The kind in words for people.
    var words: String {
        switch self {
        case .sameOrigin: "same origin"
        case .opaqueRedirect: "redirect"
        case .noPage: "no page"
        case .bodyBroken: "broken"
        default: rawValue
        }
    }
}

extension String {
    /// Returns the text padded with blanks to a width.
    fileprivate func padded(_ width: Int, isRight: Bool = false) -> String {
        let blanks = String(repeating: " ", count: max(isRight ? 0 : 1, width - utf8.count))
        return isRight ? blanks + self : self + blanks
    }
}
