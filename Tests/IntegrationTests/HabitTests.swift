import Foundation
import TestSupport
import Testing

@testable import letterhead

/// What people have in their fingers from other tools.
@Suite struct HabitTests {
    private static let good = "listen: 127.0.0.1:0\nroutes: [{ respond: 200 }]\n"

    private static func folder(_ files: [String: String]) throws -> String {
        let folder = Places.scratch("habits")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, text) in files { try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8) }
        return folder
    }

    /// `--config`, the variable, `letterhead.yaml`, `letterhead.yml`: the first that is said or there.
    @Test(
        arguments: [
            (["letterhead.yml": good], [:], [], 0, "ok: 1 route"),
            (["letterhead.yaml": good, "letterhead.yml": "nonsense"], [:], [], 0, "ok: 1 route"),
            (["other.yaml": good, "letterhead.yaml": "nonsense"], ["LETTERHEAD_CONFIG": "other.yaml"], [], 0, "ok: 1 route"),
            (["letterhead.yaml": good], ["LETTERHEAD_CONFIG": ""], [], 0, "ok: 1 route"),
            (["a.yaml": good, "b.yaml": "nonsense"], ["LETTERHEAD_CONFIG": "b.yaml"], ["--config", "a.yaml"], 0, "ok: 1 route"),
            (
                ["letterhead.yaml": good], ["LETTERHEAD_CONFIG": "gone.yaml"], [], 2,
                "cannot read gone.yaml, which the variable LETTERHEAD_CONFIG"
            ),
            ([:], [:], [], 2, "there is no letterhead.yaml (or .yml)"),
        ] as [([String: String], [String: String], [String], Int32, String)])
    func whichFile(
        _ files: [String: String], _ environment: [String: String], _ arguments: [String], _ status: Int32, _ words: String
    ) throws {
        for command in ["check", "validate"] {
            let finished = try run(
                Places.letterhead, [command] + arguments, environment: ["LETTERHEAD_CONFIG": ""].merging(environment) { $1 },
                folder: Self.folder(files))
            #expect(finished.status == status && (finished.text + finished.errors).contains(words), "\(finished)")
        }
    }

    /// curl's letters: the same answer as by the long names.
    @Test func asCurlHasIt() throws {
        let folder = try Self.folder([
            "letterhead.yaml":
                "listen: 127.0.0.1:0\nresponse_headers: [{ set: { X-A: a }, when: { method: PUT } }]\nroutes: [{ respond: 200 }]\n"
        ])
        func explained(_ arguments: [String]) throws -> String {
            let text = try run(Places.letterhead, ["explain"] + arguments, folder: folder).text
            return text.split(separator: "\n").filter { !$0.contains("Date: ") }.joined(separator: "\n")
        }
        let texts = try ["--method", "-m", "-X"].map { try explained([$0, "PUT"]) }
        #expect(Set(texts).count == 1 && texts[0].contains("X-A"), "\(texts)")
        #expect(try explained(["-XPUT", "-k"]) == texts[0])
        let site = try Secured([Secured.authority.get().site("localhost")], rules: "")
        let url = "https://localhost:\(site.proxy.port)/"
        for careless in ["-k", "--insecure"] {
            let found = try run(Places.letterhead, ["doctor", url, "--origin", "https://a.example", careless, "-XGET"])
            #expect(!found.text.contains("LD001") && found.text.contains("200"), "\(found)")
        }
        // A live question, to an app whose certificate nobody trusts.
        let live = try Self.folder([
            "letterhead.yaml": "listen: 127.0.0.1:0\nupstreams: { app: https://localhost:\(site.proxy.port) }\n"
        ])
        let shy = try run(Places.letterhead, ["explain", "--live"], folder: live)
        let careless = try run(Places.letterhead, ["explain", "--live", "-k"], folder: live)
        #expect(shy.errors.contains("TLS") && careless.errors.isEmpty && shy.text != careless.text, "\(shy) \(careless)")
    }

    @Test func reload() throws {
        let scene = try ReloadTests.Scene()
        let admin = "127.0.0.1:\(try #require(scene.proxy.adminPort))"
        try scene.write("1")
        let good = try run(Places.letterhead, ["reload", "--address", admin])
        #expect(good.status == 0 && good.text == "\(admin): reloaded\n" && good.errors.isEmpty, "\(good)")
        #expect(try scene.policy() == "1")
        try scene.write("2") { $0 + "nonsense: true\n" }
        let bad = try run(Places.letterhead, ["reload", "--address", admin])
        #expect(bad.status == 1 && bad.errors.contains("not reloaded") && bad.errors.contains("unknown key `nonsense`"), "\(bad)")
        #expect(try scene.policy() == "1")
        // By the address that the configuration names: of a bad one, what is wrong with it.
        try scene.write("3")
        let folder = try Self.folder(["letterhead.yaml": Self.good + "admin: \(admin)\n", "bad.yaml": "nonsense: true\n"])
        #expect(try run(Places.letterhead, ["reload", "--config", "bad.yaml"], folder: folder).status == 2)
        let named = try run(Places.letterhead, ["reload"], folder: folder)
        #expect(named.status == 0 && named.text == "\(admin): reloaded\n", "\(named)")
        // By its number.
        try scene.write("4")
        let pid = Places.scratch("pid")
        try "\(scene.proxy.process.id)\n".write(toFile: pid, atomically: true, encoding: .utf8)
        let signalled = try run(Places.letterhead, ["reload", "--pid-file", pid])
        #expect(signalled.status == 0 && signalled.text.contains("SIGHUP"), "\(signalled)")
        _ = try scene.proxy.process.line(.error) { logEntry($0)?["cause"] == "signal" ? true : nil }
        #expect(try scene.policy() == "4")
    }

    /// Nobody is asked, or somebody else.
    @Test func reloadOfNobody() throws {
        let pid = Places.scratch("pid")
        let other = try ChildProcess("sleep", ["1000"])
        defer { other.stop() }
        let none = try Self.folder(["letterhead.yaml": Self.good])
        let page = try RawOrigin { _ in UpstreamTests.ok }
        for (text, arguments, status, words) in [
            ("", ["--address", "127.0.0.1:\(try Shared.deadPort.get().port)"], 1, "no answer from"),
            ("", ["--address", "127.0.0.1:\(page.port)"], 0, ""), ("", ["--address", "nonsense"], 2, "HOST:PORT"),
            ("", [], 2, "no `admin` address"), ("x", ["--pid-file", pid], 2, "no number of a process"),
            ("1", ["--pid-file", pid], 2, "no number of a process"), ("", ["--pid-file", "/nowhere"], 2, "cannot read /nowhere"),
            ("\(other.id)", ["--pid-file", pid], 1, "is no letterhead, but sleep"),
            ("2147483647", ["--pid-file", pid], 1, "there is no process 2147483647"),
            ("9", ["--pid-file", pid, "--address", "a:1"], 2, "not both"),
        ] as [(String, [String], Int32, String)] {
            try text.write(toFile: pid, atomically: true, encoding: .utf8)
            let finished = try run(Places.letterhead, ["reload"] + arguments, folder: none)
            #expect(finished.status == status && finished.errors.contains(words) || words.isEmpty, "\(arguments): \(finished)")
        }
        #expect(other.isRunning)
    }

    /// Runs a program in a terminal of its own, and ends with it.
    private static let terminal = """
        import os, pty, signal, sys
        child, terminal = pty.fork()
        if child == 0:
            os.execv(sys.argv[1], sys.argv[1:])
        signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
        try:
            while data := os.read(terminal, 4096):
                os.write(1, data)
        except OSError:
            pass
        """

    /// A terminal gets text, a pipe JSON, and a configuration that says it gets what it says.
    @Test(arguments: [
        ("", true, true), ("", false, false), ("access_log: json\n", true, false), ("access_log: text\n", false, true),
    ])
    func accessLog(_ line: String, _ isTerminal: Bool, _ isText: Bool) throws {
        let folder = try Self.folder(["letterhead.yaml": Self.good + line])
        let proxy =
            try isTerminal
            ? ChildProcess(Places.python("python"), ["-c", Self.terminal, Places.letterhead, "run"], folder: folder)
            : ChildProcess(Places.letterhead, ["run"], folder: folder)
        // The process in a terminal is ended by the one that made the terminal.
        defer {
            proxy.signal(SIGTERM)
            _ = try? proxy.waitForExit()
        }
        // Both streams are the terminal's.
        let port = try proxy.line(isTerminal ? .output : .error) { line in
            line.contains("\"listening\"") ? line.firstMatch(of: #/127\.0\.0\.1:([0-9]+)/#).map { String($0.1) } : nil
        }
        _ = try fetch("http://127.0.0.1:\(port)/seen")
        // A terminal ends its lines with two characters.
        let seen = try proxy.line(.output) { text in
            text.split(whereSeparator: \.isNewline).first { $0.contains("/seen") }.map(String.init)
        }
        #expect(seen.hasPrefix("{") == !isText, "\(seen)")
    }

    /// The table of commands is that of `--help`.
    @Test func reference() throws {
        let page = try String(contentsOfFile: "\(Places.repository)/config/reference/README.md", encoding: .utf8)
        let table = try #require(page.components(separatedBy: "<!-- commands -->\n").last?.components(separatedBy: "\n\n").first)
        let rows = table.split(separator: "\n").dropFirst(2).map { row in
            (row.split(separator: "|").first ?? "").matches(of: #/`([a-z-]+)`/#).map { String($0.1) }
        }
        #expect(rows.flatMap { $0 }.sorted() == Letterhead.configuration.subcommands.flatMap { $0.configuration.names }.sorted())
    }
}
