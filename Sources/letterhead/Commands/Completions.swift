struct Completions: Command {
    static let configuration = CommandConfiguration(
        commandName: "completions", abstract: "Print what a shell needs to complete commands and options.",
        subcommands: [CompletionsForBash.self, CompletionsForZsh.self, CompletionsForFish.self])
}

struct CompletionsForBash: Command {
    static let configuration = CommandConfiguration(
        commandName: "bash", abstract: "For bash.",
        discussion:
            "Now: `source <(letterhead completions bash)`. Always: write it to ~/.local/share/bash-completion/completions/letterhead."
    )

    func run() { Terminal.writeLine(BashCompletion(commands: Letterhead.described).text) }
}

struct CompletionsForZsh: Command {
    static let configuration = CommandConfiguration(
        commandName: "zsh", abstract: "For zsh.",
        discussion: "Now: `source <(letterhead completions zsh)`. Always: write it to a file _letterhead in a folder of $fpath.")

    func run() { Terminal.writeLine(ZshCompletion(commands: Letterhead.described).text) }
}

struct CompletionsForFish: Command {
    static let configuration = CommandConfiguration(
        commandName: "fish", abstract: "For fish.",
        discussion: "Now: `letterhead completions fish | source`. Always: write it to ~/.config/fish/completions/letterhead.fish."
    )

    func run() { Terminal.writeLine(FishCompletion(commands: Letterhead.described).text) }
}
