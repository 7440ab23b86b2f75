import ProxyCore

extension PolicyDiff {
    /// For people: what differs by part and route, then the count. Ends with a newline.
    ///
    /// - Parameter origin: where the exchanges are from, such as `made up from both files`.
    package func text(of origin: String, _ style: Style) -> String {
        var lines: [String] = []
        var heading = ""
        for entry in unexpected {
            let next = entry.part == .setting ? entry.part.heading : "\(entry.part.heading) on \(entry.route)"
            if next != heading { lines.append(style.bold(next)) }
            heading = next
            for example in entry.examples { lines.append("  " + line(entry, example, style)) }
            if entry.hasMore { lines.append(style.dim("    and other values")) }
        }
        if !unseen.isEmpty { lines.append(style.bold("rules of one file that no exchange shows")) }
        lines += unseen.map { style.yellow("  ? \($0.text)".visible) + style.dim("  [\($0.place)]") }
        if !lines.isEmpty { lines.append("") }
        lines.append((unexpected.isEmpty && unseen.isEmpty ? style.green : style.red)(summary(of: origin)))
        return lines.joined(separator: "\n") + "\n"
    }

    private func line(_ entry: Entry, _ example: Example, _ style: Style) -> String {
        let (old, new) = (example.old.joined(separator: " | "), example.new.joined(separator: " | "))
        let total = exchangesOn[entry.route].map { " of \($0)" } ?? ""
        let place = entry.part == .setting ? "" : style.dim("  (\(example.count)\(total), such as \(example.request))")
        switch entry.change {
        case .added: return style.green("+ \(entry.title): \(new)") + place
        case .removed: return style.red("- \(entry.title): \(old)") + place
        case .changed:
            let text = "\(entry.title): \(old) → \(new)"
            return (entry.isLoss ? style.red("! " + text) : style.yellow("~ " + text)) + place
        }
    }

    /// How many exchanges differ in how much.
    func summary(of origin: String) -> String {
        let (expected, all) = (entries.count - unexpected.count, "\(counted(exchanges, "exchange")) \(origin)")
        let settings = unexpected.filter { $0.part == .setting }.count
        var text = unexpected.count == settings ? "no difference in \(all)" : "\(differing) of \(all) differ"
        if settings > 0 { text += "; \(counted(settings, "setting")) \(settings == 1 ? "differs" : "differ")" }
        if expected > 0 { text += "; \(counted(expected, "difference")) allowed" }
        let losses = unexpected.filter(\.isLoss).reduce(0) { $0 + $1.count }
        if losses > 0 { text += "; pages can no longer read \(losses) of them" }
        if !unseen.isEmpty {
            text +=
                "; \(unseen.count == 1 ? "a rule" : "\(unseen.count) rules") that only one file has may make one that none of them shows"
        }
        let count = unasked.values.reduce(0, +)
        if count > 0 { text += "; \(count) could not be asked (\(unasked.keys.sorted().first ?? ""))" }
        return text
    }
}

extension PolicyDifference.Part {
    var heading: String {
        switch self {
        case .verdict: "what a page may do"
        case .response: "responses"
        case .preflight: "answers to preflights"
        case .request: "requests as the app gets them"
        case .setting: "settings"
        }
    }
}
