import Foundation
import TestSupport
import Testing

/// All connections together keep so much memory and no more; who asks for little is served beside those who want much.
@Suite struct MemoryLimitTests {
    private static func proxy(_ app: Int, memory: String) throws -> ProxyProcess {
        try ProxyProcess(
            """
            listen: 127.0.0.1:0
            admin: 127.0.0.1:0
            workers: 2
            limits: { memory: \(memory) }
            timeouts: { request_head: 10m, write: 10m }
            upstreams: { app: http://127.0.0.1:\(app) }
            \(Policy.rules)

            """)
    }

    static func used(_ proxy: ProxyProcess) throws -> Int {
        let text = try fetch(proxy.adminURL + "/metrics").text
        let line = text.split(separator: "\n").first { $0.hasPrefix("letterhead_memory_used_bytes ") }
        return try #require(line?.split(separator: " ").last.flatMap { Int($0) })
    }

    static func waitUntil(_ proxy: ProxyProcess, _ condition: (Int) -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: 3 * patience)
        while case let used = try Self.used(proxy), !condition(used) {
            guard Date.now < deadline else { throw Disappointment("\(used) bytes are kept") }
        }
    }

    @Test func unfinishedHeads() throws {
        let origin = try RawOrigin { _ in UpstreamTests.ok }
        let proxy = try Self.proxy(origin.port, memory: "8MB")
        let before = try Memory(of: proxy.process).resident
        var clients: [Connection] = []
        let head = "GET / HTTP/1.1\r\nHost: a\r\nOrigin: \(Policy.origin)\r\n"
        let fields = (0..<60).map { "X-\($0): \(String(repeating: "x", count: 990))\r\n" }.joined()
        for _ in 0..<600 {
            let client = try Connection(port: proxy.port)
            try? client.send(head + fields)
            clients.append(client)
        }
        // Those who came last were not heard to the end; who is not cut off gets an answer that a page can read.
        _ = try proxy.accessLog(["reason": "memory_limit", "status": "431"])
        var answer: RawResponse?
        for client in clients where answer == nil && (try? client.hasInput(within: 0)) == true {
            answer = try? client.takeResponse()
        }
        let refused = try #require(answer)
        #expect(refused.status == 431)
        Policy.expect(on: refused, for: .allowedOrigin)
        // Their connections linger for a moment.
        try Self.waitUntil(proxy) { $0 <= 8 << 20 }
        // Each event loop learns that there is room again when it looks next.
        for version in [HTTPVersion.http1, .http2] {
            let deadline = Date(timeIntervalSinceNow: patience)
            while try fetch(proxy.url, version).status != 200 {
                guard Date.now < deadline else { throw Disappointment("a short request is refused") }
            }
        }
        if Memory.isMeasurable {
            let now = try Memory(of: proxy.process).resident
            #expect(now < before + 32 << 20, "\(before) bytes became \(now)")
        }
        for client in clients { client.close() }
        try Self.waitUntil(proxy) { $0 < 100 << 10 }
        let long = try Connection(port: proxy.port)
        try long.send(head + fields + "\r\n")
        #expect(try long.takeResponse().status == 200, "there is room again")
    }

    /// Readers that take nothing; when they are gone the system has their memory again.
    @Test func slowReaders() throws {
        let body = String(repeating: "x", count: 200_000)
        let origin = try RawOrigin { _ in "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)" }
        let proxy = try Self.proxy(origin.port, memory: "64MB")
        #expect(try fetch(proxy.url).text.utf8.count == body.utf8.count)
        let before = try Memory(of: proxy.process).resident
        var clients: [Connection] = []
        for _ in 0..<300 {
            let client = try Connection(port: proxy.port, receiveBuffer: 4096)
            try client.send(String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 20))
            clients.append(client)
        }
        try Self.waitUntil(proxy) { $0 > 8 << 20 }
        #expect(try Self.used(proxy) <= 72 << 20)
        for client in clients { client.reset() }
        try Self.waitUntil(proxy) { $0 < 1 << 20 }
        guard Memory.isMeasurable else { return }
        let deadline = Date(timeIntervalSinceNow: 3 * patience)
        while case let now = try Memory(of: proxy.process).resident, now > before + 12 << 20 {
            guard Date.now < deadline else { throw Disappointment("\(before) bytes became \(now), and stay") }
        }
    }
}
