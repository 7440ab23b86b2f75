import Foundation
import TestSupport
import Testing

/// Whatever stands behind descriptors 0 to 2, the proxy serves, ends when told, and says what was lost where it can.
@Suite struct StandardStreamTests {
    /// A proxy started by a shell, whose redirections are what is tested. Its app is not there, so that each request is worth a
    /// warning.
    struct Scene {
        let process: ChildProcess
        let port: Int
        let admin: Int

        init(_ redirections: String, before: String = "") throws {
            port = try Places.freePort()
            admin = port + 1
            let file = Places.scratch("letterhead.yaml")
            try """
            listen: 127.0.0.1:\(port)
            admin: 127.0.0.1:\(admin)
            workers: 1
            upstreams: { app: http://127.0.0.1:\(Shared.deadPort.get().port) }
            routes: [{ path: /own, respond: 204 }, { upstream: app }]

            """.write(toFile: file, atomically: true, encoding: .utf8)
            let run = "exec '\(Places.letterhead)' run --config '\(file)' \(redirections)"
            process = try ChildProcess("bash", ["-c", before + run])
            while (try? Connection(port: port)) == nil {
                guard process.isRunning else { throw Disappointment("it did not start: \(process.text(.error))") }
            }
        }

        /// The number that a metric with this word in its name has.
        func metric(_ name: String) throws -> Int {
            let text = try fetch("http://127.0.0.1:\(admin)/metrics").text
            return text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
                .flatMap { $0.split(separator: " ").last }.flatMap { Int($0) } ?? -1
        }

        func wait(for name: String, _ condition: (Int) -> Bool = { $0 > 0 }) throws {
            let deadline = Date(timeIntervalSinceNow: 2 * patience)
            while !condition(try metric(name)) {
                guard Date.now < deadline else { throw Disappointment("\(name) stays \(try metric(name))") }
            }
        }

        func use() throws {
            for _ in 0..<3 {
                #expect(try fetch("http://127.0.0.1:\(port)/own").status == 204)
                #expect(try fetch("http://127.0.0.1:\(port)/").status == 502)
            }
            #expect(try fetch("http://127.0.0.1:\(admin)/healthz").status == 200)
        }
    }

    static let access = "letterhead_access_log_dropped_blocks_total"
    static let own = "letterhead_log_dropped_lines_total"

    @Test(arguments: [
        ("2>/dev/full", [own]), ("2>&-", [own]), ("2> >(exec true)", [own]), (">/dev/full", [access]), (">&-", [access]),
        ("> >(exec true)", [access]), (">/dev/full 2>&1", [access, own]), ("0<&- >&- 2>&-", [access, own]),
    ])
    func whatCannotBeWrittenIsCounted(_ redirections: String, _ metrics: [String]) throws {
        let scene = try Scene(redirections)
        defer { scene.process.stop() }
        try scene.use()
        for metric in metrics { try scene.wait(for: metric) }
        if !metrics.contains(Self.own) {
            let said = try scene.process.line(.error) { line -> [String: String]? in
                let entry = logEntry(line)
                return entry?["message"] == "the access log cannot be written: lines are lost" ? entry : nil
            }
            #expect(said["level"] == "error" && said["error"] != nil)
        }
        // A socket that takes the place of a stream would get what is written to that.
        for descriptor in 0...2 {
            let target = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(scene.process.id)/fd/\(descriptor)")
            #expect(!target.hasPrefix("socket:") && !target.hasPrefix("anon_inode:"), "\(descriptor) is \(target)")
        }
        scene.process.signal(SIGTERM)
        #expect(try scene.process.waitForExit() == 0)
    }

