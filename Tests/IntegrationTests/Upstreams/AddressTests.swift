import Foundation
import TestSupport
import Testing

/// Names of apps: `localhost` is both loopbacks, and the log says which of them it was.
@Suite struct AddressTests {
    private static func configuration(_ server: String, _ settings: String = "") -> String {
        """
        listen: 127.0.0.1:0
        admin: 127.0.0.1:0
        workers: 1
        upstreams: { app: { servers: ["\(server)"]\(settings.isEmpty ? "" : ", \(settings)") } }
        \(Policy.rules)

        """
    }

    @Test(arguments: ["localhost", "LOCALHOST", "app.localhost"], ["http", "h2c"])
    func bothLoopbacks(_ name: String, _ scheme: String) throws {
        typealias H2 = HTTP2Frames
        let script: RawOrigin.Script = { connection, _, origin in
            if scheme == "http" {
                while let _ = try origin.request(on: connection) { try connection.send(UpstreamTests.ok) }
                return
            }
            try connection.send(H2.frame(H2.Kind.settings))
            try connection.takePreface()
            while true {
                let stream = try connection.takeHTTP2Request()
                try connection.send(H2.headers(stream, [(":status", "200")]) + H2.data(stream, "good", end: true))
            }
        }
        for (origin, address) in [(try RawOrigin(script), "127.0.0.1"), (try RawOrigin.atSixth(script), "[::1]")] {
            let proxy = try ProxyProcess(Self.configuration("\(scheme)://\(name):\(origin.port)"))
            for _ in 0..<2 { #expect(try proxy.fetch("/").text == "good") }
            let lines = try proxy.process.lines(.output, 2) { logEntry($0)?["upstream_address"] }
            #expect(lines == ["\(address):\(origin.port)", "\(address):\(origin.port)"])
            #expect(origin.connections == 1)
            #expect(try BodilessAnswerTests.counted(proxy, ["letterhead_upstream_server_connect_failures_total"]) == [:])
        }
    }

    /// `:8080` is every interface of both versions of IP, and the log has addresses as people write them.
    @Test func everyInterface() throws {
        let origin = try RawOrigin { connection, _, origin in
            while let _ = try origin.request(on: connection) { try connection.send(UpstreamTests.ok) }
        }
        let proxy = try ProxyProcess("listen: \":0\"\nworkers: 1\nupstreams: { app: http://127.0.0.1:\(origin.port) }\n")
        for address in ["127.0.0.1", "[::1]"] {
            let answer = try fetch("http://\(address):\(proxy.port)/")
            #expect(answer.text == "good")
        }
        let clients = try proxy.process.lines(.output, 2) { logEntry($0)?["client"] }
        #expect(clients == ["127.0.0.1", "::1"])
    }

    /// Neither answers: both are named.
    @Test func neither() throws {
        let dead = try DeadPort()
        let proxy = try ProxyProcess(Self.configuration("http://localhost:\(dead.port)"))
        #expect(try proxy.fetch("/").status == 502)
        #expect(try proxy.accessLog(["status": "502"])["upstream_address"] == "[::1]:\(dead.port)")
        let warning = try proxy.process.line(.error) { line in
            logEntry(line).flatMap { $0["message"] == "upstream connection failed" ? $0 : nil }
        }
        #expect(warning["peer"] == "localhost:\(dead.port)" && warning["address"] == "[::1]:\(dead.port)", "\(warning)")
        let cause = warning["cause"] ?? ""
        #expect(cause.contains("127.0.0.1:\(dead.port): ") && cause.contains("[::1]:\(dead.port): "), "\(cause)")
    }

    /// A health check finds the app where requests do.
    @Test func healthChecks() throws {
        let origin = try RawOrigin.atSixth({ connection, _, origin in
            while let _ = try origin.request(on: connection) { try connection.send(UpstreamTests.ok) }
        })
        let proxy = try ProxyProcess(
            Self.configuration(
                "http://localhost:\(origin.port)", "health_check: { path: /health, interval: 50ms, unhealthy_threshold: 1 }"))
        try origin.wait(forRequests: 3)
        #expect(try proxy.fetch("/").text == "good")
        let checks = try BodilessAnswerTests.counted(proxy, ["letterhead_upstream_server_checks_total"])
        #expect(checks.count == 1 && checks.keys.allSatisfy { $0.contains("result=passed") }, "\(checks)")
        #expect(origin.requests.contains { $0.target == "/health" })
    }

    @Test func doctorAsksBoth() throws {
        let origin = try RawOrigin.atSixth({ connection, _, origin in
            while let _ = try origin.request(on: connection) { try connection.send(UpstreamTests.ok) }
        })
        let finished = try run(
            Places.letterhead,
            [
                "doctor", "http://localhost:\(origin.port)/", "--origin", "https://app.example", "--http", "1.1", "--format",
                "json",
            ])
        #expect(!finished.text.contains("LD001"), "\(finished)")
    }
}
