import HTTPModel

extension String {
    /// As one word of a POSIX shell.
    var inShellQuotes: String { "'\(replacing("'", by: "'\\''"))'" }
}
