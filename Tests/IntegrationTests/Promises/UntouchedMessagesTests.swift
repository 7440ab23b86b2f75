import TestSupport
import Testing

/// Promise 2: what is not a final head passes as the app said it, even where it names the policy's own fields; but what `remove` and
/// `cors` take from the final head gets to no client ahead of it.
@Suite struct UntouchedMessagesTests {
    static let named: [(String, String)] = [
        ("X-Frame-Options", "trailing"), ("X-Powered-By", "app"), ("Server", "app"), ("X-Debug-Token", "1"),
        ("X-Request-ID", "not-the-proxys"), ("Referrer-Policy", "unsafe-url"),
    ]
    static let removed = ["X-Powered-By", "Server", "X-Debug-Token"]
    /// Fields that may not stand in a trailer (RFC 9110 §6.5.1).
    static let noTrailers: [(String, String)] = [("Access-Control-Allow-Origin", "*"), ("Vary", "*"), ("Set-Cookie", "a=b")]
    static let lines = named.map { "\($0.0): \($0.1)\r\n" }.joined()
    static let heads = noTrailers.map { "\($0.0): \($0.1)\r\n" }.joined()
    static let final = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    /// Path, what comes before the final response, which of it the client gets.
    static let interim: [(path: String, before: String, statuses: [Int])] = [
        ("/103", "HTTP/1.1 103 Early Hints\r\n\(lines)\r\n", [103]),
        ("/103-103", "HTTP/1.1 103 Early Hints\r\n\(lines)\r\nHTTP/1.1 103 Early Hints\r\n\(lines)\r\n", [103, 103]),
        ("/103-cookie", "HTTP/1.1 103 Early Hints\r\n\(lines)\(heads)\r\n", [103]),
        ("/103-hop", "HTTP/1.1 103 Early Hints\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\(lines)\r\n", [103]),
        ("/103-no-reason", "HTTP/1.1 103\r\n\(lines)\r\n", [103]),
        ("/102", "HTTP/1.1 102 Processing\r\n\(lines)\r\n", [102]),
        ("/199", "HTTP/1.1 199 Odd\r\n\(lines)\r\n", [199]),
    ]
    static let trailers =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\n\(lines)X-Sum: 1\r\nX-Sum: 2\r\n\r\n"

    static let stand = Result {
        var answers = Dictionary(uniqueKeysWithValues: interim.map { ($0.path, $0.before + final) })
        answers["/trailers"] = trailers
        for (name, value) in noTrailers {
            answers["/trailer-\(name)"] =
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\(name): \(value)\r\n\r\n"
        }
        answers["/103-trailers"] = interim[0].before + trailers
        answers["/103-500"] = interim[0].before + "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"
        answers["/103-garbage"] = interim[0].before + "what\r\n\r\n"
        answers["/100"] = "HTTP/1.1 100 Continue\r\n\r\n" + final
        return try Stand(Policy.rules, answers: answers)
    }

    @Test(arguments: interim.indices, HTTPVersion.allCases)
    func informational(_ index: Int, _ version: HTTPVersion) throws {
        let row = Self.interim[index]
        let ask = Ask(target: row.path, fields: [("Origin", Policy.origin)])
        let response = try Self.stand.get().ask(ask, version).response
        #expect(response.informational.map(\.status) == row.statuses)
        for head in response.informational {
            let left = Self.named.filter { !Self.removed.contains($0.0) }
            #expect(head.fields.only(Self.named.map(\.0)) == FieldList(left).spelled(for: version), "\(head)")
            #expect(head.fields.all("Access-Control-Allow-Origin").isEmpty)
            #expect(head.fields.all("Vary") == (row.path == "/103-cookie" ? ["*"] : []))
            #expect(head.fields.all("Date").isEmpty && head.fields.all("X-Hop").isEmpty && head.fields.all("Connection").isEmpty)
        }
        #expect(response.text == "ok")
        Policy.expect(on: response, for: .allowedOrigin, version)
    }

    @Test(arguments: [("/103-trailers", 200), ("/103-500", 500), ("/103-garbage", 502), ("/100", 200)], HTTPVersion.allCases)
    func whatFollows(_ row: (path: String, status: Int), _ version: HTTPVersion) throws {
        let response = try Self.stand.get().ask(Ask(target: row.path, fields: [("Origin", Policy.origin)]), version).response
        #expect(response.status == row.status)
        Policy.expect(on: response, for: .allowedOrigin, version)
    }

    @Test(arguments: ["/trailers", "/103-trailers"], HTTPVersion.allCases)
    func trailers(_ path: String, _ version: HTTPVersion) throws {
        let ask = Ask(target: path, fields: [("Origin", Policy.origin), ("TE", "trailers")])
        let response = try Self.stand.get().ask(ask, version).response
        #expect(response.text == "ok")
        #expect(response.trailers.all("X-Sum") == ["1", "2"] && response.fields["Trailer"] == "X-Sum")
        #expect(response.trailers.only(Self.named.map(\.0)) == FieldList(Self.named).spelled(for: version))
        Policy.expect(on: response, for: .allowedOrigin, version)
    }

    /// What only a head may say is left out of the trailers, and the response is whole.
    @Test(arguments: noTrailers.map(\.0), HTTPVersion.allCases)
    func headsInTrailers(_ name: String, _ version: HTTPVersion) throws {
        let response = try Self.stand.get().ask(Ask(target: "/trailer-\(name)", fields: [("TE", "trailers")]), version).response
        #expect(response.status == 200 && response.text == "ok")
        #expect(response.trailers.all(name).isEmpty)
    }

    /// The stage runs on 101 as on any final response: an app that switches protocols keeps no forbidden field.
    @Test func switchingProtocols() throws {
        let origin = try RawOrigin { connection, _, origin in
            _ = try origin.request(on: connection)
            try connection.send(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade, X-Frame-Options\r\nUpgrade: echo\r\n\(Self.lines)"
                    + "Set-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n")
            while try connection.receive() { try connection.send(connection.take(exactly: connection.pending.count)) }
        }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        let client = try Connection(port: proxy.port)
        try client.send(
            "GET / HTTP/1.1\r\nHost: a\r\nOrigin: \(Policy.origin)\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
        let head = try client.takeHead()
        #expect(head.status == 101)
        Policy.expect(on: RawResponse(version: "HTTP/1.1", status: 101, fields: head.fields), for: .allowedOrigin)
        #expect(head.fields.all("Set-Cookie") == ["a=b", "c=d"])
        try client.send("ping")
        #expect(try client.take(exactly: 4) == Array("ping".utf8))
    }
}
