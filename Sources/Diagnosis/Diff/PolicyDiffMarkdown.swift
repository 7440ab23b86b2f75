import HTTPModel
import ProxyCore

extension PolicyDiff {
    /// For a pull request: a sentence, and a table of what differs. Ends with a newline.
    package func markdown(of origin: String) -> String {
        var lines = ["### Header policy", "", Self.cell(summary(of: origin)) + ".", ""]
        if !unseen.isEmpty {
            lines += ["Rules of one file that no exchange shows:", ""]
            lines += unseen.map { "- \(Self.code($0.text)) (\(Self.cell($0.place)))" } + [""]
        }
        guard !unexpected.isEmpty else { return lines.joined(separator: "\n") }
        lines += ["| change | what | before | after | where | exchanges | such as |", "|---|---|---|---|---|---|---|"]
        for entry in unexpected {
            for example in entry.examples {
                let change = entry.isLoss ? "**page cannot read**" : entry.change.rawValue
                let total = exchangesOn[entry.route].map { " of \($0)" } ?? ""
                let cells = [
                    change, Self.code(entry.title) + Self.note(entry.part), Self.code(example.old), Self.code(example.new),
                    Self.code(entry.route), entry.part == .setting ? "" : "\(example.count)\(total)", Self.code(example.request),
                ]
                lines.append("| " + cells.joined(separator: " | ") + " |")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func note(_ part: PolicyDifference.Part) -> String {
        switch part {
        case .verdict, .response, .setting: ""
        case .preflight: " of preflights"
        case .request: " to the app"
        }
    }

    private static func code(_ lines: [String]) -> String { lines.map(code).joined(separator: "<br>") }

    /// Values come from strangers, so nothing in them may act as markup.
    private static func code(_ text: String) -> String {
        text.isEmpty ? "" : "<code>\(cell(text))</code>"
    }

    private static func cell(_ text: String) -> String {
        var output = ""
        for scalar in text.visible.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            // These would end a cell or begin markup, a mention or a link.
            case "|", "`", "*", "_", "[", "]", "\\", "~", "@", "#", "!", ":": output += "&#\(scalar.value);"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
