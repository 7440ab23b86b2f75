import Foundation
import HostileMessages
import TestSupport
import Testing

/// A new configuration while the process serves.
@Suite struct ReloadTests {
    /// A proxy with a configuration file that can be changed.
    struct Scene {
        let file = Places.scratch("letterhead.yaml")
        let origin: RawOrigin
        let proxy: ProxyProcess

        init(more: String = "", listeners: Int = 1, _ change: (String) -> String = { $0 }) throws {
            origin = try RawOrigin { _ in UpstreamTests.ok }
            let text = SteadyClients.configuration("0", port: "127.0.0.1:0", app: origin.port, more: more)
            try change(text).write(toFile: file, atomically: true, encoding: .utf8)
            proxy = try ProxyProcess(file: file, listeners: listeners)
        }

        func write(_ policy: String, more: String = "", _ change: (String) -> String = { $0 }) throws {
            let text = SteadyClients.configuration(policy, port: "127.0.0.1:0", app: origin.port, more: more)
            try change(text).write(toFile: file, atomically: true, encoding: .utf8)
        }

        func post(_ path: String = "/-/reload", _ arguments: [String] = []) throws -> RawResponse {
            try fetch(proxy.adminURL + path, .http1, ["-X", "POST"] + arguments)
        }

        func policy() throws -> String? { try fetch(proxy.url).fields["X-First"] }
    }

    /// Half of them bad. Nobody notices, but by what the policy says; and no old configuration stays in memory.
    @Test func underLoad() throws {
        let scene = try Scene()
        let outcome = try SteadyClients.run(against: "\(scene.proxy.port)") {
            var early = 0
            for number in 1...40 {
                let isGood = number.isMultiple(of: 2)
                try scene.write("\(number)") { isGood ? $0 : $0 + "nonsense: true\n" }
                if number.isMultiple(of: 5) {
                    scene.proxy.process.signal(SIGHUP)
                    let message = isGood ? "configuration reloaded" : "configuration not reloaded"
                    let count = number / 10 + (isGood ? 0 : 1)
                    _ = try scene.proxy.process.lines(.error, count) { line in
                        let entry = logEntry(line)
                        return entry?["message"] == message && entry?["cause"] == "signal" ? true : nil
                    }
                } else {
                    let answer = try scene.post()
                    #expect(answer.status == (isGood ? 200 : 422))
                    if !isGood {
                        #expect(answer.text.contains("letterhead.yaml:11:1: error: unknown key `nonsense`"), "\(answer.text)")
                    }
                }
                #expect(try scene.policy() == "\(number / 2 * 2)")
                if number == 10 { early = try Memory(of: scene.proxy.process).resident }
            }
            let late = try Memory(of: scene.proxy.process).resident
            if Memory.isMeasurable { #expect(late < early + 16 << 20, "\(early) bytes became \(late)") }
        }
        #expect(outcome.failed == 0, "\(outcome.failures)")
        #expect(outcome.hung == 0)
        #expect(outcome.policies >= 15 && outcome.requests > 1_000, "\(outcome)")
    }

    /// What is going on keeps its policy, its app and its limits.
    @Test func exchangesKeepWhatTheyBeganWith() throws {
        let answer = Signal()
        let old = try RawOrigin { connection, _, origin in
            _ = try origin.request(on: connection)
            try answer.wait(within: 30)
            try connection.send(UpstreamTests.ok)
        }
        let scene = try Scene { $0.replacing("\"http://127.0.0.1:", with: "\"http://127.0.0.1:\(old.port)\" } # ") }
        let held = try Connection(port: scene.proxy.port)
        try held.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        try old.wait(forRequests: 1)
        try scene.write("1")
        #expect(try scene.post().status == 200)
        #expect(try scene.policy() == "1")
        answer.give()
        #expect(try held.takeResponse().fields["X-Last"] == "0")
        // The same connection, the next request.
        try held.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try held.takeResponse().fields["X-Last"] == "1")
    }

