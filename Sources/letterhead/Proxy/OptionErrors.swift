import ProxyConfig

/// The errors in a configuration that a command has written.
enum OptionErrors {
    /// The errors by the options that caused them, in the words used for a file; errors without an option follow from those and
    /// are left out. If no option caused any, all errors as they are.
    static func words(_ errors: [(error: Diagnostic, option: String?)]) -> [String] {
        let named = errors.compactMap { error, option in
            option.map { "letterhead: \($0): \(error.message)" + (error.suggestion.map { "\nhelp: \($0)" } ?? "") }
        }
        return named.isEmpty ? errors.map(\.error.description) : named
    }
}
