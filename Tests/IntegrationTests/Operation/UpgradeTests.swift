import Foundation
import TestSupport
import Testing

/// One process after the other on the same addresses: nobody is refused, no connection is reset.
@Suite struct UpgradeTests {
    private static func waitFor(_ message: String, of process: ChildProcess) throws -> [String: String] {
        try process.line(.error) { line in
            let entry = logEntry(line)
            return entry?["message"] == message ? entry : nil
        }
    }

    /// `--take-over`, again and again, under load.
    @Test(arguments: ["tcp", "unix"])
    func takeOver(_ kind: String) throws {
        let origin = try RawOrigin { _ in UpstreamTests.ok }
        let file = Places.scratch("letterhead.yaml")
        let port = try Places.freePort()
        let path = Places.scratch("socket")
        let bind = kind == "tcp" ? "127.0.0.1:\(port)" : "unix:\(path)"
        func write(_ policy: String) throws {
            try SteadyClients.configuration(policy, port: bind, admin: "127.0.0.1:\(port + 1)", app: origin.port)
                .write(toFile: file, atomically: true, encoding: .utf8)
        }
        try write("0")
        var current = try ChildProcess(Places.letterhead, ["run", "--config", file])
        defer { current.stop() }
        _ = try Self.waitFor("listening", of: current)
        let outcome = try SteadyClients.run(against: kind == "tcp" ? "\(port)" : path) {
            for number in 1...5 {
                try write("\(number)")
                let next = try ChildProcess(Places.letterhead, ["run", "--config", file, "--take-over", "\(current.id)"])
                let entry = try Self.waitFor("took over", of: next)
                #expect(entry["signalled"] == "yes" && entry["all_connections"] == "true", "\(entry)")
                #expect(try current.waitForExit(within: 30) == 0)
                #expect(current.text(.error).contains(#""reason":"drained""#))
                current = next
                #expect(try fetch("http://127.0.0.1:\(port + 1)/readyz").status == 200)
            }
        }
        #expect(outcome.failed == 0, "\(outcome)")
        #expect(outcome.hung == 0)
        #expect(outcome.policies == 6 && outcome.requests > 1_000, "\(outcome)")
    }

    /// A second process by mistake is told so, although the first would let its successor in.
    @Test func onlyASuccessorMayListenBeside() throws {
        let proxy = try ProxyProcess("listen: 127.0.0.1:0\nroutes: [{ respond: 204 }]\n")
        let file = Places.scratch("letterhead.yaml")
        try "listen: 127.0.0.1:\(proxy.port)\nroutes: [{ respond: 204 }]\n".write(toFile: file, atomically: true, encoding: .utf8)
        let other = try run(Places.letterhead, ["run", "--config", file])
        #expect(other.status == 1 && other.errors.contains("cannot listen"), "\(other.errors)")
    }

    /// A predecessor that is gone is no reason not to serve.
    @Test func nobodyToTakeOverFrom() throws {
        let gone = try ChildProcess("true", [])
        try gone.waitForExit()
        let file = Places.scratch("letterhead.yaml")
        try "listen: 127.0.0.1:0\nroutes: [{ respond: 204 }]\n".write(toFile: file, atomically: true, encoding: .utf8)
        let proxy = try ChildProcess(Places.letterhead, ["run", "--config", file, "--take-over", "\(gone.id)"])
        defer { proxy.stop() }
        #expect(try Self.waitFor("took over", of: proxy)["signalled"] == "No such process")
        for word in ["0", "-1", "me"] {
            #expect(try run(Places.letterhead, ["run", "--config", file, "--take-over", word]).status == 2)
        }
    }

    /// Starts a service manager with sockets for a configuration. `restarts`: a command; for each of its lines the proxy is started again.
    private static func manager(_ sockets: String, _ file: String, restarts: String) throws -> ChildProcess {
        let supervisor = "'\(Places.python("python"))' '\(Places.integration("clients/supervisor.py"))'"
        return try ChildProcess(
            "sh", ["-c", "\(restarts) | exec \(supervisor) '\(sockets)' '\(Places.letterhead)' run --config '\(file)'"])
    }

