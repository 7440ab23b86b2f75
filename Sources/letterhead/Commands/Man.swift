struct Man: Command {
    static let configuration = CommandConfiguration(
        commandName: "man", abstract: "Print the man page of all commands.",
        discussion: "To read it: `letterhead man | man -l -`.")

    func run() { Terminal.writeLine(ManPage(commands: Letterhead.described, version: Letterhead.version).text) }
}
