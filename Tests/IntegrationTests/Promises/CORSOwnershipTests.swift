import TestSupport
import Testing

/// Promise 5: one answer about CORS, the proxy's, whatever the app says and whoever asks.
@Suite struct CORSOwnershipTests {
    /// What an app may say about CORS, however it spells it.
    static let opinions: [String] = [
        "access-control-allow-origin: *\r\nACCESS-CONTROL-ALLOW-ORIGIN: https://evil.example\r\n",
        "Access-Control-Allow-Origin: https://evil.example\r\nAccess-Control-Allow-Credentials: true\r\n",
        "aCCESS-cONTROL-aLLOW-oRIGIN: null\r\nVary: accept\r\nvary: Origin, cookie\r\n",
        "Access_Control_Allow_Origin: *\r\nAccess-Control_Allow-Origin: *\r\n",
        "Access-Control-Something-New: 1\r\naccess-control-: 1\r\nAccess-Control-Max-Age: 9\r\n",
        "Access-Control-Allow-Private-Network: true\r\nAccess-Control-Allow-Local-Network: true\r\n",
        "Access-Control-Allow-Methods: *\r\nAccess-Control-Allow-Headers: *\r\nAccess-Control-Expose-Headers: *\r\n",
        "Access-Control-Allow-Origin:\r\nAccess-Control-Allow-Origin: \t\r\nVary:\r\n",
        "Connection: access-control-allow-origin\r\nAccess-Control-Allow-Origin: *\r\n",
    ]

    static let stand = Result {
        var answers: [String: String] = [:]
        for (index, lines) in opinions.enumerated() {
            for (name, start) in [("ok", "200 OK"), ("bad", "500 Oh"), ("moved", "302 Found\r\nLocation: https://evil.example/")]
            {
                answers["/\(name)\(index)"] = "HTTP/1.1 \(start)\r\n\(lines)Content-Length: 2\r\n\r\nok"
            }
        }
        return try Stand(Policy.rules, answers: answers)
    }

    @Test(arguments: opinions.indices, HTTPVersion.allCases)
    func opinionsOfTheApp(_ index: Int, _ version: HTTPVersion) throws {
        for name in ["ok", "bad", "moved"] {
            for (origin, asker) in [
                (Policy.origin, Policy.Asker.allowedOrigin), (Policy.foreignOrigin, .foreignOrigin), (nil, .noOrigin),
            ] {
                let ask = Ask(target: "/\(name)\(index)", fields: origin.map { [("Origin", $0)] } ?? [])
                let response = try Self.stand.get().ask(ask, version).response
                Policy.expect(on: response, for: asker, version)
                #expect(!response.fields.names.contains { $0.lowercased().hasPrefix("access_control") })
            }
        }
    }

    /// Values of `Origin` that are not the one listed.
    static let foreign: [[String]] = [
        ["null"], [""], ["*"], ["https://app.example/"], ["https://app.example."], ["https://app.example,https://app.example"],
        ["https://app.example https://evil.example"], ["https://app.example\t"], ["https://app.example#"],
        ["https://app.example?"],
        ["https://user@app.example"], ["https://evil.example\u{E9}"], ["https://app.example\u{E9}"], ["//app.example"],
        ["https:app.example"], ["https:///app.example"], ["https://app.example:0443"], ["https://app.example:"],
        ["https://app.example:0"], ["https://app.example:443443"], ["https://xn--app.example"], ["https://app%2eexample"],
        ["app.example"],
        ["https://" + String(repeating: "a", count: 50_000) + ".app.example"],
        [String(repeating: "https://app.example", count: 2000)],
        ["https://app.example", "https://app.example"], ["https://app.example", "https://evil.example"],
        ["https://evil.example", "https://app.example"], ["https://app.example", ""],
    ]

    @Test(arguments: foreign.indices, HTTPVersion.allCases)
    func foreignOrigins(_ index: Int, _ version: HTTPVersion) throws {
        let origins = Self.foreign[index]
        for status in [200, 403] {
            let ask = Ask(target: status == 200 ? "/ok0" : "/bad0", fields: origins.map { ("Origin", $0) })
            let response = try Self.stand.get().ask(ask, version).response
            // A tab at the end of a value is not part of it.
            let isListed = origins == ["https://app.example\t"]
            if isListed, version == .http2 { continue }
            Policy.expect(on: response, for: isListed ? .allowedOrigin : .foreignOrigin, version)
        }
    }

