/// The completion script for bash. Where there is no list of words, it completes file names.
struct BashCompletion {
    let commands: [DescribedCommand]

    var text: String {
        let name = commands.first?.path.first ?? ""
        return """
            _\(name)() {
                local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= words= takesFiles= i
                # bash takes --format=json for three words.
                if [[ $word == = ]]; then word=
                elif [[ $before == = ]]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi
                for ((i = 1; i < COMP_CWORD; i++)); do
                    case "$command ${COMP_WORDS[i]}" in
                    *' --') return 0 ;;
            \(names)        esac
                done
                case "$command $before" in
            \(values)    *)
                    case $command in
            \(words)        esac
                    [[ $word == -* || -z $takesFiles ]] || return 0 ;;
                esac
                COMPREPLY=($(compgen -W "$words" -- "$word"))
            }
            complete -o default -F _\(name) \(name)
            """
    }

    /// The cases that recognize commands as they are typed; words after `--` belong to other programs.
    private var names: String {
        commands.dropFirst().map { command in
            let parents = command.path.dropFirst().dropLast().joined(separator: " ")
            let names = command.configuration.names.map { "'\(parents) \($0)'" }.joined(separator: " | ")
            return "        \(names)) command='\(command.name)' ;;\n"
        }.joined()
    }

    /// The cases for options that are followed by a value.
    private var values: String {
        commands.flatMap { command in
            command.options.filter { $0.kind == .option }.map { option in
                let names = option.names.all.map { "'\(command.name) \($0)'" }.joined(separator: " | ")
                return
                    "    \(names)) \(option.words.isEmpty ? "return 0" : "words='\(option.words.joined(separator: " "))'") ;;\n"
            }
        }.joined()
    }

    private var words: String {
        commands.map { command in
            let words = command.subcommands.map(\.commandName) + command.options.flatMap(\.names.all) + ["--help", "--version"]
            let takesFiles = command.takesWords ? "1" : ""
            return "        '\(command.name)') words='\(words.joined(separator: " "))' takesFiles=\(takesFiles) ;;\n"
        }.joined()
    }
}
