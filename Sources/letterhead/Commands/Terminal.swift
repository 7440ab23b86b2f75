import Diagnosis
import ProxyConfig

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard output. All that a command says goes through here: what came from a server or a file must not steer a terminal.
enum Terminal {
    static func write(_ text: String) {
        StandardOutput.write(Style(isColored: showsColors).safe(text))
    }

    static func writeLine(_ text: String) { write(text + "\n") }

    /// Standard output is one, and not a file or another program.
    static var isOne: Bool { isatty(1) == 1 }

    /// It is a terminal, and nobody objects (https://no-color.org).
    static var showsColors: Bool {
        let environment = Environment.current
        return isOne && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }
}
