import HTTPModel

/// The completion script for fish, with one line per completion.
struct FishCompletion {
    let commands: [DescribedCommand]

    var text: String { commands.flatMap(lines).joined(separator: "\n") }

    private func lines(_ command: DescribedCommand) -> [String] {
        let start = "complete -c \(command.path[0]) -n \(Self.quoted(Self.condition(command)))"
        let names = command.subcommands.map { "\(start) -a \($0.commandName) -d \(Self.quoted($0.abstract.firstSentence))" }
        let options = command.options.map { option in
            let written = option.names.shorts.map { "-s \($0)" } + [option.names.long.map { "-l \($0)" }].compactMap { $0 }
            let value =
                option.kind == .flag ? "" : option.words.isEmpty ? " -r" : " -x -a '\(option.words.joined(separator: " "))'"
            return "\(start) \(written.joined(separator: " "))\(value) -d \(Self.quoted(option.brief))"
        }
        let common = ["\(start) -s h -l help -d 'Show help information'", "\(start) -l version -d 'Show the version'"]
        return (command.takesWords ? [] : ["\(start) -f"]) + names + options + common
    }

    /// The condition that the preceding words name this command and none of its subcommands.
    private static func condition(_ command: DescribedCommand) -> String {
        let words = command.path.dropFirst().dropLast() + [command.configuration.names.joined(separator: " ")]
        let own = (command.path.count > 1 ? words : []).map { "__fish_seen_subcommand_from \($0)" }
        guard !command.subcommands.isEmpty else { return own.joined(separator: "; and ") }
        let below = "not __fish_seen_subcommand_from \(command.subcommands.flatMap(\.names).joined(separator: " "))"
        return (own + [below]).joined(separator: "; and ")
    }

    private static func quoted(_ text: String) -> String {
        "'\(text.replacing("\\", by: "\\\\").replacing("'", by: "\\'"))'"
    }
}