    /// A service manager holds the sockets: by address, by name, as Unix sockets, with the admin's.
    @Test(arguments: ["address", "name", "unix"])
    func socketActivation(_ way: String) throws {
        let origin = try RawOrigin { _ in UpstreamTests.ok }
        let file = Places.scratch("letterhead.yaml")
        let path = Places.scratch("socket")
        let port = try Places.freePort()
        let (socket, bind) =
            switch way {
            // The configured address of its own is not bound.
            case "name": ("web=\(port)", "127.0.0.1:1\n    name: web")
            case "unix": ("x=\(path)", "unix:\(path)")
            default: ("x=\(port)", "127.0.0.1:\(port)")
            }
        try SteadyClients.configuration("0", port: bind, app: origin.port).write(toFile: file, atomically: true, encoding: .utf8)
        let manager = try Self.manager(
            "\(socket),admin=0,stray=0", file, restarts: "(i=0; while [ $i -lt 6 ]; do sleep 1; i=$((i + 1)); echo; done)")
        defer { manager.stop() }
        _ = try manager.line(.output) { $0.hasPrefix("listening") ? true : nil }
        let outcome = try SteadyClients.run(against: way == "unix" ? path : "\(port)") {
            let endings = try manager.lines(.output, 5, within: 60) { $0.hasPrefix("ended") ? String($0) : nil }
            #expect(endings.allSatisfy { $0 == "ended 0" }, "\(endings)")
        }
        #expect(outcome.failed == 0, "\(outcome)")
        #expect(outcome.hung == 0)
        #expect(outcome.policies == 1 && outcome.requests > 2 * outcome.connections, "\(outcome)")
        #expect(manager.text(.error).contains(#""message":"no listener for a socket that was handed over","socket":"stray""#))
    }

    /// A listener that a reload takes away and another brings back gets its handed-over socket again. Where the sockets really are is
    /// what the log says, whatever the file has.
    @Test func handedOverSocketsComeBack() throws {
        let file = Places.scratch("letterhead.yaml")
        func write(_ listeners: String) throws {
            try "listen: [\(listeners)]\nadmin: 127.0.0.1:2\nroutes: [{ respond: 204 }]\n".write(
                toFile: file, atomically: true, encoding: .utf8)
        }
        let both = "{ bind: \"127.0.0.1:1\", name: web }, 127.0.0.1:0"
        try write(both)
        let manager = try Self.manager("web=0,admin=0", file, restarts: "sleep 60")
        defer { manager.stop() }
        let ports = try manager.line(.output) {
            $0.hasPrefix("listening") ? $0.split(separator: " ").dropFirst().map(String.init) : nil
        }
        _ = try manager.line(.error) { logEntry($0)?["address"] == "127.0.0.1:\(ports[0])" ? true : nil }
        let admin = "http://127.0.0.1:\(ports[1])"
        // A reload that fails, because one address is taken, takes no socket along.
        let stranger = try RawOrigin { _ in UpstreamTests.ok }
        for (listeners, works) in [("127.0.0.1:0", true), ("\(both), 127.0.0.1:\(stranger.port)", false), (both, true)] {
            try write(listeners)
            #expect((try fetch(admin + "/-/reload", .http1, ["-X", "POST"]).status == 200) == works, "\(listeners)")
        }
        #expect(try fetch("http://127.0.0.1:\(ports[0])/").status == 204)
    }

    /// What was handed over and is no listening socket is said.
    @Test(arguments: [
        (":", "LISTEN_FDS=abc"), (":", "LISTEN_FDS=-1"), ("exec 3</dev/null", "LISTEN_FDS=1"),
    ])
    func unusableSockets(_ setUp: String, _ variable: String) throws {
        let file = Places.scratch("letterhead.yaml")
        try "listen: 127.0.0.1:0\nroutes: [{ respond: 204 }]\n".write(toFile: file, atomically: true, encoding: .utf8)
        let proxy = try ChildProcess(
            "sh", ["-c", "\(setUp); LISTEN_PID=$$ \(variable) exec '\(Places.letterhead)' run --config '\(file)'"])
        defer { proxy.stop() }
        let said = try Self.waitFor("what was handed over is no listening socket", of: proxy)["socket"]
        #expect(said?.hasPrefix(variable == "LISTEN_FDS=1" ? "file descriptor 3: " : variable) == true, "\(said ?? "")")
    }

