import Foundation
import HostileMessages
import TestSupport
import Testing

/// Every limit and every wait has an end, with an answer where one is possible, and the policy on it.
@Suite struct LimitTests {
    static func proxy(_ origin: RawOrigin, _ more: String) throws -> ProxyProcess {
        try ProxyProcess("\(HTTP1Tests.simple(origin))\(more)\n")
    }

    static func quick() throws -> RawOrigin {
        try RawOrigin { _ in "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood" }
    }

    static func get(_ connection: Connection, _ target: String = "/") throws -> RawResponse {
        try connection.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        return try connection.takeResponse()
    }

    /// A head over HTTP/2 that is never complete is answered like one over HTTP/1.1, also beside other streams.
    @Test(arguments: [false, true])
    func halfAHead(_ hasAnother: Bool) throws {
        let done = Signal()
        defer { done.give() }
        let origin = try RawOrigin { connection, _, origin in
            origin.keep(RawRequest(try connection.takeHead()))
            try done.wait()
        }
        let proxy = try Self.proxy(origin, "timeouts: { request_head: 300ms, idle: 1h }")
        let talk = try HTTP2Talk(port: proxy.port)
        try talk.send(Wire.start + (hasAnother ? Wire.headers(1, Wire.get) : []))
        if hasAnother { try origin.wait(forRequests: 1) }
        let block = Wire.block(Wire.get + [("origin", Policy.origin)])
        try talk.send(Wire.frame(1, flags: 1, stream: 3, block))
        try talk.read { talk.isEnded(3) }
        let response = try #require(talk.response(3))
        #expect(response.status == 408)
        Policy.expect(on: response, .http2)
        #expect(try proxy.accessLog(["reason": "request_head_timeout"])["status"] == "408")
        try talk.read { talk.goAway != nil }
    }

    /// The last of a connection's requests is answered, and the client told to make another connection.
    @Test func requestsOfOneConnection() throws {
        let origin = try Self.quick()
        defer { origin.stop() }
        let proxy = try Self.proxy(origin, "limits: { requests_per_connection: 2 }")
        let client = try Connection(port: proxy.port)
        #expect(try Self.get(client).fields["Connection"] == nil)
        #expect(try Self.get(client).fields["Connection"] == "close")
        #expect(try client.isClosedByPeer())
        let talk = try HTTP2Talk(port: proxy.port)
        try talk.send(Wire.start)
        for stream: UInt32 in [1, 3] {
            #expect(talk.goAway == nil)
            try talk.send(Wire.headers(stream, Wire.get))
            try talk.read { talk.isEnded(stream) }
            #expect(talk.response(stream)?.status == 200)
        }
        try talk.read { false }
        #expect(talk.goAway == 0 && talk.isClosed)
    }

    @Test func connectionsInAll() throws {
        let origin = try Self.quick()
        defer { origin.stop() }
        let proxy = try Self.proxy(origin, "limits: { connections: 2 }")
        let (first, second) = (try Connection(port: proxy.port), try Connection(port: proxy.port))
        #expect(try Self.get(first).status == 200)
        #expect(try Self.get(second).status == 200)
        for version in HTTPVersion.allCases {
            let refused = try proxy.fetch("/", version)
            #expect(refused.status == 503 && refused.fields["Retry-After"] != nil)
            Policy.expect(on: refused, for: .noOrigin, version)
        }
        let third = try Connection(port: proxy.port)
        #expect(try Self.get(third).status == 503)
        #expect(try third.isClosedByPeer())
        _ = try proxy.accessLog(["reason": "too_many_connections"])
        first.close()
        // As soon as the first is gone there is room.
        while try proxy.fetch("/").status != 200 {}
        #expect(try Self.get(second).status == 200)
    }

    @Test(arguments: [false, true])
    func connectionsOfOneClient(_ isTrusted: Bool) throws {
        let trust = isTrusted ? "\ntrusted_proxies: [127.0.0.0/8]" : ""
        let origin = try Self.quick()
        defer { origin.stop() }
        let proxy = try Self.proxy(origin, "limits: { connections_per_client: 1 }\(trust)")
        let first = try Connection(port: proxy.port)
        #expect(try Self.get(first).status == 200)
        let second = try Connection(port: proxy.port)
        let answer = try Self.get(second)
        #expect(answer.status == (isTrusted ? 200 : 429))
        Policy.expect(on: answer, for: .noOrigin)
        guard !isTrusted else { return }
        #expect(try second.isClosedByPeer())
        first.close()
        while try proxy.fetch("/").status != 200 {}
    }

    @Test func tunnels() throws {
        let origin = try RawOrigin { connection, _, origin in
            origin.keep(RawRequest(try connection.takeHead()))
            try connection.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n")
            _ = try connection.takeToEnd()
        }
        defer { origin.stop() }
        let proxy = try Self.proxy(origin, "limits: { tunnels: 1 }")
        func upgrade() throws -> (Connection, RawResponse) {
            let client = try Connection(port: proxy.port)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n")
            let head = try client.takeHead()
            return (client, RawResponse(version: "HTTP/1.1", status: head.status, fields: head.fields))
        }
        let (first, opened) = try upgrade()
        #expect(opened.status == 101)
        let (_, refused) = try upgrade()
        #expect(refused.status == 503 && refused.fields["Retry-After"] != nil)
        Policy.expect(on: refused, for: .noOrigin)
        first.close()
        while try upgrade().1.status != 101 {}
    }

