import Testing

@testable import letterhead

/// How words become a command's arguments.
@Suite struct ArgumentTests {
    private struct Root: Command {
        static let configuration = CommandConfiguration(
            commandName: "tool", abstract: "All of it.", subcommands: [Serve.self, Group.self, Start.self])
    }

    private struct Group: Command {
        static let configuration = CommandConfiguration(commandName: "group", abstract: "More.", subcommands: [Count.self])
    }

    private struct Shared: Arguments {
        @Option(name: [.customShort("c"), .customLong("config")], help: "A file.") var path: String?
    }

    private struct Serve: Command {
        enum Form: String, ArgumentValue, CaseIterable { case text, json }

        static let configuration = CommandConfiguration(
            commandName: "serve", aliases: ["listen"], abstract: "Serves.",
            discussion: "It serves for as long as nobody ends it, and then a little longer.")

        @OptionGroup var shared: Shared
        @Option(help: "A number.") var adminPort = 80
        @Option(name: .shortAndLong(and: "X"), help: "A word.") var method = "GET"
        @Option(name: [.customShort("H"), .customLong("header")], help: "A field.") var headers: [String] = []
        @Option(help: "A form.") var format = Form.text
        @Option(help: "A limit.") var limit: Int32?
        @Flag(name: .shortAndLong, help: "Loud.") var verbose = false
        @Flag(name: [.customShort("q")], help: "Quiet.") var quiet = false
        @Flag(name: .long(and: "k"), help: "Careless.") var careless = false

        func validate() throws(ValidationError) {
            if adminPort > 65535 { throw ValidationError("no such port") }
        }

        var shown: String {
            let limit = limit.map { String($0) } ?? "-"
            return "\(shared.path ?? "-") \(adminPort) \(method) \(headers) \(format) \(limit) \(verbose) \(quiet || careless)"
        }
    }

    private struct Count: Command {
        static let configuration = CommandConfiguration(commandName: "count", abstract: "Counts.")

        @Argument(help: "The first.") var first: String
        @Argument(help: "The rest.") var others: [String]
        @Option(help: "From where.") var origin: String

        var shown: String { "\(first) \(others) \(origin)" }
    }

    private struct Start: Command {
        static let configuration = CommandConfiguration(commandName: "start", abstract: "Starts.")

        @Argument(help: "Where.") var place: String?
        @Argument(rest: "What.") var command: [String]
        @Flag(name: .shortAndLong, help: "Loud.") var verbose = false

        var shown: String { "\(place ?? "-") \(command) \(verbose)" }
    }

    private static func outcome(_ words: [String]) -> String {
        var reader = CommandLineReader(Root.self, version: "1.2.3")
        do throws(ValidationError) {
            switch try reader.read(words) {
            case .text(let text): return text
            case .command(let command):
                return (command as? Serve)?.shown ?? (command as? Count)?.shown ?? (command as? Start)?.shown ?? "?"
            }
        } catch {
            return "error: \(error)"
        }
    }

