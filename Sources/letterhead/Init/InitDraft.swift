import HeaderPolicy
import ProxyConfig
import ProxyCore

/// A configuration as `letterhead init` writes it: parts with what is to be known of each.
struct InitDraft: Sendable {
    struct Part: Sendable {
        /// Why it is there; a line each.
        var comments: [String] = []
        var lines: [String]
        /// What of the command line it is from; nil where nobody said it.
        var option: String?
        /// It is made of what an app has sent, who may send anything: where it cannot be, it is left out, with the reason.
        var isFromApp = false
        var indent = ""
        var isBehindGap = false

        var text: [String] {
            (isBehindGap ? [""] : []) + comments.map { "\(indent)# \($0.visible)" } + lines.map { indent + $0 }
        }
    }

    var parts: [Part] = []

    /// Key of the first level.
    mutating func add(_ line: String, because comments: [String] = [], option: String? = nil, gap: Bool = true) {
        parts.append(Part(comments: comments, lines: [line], option: option, isBehindGap: gap))
    }

    /// A rule of the list that was begun last.
    mutating func addRule(_ lines: [String], because comments: [String], option: String? = nil, isFromApp: Bool = false) {
        addToList(Part(comments: comments, lines: lines, option: option, isFromApp: isFromApp))
    }

    /// What somebody may want later.
    mutating func addSuggestion(_ lines: [String], because comments: [String]) {
        addToList(Part(comments: comments + lines, lines: []))
    }

    private mutating func addToList(_ part: Part) {
        var part = part
        part.indent = "  "
        part.isBehindGap = !part.comments.isEmpty && parts.last?.indent == part.indent
        parts.append(part)
    }

    var text: String { parts.flatMap(\.text).map { $0 + "\n" }.joined() }

    /// Leaves out what an app has sent and no configuration can say. Returns what is wrong beside that, by its option.
    mutating func settle(file: String) -> [String] {
        while true {
            let outcome = ConfigurationLoader.standard.read(text: text, file: file)
            let errors = outcome.diagnostics.filter { $0.severity == .error }
            guard let bad = errors.first(where: { part(of: $0).map { parts[$0].isFromApp } == true }), let index = part(of: bad)
            else {
                return OptionErrors.words(errors.map { ($0, part(of: $0).flatMap { parts[$0].option }) })
            }
            parts[index].comments += ["Left out: \(bad.message)."] + parts[index].lines
            parts[index].lines = []
            parts[index].isFromApp = false
        }
    }

    private func part(of error: Diagnostic) -> Int? {
        var line = 0
        return parts.firstIndex { part in
            line += part.text.count
            return error.location.line <= line
        }
    }
}
