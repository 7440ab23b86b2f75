import ProxyConfig

/// The table of a section's keys in the reference, which stands behind a mark such as `<!-- keys: limits -->`.
enum KeyTable {
    /// Returns the page with generated tables; the rest stays.
    static func written(into page: String) -> String {
        var lines: [Substring] = []
        var isTable = false
        for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
            isTable = isTable && line.hasPrefix("|")
            if !isTable { lines.append(line) }
            guard let section = Vocabulary.sections.first(where: { line == "<!-- keys: \($0.name) -->" }) else { continue }
            isTable = true
            lines += ["| key | default | meaning |", "|---|---|---|"] + zip(section.keys, section.declarations).map(row)
        }
        return lines.joined(separator: "\n")
    }

    private static func row(_ key: String, _ declaration: KeyDeclaration) -> Substring {
        let fallback = declaration.fallback.map { $0 == "on" ? $0 : "`\($0)`" } ?? "—"
        return "| `\(key)` | \(fallback) | \(declaration.meaning(links: true).replacing("|", with: "\\|")) |"
    }
}

extension KeyDeclaration {
    /// The sentence, with bounds and words that it does not mention.
    func meaning(links: Bool) -> String {
        var sentences = [links ? sentence : plainSentence]
        if let bounds = type.writtenBounds { sentences.append("\(bounds).") }
        if case .words(let words) = type, !words.allSatisfy({ sentence.contains("`\($0)`") || $0 == "false" }) {
            sentences.append("\(alternatives(words)).")
        }
        if isRequired { sentences.append("Required.") }
        return sentences.joined(separator: " ")
    }
}