    @Test(arguments: [
        ([], "- 80 GET [] text - false false"),
        (["--config", "a", "--admin-port", "0", "-m", "PUT"], "a 0 PUT [] text - false false"),
        (["-c=a", "-mPUT", "--format=json", "--limit=-1"], "a 80 PUT [] json -1 false false"),
        (["-H", "A: 1", "--header", "B: =2", "--header=C: -"], "- 80 GET [\"A: 1\", \"B: =2\", \"C: -\"] text - false false"),
        (["-vqc", "x", "--limit", "-5"], "x 80 GET [] text -5 true true"),
        (["--verbose", "-c", "-", "-c", "b"], "b 80 GET [] text - true false"),
        (["--method="], "- 80  [] text - false false"),
        (["--config", "-v"], "error: `--config <config>` lacks its value"),
        (["--config"], "error: `--config <config>` lacks its value"),
        (["--admin-port", "x"], "error: `x` is no value of `--admin-port <admin-port>`; write a whole number"),
        (["--admin-port", "99999999999999999999"], "error: `99999999999999999999` is no value of `--admin-port <admin-port>`"),
        (["--admin-port", "65536"], "error: no such port"),
        (["--format", "jsn"], "error: `jsn` is no value of `--format <format>`; did you mean `json`?"),
        (["--format", "pictures"], "error: `pictures` is no value of `--format <format>`; write text or json"),
        (["--formt", "json"], "error: there is no option `--formt`; did you mean `--format`?"),
        (["--verbose=yes"], "error: `--verbose` takes no value"), (["-vx"], "error: there is no option `-x`"),
        (["word"], "error: `word` is not expected here"), (["--", "--verbose"], "error: `--verbose` is not expected here"),
        (["-v", "--version"], "1.2.3"), (["-XPUT"], "- 80 PUT [] text - false false"),
        (["-X", "PUT", "-k"], "- 80 PUT [] text - false true"), (["-vk"], "- 80 GET [] text - true true"),
        (["--careless"], "- 80 GET [] text - false true"),
    ])
    func options(_ words: [String], _ outcome: String) {
        #expect(Self.outcome(["serve"] + words) == outcome)
        #expect(Self.outcome(["listen"] + words) == outcome, "by its other name")
    }

    /// What stands behind two dashes is somebody else's command line.
    @Test(arguments: [
        ([], "- [] false"), (["here", "-v"], "here [] true"),
        (["--", "run", "-v", "--", "x"], "- [\"run\", \"-v\", \"--\", \"x\"] false"),
        (["-v", "here", "--", "--help"], "here [\"--help\"] true"), (["--"], "- [] false"),
        (["run", "app"], "error: `app` is not expected here; `-- <command>` stands behind `--`"),
        (["flask", "--debug"], "error: there is no option `--debug`; `-- <command>` stands behind `--`"),
        (["--debug"], "error: there is no option `--debug`"),
    ])
    func rest(_ words: [String], _ outcome: String) {
        #expect(Self.outcome(["start"] + words) == outcome)
    }

    @Test(arguments: [
        (["count", "a", "b", "--origin", "o", "c"], "a [\"b\", \"c\"] o"),
        (["count", "--origin=o", "--", "--x", "-y"], "--x [\"-y\"] o"),
        (["count", "a", "--origin", "o"], "error: `<others>` is missing: The rest."),
        (["count", "a", "b"], "error: `--origin <origin>` is missing: From where."),
        (["cuont"], "error: there is no command `cuont`; did you mean `count`?"),
        (["--origin"], "error: there is no option `--origin`; a command comes first"),
    ])
    func positions(_ words: [String], _ outcome: String) {
        #expect(Self.outcome(["group"] + words) == outcome)
    }

    /// However help is asked for, it says all that there is, and nothing is run.
    @Test func help() {
        let root = Self.outcome([])
        for words in [["--help"], ["-h"], ["help"]] { #expect(Self.outcome(words) == root) }
        #expect(root.contains("USAGE: tool <command>") && root.contains("  serve, listen           Serves."))
        let serve = Self.outcome(["help", "serve"])
        #expect(Self.outcome(["serve", "--nothing", "-h"]) == "error: there is no option `--nothing`")
        #expect(Self.outcome(["serve", "-v", "--help"]) == serve)
        #expect(serve.contains("\n  -m, -X, --method <method>\n") && serve.contains("\n  -k, --careless          Careless.\n"))
        #expect(Self.outcome(["start", "-h"]).contains("USAGE: tool start [<place>] [-- <command> ...] [--verbose]\n"))
        #expect(serve.contains("\n  -c, --config <config>   A file.\n  --admin-port <admin-port>\n"))
        #expect(serve.contains("A number. (default: 80)") && serve.contains("\n  -q                      Quiet.\n"))
        #expect(
            Self.outcome(["group", "count", "--help"]).contains("USAGE: tool group count <first> <others> ... --origin <origin>"))
        #expect(Self.outcome(["--version"]) == "1.2.3")
        #expect(serve.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }
}
