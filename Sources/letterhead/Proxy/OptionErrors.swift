import ProxyConfig

/// What is wrong with a configuration that a command has written.
enum OptionErrors {
    /// By the options that they are from, in the words of a file that says the same; others follow from those. Where no option is to
    /// blame, as they are.
    static func words(_ errors: [(error: Diagnostic, option: String?)]) -> [String] {
        let named = errors.compactMap { error, option in
            option.map { "letterhead: \($0): \(error.message)" + (error.suggestion.map { "\nhelp: \($0)" } ?? "") }
        }
        return named.isEmpty ? errors.map(\.error.description) : named
    }
}
