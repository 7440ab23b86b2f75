import TestSupport
import Testing

/// Promise 8: one id, in the request to the app, in the response, in the log and on the error page; never a client's that does not fit.
@Suite struct RequestIDPromiseTests {
    static let good = "client-id_0123456789"

    /// What a client says, and whether its id is taken.
    static let asks: [(fields: [(String, String)], isKept: Bool)] = [
        ([("X-Request-ID", good)], true), ([("x-REQUEST-id", good)], true), ([("X-Request-ID", good), ("X-Pad", "  \t")], true),
        ([("X-Request-ID", good), ("X-Request-ID", good)], false),
        ([("X-Request-ID", good), ("X-Request-ID", "other-id-123")], false),
        ([("X-Request-ID", "bad id"), ("X-Request-ID", good)], false),
        ([("X_Request_ID", good)], false), ([("X-Request_ID", good)], false), ([("X_Request-ID", good)], false),
        ([("X-Request-ID", good), ("X_Request_ID", "evil-evil-evil")], true),
        ([("X-Request-ID", good + "\u{E9}")], false), ([("X-Request-ID", good + "\u{80}")], false),
        ([("X-Request-ID", String(repeating: "a", count: 60 << 10))], false),
        ([("X-Request-ID", String(repeating: "a", count: 65))], false),
        ([("X-Request-ID", "<script>alert(1)</script>")], false), ([("X-Request-ID", "\"},{\"x\":\"1")], false),
        ([("X-Request-ID", "{request.id}")], false), ([("X-Request-ID", "${HOME}-${HOME}")], false),
        ([("X-Request-ID", "abcdefgh\u{1B}[31m")], false), ([("X-Request-ID", "a, b, c, d, e")], false),
        ([("Request-ID", good)], false), ([("X-Request-ID-X", good)], false), ([], false),
    ]

    static let stand = Result {
        try Stand(
            """
            access_log: json
            \(Policy.rules)
            limits: { request_headers: 100KB }
            routes: [{ path: /down, upstream: down }, { upstream: app }]
            """, upstreams: ", down: http://127.0.0.1:\(try Shared.deadPort.get().port)")
    }

    @Test(arguments: asks.indices, HTTPVersion.allCases)
    func oneIDEverywhere(_ index: Int, _ version: HTTPVersion) throws {
        let row = Self.asks[index]
        for target in ["/x", "/down"] {
            let ask = Ask(target: target, fields: row.fields + [("Accept", "text/html")])
            let mark = row.fields.contains { $0.1.contains("\u{1B}") }
            guard !mark else {
                // A control character: the request is refused, with an id that is the proxy's.
                if let refused = try ask.send(port: try Self.stand.get().proxy.port, version) {
                    #expect(refused.status == 400 && Policy.isRequestID(refused.fields["X-Request-ID"]))
                }
                continue
            }
            let exchange = try Self.stand.get().ask(ask, version)
            let id = try #require(exchange.response.fields["X-Request-ID"])
            #expect((id == Self.good) == row.isKept && Policy.isRequestID(id))
            if let forwarded = exchange.forwarded {
                let keys = forwarded.fields.lines.filter { $0.name.lowercased().replacing("_", with: "-") == "x-request-id" }
                #expect(keys == FieldList([("X-Request-ID", id)]).lines)
            } else {
                #expect(exchange.response.text.contains("<code>\(id)</code>"))
            }
            _ = try Self.stand.get().proxy.accessLog(["request_id": id, "path": target])
        }
    }
}
