import HostileMessages
import TestSupport
import Testing

/// Streams of clients that do not read as they could.
@Suite struct SlowStreamTests {
    private static let large = String(repeating: "x", count: 200_000)

    /// With the acknowledgement of the proxy's settings, whose windows are larger than those without.
    private static let start = Wire.start + Wire.frame(4, flags: 1)

    private static func origin() throws -> RawOrigin {
        try RawOrigin { connection, _, _ in
            let head = try connection.take(through: "\r\n\r\n")
            let body = String(decoding: head, as: UTF8.self).contains(" /up ") ? large : ""
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            // The proxy closes, or the next request is refused by the end.
            _ = try connection.receive()
        }
    }

    /// A complete response that waits for the client's window is sent although the client never ends its own body.
    @Test func aLongBodyDoesNotCostTheResponse() throws {
        let origin = try Self.origin()
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        let talk = try HTTP2Talk(port: proxy.port)
        try talk.send(Self.start + Wire.headers(1, Wire.post, end: false))
        func received() -> Int { talk.frames.filter { $0.kind == 0 }.reduce(0) { $0 + $1.payload.count } }
        try talk.read { received() == 65_535 }
        // As much as the proxy takes: a part of it is beyond what it discards.
        func granted() -> Int { talk.frames.filter { $0.kind == 8 && $0.stream == 1 }.reduce(128 << 10) { $0 + Int($1.number) } }
        var sent = 0
        while sent < 1 << 20 + 64 << 10, talk.resetCode(1) == nil {
            try talk.read { granted() - sent >= 16_384 || talk.resetCode(1) != nil }
            try talk.send(Wire.frame(0, stream: 1, [UInt8](repeating: 0x61, count: 16_384)))
            sent += 16_384
        }
        #expect(talk.resetCode(1) == nil)
        try talk.send(Wire.window(1, 1 << 20) + Wire.window(0, 1 << 20))
        try talk.read { talk.isEnded(1) && talk.resetCode(1) != nil }
        #expect(received() == Self.large.utf8.count, "\(received()) bytes")
        #expect(talk.resetCode(1) == 0)
    }

    /// A client that takes nothing is not kept by what it says meanwhile.
    @Test func sayingSomethingIsNotTaking() throws {
        let origin = try Self.origin()
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin) + "timeouts: { write: 500ms }\n")
        let talk = try HTTP2Talk(port: proxy.port)
        try talk.send(Wire.preface + Wire.frame(4, Wire.setting(4, 0)) + Wire.headers(1, Wire.post))
        var stream: UInt32 = 3
        while talk.resetCode(1) == nil, !talk.isClosed, stream < 1_000_000 {
            try talk.send(Wire.headers(stream, Wire.get.map { ($0.0, $0.0 == ":method" ? "HEAD" : $0.1) }))
            try talk.read { talk.isEnded(stream) }
            stream += 2
        }
        #expect(talk.resetCode(1) != nil, "\(stream) \(talk.isClosed) \(String(describing: talk.goAway))")
    }

    /// An exchange that is quiet is not an idle connection, whatever was sent on other streams before.
    @Test func quietIsNotIdle() throws {
        let asked = Signal()
        let origin = try RawOrigin { connection, _, origin in
            _ = try origin.request(on: connection)
            try asked.wait()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
        let routes = "routes: [{ path: /local, respond: { status: 200, body: here } }, { upstream: app }]\n"
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin) + routes)
        let talk = try HTTP2Talk(port: proxy.port)
        try talk.send(Self.start + Wire.headers(1, Wire.get))
        try origin.wait(forRequests: 1)
        try talk.send(Wire.headers(3, Wire.get.map { ($0.0, $0.0 == ":path" ? "/local" : $0.1) }))
        try talk.read { talk.isEnded(3) }
        #expect(try !talk.connection.hasInput(within: 1.5), "\(String(describing: talk.goAway))")
        asked.give()
        try talk.read { talk.isEnded(1) }
        #expect(talk.response(1)?.text == "ok" && talk.goAway == nil)
    }

    /// What a client sends before the app agrees to a tunnel counts as memory.
    @Test func earlyBytesAreCounted() throws {
        let asked = Signal()
        let origin = try RawOrigin { connection, _, origin in
            _ = try origin.request(on: connection)
            try asked.wait()
        }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin) + "admin: 127.0.0.1:0\n")
        let talk = try HTTP2Talk(port: proxy.port)
        func used() throws -> Int { try MemoryLimitTests.used(proxy) }
        let head = [
            (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":path", "/"), (":authority", "a"),
            ("sec-websocket-version", "13"),
        ]
        try talk.send(Self.start + Wire.headers(1, head, end: false))
        try origin.wait(forRequests: 1)
        let before = try used()
        for _ in 0..<6 { try talk.send(Wire.frame(0, stream: 1, [UInt8](repeating: 0x61, count: 16_000))) }
        try talk.settle()
        try MemoryLimitTests.waitUntil(proxy) { $0 >= before + 96_000 }
        asked.give()
        try talk.read { talk.isEnded(1) }
        try MemoryLimitTests.waitUntil(proxy) { $0 < before + 16_000 }
    }
}
