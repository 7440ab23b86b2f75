import HeaderPolicy
import ProxyConfig
import ProxyCore

/// A configuration as `letterhead init` writes it: its parts, each with an explanation.
struct InitDraft: Sendable {
    struct Part: Sendable {
        /// The comments that explain the part, one per line.
        var comments: [String] = []
        var lines: [String]
        /// The command-line option that the part comes from; nil if none.
        var option: String?
        /// Whether the part is made from an app's response, which may have anything in it. If it is invalid, it is left out with
        /// the reason.
        var isFromApp = false
        var indent = ""
        var isBehindGap = false

        var text: [String] {
            (isBehindGap ? [""] : []) + comments.map { "\(indent)# \($0.visible)" } + lines.map { indent + $0 }
        }
    }

    var parts: [Part] = []

    /// Adds a top-level key.
    mutating func add(_ line: String, because comments: [String] = [], option: String? = nil, gap: Bool = true) {
        parts.append(Part(comments: comments, lines: [line], option: option, isBehindGap: gap))
    }

    /// Adds a rule to the list that was begun last.
    mutating func addRule(_ lines: [String], because comments: [String], option: String? = nil, isFromApp: Bool = false) {
        addToList(Part(comments: comments, lines: lines, option: option, isFromApp: isFromApp))
    }

    /// Adds lines, commented out, that the user may want later.
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

    /// Leaves out parts from an app's response that a configuration cannot express. Returns all other errors, by option.
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
