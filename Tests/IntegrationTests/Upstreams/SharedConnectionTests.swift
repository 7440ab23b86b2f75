import Foundation
import HostileMessages
import TestSupport
import Testing

/// Exchanges that share connections of HTTP/2 to an app: what happens to one is not the others' business.
@Suite struct SharedConnectionTests {
    typealias H2 = HTTP2Frames

    private static func configuration(_ origin: RawOrigin, _ more: String = "") -> String {
        """
        listen: 127.0.0.1:0
        workers: 1
        upstreams: { app: { servers: "h2c://127.0.0.1:\(origin.port)"\(more) } }

        """
    }

    private static func ask(_ proxy: ProxyProcess) throws -> Connection {
        let client = try Connection(port: proxy.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        return client
    }

    /// One stream at a time: says which connection has which request, and answers, closes or refuses.
    private static func app(_ act: @escaping @Sendable (_ connection: Int, _ request: Int) throws -> [UInt8]?) throws -> RawOrigin
    {
        try RawOrigin { connection, number, _ in
            try connection.send(H2.frame(H2.Kind.settings, Wire.setting(3, 1)))
            try connection.takePreface()
            for request in 0... {
                let stream = try connection.takeHTTP2Request()
                guard let code = try act(number, request) else { return }
                try connection.send(code.isEmpty ? HostileHTTP2UpstreamTests.good(stream) : H2.reset(stream, Int(code[0])))
            }
        }
    }

    enum End: String, CaseIterable, Sendable { case answers, closes, refuses }

    /// A reload while one exchange is served and another one waits for its place: both are answered, over no more connections than it
    /// takes.
    @Test(arguments: End.allCases) func waitsThroughAReload(_ end: End) throws {
        let (asked, goOn) = (Signal(), Signal())
        let app = try Self.app { connection, request in
            guard connection == 0, request == 1 else { return [] }
            asked.give()
            try goOn.wait()
            return end == .closes ? nil : end == .refuses ? [7] : []
        }
        let proxy = try ProxyProcess(Self.configuration(app, ", max_connections: 1"))
        #expect(try proxy.fetch("/").status == 200)
        let first = try Self.ask(proxy)
        try asked.wait()
        let second = try Self.ask(proxy)
        proxy.process.signal(SIGHUP)
        _ = try proxy.process.line(.error) { logEntry($0)?["message"] == "configuration reloaded" ? true : nil }
        goOn.give()
        for client in [first, second] {
            #expect(String(decoding: try client.takeToEnd(), as: UTF8.self).hasPrefix("HTTP/1.1 200 OK"))
        }
        #expect(app.connections <= 2)
        #expect(try proxy.fetch("/").status == 200)
    }

    /// An app that has gone away leaves several connections behind that are closed; a request finds that out one after the other.
    @Test func severalAreClosedAtOnce() throws {
        let both = Signal()
        let app = try Self.app { connection, request in
            if connection == 0, request == 1 { try both.wait() }
            if connection == 1, request == 0 { both.give() }
            return connection == 0 && request == 2 || connection == 1 && request == 1 ? nil : []
        }
        let proxy = try ProxyProcess(Self.configuration(app))
        #expect(try proxy.fetch("/").status == 200)
        let clients = try (0..<2).map { _ in try Self.ask(proxy) }
        for client in clients { #expect(String(decoding: try client.takeToEnd(), as: UTF8.self).hasPrefix("HTTP/1.1 200 OK")) }
        #expect(try proxy.fetch("/").status == 200)
        #expect(app.connections == 3)
    }

    /// More clients than half of the streams that take nothing: the others go on.
    @Test func slowStreamsStopNobody() throws {
        let folder = Places.scratch("documents")
        _ = try run("mkdir", ["-p", folder])
        _ = try run("sh", ["-c", "head -c 3000000 /dev/zero > \(folder)/large"])
        let port = try Places.freePort()
        let server = try ChildProcess(
            "nghttpd", ["--address=127.0.0.1", "--no-tls", "-d", folder, "\(port)"],
            environment: ["PATH": "/usr/sbin:/usr/bin:/bin"])
        defer { server.stop() }
        for _ in 0..<1_200 where (try? Connection(port: port)) == nil { _ = try run("sleep", ["0.05"]) }
        let proxy = try ProxyProcess(
            "listen: 127.0.0.1:0\nworkers: 1\nupstreams: { app: { servers: \"h2c://127.0.0.1:\(port)\", max_connections: 1 } }\n")
        let slow = try HTTP2Talk(port: proxy.port)
        try slow.send(Wire.preface + Wire.frame(4, Wire.setting(4, 0)))
        let streams = (0..<60).map { UInt32(2 * $0 + 1) }
        let large = Wire.get.map { ($0.0, $0.0 == ":path" ? "/large" : $0.1) }
        for stream in streams { try slow.send(Wire.headers(stream, large)) }
        try slow.read { streams.allSatisfy { slow.blocks[$0] != nil } }
        for _ in 0..<5 { #expect(try proxy.fetch("/large").body.count == 3_000_000) }
    }
}
