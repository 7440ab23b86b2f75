import HTTPModel
import ProxyCore

/// The colours of a terminal, or none.
package struct Style: Sendable {
    package var isColored: Bool

    package init(isColored: Bool) { self.isColored = isColored }

    package func bold(_ text: String) -> String { wrap(text, "1") }
    package func dim(_ text: String) -> String { wrap(text, "2") }
    package func red(_ text: String) -> String { wrap(text, "31") }
    package func green(_ text: String) -> String { wrap(text, "32") }
    package func yellow(_ text: String) -> String { wrap(text, "33") }

    private static let escape = "\u{1B}["
    private static let codes = ["0m", "1m", "2m", "31m", "32m", "33m"]

    private func wrap(_ text: String, _ code: String) -> String {
        isColored ? "\(Self.escape)\(code)m\(text.visible)\(Self.escape)0m" : text.visible
    }

    /// Returns a whole report in a form that is safe for a terminal: no control sequences are left but the colours above.
    package func safe(_ report: String) -> String {
        guard isColored, report.contains(text: Self.escape) else { return report.visibleLines }
        let pieces = report.split(at: Self.escape)
        return pieces.enumerated().map { index, piece in
            guard index > 0 else { return String(piece).visibleLines }
            guard let code = Self.codes.first(where: piece.hasPrefix) else {
                return Self.escape.visible + String(piece).visibleLines
            }
            return Self.escape + code + String(piece.dropFirst(code.count)).visibleLines
        }.joined()
    }
}
