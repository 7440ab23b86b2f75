import HTTPModel

/// The completion script for zsh, with a function per command.
struct ZshCompletion {
    let commands: [DescribedCommand]

    var text: String {
        let name = Self.function(commands.first?.path ?? [])
        return """
            #compdef \(commands.first?.path.first ?? "")

            \(commands.map(function).joined(separator: "\n"))
            if [ "$funcstack[1]" = \(name) ]; then \(name) "$@"; else compdef \(name) \(commands.first?.path.first ?? ""); fi
            """
    }

    private static func function(_ path: [String]) -> String { "_" + path.joined(separator: "_").replacing("-", by: "_") }

    private func function(_ command: DescribedCommand) -> String {
        let common = ["'(- *)'{-h,--help}'[Show help information]'", "'(- *)--version[Show the version]'"]
        let specs = (common + command.specs.map(Self.spec)).joined(separator: " \\\n        ")
        guard !command.subcommands.isEmpty else {
            return "\(Self.function(command.path))() {\n    _arguments -s -S \\\n        \(specs)\n}\n"
        }
        let names = command.subcommands.map { "\($0.commandName):\($0.abstract.firstSentence)".inShellQuotes }
        let cases = command.subcommands.map {
            "    \($0.names.joined(separator: "|"))) \(Self.function(command.path + [$0.commandName])) ;;\n"
        }
        return """
            \(Self.function(command.path))() {
                local context state state_descr line
                typeset -A opt_args
                _arguments -C \\
                    \(specs) \\
                    '1: :->command' '*:: :->arguments'
                case $state in
                command)
                    local -a commands=(
                        \(names.joined(separator: "\n            "))
                    )
                    _describe command commands ;;
                arguments)
                    case $line[1] in
                \(cases.joined(separator: "    "))        esac ;;
                esac
            }

            """
    }

    private static func spec(_ spec: ArgumentSpec) -> String {
        let value = spec.words.isEmpty ? "_files" : "(\(spec.words.joined(separator: " ")))"
        let placeholder = spec.placeholder.filter { $0 != "<" && $0 != ">" }
        // The rest is another program's command, which is completed with its own arguments.
        if spec.kind == .rest { return "'*::command: _normal'" }
        if spec.kind == .positional {
            return "'\(spec.isRepeated ? "*" : "")\(spec.isRequired ? "" : ":"):\(placeholder):\(value)'"
        }
        let help = "[\(spec.brief.replacing("[", by: "\\[").replacing("]", by: "\\]"))]".inShellQuotes
        let takesValue = spec.kind == .option
        let names = spec.names.all.map { takesValue ? $0 + ($0.hasPrefix("--") ? "=" : "+") : $0 }
        let others = spec.isRepeated ? "'*'" : "'(\(spec.names.all.joined(separator: " ")))'"
        let written = names.count == 1 ? names[0] : "{\(names.joined(separator: ","))}"
        return others + written + help + (takesValue ? "':\(placeholder):\(value)'" : "")
    }
}
