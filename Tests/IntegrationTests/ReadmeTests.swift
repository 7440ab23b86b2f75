import Foundation
import TestSupport
import Testing

/// What the README shows is what happens.
@Suite struct ReadmeTests {
    struct Block: Sendable {
        var language: String
        var text: String
    }

    /// Follows the README from top to bottom in an empty folder: files are written, commands run, output compared. Its ports become free
    /// ones, `make run` becomes what it does after building, what runs in the background is waited for, and `letterhead proxy` is ended
    /// where the reader goes on to the next thing; nothing else changes.
    @Test func everyCommandDoesWhatItSays() throws {
        let folder = Places.scratch("readme")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let ports = try (demo: Places.freePort(), app: Places.freePort(), proxy: Places.freePort())
        var script = ""
        var expected: [String] = []
        for block in try Self.blocks() {
            let text = block.text.replacing("5000", with: "\(ports.app)")
                .replacing("8080", with: "\(script.contains("flask") || block.language != "sh" ? ports.proxy : ports.demo)")
            switch block.language {
            case "python", "yaml":
                let name = try #require(text.firstMatch(of: #/^# (\S+)\n/#)).1
                try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
            case "sh":
                var after = ""
                for line in text.split(separator: "\n") {
                    switch line {
                    case "make run":
                        script += Self.background("letterhead demo --port \(ports.demo) --admin-port 0", port: ports.demo)
                    // It finds what the README says it finds.
                    case let line where line.hasPrefix("letterhead doctor"): script += "\(line) && exit 1\n"
                    case let line where line.hasPrefix("letterhead proxy"):
                        script += Self.background("\(line) --listen \(ports.proxy) --admin-port 0", port: ports.proxy)
                        after = "kill $!\nwait $! || true\n"
                    case let line where line.hasSuffix(" &"):
                        let port = line.contains("flask") ? ports.app : ports.proxy
                        script += Self.background(line.dropLast(2).description, port: port)
                    default: script += "\(line)\n"
                    }
                }
                script += after + "echo '<END>'\n"
                expected.append("")
            case "text": expected[expected.count - 1] = text
            default: Issue.record("the README has a block of \(block.language)")
            }
        }
        let path = [(Places.letterhead as NSString).deletingLastPathComponent, Places.python(""), "/usr/bin", "/bin"]
        let shell = try ChildProcess(
            "bash", ["-c", "set -e; trap 'kill $(jobs -p) || true' EXIT\n\(script)"],
            environment: ["PATH": path.joined(separator: ":"), "PYTHONDONTWRITEBYTECODE": "1"], folder: folder)
        defer { shell.stop() }
        #expect(try shell.waitForExit() == 0, "\(shell.text(.error))")
        let outputs = shell.text(.output).components(separatedBy: "<END>\n").dropLast()
        #expect(outputs.count == expected.count)
        for (output, expected) in zip(outputs, expected) where !expected.isEmpty {
            #expect(Self.comparable(output) == Self.comparable(expected), "\(output)")
        }
        #expect(
            outputs.contains {
                $0.hasPrefix("HTTP/1.1 500") && $0.contains("Access-Control-Allow-Origin: https://app.example")
            })
    }

    /// The commands in its sentences work too, in a folder with the README's files.
    @Test func commandsInSentences() throws {
        let folder = Places.scratch("sentences")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for block in try Self.blocks() where ["python", "yaml"].contains(block.language) {
            let name = try #require(block.text.firstMatch(of: #/^# (\S+)\n/#)).1
            try block.text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder)/config", withDestinationPath: "\(Places.repository)/config")
        let prose = try Self.readme().replacing(#/```\w+\n(?:.*\n)*?```/#, with: "")
        let spans = prose.matches(of: #/`letterhead ([^`]+)`/#).map { String($0.1) }
        // Those that need a server of their own are run by other tests.
        let others = ["run", "demo", "doctor", "healthcheck", "proxy", "init", "reload"]
        let commands = spans.filter { !others.contains(String($0.prefix { $0 != " " })) && !$0.hasPrefix("import nginx") }
        #expect(commands.contains { $0.hasPrefix("explain") } && commands.contains { $0.hasPrefix("test") })
        for command in commands {
            let words = command.split(separator: " ").map(String.init)
            let finished = try run(Places.letterhead, words, folder: folder)
            #expect(finished.status == 0, "letterhead \(command): \(finished.text)\(finished.errors)")
        }
        let makefile = try String(contentsOfFile: "\(Places.repository)/Makefile", encoding: .utf8)
        for target in prose.matches(of: #/`make ([a-z-]+)`/#).map(\.1) {
            #expect(makefile.contains("\n\(target):"), "make \(target)")
        }
    }

    /// Every file that the README links to is there, and `make run` is what this test takes it for.
    @Test func links() throws {
        for link in try Self.readme().matches(of: #/\]\(([^)]+)\)/#).map(\.1) where !link.hasPrefix("http") {
            let file = link.prefix { $0 != "#" }
            #expect(FileManager.default.fileExists(atPath: "\(Places.repository)/\(file)"), "\(link)")
        }
        let makefile = try String(contentsOfFile: "\(Places.repository)/Makefile", encoding: .utf8)
        #expect(makefile.contains(#/\nrun:.*\n(?:\t.*\n)*\tswift run letterhead demo\n/#))
    }

    /// The containers' app behind the containers' policy, without containers.
    @Test func composeDemo() throws {
        let app = try FlaskApp.gunicorn(folder: "\(Places.repository)/docker/app")
        let policy = try String(contentsOfFile: "\(Places.repository)/docker/letterhead.yaml", encoding: .utf8)
            .replacing("http://app:5000", with: app.address).replacing("0.0.0.0:8080", with: "127.0.0.1:0").replacing(
                ":9900", with: ":0")
        let proxy = try ProxyProcess(policy)
        for version in HTTPVersion.allCases {
            let boom = try proxy.fetch("/boom", version, ["-H", "Origin: \(Policy.origin)"])
            #expect(boom.status == 500 && boom.fields["Access-Control-Allow-Origin"] == Policy.origin)
            #expect(boom.fields["Cache-Control"] == "no-store" && boom.fields.all("Server").isEmpty)
            #expect(try proxy.fetch("/orders", version).text.contains("envelopes"))
        }
    }

    private static func background(_ command: String, port: Int) -> String {
        """
        \(command) >>log 2>&1 &
        for i in $(seq 1200); do (exec 3<>/dev/tcp/127.0.0.1/\(port)) 2>>log && break; kill -0 $!; sleep 0.05; done

        """
    }

    /// Without what differs from one run to the next.
    private static func comparable(_ output: String) -> [String] {
        output.split(whereSeparator: \.isNewline).map { line in
            let name = line.prefix { $0 != ":" }
            return ["Date", "Content-Length", "Server"].contains(name) ? String(name) : String(line)
        }
    }

    private static func readme() throws -> String {
        try String(contentsOfFile: "\(Places.repository)/README.md", encoding: .utf8)
    }

    private static func blocks() throws -> [Block] {
        try readme().matches(of: #/```(\w+)\n((?:.*\n)*?)```/#).map { Block(language: String($0.1), text: String($0.2)) }
    }
}
