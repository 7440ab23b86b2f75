import HTTPModel

/// A command with what it takes, for texts about all commands.
struct DescribedCommand {
    /// `letterhead`, `import`, `nginx`.
    var path: [String]
    var configuration: CommandConfiguration
    var specs: [ArgumentSpec]

    /// `import nginx`.
    var name: String { path.dropFirst().joined(separator: " ") }
    var subcommands: [CommandConfiguration] { configuration.subcommands.map { $0.configuration } }
    var usage: String { ([path.joined(separator: " ")] + specs.map(\.usage)).joined(separator: " ") }
    var options: [ArgumentSpec] { specs.filter { !$0.isNameless } }
    /// It takes words without a name, which may be files.
    var takesWords: Bool { specs.contains(where: \.isNameless) }

    /// The program, then its commands, each followed by those that belong to it.
    static func all(of command: any Command.Type, within path: [String] = []) -> [DescribedCommand] {
        let configuration = command.configuration
        let path = path + [configuration.commandName]
        let specs = configuration.subcommands.isEmpty ? command.init().specs : []
        return [DescribedCommand(path: path, configuration: configuration, specs: specs)]
            + configuration.subcommands.flatMap { all(of: $0, within: path) }
    }
}

extension ArgumentSpec {
    /// The first sentence of its help, for a list.
    var brief: String { help.firstSentence }
}

extension String {
    var firstSentence: String {
        let sentence = split(at: ". ").first ?? ""
        return String(sentence.hasSuffix(".") ? sentence.dropLast() : sentence)
    }
}
