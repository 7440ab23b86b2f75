import HTTPModel

extension String {
    /// The text quoted as one word of a POSIX shell.
    var inShellQuotes: String { "'\(replacing("'", by: "'\\''"))'" }
}
