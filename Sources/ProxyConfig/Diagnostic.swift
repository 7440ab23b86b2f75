package import HeaderPolicy
import ProxyCore

/// An error or warning about a configuration: where, what, and what to do about it.
package struct Diagnostic: Error, Sendable, Hashable, CustomStringConvertible {
    /// The severity. A note is advice about something that is not wrong.
    package enum Severity: String, Sendable, Hashable { case error, warning, note }

    package var severity: Severity
    package var location: SourceLocation
    /// The number of Unicode scalars that the caret line marks; at least 1.
    package var width: Int
    /// The message in one sentence without a full stop.
    package var message: String
    /// The advice in one sentence without a full stop; nil when the message says it already.
    package var suggestion: String?
    /// The offending line as it is in the file; nil when there is none.
    package var line: String?
    /// The code under which the reference has it; nil when it has no code of its own.
    package var code: LintCode?

    package init(
        _ severity: Severity, _ message: String, at location: SourceLocation, width: Int = 1, suggestion: String? = nil,
        line: String? = nil
    ) {
        self.severity = severity
        self.message = message
        self.location = location
        self.width = width
        self.suggestion = suggestion
        self.line = line
    }

    /// The text `file:line:column: error: message`, the line, a caret line and `help: suggestion`; no newline at the end.
    package var description: String {
        let name = severity == .error ? code.map { "[\($0.rawValue)]" } ?? "" : ""
        var text = "\(location): \(severity)\(name): \(message)"
        if let line {
            let window = Window(of: Array(line.unicodeScalars), around: location.column, width: width)
            text += "\n\(window.shown)\n\(window.carets)"
        }
        if let suggestion { text += "\nhelp: \(suggestion)" }
        return text
    }
}

/// All errors in one file, in the order of the file. There may be warnings among them.
package struct ConfigurationErrors: Error, Sendable, CustomStringConvertible {
    package var diagnostics: [Diagnostic]
    /// The number of errors beyond those that are kept.
    package var omitted: Int

    package init(_ diagnostics: [Diagnostic], omitted: Int = 0) {
        self.diagnostics = diagnostics
        self.omitted = omitted
    }

    package var description: String {
        var text = diagnostics.map(\.description).joined(separator: "\n\n")
        if omitted > 0 { text += "\n\n… and \(omitted) more" }
        return text
    }
}

/// The part of a line that is shown, and the carets below it.
private struct Window {
    var shown = ""
    var carets = ""

    /// The number of scalars that are shown on either side of the column, because a line may be megabytes long.
    static let reach = 100

    init(of line: [Unicode.Scalar], around column: Int, width: Int) {
        let column = min(max(column - 1, 0), line.count)
        let start = column > Self.reach ? column - Self.reach : 0
        let end = min(line.count, column + Self.reach)
        if start > 0 {
            shown += "…"
            carets += " "
        }
        for scalar in line[start..<end] {
            // Characters that would control a terminal are replaced.
            shown.unicodeScalars.append(scalar.breaksText && scalar != "\t" ? "\u{FFFD}" : scalar)
        }
        if end < line.count { shown += "…" }
        // Tabs stay tabs, so that the caret is under its column however wide a tab is shown.
        for scalar in line[start..<column] { carets += scalar == "\t" ? "\t" : " " }
        carets += "^"
        carets += String(repeating: "~", count: max(0, min(width, end - column) - 1))
    }
}
