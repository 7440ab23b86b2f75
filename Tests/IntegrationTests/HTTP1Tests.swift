import TestSupport
import Testing

/// HTTP/1 connections of clients: kept, pipelined, old, hesitant.
@Suite struct HTTP1Tests {
    @Test func keepAlive() throws {
        let connection = try Connection(port: try Shared.proxy.get().port)
        for path in ["/", "/boom", "/etag", "/deny", "/stream"] {
            try connection.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try connection.takeResponse()
            #expect(response.version == "HTTP/1.1" && response.status != 0)
            #expect(response.fields.all("Connection").isEmpty, "persistence is implied")
            Policy.expect(on: response, for: .noOrigin)
        }
        try connection.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(try connection.takeResponse().fields["Connection"]?.lowercased() == "close")
        #expect(try connection.isClosedByPeer())
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() throws {
        let connection = try Connection(port: try Shared.proxy.get().port)
        let paths = [
            "/stream?lines=50", "/", "/deny", "/down/x", "/notfound", "/robots.txt", "/download?bytes=70000", "/redirect",
        ]
        var bytes = paths.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
        bytes += "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET /etag HTTP/1.1\r\nHost: a\r\n\r\n"
        try connection.send(bytes)
        let statuses = try (0..<10).map { _ in try connection.takeResponse().status }
        #expect(statuses == [200, 200, 403, 502, 404, 200, 200, 302, 200, 200])
    }

    /// Who asks everything at once and then says no more gets all the answers; what it left incomplete gets none.
    @Test(
        arguments: ["", "GET / HT", "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"],
        [["/", "/stream"], ["/deny"]])
    func pipelinedAndHalfClosed(_ rest: String, _ last: [String]) throws {
        let connection = try Connection(port: try Shared.proxy.get().port)
        let paths = ["/stream?lines=50", "/deny", "/"] + last
        try connection.send(paths.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined() + rest)
        connection.finish()
        let statuses = try paths.map { _ in try connection.takeResponse().status }
        #expect(statuses == [200, 403, 200] + last.map { $0 == "/deny" ? 403 : 200 })
        #expect(try connection.takeToEnd().isEmpty)
    }

    /// One byte a packet, and everything in one.
    @Test func slicedBytes() throws {
        let connection = try Connection(port: try Shared.proxy.get().port)
        let request = "POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        for byte in request.utf8 { try connection.send([byte]) }
        #expect(try connection.takeResponse().text.contains(#""length":5"#))
    }

    @Test func oldClients() throws {
        let port = try Shared.proxy.get().port
        let once = try Connection(port: port)
        try once.send("GET /stream HTTP/1.0\r\n\r\n")
        let response = try once.takeResponse()
        #expect(response.status == 200 && response.fields["Transfer-Encoding"] == nil && response.text.hasSuffix("line 4\n"))
        Policy.expect(on: response, for: .noOrigin)
        #expect(try once.isClosedByPeer())

        let kept = try Connection(port: port)
        for _ in 0..<2 {
            try kept.send("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")
            let response = try kept.takeResponse()
            #expect(response.fields["Connection"]?.lowercased() == "keep-alive" && response.text == "hello\n")
        }
    }

    @Test func headHasNoBody() throws {
        let connection = try Connection(port: try Shared.proxy.get().port)
        try connection.send(
            "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nHEAD /deny HTTP/1.1\r\nHost: a\r\n\r\nGET /etag HTTP/1.1\r\nHost: a\r\n\r\n")
        let head = try connection.takeResponse(to: "HEAD")
        #expect(head.status == 200 && head.fields["Content-Length"] == "6")
        #expect(try connection.takeResponse(to: "HEAD").status == 403)
        #expect(try connection.takeResponse().text == "cached\n")
    }

    @Test func expectContinue() throws {
        let connection = try Connection(port: try Shared.proxy.get().port)
        try connection.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        let interim = try connection.takeHead()
        #expect(interim.status == 100 && interim.fields.lines.isEmpty)
        try connection.send("abc")
        let response = try connection.takeResponse()
        #expect(response.status == 200 && response.text.contains(#""length":3"#))
        Policy.expect(on: response, for: .noOrigin)

        // What will not be read is refused before it is sent.
        try connection.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n")
        #expect(try connection.takeResponse().status == 413)
    }

    @Test func chunkedBodyOverTheLimit() throws {
        let connection = try Connection(port: try Shared.proxy.get().port)
        try connection.send("POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n")
        for _ in 0..<16 { _ = try? connection.send([UInt8](repeating: 0x61, count: 1 << 16)) }
        _ = try? connection.send([UInt8](repeating: 0x61, count: 1 << 16))
        let response = try connection.takeResponse()
        #expect(response.status == 413)
        Policy.expect(on: response, for: .noOrigin)
    }

    @Test func trailersBothWays() throws {
        let origin = try RawOrigin { request in
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: \(request.trailers["X-Client-Sum"] ?? "none")\r\nX-Frame-Options: trailing\r\n\r\n"
        }
        let proxy = try ProxyProcess(Self.simple(origin))
        let connection = try Connection(port: proxy.port)
        try connection.send(
            "POST / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Client-Sum: 42\r\n\r\n"
        )
        let response = try connection.takeResponse()
        #expect(response.text == "ok" && response.trailers["X-Sum"] == "42")
        Policy.expect(on: response, for: .noOrigin)
    }

    /// 103 passes untouched and early; the final response has the policy.
    @Test(arguments: HTTPVersion.allCases)
    func informationalResponses(_ version: HTTPVersion) throws {
        let origin = try RawOrigin { _ in
            "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </b.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        }
        let response = try ProxyProcess(Self.simple(origin)).fetch("", version)
        #expect(response.informational.map(\.status) == [103, 103])
        #expect(response.informational.map { $0.fields.lines.map(\.value) } == [["</a.css>; rel=preload"], ["</b.css>"]])
        #expect(response.text == "ok")
        Policy.expect(on: response, for: .noOrigin, version)
    }

    /// A client that goes away takes its request to the app with it, and harms nobody.
    @Test func clientsThatLeave() throws {
        let gone = Signal()
        let origin = try RawOrigin { connection, number, origin in
            while let request = try origin.request(on: connection) {
                if request.target == "/left" {
                    if try connection.isClosedByPeer() { gone.give() }
                    return
                }
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            }
        }
        let proxy = try ProxyProcess(Self.simple(origin))
        let client = try Connection(port: proxy.port)
        try client.send("GET /left HTTP/1.1\r\nHost: a\r\n\r\n")
        try origin.wait(forRequests: 1)
        client.reset()
        try gone.wait()
        #expect(try fetch(proxy.url).status == 200)
    }

    static func simple(_ origin: RawOrigin) -> String {
        "listen: 127.0.0.1:0\nworkers: 1\nupstreams: { app: http://127.0.0.1:\(origin.port) }\n\(Policy.rules)\n"
    }
}
