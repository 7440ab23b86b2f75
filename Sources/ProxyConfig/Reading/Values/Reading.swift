import HTTPModel
package import HeaderPolicy
import ProxyCore

/// One reading of one file. Every step notes its errors and continues, so that a person sees all of them at once.
package final class Reading {
    package let file: String
    let source: SourceText
    let substitution: Substitution
    /// The form of the access log when `access_log` is left out.
    var accessLog = Configuration.AccessLog.json
    /// The findings so far, in the order of finding.
    private(set) var diagnostics: [Diagnostic] = []
    /// The number of errors beyond those that are kept.
    package private(set) var omitted = 0
    private var seen: Set<Diagnostic> = []
    /// The widths of the values and keys, by the places where they begin, so that one that is known only by its location can
    /// still be underlined.
    var widths: [SourceLocation: Int] = [:]
    /// What references were replaced by, for each place of a value that has some, or of a mapping that becomes one value.
    var filled: [SourceLocation: [FilledText]] = [:]
    /// The policies of `policies:`, by name, as they are read.
    var policies = Policies()

    /// The largest number of errors that are kept; for a file that is entirely wrong, more would not help.
    static let limit = 100

    init(text: String, file: String, substitution: Substitution) {
        self.file = file
        self.substitution = substitution
        source = SourceText(text)
    }

    package var hasErrors: Bool { omitted > 0 || diagnostics.contains { $0.severity == .error } }

    package func location(_ place: Place) -> SourceLocation {
        SourceLocation(file: file, line: place.line, column: place.column)
    }

    package func error(_ message: String, at place: Place, help: String? = nil) {
        note(Diagnostic(.error, message, at: location(place), width: place.width, suggestion: help))
    }

    package func warning(_ message: String, at place: Place, help: String? = nil, code: LintCode? = nil) {
        warning(message, at: location(place), width: place.width, help: help, code: code)
    }

    package func error(_ message: String, at location: SourceLocation, help: String? = nil, code: LintCode? = nil) {
        var diagnostic = Diagnostic(.error, message, at: location, width: widths[location] ?? 1, suggestion: help)
        diagnostic.code = code
        note(diagnostic)
    }

    package func warning(
        _ message: String, at location: SourceLocation, width: Int? = nil, help: String? = nil, code: LintCode? = nil
    ) {
        var diagnostic = Diagnostic(
            .warning, message, at: location, width: width ?? widths[location] ?? 1, suggestion: help)
        diagnostic.code = code
        note(diagnostic)
    }

    func error(_ error: PolicyError) {
        self.error(
            error.message, at: error.location, help: error.suggestion, code: error.code.flatMap(LintCode.init(rawValue:)))
    }

    /// Adds a diagnostic once. An anchor's content is read once for each alias, and a global rule once for each route.
    private func note(_ diagnostic: Diagnostic) {
        var diagnostic = diagnostic
        diagnostic.hide(filled)
        guard seen.insert(diagnostic).inserted else { return }
        guard diagnostics.count < Self.limit else { return omitted += 1 }
        if diagnostic.line == nil, diagnostic.location.file == file {
            diagnostic.line = source.line(diagnostic.location.line).string
        }
        diagnostics.append(diagnostic)
    }

    /// The diagnostics in the order of the file.
    package var sorted: [Diagnostic] {
        diagnostics.enumerated().sorted { left, right in
            let (a, b) = (left.element.location, right.element.location)
            return (a.line, a.column, left.offset) < (b.line, b.column, right.offset)
        }.map(\.element)
    }
}
