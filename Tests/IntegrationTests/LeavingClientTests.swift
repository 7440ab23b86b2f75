import HostileMessages
import TestSupport
import Testing

/// Clients that go before they have their answer: the app hears of it, and the log says so.
@Suite struct LeavingClientTests {
    /// An app that waits for the end of its connection and says that it has come.
    static func app(_ left: Signal) throws -> RawOrigin {
        try RawOrigin { connection, _, origin in
            origin.keep(RawRequest(try connection.takeHead()))
            _ = try? connection.takeToEnd()
            left.give()
        }
    }

    enum Way: String, CaseIterable {
        case reset, close, resetInUpload, closeInUpload, resetInChunks, closeInChunks, pipelined

        var request: String {
            switch self {
            case .reset, .close: "GET /gone HTTP/1.1\r\nHost: a\r\n\r\n"
            case .resetInUpload, .closeInUpload: "POST /gone HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"
            case .resetInChunks, .closeInChunks:
                "POST /gone HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
            case .pipelined: "GET /gone HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n"
            }
        }

        var resets: Bool { self == .reset || self == .resetInUpload || self == .resetInChunks }
    }

    @Test(arguments: Way.allCases)
    func isNoticed(_ way: Way) throws {
        let left = Signal()
        let origin = try Self.app(left)
        defer { origin.stop() }
        // A reset cancels at once: nothing else here ends before the test gives up.
        let patience = way.resets ? "1h" : "50ms"
        let proxy = try ProxyProcess(
            HTTP1Tests.simple(origin) + "timeouts: { half_close: \(patience), response: 1h, request_body: 1h }\n")
        let client = try Connection(port: proxy.port)
        try client.send(way.request)
        try origin.wait(forRequests: 1)
        if way.resets { client.reset() } else { client.close() }
        try left.wait()
        let line = try proxy.accessLog(["path": "/gone"])
        #expect(line["status"] == "0" && line["reason"] == "client_closed", "\(line)")
    }

    /// A stream that ends because its body is not of its length has not lost its client.
    @Test(arguments: [2, 6]) func aBodyOfAnotherLength(_ count: Int) throws {
        let left = Signal()
        let origin = try Self.app(left)
        defer { origin.stop() }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        let talk = try HTTP2Talk(port: proxy.port)
        try talk.send(Wire.start + Wire.headers(1, Wire.post + [("content-length", "4")], end: false))
        try origin.wait(forRequests: 1)
        try talk.send(Wire.data(1, count, end: true))
        try left.wait()
        let line = try proxy.accessLog(["path": "/up"])
        #expect(line["status"] == "0" && line["reason"] == "content_length_mismatch", "\(line)")
    }

    /// Who closes its side and still reads has its answer if it begins in time, and all of it then.
    @Test func halfClosedClientsRead() throws {
        let origin = try RawOrigin { connection, _, origin in
            while let request = try origin.request(on: connection) {
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\(request.target)")
            }
        }
        defer { origin.stop() }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        let client = try Connection(port: proxy.port)
        try client.send("GET /one HTTP/1.1\r\nHost: a\r\n\r\nGET /two HTTP/1.1\r\nHost: a\r\n\r\n")
        client.finish()
        #expect(try client.takeResponse().text == "/one")
        #expect(try client.takeResponse().text == "/two")
        #expect(try client.isClosedByPeer())
    }

    /// What has begun goes on, however long it takes.
    @Test(arguments: ["", "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"]) func whatHasBegunIsSent(_ next: String) throws {
        let more = Signal()
        let origin = try RawOrigin { connection, _, origin in
            while let request = try origin.request(on: connection) {
                guard request.target == "/" else {
                    try connection.send(UpstreamTests.ok)
                    continue
                }
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbegun")
                try more.wait()
                try connection.send("ended")
            }
        }
        defer { origin.stop() }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin) + "timeouts: { half_close: 50ms }\n")
        // The app's connection is one of the pool, so that the request is not read on for its sake.
        #expect(try proxy.fetch("/first").status == 200)
        let client = try Connection(port: proxy.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n" + next)
        client.finish()
        _ = try client.take(through: "begun")
        #expect(try !client.hasInput(within: 0.3))
        more.give()
        #expect(try client.take(through: "ended") == Array("ended".utf8))
        if !next.isEmpty { #expect(try client.takeResponse().status == 200) }
        #expect(try client.isClosedByPeer())
        _ = try proxy.accessLog(["path": "/", "status": "200"])
    }

    /// Over HTTP/2 as well, where a stream is reset.
    @Test func streams() throws {
        let left = Signal()
        let origin = try Self.app(left)
        defer { origin.stop() }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        _ = try curl(proxy.url + "/gone", .http2, ["--max-time", "1"])
        try left.wait()
        let line = try proxy.accessLog(["path": "/gone"])
        #expect(line["status"] == "0" && line["reason"] == "client_closed", "\(line)")
    }
}