    /// A client that sends a byte in time, again and again, still has to send the body.
    @Test func slowBody() throws {
        let origin = try Self.quick()
        defer { origin.stop() }
        let proxy = try Self.proxy(origin, "timeouts: { request_body: 300ms }\nlimits: { request_body_rate: 1MB }")
        let client = try Connection(port: proxy.port)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        while try !client.hasInput(within: 0.02) { try client.send("a") }
        let response = try client.takeResponse(to: "POST")
        #expect(response.status == 408 && response.fields["Connection"] == "close")
        Policy.expect(on: response, for: .noOrigin)
        #expect(try client.isClosedByPeer())
        #expect(try HTTP2Tests.client("slow_body", proxy).first?.hasPrefix("stream 1 408") == true)
    }

    /// An app that takes no more of the body is the one that is late.
    @Test func appThatDoesNotRead() throws {
        let done = Signal()
        let origin = try RawOrigin { connection, _, origin in
            origin.keep(RawRequest(try connection.takeHead()))
            try done.wait()
        }
        defer { done.give() }
        let proxy = try Self.proxy(
            origin, "timeouts: { response: 300ms, request_body: 20s }\nlimits: { request_body: 0, request_body_rate: 0 }")
        let client = try Connection(port: proxy.port)
        try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n")
        let part = [UInt8](repeating: 0x61, count: 1 << 16)
        while try !client.hasInput(within: 0) { _ = try client.offer(part, within: 0.05) }
        let head = try client.takeHead()
        #expect(head.status == 504)
        Policy.expect(on: RawResponse(version: "HTTP/1.1", status: 504, fields: head.fields), for: .noOrigin)
    }

    @Test(arguments: HTTPVersion.allCases)
    func wholeExchange(_ version: HTTPVersion) throws {
        let done = Signal()
        let origin = try RawOrigin { connection, _, origin in
            guard let request = try origin.request(on: connection) else { return }
            if request.target == "/begun" { try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na") }
            try done.wait()
        }
        defer { done.give() }
        let proxy = try Self.proxy(origin, "timeouts: { exchange: 1500ms }")
        let late = try proxy.fetch("/late", version)
        #expect(late.status == 504)
        Policy.expect(on: late, for: .noOrigin, version)
        let begun = try curl(proxy.url + "/begun", version)
        #expect(begun.exitCode != 0, "a response that breaks off is no whole one")
        _ = try proxy.accessLog(["reason": "exchange_timeout", "path": "/begun"])
    }

    /// A window that never opens holds neither a stream nor the app's connection.
    @Test func windowNeverOpened() throws {
        let body = String(repeating: "x", count: 1 << 20)
        let origin = try RawOrigin { connection, _, origin in
            guard try origin.request(on: connection) != nil else { return }
            try? connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            _ = try? connection.takeToEnd()
        }
        defer { origin.stop() }
        let proxy = try Self.proxy(origin, "timeouts: { write: 300ms }")
        #expect(try HTTP2Tests.client("stalled", proxy) == ["reset 2"])
        for _ in 0..<2 { _ = try proxy.accessLog(["reason": "write_timeout"]) }
    }

    /// A slow client has time to read the end of a response, also where the connection ends with it.
    @Test func slowToTheEnd() throws {
        let origin = try RawOrigin { request in
            let count = Int(request.target.dropFirst()) ?? 0
            return "HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n" + String(repeating: "x", count: count)
        }
        defer { origin.stop() }
        let proxy = try Self.proxy(origin, "timeouts: { idle: 4s }")
        // Of some of these the last part waits in the proxy, whatever the kernel takes.
        let sizes = (0..<20).map { 20_000 * $0 }
        let clients = try sizes.map { size in
            let client = try Connection(port: proxy.port, receiveBuffer: 4_096)
            try client.send("GET /\(size) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            return client
        }
        try origin.wait(forRequests: sizes.count)
        // Another one's idle connection is closed: that is longer than a closed side waits for the other.
        let idle = try Connection(port: proxy.port)
        #expect(try Self.get(idle, "/1").status == 200)
        #expect(try idle.isClosedByPeer())
        for (size, client) in zip(sizes, clients) { #expect(try client.takeResponse().body.count == size) }
    }

    /// The first client after a long silence has as much time as any other.
    @Test func firstAfterSilence() throws {
        let origin = try Self.quick()
        defer { origin.stop() }
        let (quiet, other) = (
            try Self.proxy(origin, "timeouts: { request_head: 2s, idle: 2s }"),
            try Self.proxy(origin, "timeouts: { request_head: 3s, idle: 3s }")
        )
        // Longer than the wait for a head: somebody else's has passed.
        #expect(try Connection(port: other.port).isClosedByPeer())
        let first = try Connection(port: quiet.port)
        // Deadlines are looked at before the log is written.
        _ = try quiet.fetch("/second")
        _ = try quiet.accessLog(["path": "/second"])
        #expect(try Self.get(first).status == 200)
    }

    @Test func nothingButPings() throws {
        let origin = try Self.quick()
        defer { origin.stop() }
        let proxy = try Self.proxy(origin, "timeouts: { idle: 300ms }")
        #expect(try HTTP2Tests.client("trickle", proxy) == ["closed"])
    }
}
