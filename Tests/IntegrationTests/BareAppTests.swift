import TestSupport
import Testing

/// The app and the instruments without the proxy: what the other suites take for granted.
@Suite struct BareAppTests {
    @Test func theAppAnswers() throws {
        let app = try Shared.app.get()
        let hello = try fetch(app.address + "/hello", .http1, ["--json", #"{"name":"you"}"#])
        #expect(
            hello.status == 200 && hello.text == "{\"hello\":\"you\"}\n" && hello.fields["X-Own-Header"] == "from make_response")
        #expect(try fetch(app.address + "/boom").status == 500)
        #expect(try fetch(app.address + "/cookie").fields.all("Set-Cookie").count == 2)
        #expect(try fetch(app.address + "/etag", .http1, ["-H", "If-None-Match: \"v1\""]).status == 304)
        #expect(try fetch(app.address + "/cors-own").fields.all("Access-Control-Allow-Origin").count == 2)
        #expect(try fetch(app.address + "/headers").fields.all("X-Frame-Options").count == 2)
        #expect(
            try fetch(app.address + "/upload", .http1, ["--data-binary", "@-"], input: [1, 2, 3]).text.contains(#""length":3"#))
        #expect(try fetch(app.address + "/download?bytes=70000").body.count == 70000)
        #expect(try Echo(fetch(app.address + "/echo?x=y", .http1, ["-H", "X-A: b"]))["X-A"] == "b")
    }

    @Test func rawConnection() throws {
        let connection = try Connection(port: try Shared.app.get().port)
        try connection.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
        let response = try connection.takeResponse()
        #expect(response.fields["Transfer-Encoding"] == "chunked" && response.text.hasSuffix("line 4\n"))
        try connection.send("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        #expect(try connection.takeResponse(to: "HEAD").fields["Content-Length"] == "6")
        #expect(try connection.isClosedByPeer())
    }

    @Test func rawOrigin() throws {
        let origin = try RawOrigin { request in
            "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Sum: \(request.body.count)\r\n\r\n"
        }
        let response = try fetch("http://127.0.0.1:\(origin.port)/a", .http1, ["-d", "four"])
        #expect(response.informational.map(\.status) == [103] && response.text == "x" && response.trailers["X-Sum"] == "4")
        #expect(origin.requests.map(\.target) == ["/a"] && origin.connections == 1)
        #expect(try curl("http://127.0.0.1:\(try Shared.deadPort.get().port)").exitCode == 7)
    }
}
