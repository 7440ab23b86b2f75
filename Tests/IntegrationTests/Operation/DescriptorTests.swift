import Foundation
import TestSupport
import Testing

/// A process that may open no more files serves who is there, says so, and ends when told.
@Suite struct DescriptorTests {
    @Test(arguments: 1...3)
    func outOfDescriptors(_ round: Int) throws {
        let origin = try RawOrigin { _ in UpstreamTests.ok }
        let port = try Places.freePort()
        let admin = "http://127.0.0.1:\(port + 1)"
        let file = Places.scratch("letterhead.yaml")
        try """
        listen: 127.0.0.1:\(port)
        admin: 127.0.0.1:\(port + 1)
        workers: 2
        upstreams: { app: http://127.0.0.1:\(origin.port) }
        timeouts: { drain: 10m }
        \(Policy.rules)

        """.write(toFile: file, atomically: true, encoding: .utf8)
        let proxy = try ChildProcess("bash", ["-c", "ulimit -n 256; exec '\(Places.letterhead)' run --config '\(file)'"])
        defer { proxy.stop() }
        func entry(_ message: String) throws -> [String: String] {
            try proxy.line(.error) { line in logEntry(line).flatMap { $0["message"]?.hasPrefix(message) == true ? $0 : nil } }
        }
        let warning = try entry("limits.connections does not fit")
        #expect(warning["open_files"] == "256" && warning["connections"] == "16384")
        // The process itself has some of the 192 that are not kept for apps and the admin address.
        let fitting = try #require(Int(warning["fitting"] ?? ""))
        #expect((140..<190).contains(fitting), "\(fitting)")
        _ = try entry("listening")
        // One that was there before goes on.
        let early = try Connection(port: port)
        try early.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try early.takeResponse().status == 200)

        var clients: [Connection] = []
        for _ in 0..<400 {
            guard let client = try? Connection(port: port) else { continue }
            try? client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Unfinished: ")
            clients.append(client)
        }
        _ = try entry("out of file descriptors: connections are refused")
        #expect(try fetch(admin + "/healthz").status == 200)
        let files = try fetch(admin + "/metrics").text.split(separator: "\n").first { $0.hasPrefix("process_open_fds ") }
        #expect(try #require(files.flatMap { $0.split(separator: " ").last }.flatMap { Int($0) }) < 256)
        try early.send("GET /again HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try early.takeResponse().status == 200)
        #expect(try proxy.line(.output) { $0.contains("/again") ? true : nil })
        let said = proxy.text(.error).split(separator: "\n").compactMap(logEntry).filter {
            $0["message"]?.hasPrefix("out of file descriptors") == true
        }
        // One a second, which may just have begun when it was written.
        #expect(Set(said.compactMap { $0["time"]?.prefix(19) }).count >= said.count - 1, "\(said)")

        if round == 3 {
            // They go, and whoever comes then is served.
            for client in clients { client.finish() }
            clients = []
            while try curl("http://127.0.0.1:\(port)/").response?.status != 200 {}
        }
        proxy.signal(SIGTERM)
        if round < 3 { proxy.signal(SIGTERM) }
        if round == 3 { early.finish() }
        #expect(try proxy.waitForExit() == 0)
        withExtendedLifetime(clients) {}
    }

    @Test func tooFewToStart() throws {
        let file = Places.scratch("letterhead.yaml")
        try "listen: 127.0.0.1:0\nworkers: 2\nroutes: [{ respond: 204 }]\n".write(toFile: file, atomically: true, encoding: .utf8)
        let finished = try run("bash", ["-c", "ulimit -n 40; exec '\(Places.letterhead)' run --config '\(file)'"])
        #expect(finished.status == 1 && finished.errors.contains("too few files may be open"), "\(finished.errors)")
    }
}