    /// After it has replaced its predecessor, a process leaves the sockets of strangers alone.
    @Test func takingOverEnds() throws {
        let file = Places.scratch("letterhead.yaml")
        let path = Places.scratch("socket")
        let port = try Places.freePort()
        func write(_ listeners: String) throws {
            try "listen: [\(listeners)]\nadmin: 127.0.0.1:\(port)\nroutes: [{ respond: 204 }]\n".write(
                toFile: file, atomically: true, encoding: .utf8)
        }
        try write("127.0.0.1:0, \"unix:\(path)\"")
        let first = try ChildProcess(Places.letterhead, ["run", "--config", file])
        defer { first.stop() }
        _ = try Self.waitFor("listening", of: first)
        let second = try ChildProcess(Places.letterhead, ["run", "--config", file, "--take-over", "\(first.id)"])
        defer { second.stop() }
        _ = try Self.waitFor("took over", of: second)
        #expect(try first.waitForExit(within: 30) == 0)
        func reload() throws -> RawResponse { try fetch("http://127.0.0.1:\(port)/-/reload", .http1, ["-X", "POST"]) }
        try write("127.0.0.1:0")
        #expect(try reload().status == 200)
        let other = Places.scratch("letterhead.yaml")
        try "listen: \"unix:\(path)\"\nroutes: [{ respond: 203 }]\n".write(toFile: other, atomically: true, encoding: .utf8)
        let stranger = try ChildProcess(Places.letterhead, ["run", "--config", other])
        defer { stranger.stop() }
        _ = try Self.waitFor("listening", of: stranger)
        try write("127.0.0.1:0, \"unix:\(path)\"")
        let refused = try reload()
        #expect(refused.status != 200 && refused.text.contains("in use"), "\(refused)")
        let client = try Connection(path: path)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.takeResponse().status == 203)
    }

    /// A process that is none of ours, or that listens elsewhere, is left alone, and so is the socket of the one that runs.
    @Test(arguments: ["tcp", "unix"], ["other program", "elsewhere", "gone"])
    func nobodysPredecessor(_ kind: String, _ who: String) throws {
        let path = Places.scratch("socket")
        let bind = try kind == "tcp" ? "127.0.0.1:\(Places.freePort())" : "unix:\(path)"
        func start(_ bind: String, _ more: [String] = []) throws -> ChildProcess {
            let file = Places.scratch("letterhead.yaml")
            try "listen: \(bind)\nroutes: [{ respond: 204 }]\n".write(toFile: file, atomically: true, encoding: .utf8)
            return try ChildProcess(Places.letterhead, ["run", "--config", file] + more)
        }
        let running = try start(bind)
        defer { running.stop() }
        _ = try Self.waitFor("listening", of: running)
        let other =
            switch who {
            case "other program": try ChildProcess("sleep", ["600"])
            case "elsewhere": try start("127.0.0.1:0")
            default: try ChildProcess("true", [])
            }
        defer { other.stop() }
        if who == "elsewhere" { _ = try Self.waitFor("listening", of: other) }
        if who == "gone" { try other.waitForExit() }
        let successor = try start(bind, ["--take-over", "\(other.id)"])
        #expect(try successor.waitForExit() == 1)
        let said =
            switch who {
            case "other program": "letterhead: cannot take over: process \(other.id) is no letterhead, but sleep\n"
            case "elsewhere": "letterhead: cannot take over: process \(other.id) does not listen on \(bind)\n"
            default: "Address already in use"
            }
        #expect(successor.text(.error).contains(said), "\(successor.text(.error))")
        #expect(other.isRunning == (who != "gone"))
        let reached = try kind == "tcp" ? fetch("http://\(bind)") : fetch("http://a/", .http1, ["--unix-socket", path])
        #expect(reached.status == 204, "the one that runs still answers")
    }

    /// What a process left behind is no reason not to start.
    @Test func socketOfTheDead() throws {
        let path = Places.scratch("socket")
        let file = Places.scratch("letterhead.yaml")
        try "listen: unix:\(path)\nroutes: [{ respond: 204 }]\n".write(toFile: file, atomically: true, encoding: .utf8)
        for _ in 0..<2 {
            let proxy = try ChildProcess(Places.letterhead, ["run", "--config", file])
            _ = try Self.waitFor("listening", of: proxy)
            #expect(try fetch("http://a/", .http1, ["--unix-socket", path]).status == 204)
            proxy.stop()
            try proxy.waitForExit()
        }
    }

    /// Variables that are for another process, or that say nothing, are not believed.
    @Test(arguments: [["LISTEN_PID": "1", "LISTEN_FDS": "1"], ["LISTEN_FDS": "1"], ["LISTEN_PID": "x", "LISTEN_FDS": "-3"]])
    func notForThisProcess(_ environment: [String: String]) throws {
        let proxy = try ProxyProcess("listen: 127.0.0.1:0\nroutes: [{ respond: 204 }]\n", environment: environment)
        #expect(try fetch(proxy.url).status == 204)
    }
}
