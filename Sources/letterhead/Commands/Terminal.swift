import Diagnosis
import ProxyConfig

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard output. Everything that a command prints goes through here, so that text from a server or a file cannot control the
/// terminal.
enum Terminal {
    static func write(_ text: String) {
        StandardOutput.write(Style(isColored: showsColors).safe(text))
    }

    static func writeLine(_ text: String) { write(text + "\n") }

    /// Whether standard output is a terminal, not a file or another program.
    static var isOne: Bool { isatty(1) == 1 }

    /// Whether to print colours: standard output is a terminal, and the user has not objected (https://no-color.org).
    static var showsColors: Bool {
        let environment = Environment.current
        return isOne && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }
}
