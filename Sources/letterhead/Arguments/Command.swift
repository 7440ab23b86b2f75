/// A group of arguments: those of a command, or those that several commands share.
protocol Arguments: SendableMetatype {
    init()
}

/// A subcommand, whose stored properties are its arguments.
protocol Command: Arguments {
    static var configuration: CommandConfiguration { get }
    /// Checks that the values fit together.
    func validate() throws(ValidationError)
    func run() async throws
}

extension Command {
    func validate() throws(ValidationError) {}
    /// A command with subcommands does nothing itself.
    func run() async throws {}
}

/// The name of a command and the texts of its help.
struct CommandConfiguration: Sendable {
    var commandName: String
    /// Further names of the command.
    var aliases: [String] = []
    /// A one-sentence description.
    var abstract: String
    var discussion = ""
    /// The subcommands; a command that has some does nothing itself.
    var subcommands: [any Command.Type] = []

    var names: [String] { [commandName] + aliases }
}

/// Bad usage: ends the process with exit code 2 and a message that shows the usage.
struct ValidationError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

/// Ends the process with this code; everything has already been reported.
struct ExitCode: Error {
    var rawValue: Int32

    init(_ rawValue: Int32) { self.rawValue = rawValue }
}
