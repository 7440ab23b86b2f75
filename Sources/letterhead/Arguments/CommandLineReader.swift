import HeaderPolicy

/// Parses the words of a command line into a command.
struct CommandLineReader {
    let program: any Command.Type
    let version: String

    enum Outcome {
        case command(any Command)
        /// A text that the command line asked for: the help or the version.
        case text(String)
    }

    /// The commands that the words have named, from the program on.
    private(set) var path: [any Command.Type]

    init(_ program: any Command.Type, version: String) {
        self.program = program
        self.version = version
        path = [program]
    }

    private var current: any Command.Type { path.last ?? program }
    private var names: String { path.map { $0.configuration.commandName }.joined(separator: " ") }

    mutating func read(_ words: [String]) throws(ValidationError) -> Outcome {
        var words = words[...]
        // `help check` means `check --help`.
        let isHelp = words.first == "help"
        if isHelp { words.removeFirst() }
        while let word = words.first, !current.configuration.subcommands.isEmpty, !word.hasPrefix("-") {
            let subcommands = current.configuration.subcommands
            guard let next = subcommands.first(where: { $0.configuration.names.contains(word) }) else {
                let guess = Suggestion.nearest(to: word, among: subcommands.flatMap { $0.configuration.names })
                throw ValidationError("there is no command `\(word)`" + (guess.map { "; did you mean `\($0)`?" } ?? ""))
            }
            path.append(next)
            words.removeFirst()
        }
        if isHelp { return .text(help) }
        guard current.configuration.subcommands.isEmpty else {
            guard let word = words.first, word != "--help", word != "-h" else { return .text(help) }
            if word == "--version" { return .text(version) }
            throw ValidationError("there is no option `\(word)`; a command comes first")
        }
        let command = current.init()
        var reading = Reading(specs: command.specs)
        if let asked = try reading.read(words) { return .text(asked == .version ? version : help) }
        try reading.finish()
        try command.validate()
        return .command(command)
    }

    private var help: String { HelpText(current, names: names).text }

    /// The message for bad usage, with the usage of the command.
    func text(of error: ValidationError) -> String {
        """
        Error: \(error)
        Usage: \(HelpText(current, names: names).usage)
          See '\(names) --help' for more information.
        """
    }
}

/// The parsing of one command's words into its arguments.
private struct Reading {
    enum Asked { case help, version }

    let specs: [ArgumentSpec]
    private var given: Set<Int> = []
    /// The index of the argument that takes the next word without a name.
    private var position = 0

    init(specs: [ArgumentSpec]) { self.specs = specs }

    mutating func read(_ words: ArraySlice<String>) throws(ValidationError) -> Asked? {
        var words = words
        while let word = words.popFirst() {
            if word == "--" {
                let rest = specs.firstIndex { $0.kind == .rest }
                for word in words {
                    if let rest { try take(rest, word) } else { try takePositional(word) }
                }
                return nil
            }
            if word == "--help" || word == "-h" { return .help }
            if word == "--version" { return .version }
            guard word.hasPrefix("-"), word != "-" else {
                try takePositional(word)
                continue
            }
            try word.hasPrefix("--") ? takeLong(word, &words) : takeShort(word, &words)
        }
        return nil
    }

    /// Checks that all required arguments were given.
    func finish() throws(ValidationError) {
        for (index, spec) in specs.enumerated() where spec.isRequired && !given.contains(index) {
            throw ValidationError("`\(spec.title)` is missing: \(spec.help)")
        }
    }

    /// Takes `--name value`, `--name=value` or `--name`.
    private mutating func takeLong(_ word: String, _ words: inout ArraySlice<String>) throws(ValidationError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let index = specs.firstIndex(where: { $0.names.long.map { "--\($0)" } == parts[0] }) else {
            let known = specs.compactMap(\.names.long).map { "--\($0)" }
            throw unknown(parts[0], Suggestion.nearest(to: parts[0], among: known + ["--help", "--version"]))
        }
        try take(index, parts.count > 1 ? parts[1] : nil, &words)
    }

    /// Takes `-n value`, `-nvalue`, `-n=value`, or several flags in one word.
    private mutating func takeShort(_ word: String, _ words: inout ArraySlice<String>) throws(ValidationError) {
        var rest = word.dropFirst()
        while let letter = rest.popFirst() {
            guard let index = specs.firstIndex(where: { $0.names.shorts.contains(letter) }) else {
                throw unknown("-\(letter)", nil)
            }
            if specs[index].kind == .flag {
                try take(index, nil, &words)
                continue
            }
            if rest.first == "=" { rest.removeFirst() }
            return try take(index, rest.isEmpty ? nil : String(rest), &words)
        }
    }

    private mutating func take(_ index: Int, _ attached: String?, _ words: inout ArraySlice<String>) throws(ValidationError) {
        let spec = specs[index]
        if spec.kind == .flag {
            guard attached == nil else { throw ValidationError("`\(spec.title)` takes no value") }
            return try take(index, "")
        }
        if let attached { return try take(index, attached) }
        // A word that looks like an option is one; a value that looks like one must be attached by `=`.
        guard let value = words.first, !value.hasPrefix("-") || value == "-" || Int(value) != nil else {
            throw ValidationError("`\(spec.title)` lacks its value")
        }
        words.removeFirst()
        try take(index, value)
    }

    private mutating func takePositional(_ word: String) throws(ValidationError) {
        let positions = specs.indices.filter { specs[$0].kind == .positional }
        guard position < positions.count else {
            let takesFile = specs.contains { $0.names.long == "config" }
            let isFile = word.hasSuffix(".yaml") || word.hasSuffix(".yml")
            throw ValidationError(
                "`\(word)` is not expected here\(isFile && takesFile ? "; did you mean `--config \(word)`?" : behindDashes)")
        }
        try take(positions[position], word)
        if !specs[positions[position]].isRepeated { position += 1 }
    }

    private mutating func take(_ index: Int, _ word: String) throws(ValidationError) {
        given.insert(index)
        do throws(ArgumentSpec.Refusal) {
            try specs[index].take(word)
        } catch {
            let words = error.words
            // Every word of one or two characters is near to every other.
            let near = word.count > 2 ? Suggestion.nearest(to: word, among: words) : nil
            // A whole number has the right form, and is only too large.
            let isNumber = word.utf8.allSatisfy { (0x30...0x39).contains($0) }
            let guess = near.map { "; did you mean `\($0)`?" }
            let choice =
                words.isEmpty
                ? isNumber ? "" : error.form.map { "; write \($0)" } ?? ""
                : "; write \(words.dropLast().joined(separator: ", ")) or \(words.last ?? "")"
            throw ValidationError("`\(word)` is no value of `\(specs[index].title)`\(guess ?? choice)")
        }
    }

    private func unknown(_ name: String, _ guess: String?) -> ValidationError {
        let hint = guess.map { "; did you mean `\($0)`?" } ?? (position > 0 ? behindDashes : "")
        return ValidationError("there is no option `\(name)`\(hint)")
    }

    /// Perhaps the word belongs to a command that is to be started: `proxy flask run --debug` lacks the `--` before it.
    private var behindDashes: String {
        specs.first { $0.kind == .rest }.map { "; `\($0.title)` stands behind `--`" } ?? ""
    }
}