    /// Trailers are cleaned by the rules of their request's configuration, whichever read its connection's first request.
    @Test func trailersKeepTheirRules() throws {
        let removing = { (names: String) in { (text: String) in text + "request_headers: [{ remove: [\(names)] }]\n" } }
        let scene = try Scene(removing("X-Probe, X-User"))
        let talk = try HTTP2Talk(port: scene.proxy.port)
        func head(_ stream: UInt32, _ path: String) -> [UInt8] {
            Wire.headers(stream, Wire.post.filter { $0.0 != ":path" } + [(":path", path)], end: false)
        }
        func rest(_ stream: UInt32) -> [UInt8] {
            Wire.frame(0, stream: stream, [0x61]) + Wire.headers(stream, [("x-user", "u"), ("x-probe", "p"), ("x-sum", "s")])
        }
        try talk.send(Wire.start + head(1, "/before") + head(3, "/idle") + rest(3))
        try talk.read { talk.isEnded(3) }
        try scene.write("1", removing("X-User"))
        #expect(try scene.post().status == 200)
        try talk.send(head(5, "/after") + rest(5) + rest(1))
        try talk.read { talk.isEnded(1) && talk.isEnded(5) }
        for (path, expected) in [("/idle", ["x-sum"]), ("/before", ["x-sum"]), ("/after", ["x-probe", "x-sum"])] {
            let request = try #require(scene.origin.requests.first { $0.target == path })
            #expect(request.trailers.lines.map { $0.name.lowercased() } == expected, "\(path)")
        }
    }

    /// An admin address that a reload brings is asked by its own name, and by no other that leads to it.
    @Test func adminAddress() throws {
        let (path, port) = (Places.scratch("admin.sock"), try Places.freePort())
        let scene = try Scene { $0.replacing("admin: 127.0.0.1:0", with: "admin: \"unix:\(path)\"") }
        func status(_ host: String) throws -> Int {
            try fetch("http://127.0.0.1:\(port)/metrics", .http1, ["-H", "Host: \(host)"]).status
        }
        try scene.write("1") { $0.replacing("admin: 127.0.0.1:0", with: "admin: 127.0.0.1:\(port)") }
        scene.proxy.process.signal(SIGHUP)
        _ = try scene.proxy.process.line(.error) { logEntry($0)?["message"] == "configuration reloaded" ? true : nil }
        #expect(try status("127.0.0.1:\(port)") == 200)
        #expect(try status("evil.example:\(port)") == 421)
    }

