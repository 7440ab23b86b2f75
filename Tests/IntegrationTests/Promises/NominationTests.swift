import TestSupport
import Testing

/// Promise 3: `Connection` takes away what the app or the client said, never what the proxy says, and never the framing.
@Suite struct NominationTests {
    static let mine = [
        "X-Frame-Options", "Set-Cookie", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Vary",
        "X-Request-ID",
        "Content-Security-Policy", "Content-Length", "Transfer-Encoding", "Date", "Content-Type", "X-Hop",
    ]

    /// Lines of a `Connection` field, in all the ways in which a list can be written.
    static let nominations: [[String]] = [
        ["Connection: \(mine.joined(separator: ", "))\r\n"],
        ["Connection: \(mine.joined(separator: ",").lowercased())\r\n"],
        mine.map { "connection: \($0)\r\n" },
        ["Connection: ,,\t, \(mine.joined(separator: " \t,,  ")) ,\r\n"],
        ["CONNECTION: keep-alive, \(mine.joined(separator: ", "))\r\n", "Keep-Alive: timeout=5\r\n", "Proxy-Connection: x\r\n"],
        ["Connection: \(mine.joined(separator: ", ")), connection, upgrade, te\r\n", "Upgrade: h2c\r\n", "TE: trailers\r\n"],
        ["Connection: \"X-Frame-Options\", X-Frame-Options;x, X-Frame-Options X-Hop, X-Hop\r\n"],
    ]
    static let own =
        "X-Frame-Options: ALLOWALL\r\nx-frame-options: ALLOWALL\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\nX-Hop: 1\r\n"
        + "Access-Control-Allow-Origin: *\r\n"

    static let stand = Result {
        var answers: [String: String] = [:]
        for (index, lines) in nominations.enumerated() {
            answers["/before\(index)"] = "HTTP/1.1 200 OK\r\n\(lines.joined())\(own)Content-Length: 2\r\n\r\nok"
            answers["/after\(index)"] = "HTTP/1.1 200 OK\r\n\(own)Content-Length: 2\r\n\(lines.joined())\r\nok"
            answers["/chunked\(index)"] =
                "HTTP/1.1 200 OK\r\n\(own)Transfer-Encoding: chunked\r\n\(lines.joined())\r\n2\r\nok\r\n0\r\n\r\n"
        }
        answers["/many"] =
            "HTTP/1.1 200 OK\r\nConnection: \((0..<5000).map { "a\($0)" }.joined(separator: ","))\r\nContent-Length: 0\r\n\r\n"
        return try Stand(Policy.rules + "\n  - cookies: { secure: true }\n  - set: { Set-Late: last }", answers: answers)
    }

    @Test(arguments: nominations.indices, HTTPVersion.allCases)
    func byTheApp(_ index: Int, _ version: HTTPVersion) throws {
        for place in ["before", "after", "chunked"] {
            let ask = Ask(target: "/\(place)\(index)", fields: [("Origin", Policy.origin)])
            let response = try Self.stand.get().ask(ask, version).response
            #expect(response.status == 200 && response.text == "ok")
            Policy.expect(on: response, for: .allowedOrigin, version)
            #expect(response.fields.all("X-Hop").isEmpty)
            for gone in ["Keep-Alive", "Proxy-Connection", "Upgrade", "TE"] { #expect(response.fields.all(gone).isEmpty) }
            // A nominated cookie goes, for the app disowned it; one that stays is hardened.
            for cookie in response.fields.all("Set-Cookie") { #expect(cookie.hasSuffix("; Secure")) }
            #expect(response.fields["Set-Late"] == "last")
        }
    }

    @Test(arguments: HTTPVersion.allCases)
    func tooMany(_ version: HTTPVersion) throws {
        let response = try Self.stand.get().ask(Ask(target: "/many", fields: [("Origin", Policy.origin)]), version).response
        #expect(response.status == 502)
        Policy.expect(on: response, for: .allowedOrigin, version)
    }

    /// What a client nominates, with the method and body of the request; what the proxy adds reaches the app anyway.
    @Test(arguments: [
        "X-Request-ID", "X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host", "Host", "Content-Length", "Transfer-Encoding",
        "Origin, Cookie", "x-request-id,,,x-forwarded-for ,host", "\"Host\"", "connection", "Authorization",
    ])
    func byTheClient(_ nomination: String) throws {
        for body in ["", "body"] {
            let ask = Ask(
                method: body.isEmpty ? "GET" : "POST", target: "/x",
                fields: [
                    ("Connection", nomination), ("Origin", Policy.origin), ("X-Request-ID", "mine-12345678"),
                    ("X-Forwarded-For", "6.6.6.6"), ("Authorization", "Basic x"), ("Cookie", "a=b"),
                ], body: body)
            let exchange = try Self.stand.get().ask(ask, .http1)
            let forwarded = try #require(exchange.forwarded, "\(exchange.response)")
            #expect(forwarded.fields.all("Host") == ["site.example"] && forwarded.body == Array(body.utf8))
            #expect(forwarded.fields["X-Forwarded-For"] == "127.0.0.1" && forwarded.fields["X-Forwarded-Proto"] == "http")
            #expect(forwarded.fields["X-Request-ID"] == exchange.response.fields["X-Request-ID"])
            #expect(Policy.isRequestID(exchange.response.fields["X-Request-ID"]))
            #expect(forwarded.fields.all("Connection").allSatisfy { !$0.contains("equest") && !$0.contains("orwarded") })
        }
    }
}
