import Foundation

/// What standard output is.
enum Terminal {
    /// It is a terminal, and nobody objects (https://no-color.org).
    static var showsColors: Bool {
        let environment = Environment.current
        return isatty(1) == 1 && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }
}
