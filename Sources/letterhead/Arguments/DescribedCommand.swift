import HTTPModel

/// A command with its arguments, for texts about all commands.
struct DescribedCommand {
    /// The command's name with those of its parents, such as `letterhead`, `import`, `nginx`.
    var path: [String]
    var configuration: CommandConfiguration
    var specs: [ArgumentSpec]

    /// The name without the program's: `import nginx`.
    var name: String { path.dropFirst().joined(separator: " ") }
    var subcommands: [CommandConfiguration] { configuration.subcommands.map { $0.configuration } }
    var usage: String { ([path.joined(separator: " ")] + specs.map(\.usage)).joined(separator: " ") }
    var options: [ArgumentSpec] { specs.filter { !$0.isNameless } }
    /// Whether the command takes words without a name, which may be files.
    var takesWords: Bool { specs.contains(where: \.isNameless) }

    /// All commands, beginning with the program; each is followed by its subcommands.
    static func all(of command: any Command.Type, within path: [String] = []) -> [DescribedCommand] {
        let configuration = command.configuration
        let path = path + [configuration.commandName]
        let specs = configuration.subcommands.isEmpty ? command.init().specs : []
        return [DescribedCommand(path: path, configuration: configuration, specs: specs)]
            + configuration.subcommands.flatMap { all(of: $0, within: path) }
    }
}

extension ArgumentSpec {
    /// The first sentence of the argument's help, for lists.
    var brief: String { help.firstSentence }
}

extension String {
    var firstSentence: String {
        let sentence = split(at: ". ").first ?? ""
        return String(sentence.hasSuffix(".") ? sentence.dropLast() : sentence)
    }
}
