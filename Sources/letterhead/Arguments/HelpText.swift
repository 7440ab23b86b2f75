/// The text of a command's `--help`.
struct HelpText {
    private let command: any Command.Type
    private let names: String

    /// - Parameter names: the command's name with those of its parents, such as `letterhead import nginx`.
    init(_ command: any Command.Type, names: String) {
        self.command = command
        self.names = names
    }

    private static let width = 80
    /// The column where explanations begin.
    private static let indent = 26

    var usage: String {
        let configuration = command.configuration
        guard configuration.subcommands.isEmpty else { return "\(names) <command>" }
        return ([names] + command.init().specs.map(\.usage)).joined(separator: " ")
    }

    var text: String {
        let configuration = command.configuration
        var parts = [Self.wrapped("OVERVIEW: \(configuration.abstract)")]
        if !configuration.discussion.isEmpty {
            parts.append(Self.paragraphs(configuration.discussion).map { Self.wrapped($0) }.joined(separator: "\n"))
        }
        parts.append(Self.wrapped("USAGE: \(usage)", indent: 7 + names.count + 1))
        let specs = configuration.subcommands.isEmpty ? command.init().specs : []
        let positional = specs.filter(\.isNameless).map { ($0.placeholder, $0.help) }
        var options = specs.filter { !$0.isNameless }.map { spec in
            (spec.names.all.joined(separator: ", ") + (spec.kind == .flag ? "" : " \(spec.placeholder)"), spec.explanation)
        }
        options += [("--version", "Show the version."), ("-h, --help", "Show help information.")]
        if !positional.isEmpty { parts.append("ARGUMENTS:\n" + Self.table(positional)) }
        parts.append("OPTIONS:\n" + Self.table(options))
        if !configuration.subcommands.isEmpty {
            let rows = configuration.subcommands.map {
                ($0.configuration.names.joined(separator: ", "), $0.configuration.abstract)
            }
            parts.append("COMMANDS:\n" + Self.table(rows) + "\n\n  See '\(names) <command> --help' for more.")
        }
        return parts.joined(separator: "\n\n")
    }

    /// Splits a text into paragraphs: a line that ends with a full stop ends one, and other lines continue.
    static func paragraphs(_ text: String) -> [String] {
        text.split(separator: "\n").reduce(into: []) { paragraphs, line in
            if let last = paragraphs.last, !last.hasSuffix(".") {
                paragraphs[paragraphs.count - 1] = "\(last) \(line)"
            } else {
                paragraphs.append(String(line))
            }
        }
    }

    private static func table(_ rows: [(name: String, text: String)]) -> String {
        rows.map { name, text in
            let start = "  \(name)"
            let gap = start.count < indent - 1 ? String(repeating: " ", count: indent - start.count) : "\n" + space
            let lines = wrapped(String(repeating: "x", count: indent) + text, indent: indent)
            return start + gap + lines.dropFirst(indent)
        }.joined(separator: "\n")
    }

    private static var space: String { String(repeating: " ", count: indent) }

    /// Wraps a text; lines after the first are indented by `indent`.
    private static func wrapped(_ text: String, indent: Int = 0) -> String {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = String(repeating: " ", count: indent) + word
            } else {
                line += (line.isEmpty ? "" : " ") + word
            }
        }
        return (lines + [line]).joined(separator: "\n")
    }
}

extension ArgumentSpec {
    var isNameless: Bool { kind == .positional || kind == .rest }

    /// The help with the default, if there is one.
    var explanation: String { standard.map { $0.isEmpty ? help : "\(help) (default: \($0))" } ?? help }
}