    /// Nothing of a bad one holds, whatever is wrong with it, and it is said where and why.
    @Test(arguments: [
        ("unknown: 1\n", "unknown key `unknown`"),
        ("limits: { connections: many }\n", "connections"),
        ("timeouts: [\n", "the file ends"),
        ("trusted_proxies: [nowhere]\n", "nowhere"),
    ])
    func badOnes(_ more: String, _ reason: String) throws {
        let scene = try Scene()
        try scene.write("1") { $0 + more }
        let answer = try scene.post()
        #expect(
            answer.status == 422 && answer.text.contains(reason) && answer.text.contains("letterhead.yaml:1"), "\(answer.text)")
        let entry = try scene.proxy.process.line(.error) { line -> [String: String]? in
            let entry = logEntry(line)
            return entry?["message"] == "configuration not reloaded" ? entry : nil
        }
        #expect(entry["at"]?.contains("letterhead.yaml:1") == true && entry["error"]?.contains(reason) == true)
        #expect(try scene.policy() == "0")
        let ready = try fetch(scene.proxy.adminURL + "/readyz?verbose")
        #expect(ready.status == 200 && ready.text.contains("not reloaded: ") && ready.text.contains(reason), "\(ready.text)")
        try scene.write("2")
        #expect(try scene.post().status == 200)
        #expect(try !fetch(scene.proxy.adminURL + "/readyz?verbose").text.contains("not reloaded"))
    }

    /// A pipe that nobody writes to holds nothing up, wherever it is named: not this reload, not the next, not the end, not `check`.
    @Test(.timeLimit(.minutes(2)), arguments: [false, true])
    func pipes(_ isTheFile: Bool) throws {
        let scene = try Scene()
        let pipe = Places.scratch("pipe")
        try #require(mkfifo(pipe, 0o600) == 0)
        if isTheFile {
            try FileManager.default.removeItem(atPath: scene.file)
            try FileManager.default.createSymbolicLink(atPath: scene.file, withDestinationPath: pipe)
        } else {
            try scene.write("${file:\(pipe)}")
        }
        let answer = try scene.post()
        #expect(answer.status == 422 && answer.text.contains("it is a pipe"), "\(answer.text)")
        let check = try run(Places.letterhead, ["check", "--config", scene.file])
        #expect(check.status == 2 && check.errors.contains("it is a pipe"), "\(check)")
        #expect(try scene.policy() == "0")
        if isTheFile { try FileManager.default.removeItem(atPath: scene.file) }
        try scene.write("2")
        #expect(try scene.post().status == 200 && scene.policy() == "2")
        scene.proxy.process.signal(SIGTERM)
        #expect(try scene.proxy.process.waitForExit() == 0)
    }

    /// What a shell hands over is a pipe that somebody writes to.
    @Test(arguments: ["--config <(sleep 0.2; cat '@')", "--config /dev/stdin < '@'", "--config /proc/self/fd/7 7< <(cat '@')"])
    func whatTheShellHandsOver(_ words: String) throws {
        let file = Places.scratch("handed.yaml")
        try "listen: 127.0.0.1:0\nroutes: [{ respond: 204 }]\n".write(toFile: file, atomically: true, encoding: .utf8)
        let check = try run("bash", ["-c", "'\(Places.letterhead)' check \(words.replacing("@", with: file))"])
        #expect(check.status == 0, "\(check)")
    }

    /// A signal that other servers take for something does not end the process at once: it is told what to use. The one that ends
    /// gracefully elsewhere does so here.
    @Test func signalsOfOthers() throws {
        let scene = try Scene()
        for (number, name) in [(SIGUSR1, "SIGUSR1"), (SIGUSR2, "SIGUSR2"), (SIGALRM, "SIGALRM")] {
            scene.proxy.process.signal(number)
            let said = try scene.proxy.process.line(.error) { line -> [String: String]? in
                let entry = logEntry(line)
                return entry?["message"] == "signal ignored" && entry?["signal"] == name ? entry : nil
            }
            #expect(said["help"]?.isEmpty == false)
            #expect(try scene.policy() == "0")
        }
        scene.proxy.process.signal(SIGQUIT)
        _ = try scene.proxy.process.line(.error) { logEntry($0)?["message"] == "draining" ? true : nil }
        #expect(try scene.proxy.process.waitForExit() == 0)
    }

    /// SIGHUP while the configuration is still being read is a reload later, and not the end.
    @Test func earlySignal() throws {
        let pipe = Places.scratch("handed")
        try #require(mkfifo(pipe, 0o600) == 0)
        let writer = open(pipe, O_RDWR | O_CLOEXEC)
        let process = try ChildProcess("bash", ["-c", "exec '\(Places.letterhead)' run --config /dev/fd/7 7< '\(pipe)'"])
        defer { process.stop() }
        // Its own handler is there before it waits for the file.
        var caught: UInt64 = 0
        while caught >> UInt64(SIGUSR1 - 1) & 1 == 0 {
            try #require(process.isRunning)
            let status = try String(contentsOfFile: "/proc/\(process.id)/status", encoding: .utf8)
            caught = status.firstMatch(of: /SigCgt:\s*([0-9a-f]+)/).flatMap { UInt64($0.1, radix: 16) } ?? 0
        }
        process.signal(SIGHUP)
        let text = Array("listen: 127.0.0.1:0\nroutes: [{ respond: 204 }]\n".utf8)
        #expect(write(writer, text, text.count) == text.count)
        close(writer)
        // There is nothing more to be read from there.
        _ = try process.line(.error) { logEntry($0)?["message"] == "configuration not reloaded" ? true : nil }
        process.signal(SIGTERM)
        #expect(try process.waitForExit() == 0)
    }

    /// An address that cannot be bound, or a certificate that cannot be read, leaves everything as it is.
    @Test func takenAddress() throws {
        let scene = try Scene()
        let taken = try RawOrigin { _ in "" }
        let free = try Places.freePort()
        try scene.write("1", more: "  - 127.0.0.1:\(free)\n  - 127.0.0.1:\(taken.port)")
        let answer = try scene.post()
        #expect(
            answer.status == 422 && answer.text.contains("letterhead.yaml:5:5: error: cannot listen on 127.0.0.1:\(taken.port)"))
        #expect(try scene.policy() == "0")
        #expect(throws: Disappointment.self) { try Connection(port: free) }
    }

    /// Listeners come and go: one that goes serves what it has begun.
    @Test func listenersComeAndGo() throws {
        let scene = try Scene()
        let port = try Places.freePort()
        try scene.write("1", more: "  - 127.0.0.1:\(port)")
        #expect(try scene.post().status == 200)
        #expect(try fetch("http://127.0.0.1:\(port)").fields["X-First"] == "1")
        let idle = try Connection(port: port)
        try idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try idle.takeResponse().fields["Connection"] == nil)
        try scene.write("2")
        #expect(try scene.post().status == 200)
        // A request that was on its way.
        try idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let last = try idle.takeResponse()
        #expect(last.fields["X-First"] == "1" && last.fields["Connection"] == "close")
        _ = try scene.proxy.process.line(.error) { logEntry($0)?["message"] == "no longer listening" ? true : nil }
        while (try? Connection(port: port)) != nil {}
        #expect(try scene.policy() == "2")
    }

    /// Certificates are `TLSTests`' affair. What needs a restart is said.
    @Test func workersNeedARestart() throws {
        let scene = try Scene()
        try scene.write("1") { $0.replacing("workers: 2", with: "workers: 1") }
        #expect(try scene.post().status == 200)
        #expect(try scene.policy() == "1")
        let ready = try fetch(scene.proxy.adminURL + "/readyz?verbose").text
        #expect(ready.contains("needs a restart: workers: 2 until the process is started again; then 1"), "\(ready)")
        // Another reload does not end the need, and one that returns to the first number does.
        try scene.write("2") { $0.replacing("workers: 2", with: "workers: 1") }
        #expect(try scene.post().status == 200)
        #expect(try fetch(scene.proxy.adminURL + "/readyz?verbose").text.contains("workers: 2 until"))
        try scene.write("3")
        #expect(try scene.post().status == 200)
        #expect(try !fetch(scene.proxy.adminURL + "/readyz?verbose").text.contains("needs a restart"))
    }

    /// Who may connect to a Unix socket follows `proxy_protocol`, by which a client could claim any address.
    @Test func unixSocketModes() throws {
        let path = Places.scratch("socket")
        let file = Places.scratch("letterhead.yaml")
        func write(_ isProxied: Bool) throws {
            try """
            listen: { bind: "unix:\(path)", proxy_protocol: \(isProxied) }
            admin: 127.0.0.1:0
            routes: [{ respond: 204 }]

            """.write(toFile: file, atomically: true, encoding: .utf8)
        }
        func mode() throws -> Int {
            try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
        }
        try write(false)
        let proxy = try ProxyProcess(file: file)
        let shared = try mode()
        #expect(shared == 0o666)
        for isProxied in [true, false] {
            try write(isProxied)
            #expect(try fetch(proxy.adminURL + "/-/reload", .http1, ["-X", "POST"]).status == 200)
            #expect(try (mode() == 0o666) == !isProxied)
        }
    }

    /// Whoever connects hears at once that nobody is there, and a service manager sees no leftovers.
    @Test(.timeLimit(.minutes(2))) func unixSocketFiles() async throws {
        let (client, second, admin) = (Places.scratch("socket"), Places.scratch("socket"), Places.scratch("socket"))
        let file = Places.scratch("letterhead.yaml")
        func write(_ paths: [String]) throws {
            let listeners = paths.map { "\"unix:\($0)\"" }.joined(separator: ", ")
            try "listen: [\(listeners)]\nadmin: unix:\(admin)\nroutes: [{ respond: 204 }]\n".write(
                toFile: file, atomically: true, encoding: .utf8)
        }
        func left() -> [String] { [client, second, admin].filter(FileManager.default.fileExists) }
        try write([client, second])
        let proxy = try ChildProcess(Places.letterhead, ["run", "--config", file])
        defer { proxy.stop() }
        _ = try proxy.line(.error) { logEntry($0)?["message"] == "listening" ? true : nil }
        #expect(left() == [client, second, admin])
        try write([client])
        proxy.signal(SIGHUP)
        _ = try proxy.line(.error) { logEntry($0)?["message"] == "configuration reloaded" ? true : nil }
        // The socket is closed when what waited there has been accepted, after the reload.
        while left() != [client, admin] { try await Task.sleep(for: .milliseconds(1)) }
        proxy.signal(SIGTERM)
        #expect(try proxy.waitForExit(within: 30) == 0)
        #expect(left() == [])
    }

    /// A client that is slow to ask is seen in the log: the time runs from its first byte.
    @Test func durationFromTheFirstByte() throws {
        let proxy = try ProxyProcess(
            "listen: 127.0.0.1:0\naccess_log: json\ntimeouts: { request_head: 300ms }\nroutes: [{ respond: 204 }]\n")
        let client = try Connection(port: proxy.port)
        try client.send("GET /slow HTTP/1.1\r\n")
        #expect(try client.takeResponse().status == 408)
        let entry = try proxy.accessLog(["path": "/slow"])
        #expect(try #require(Double(entry["duration_ms"] ?? "")) >= 290, "\(entry)")
    }

    /// Pages of other sites cannot have it done.
    @Test(arguments: [
        ["Origin: https://evil.example"], ["Origin: null"], ["Sec-Fetch-Site: cross-site"], ["Sec-Fetch-Site: same-site"],
        ["Host: rebound.example", "Origin: http://rebound.example"],
    ])
    func crossSite(_ fields: [String]) throws {
        let scene = try Scene()
        try scene.write("1")
        for path in ["/-/reload", "/-/log-level"] {
            let answer = try scene.post(path, ["-d", "debug"] + fields.flatMap { ["-H", $0] })
            #expect([403, 421].contains(answer.status), "\(fields)")
        }
        #expect(try scene.policy() == "0")
        let own = try scene.post("/-/reload", ["-H", "Origin: \(scene.proxy.adminURL)", "-H", "Sec-Fetch-Site: same-origin"])
        #expect(own.status == 200)
    }

    @Test func getDoesNothing() throws {
        let scene = try Scene()
        try scene.write("1")
        #expect(try fetch(scene.proxy.adminURL + "/-/reload").status == 405)
        #expect(try scene.policy() == "0")
    }

    @Test func logLevel() throws {
        let scene = try Scene()
        #expect(try fetch(scene.proxy.adminURL + "/-/log-level").text == "info\n")
        #expect(try scene.post("/-/log-level", ["-d", "error"]).text == "error\n")
        #expect(try scene.post("/-/log-level", ["-d", "loud"]).status == 400)
        #expect(try scene.post().status == 200)
        #expect(try fetch(scene.proxy.adminURL + "/-/log-level").text == "info\n")
    }

    /// The ways in which a file changes: written in place, replaced by another, and as Kubernetes does, a link to a folder exchanged.
    @Test(arguments: ["in place", "renamed over", "link exchanged"])
    func watched(_ way: String) throws {
        let folder = Places.scratch("volume")
        let manager = FileManager.default
        let origin = try RawOrigin { _ in UpstreamTests.ok }
        func text(_ policy: String) -> String {
            SteadyClients.configuration(policy, port: "127.0.0.1:0", app: origin.port) + "watch: true\n"
        }
        func version(_ policy: String) throws {
            try manager.createDirectory(atPath: "\(folder)/..\(policy)", withIntermediateDirectories: true)
            try text(policy).write(toFile: "\(folder)/..\(policy)/letterhead.yaml", atomically: false, encoding: .utf8)
        }
        try version("0")
        let file = "\(folder)/letterhead.yaml"
        if way == "link exchanged" {
            try manager.createSymbolicLink(atPath: "\(folder)/..data", withDestinationPath: "..0")
            try manager.createSymbolicLink(atPath: file, withDestinationPath: "..data/letterhead.yaml")
        } else {
            try text("0").write(toFile: file, atomically: false, encoding: .utf8)
        }
        let proxy = try ProxyProcess(file: file)
        switch way {
        case "in place": try text("1").write(toFile: file, atomically: false, encoding: .utf8)
        case "renamed over": try text("1").write(toFile: file, atomically: true, encoding: .utf8)
        default:
            try version("1")
            try manager.createSymbolicLink(atPath: "\(folder)/..data_tmp", withDestinationPath: "..1")
            #expect(rename("\(folder)/..data_tmp", "\(folder)/..data") == 0)
        }
        let cause = try proxy.process.line(.error) { line in
            logEntry(line).flatMap { $0["message"] == "configuration reloaded" ? $0["cause"] : nil }
        }
        #expect(cause == "watch")
        #expect(try fetch(proxy.url).fields["X-First"] == "1")
    }
}