    struct Preflight: Sendable {
        var method = "OPTIONS"
        var fields: [(String, String)]
        /// Answered by the proxy; else it is the app's.
        var isEdge = true
        var asker = Policy.Asker.preflight
    }

    static let own = ("Origin", Policy.origin)
    static let wish = ("Access-Control-Request-Method", "PUT")
    static let preflights: [Preflight] = [
        Preflight(fields: [own, wish]),
        Preflight(fields: [own, wish, ("Access-Control-Request-Headers", "x-custom,content-type")]),
        Preflight(fields: [own, wish, ("Access-Control-Request-Headers", "")]),
        Preflight(fields: [own, wish, ("Access-Control-Request-Headers", String(repeating: "x-a,", count: 10_000))]),
        Preflight(fields: [own, wish, ("Access-Control-Request-Headers", "x-a\u{E9}"), ("Access-Control-Request-Headers", "b")]),
        Preflight(fields: [own, ("access-control-request-method", "delete")]),
        Preflight(fields: [own, ("Access-Control-Request-Method", "")]),
        Preflight(fields: [own, ("Access-Control-Request-Method", "NOT A METHOD")]),
        Preflight(fields: [own, wish, wish]),
        Preflight(fields: [own, wish, ("Access-Control-Request-Private-Network", "true")]),
        Preflight(fields: [("Origin", Policy.foreignOrigin), wish], asker: .foreignOrigin),
        Preflight(fields: [("Origin", "null"), wish], asker: .foreignOrigin),
        Preflight(fields: [own, own, wish], asker: .foreignOrigin),
        Preflight(fields: [own, ("Origin", Policy.foreignOrigin), wish], asker: .foreignOrigin),
        // These are not preflights.
        Preflight(fields: [own], isEdge: false, asker: .allowedOrigin),
        Preflight(fields: [wish], isEdge: false, asker: .noOrigin),
        Preflight(fields: [], isEdge: false, asker: .noOrigin),
        Preflight(fields: [own, ("Access-Control-Request-Headers", "x-a")], isEdge: false, asker: .allowedOrigin),
        Preflight(fields: [own, ("Access_Control_Request_Method", "PUT")], isEdge: false, asker: .allowedOrigin),
        Preflight(method: "GET", fields: [own, wish], isEdge: false, asker: .allowedOrigin),
        Preflight(method: "options", fields: [own, wish], isEdge: false, asker: .allowedOrigin),
        Preflight(method: "HEAD", fields: [own, wish], isEdge: false, asker: .allowedOrigin),
    ]

    @Test(arguments: preflights.indices, HTTPVersion.allCases)
    func shapes(_ index: Int, _ version: HTTPVersion) throws {
        let row = Self.preflights[index]
        let exchange = try Self.stand.get().ask(Ask(method: row.method, target: "/x", fields: row.fields), version)
        #expect((exchange.forwarded == nil) == row.isEdge)
        #expect(exchange.response.status == (row.isEdge ? 204 : 200))
        Policy.expect(on: exchange.response, for: row.asker, version)
        let vary = exchange.response.fields["Vary"]?.lowercased() ?? ""
        #expect(vary.contains("access-control-request-method") == row.isEdge, "\(vary)")
        #expect(!exchange.response.fields.names.contains { $0.lowercased().contains("private-network") })
        #expect(exchange.response.fields.all("Content-Length").isEmpty || !row.isEdge)
    }

    static let echoing = Result {
        try Stand(
            """
            response_headers: [{ cors: { allow_origins: [https://app.example], allow_methods: [PUT], allow_headers: [echo] } }]
            routes: [{ path: "/**", upstream: app }]
            """, answers: [:])
    }

    /// Names that a preflight asks for in several lines, and what is granted.
    @Test(
        arguments: [
            (["x-a", "x-b"], "x-a, x-b"), (["x-a,x-b", "", ", ,x-C,,X-A"], "x-a, x-b, x-C"), (["", "x-a"], "x-a"),
            (["x-a", "x b"], nil), (["x-a", "\"x-b\""], nil), ([], nil),
        ] as [([String], String?)], HTTPVersion.allCases)
    func echoesEveryLine(_ entry: ([String], String?), _ version: HTTPVersion) throws {
        let fields = [Self.own, Self.wish] + entry.0.map { ("Access-Control-Request-Headers", $0) }
        let response = try Self.echoing.get().ask(Ask(method: "OPTIONS", target: "/x", fields: fields), version).response
        #expect(response.status == 204)
        #expect(response.fields.all("Access-Control-Allow-Headers") == (entry.1.map { [$0] } ?? []))
    }
}