    /// A pipe that takes nothing, and its other end, which the caller closes.
    private static func fullPipe() throws -> (path: String, reader: Int32) {
        let pipe = Places.scratch("pipe")
        try #require(mkfifo(pipe, 0o600) == 0)
        let reader = open(pipe, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        let filling = [UInt8](repeating: 10, count: 4096)
        while write(reader, filling, filling.count) > 0 {}
        return (pipe, reader)
    }

    /// A pipe that is full, and whose reader sleeps. One signal ends it, and a second one at once.
    @Test(arguments: ["stderr", "stdout"], [1, 2])
    func sleepingReader(_ stream: String, _ signals: Int) throws {
        let (pipe, reader) = try Self.fullPipe()
        defer { close(reader) }
        let scene = try Scene(stream == "stderr" ? "2>'\(pipe)'" : ">'\(pipe)'")
        defer { scene.process.stop() }
        try scene.use()
        for _ in 0..<signals { scene.process.signal(SIGTERM) }
        #expect(try scene.process.waitForExit() == 0)
    }

    /// At the end what waits is written for two seconds at most, and what is lost is told once.
    @Test func lossAtTheEnd() throws {
        let (pipe, reader) = try Self.fullPipe()
        defer { close(reader) }
        let scene = try Scene(">'\(pipe)'")
        defer { scene.process.stop() }
        try scene.use()
        scene.process.signal(SIGTERM)
        #expect(try scene.process.waitForExit() == 0)
        let entries = scene.process.text(.error).split(separator: "\n").compactMap { logEntry($0) }
        let losses = entries.filter { $0["message"] == "the access log could not be written to its end" }
        #expect(losses.count == 1, "\(entries)")
    }

    /// The end of a line that found no room is missing; the next one begins fresh when there is some again.
    @Test func aTornLineIsNotGluedToTheNext() throws {
        let log = Places.scratch("access.log")
        let scene = try Scene(">>'\(log)'", before: "ulimit -S -f 2; ")
        defer { scene.process.stop() }
        while try scene.metric(Self.access) == 0 { _ = try fetch("http://127.0.0.1:\(scene.port)/own") }
        #expect(try run("prlimit", ["--pid", "\(scene.process.id)", "--fsize=unlimited"]).status == 0)
        var lines: [Substring] = []
        repeat {
            _ = try fetch("http://127.0.0.1:\(scene.port)/last")
            lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
        } while !lines.contains { logEntry($0)?["path"] == "/last" }
        let torn = lines.filter { logEntry($0) == nil }
        #expect(torn.count <= 1 && torn.allSatisfy { $0.ranges(of: "{\"time\"").count == 1 }, "\(lines)")
    }

    /// What somebody asked for and did not get is no success.
    @Test(arguments: [
        ["--help"], ["--version"], ["check", "--print"], ["check", "--grade"], ["check", "--format", "json"],
        ["explain", "--url", "/"], ["import", "nginx"], ["import", "flask-cors"], ["test"], ["diff"], ["doctor"], ["healthcheck"],
    ])
    func commands(_ command: [String]) throws {
        let folder = Places.scratch("commands")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        func write(_ name: String, _ text: String) throws -> String {
            try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
            return "\(folder)/\(name)"
        }
        let config = try write("letterhead.yaml", "routes: [{ respond: 200 }]\n")
        let proxy = try Shared.proxy.get()
        let more =
            switch command[0] {
            case "check", "explain": ["--config", config]
            case "diff": [config, config]
            case "import":
                command[1] == "nginx"
                    ? [try write("nginx.conf", "server { listen 80; location / { proxy_pass http://127.0.0.1:5000; } }\n")]
                    : [try write("app.py", "CORS(app, origins='https://a.example')\n")]
            case "test":
                [
                    try write("a.test.yaml", "tests: [{ request: /, expect: { status: 200 } }]\n"), "--config", config,
                ]
            case "doctor": [proxy.url + "/", "--origin", "https://app.example"]
            case "healthcheck": ["--address", "127.0.0.1:\(proxy.adminPort ?? 0)"]
            default: []
            }
        let words = ([Places.letterhead] + command + more).map { "'\($0)'" }.joined(separator: " ")
        for end in [">/dev/full", ">&-", "| (exec <&-; true)"] {
            let finished = try run("bash", ["-c", "set -o pipefail; \(words) \(end)"])
            // A reader may go only after all of it is in the pipe.
            let isSaid = finished.errors.contains("letterhead: cannot write to standard output: ")
            #expect(
                [1, 2].contains(finished.status) && isSaid || end.hasPrefix("|") && finished.status >= 0, "\(end) \(finished)")
        }
    }
}
