import TestSupport
import Testing

/// `Upgrade`: the 101 has the policy, and then bytes pass both ways until either side ends it.
@Suite struct TunnelTests {
    @Test func webSocketEcho() throws {
        let server = try ChildProcess(Places.python("python"), [Places.integration("clients/websocket_server.py")])
        defer { server.stop() }
        let port = try server.line(.output) { Int($0) }
        let proxy = try ProxyProcess(
            "listen: 127.0.0.1:0\nupstreams: { app: http://127.0.0.1:\(port) }\n\(Policy.rules)\n")
        let client = try run(
            Places.python("python"),
            [Places.integration("clients/websocket_client.py"), "ws://127.0.0.1:\(proxy.port)/chat", Policy.origin])
        #expect(client.status == 0, "\(client)")
        let lines = client.text.split(separator: "\n")
        #expect(lines.last == "echoed 40 messages, 2097152 bytes at most; closed 1000")
        let response = RawResponse(
            version: "HTTP/1.1", status: 101, fields: FieldList(parsing: lines.dropLast()))
        Policy.expect(on: response)
        #expect(response.fields["Upgrade"]?.lowercased() == "websocket")
    }

    @Test func rawTunnel() throws {
        let origin = try RawOrigin { connection, _, origin in
            let request = try connection.takeHead()
            origin.keep(RawRequest(request))
            try connection.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\nfirst ")
            let said = try connection.take(exactly: 5)
            try connection.send(said + Array(" heard".utf8))
        }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        let client = try Connection(port: proxy.port)
        // Bytes may follow the head at once.
        try client.send("GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\nhello")
        let head = try client.takeHead()
        #expect(head.status == 101 && head.fields["Upgrade"] == "chat" && head.fields["Connection"]?.lowercased() == "upgrade")
        #expect(String(decoding: try client.takeToEnd(), as: UTF8.self) == "first hello heard")
        #expect(origin.requests.first?.fields["Upgrade"] == "chat")
    }

    /// The app picks one of those that the client offers; HTTP/2 is not among them.
    @Test(
        arguments: [
            (["h2c, chat/2", "raw"], "raw", 101), (["h2c, chat/2", "raw"], "chat/2", 101), (["chat , ,raw"], "RAW", 101),
            (["chat, h2c"], "h2c", 502),
            (["chat/2, raw"], "chat", 502), (["chat"], "other", 502), (["chat, raw"], "raw, other", 502),
        ] as [([String], String, Int)])
    func lists(_ offered: [String], _ picked: String, _ status: Int) throws {
        let origin = try RawOrigin { connection, _, origin in
            let request = try connection.takeHead()
            origin.keep(RawRequest(request))
            try connection.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: \(picked)\r\n\r\n")
            let said = try connection.take(exactly: 5)
            try connection.send(said + Array(" heard".utf8))
        }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        let client = try Connection(port: proxy.port)
        let lines = offered.map { "Upgrade: \($0)\r\n" }.joined()
        try client.send("GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n\(lines)\r\n")
        let head = try client.takeHead()
        #expect(head.status == status)
        let members = origin.requests.first?.fields.all("Upgrade").joined(separator: ",").replacing(" ", with: "")
        #expect(
            members
                == lines.replacing("Upgrade:", with: "").replacing("\r\n", with: ",").replacing(" ", with: "").split(
                    separator: ","
                ).filter { $0 != "h2c" }.joined(separator: ","))
        guard status == 101 else { return }
        #expect(head.fields.all("Upgrade") == [picked])
        try client.send("hello")
        #expect(String(decoding: try client.takeToEnd(), as: UTF8.self) == "hello heard")
    }

    /// A client that says no more may still listen, and the app learns of it.
    @Test func clientEndsFirst() throws {
        let origin = try RawOrigin { connection, _, _ in
            _ = try connection.takeHead()
            try connection.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n")
            let said = try connection.takeToEnd()
            try connection.send(said + Array(" heard".utf8))
        }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        let client = try Connection(port: proxy.port)
        try client.send("GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n")
        #expect(try client.takeHead().status == 101)
        try client.send("hello")
        client.finish()
        #expect(String(decoding: try client.takeToEnd(), as: UTF8.self) == "hello heard")
    }

    /// An app that insists on another protocol says which (RFC 9110 §15.5.22); of HTTP/2 in a tunnel the proxy knows nothing.
    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "Upgrade"),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "close, Upgrade"),
    ])
    func upgradeRequired(_ request: String, _ expected: String) throws {
        let origin = try RawOrigin { _ in
            "HTTP/1.1 426 Upgrade Required\r\nConnection: upgrade\r\nUpgrade: h2c, websocket\r\nContent-Length: 0\r\n\r\n"
        }
        defer { origin.stop() }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        let client = try Connection(port: proxy.port)
        try client.send(request)
        let response = try client.takeResponse()
        #expect(response.status == 426 && response.fields["Upgrade"] == "websocket")
        #expect(response.fields["Connection"] == expected)
        Policy.expect(on: response, for: .noOrigin)
        #expect(try proxy.fetch("/", .http2).fields["upgrade"] == nil)
    }

    /// An app that does not upgrade answers as ever, and the connection goes on.
    @Test func refusedUpgrade() throws {
        let client = try Connection(port: try Shared.proxy.get().port)
        for _ in 0..<2 {
            try client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n")
            let response = try client.takeResponse()
            #expect(response.status == 200 && response.text == "hello\n", "\(response)")
            Policy.expect(on: response, for: .noOrigin)
        }
    }
}
