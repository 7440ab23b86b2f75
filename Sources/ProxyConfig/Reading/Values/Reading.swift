import HTTPModel
package import HeaderPolicy
import ProxyCore

/// One reading of one file. Every step notes what is wrong and goes on, so that a person sees all of it at once.
package final class Reading {
    package let file: String
    let source: SourceText
    let substitution: Substitution
    /// Where `access_log` is left out.
    var accessLog = Configuration.AccessLog.json
    /// What was found, in the order of finding.
    private(set) var diagnostics: [Diagnostic] = []
    /// Errors beyond the ones that are kept.
    package private(set) var omitted = 0
    private var seen: Set<Diagnostic> = []
    /// How wide the value or key that begins at a place is: whoever has only a location can still underline all of it.
    var widths: [SourceLocation: Int] = [:]
    /// `policies:` by name, as they are read.
    var policies = Policies()

    /// A file that is wrong from end to end is not worth more.
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

    /// An anchor's content is read once for each alias, a global rule once for each route: what is wrong is told once.
    private func note(_ diagnostic: Diagnostic) {
        var diagnostic = diagnostic
        if diagnostic.line == nil, diagnostic.location.file == file {
            diagnostic.line = source.line(diagnostic.location.line).string
        }
        guard seen.insert(diagnostic).inserted else { return }
        guard diagnostics.count < Self.limit else { return omitted += 1 }
        diagnostics.append(diagnostic)
    }

    /// In the order of the file.
    package var sorted: [Diagnostic] {
        diagnostics.enumerated().sorted { left, right in
            let (a, b) = (left.element.location, right.element.location)
            return (a.line, a.column, left.offset) < (b.line, b.column, right.offset)
        }.map(\.element)
    }
}
