/// Arguments that commands share; a command's own are the same.
protocol Arguments: SendableMetatype {
    init()
}

/// A subcommand: its arguments are its stored properties.
protocol Command: Arguments {
    static var configuration: CommandConfiguration { get }
    /// Whether the values fit each other.
    func validate() throws(ValidationError)
    func run() async throws
}

extension Command {
    func validate() throws(ValidationError) {}
    /// One that has subcommands does nothing itself.
    func run() async throws {}
}

/// What a command is called, and what its help says.
struct CommandConfiguration: Sendable {
    var commandName: String
    /// What others call it.
    var aliases: [String] = []
    /// One sentence.
    var abstract: String
    var discussion = ""
    /// A command that has some does nothing itself.
    var subcommands: [any Command.Type] = []

    var names: [String] { [commandName] + aliases }
}

/// Bad usage: exit code 2, with what the command takes.
struct ValidationError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

/// The end of the process, about which all has been said.
struct ExitCode: Error {
    var rawValue: Int32

    init(_ rawValue: Int32) { self.rawValue = rawValue }
}
