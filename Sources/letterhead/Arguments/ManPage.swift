import HTTPModel

/// The man page for all commands.
struct ManPage {
    let commands: [DescribedCommand]
    let version: String

    var text: String {
        guard let program = commands.first else { return "" }
        let name = program.path[0]
        let leaves = commands.filter(\.subcommands.isEmpty)
        var lines = [".TH \(name.uppercased()) 1 \"\" \"\(name) \(version)\"", ".SH NAME"]
        lines.append("\(name) \\- \(Self.escaped(Self.lowercasedFirst(program.configuration.abstract.firstSentence)))")
        lines += [".SH SYNOPSIS", ".B \(name)", "\\fIcommand\\fR [\\fIarguments\\fR ...]"]
        lines +=
            [".SH DESCRIPTION", Self.escaped(program.configuration.abstract)] + Self.paragraphs(program.configuration.discussion)
        lines.append(".SH COMMANDS")
        for command in leaves {
            lines += [".SS \(Self.escaped(command.path.joined(separator: " ")))", ".B \(Self.escaped(command.usage))", ".PP"]
            lines += [Self.escaped(command.configuration.abstract)] + Self.paragraphs(command.configuration.discussion)
            for spec in command.specs { lines += [".TP", Self.title(spec), Self.escaped(spec.explanation)] }
        }
        lines += [".SH OPTIONS", "Every command has these.", ".TP", "\\fB\\-h\\fR, \\fB\\-\\-help\\fR", "Show help information."]
        lines += [".TP", "\\fB\\-\\-version\\fR", "Show the version.", ".SH ENVIRONMENT"]
        lines += [".TP", ".B \(ConfigurationOption.variable)", "The configuration, where no option names one.", ".SH FILES"]
        for file in ConfigurationOption.defaults {
            lines += [".TP", ".I \(Self.escaped(file))", "Read, in this order, where neither names one."]
        }
        return lines.joined(separator: "\n")
    }

    private static func title(_ spec: ArgumentSpec) -> String {
        let value = spec.placeholder.isEmpty ? "" : "\\fI\(escaped(spec.placeholder.filter { $0 != "<" && $0 != ">" }))\\fR"
        guard !spec.isNameless else { return value }
        return spec.names.all.map { "\\fB\(escaped($0))\\fR" }.joined(separator: ", ") + (value.isEmpty ? "" : " \(value)")
    }

    private static func paragraphs(_ text: String) -> [String] {
        HelpText.paragraphs(text).flatMap { [".PP", escaped($0)] }
    }

    /// Escapes a line of text, so that nothing in it is a request, an escape or a dash of another length.
    private static func escaped(_ text: String) -> String {
        let text = text.replacing("\\", by: "\\e").replacing("-", by: "\\-")
        return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&\(text)" : text
    }

    private static func lowercasedFirst(_ text: String) -> String { text.prefix(1).lowercased() + text.dropFirst() }
}
