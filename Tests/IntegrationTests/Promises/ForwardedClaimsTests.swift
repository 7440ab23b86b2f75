import TestSupport
import Testing

/// Promise 12: who the client is, by whom it came and where it meant to go are the proxy's words, unless the peer is trusted.
@Suite struct ForwardedClaimsTests {
    static let claims: [[(String, String)]] = [
        [("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-For", "7.7.7.7"), ("x-forwarded-for", "8.8.8.8, 9.9.9.9")],
        [("X-Forwarded-For", ""), ("X-Forwarded-Proto", ""), ("X-Forwarded-Host", ""), ("X-Forwarded-Prefix", "")],
        [("X-Forwarded-For", "127.0.0.1, unknown, _hidden, \"[::1]:80\"")],
        [("X-Forwarded-Proto", "https"), ("X-Forwarded-Proto", "evil"), ("X-FORWARDED-PROTO", "https,https")],
        [
            ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Host", "evil2.example"), ("X-Forwarded-Port", "1"),
            ("X-Forwarded-Port", "x"),
        ],
        [("X-Forwarded-Prefix", "/evil"), ("X-Forwarded-Prefix", "//evil.example")],
        [("Forwarded", "for=6.6.6.6;proto=https;host=evil.example"), ("Forwarded", "for=\"_evil\""), ("forwarded", ",,;;=")],
        [("X_Forwarded_For", "6.6.6.6"), ("X-Forwarded_Host", "evil.example"), ("X_Forwarded-Prefix", "/evil")],
        (0..<100).map { _ in ("X-Forwarded-For", "6.6.6.6") },
        [("X-Forwarded-For", String(repeating: "6.6.6.6, ", count: 5000) + "x")],
        [("X-Forwarded-For", "6.6.6.6\u{E9}"), ("X-Forwarded-Host", "evil\u{FF}")],
    ]
    static let names = [
        "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix", "X-Forwarded-Port", "Forwarded",
    ]

    static let stand = Result { try Stand("response_headers: [{ set: { X-Client: \"{client.ip} {scheme} {host}\" } }]") }
    static let app = Result { try FlaskApp.gunicorn("behind_proxy:app") }
    static let flask = Result { try ProxyProcess("listen: 127.0.0.1:0\nupstreams: { app: \(try app.get().address) }\n") }

    @Test(arguments: claims.indices, HTTPVersion.allCases)
    func strangers(_ index: Int, _ version: HTTPVersion) throws {
        let ask = Ask(target: "/echo", host: "site.example:81", fields: Self.claims[index])
        let exchange = try Self.stand.get().ask(ask, version)
        #expect(exchange.response.fields["X-Client"] == "127.0.0.1 http site.example")
        let forwarded = try #require(exchange.forwarded, "\(exchange.response)").fields
        #expect(forwarded.all("X-Forwarded-For") == ["127.0.0.1"] && forwarded.all("X-Forwarded-Proto") == ["http"])
        #expect(forwarded.all("X-Forwarded-Host") == ["site.example:81"] && forwarded.all("X-Forwarded-Prefix").isEmpty)
        #expect(forwarded.all("X-Forwarded-Port") == ["81"] && forwarded.all("Host") == ["site.example:81"])
        for member in forwarded.all("Forwarded") { #expect(!member.contains("6.6.6.6") && !member.contains("evil")) }

        let seen = try Echo(#require(try ask.send(port: try Self.flask.get().port, version)))
        #expect(seen.remoteAddress == "127.0.0.1" && seen.url == "http://site.example:81/echo")
    }

    /// Lines of a trusted peer, what becomes of `X-Forwarded-For`, and who the client is.
    static let trusted: [(fields: [(String, String)], forwarded: [String], client: String)] = [
        ([], ["127.0.0.1"], "127.0.0.1"),
        ([("X-Forwarded-For", "9.9.9.9")], ["9.9.9.9, 127.0.0.1"], "9.9.9.9"),
        ([("X-Forwarded-For", "6.6.6.6, 9.9.9.9")], ["6.6.6.6, 9.9.9.9, 127.0.0.1"], "9.9.9.9"),
        ([("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-For", "9.9.9.9")], ["6.6.6.6, 9.9.9.9, 127.0.0.1"], "9.9.9.9"),
        ([("X-Forwarded-For", "9.9.9.9, 127.0.0.9")], ["9.9.9.9, 127.0.0.9, 127.0.0.1"], "9.9.9.9"),
        ([("X-Forwarded-For", "6.6.6.6, evil, 127.0.0.9")], ["6.6.6.6, evil, 127.0.0.9, 127.0.0.1"], "127.0.0.9"),
        ([("X-Forwarded-For", "evil")], ["evil, 127.0.0.1"], "127.0.0.1"),
        ([("X-Forwarded-For", "2001:db8::1")], ["2001:db8::1, 127.0.0.1"], "2001:db8::1"),
        ([("X_Forwarded_For", "6.6.6.6")], ["127.0.0.1"], "127.0.0.1"),
    ]
    static let behind = Result {
        try Stand("trusted_proxies: [127.0.0.0/8]\nresponse_headers: [{ set: { X-Client: \"{client.ip}\" } }]")
    }

    @Test(arguments: trusted.indices, HTTPVersion.allCases)
    func trustedPeers(_ index: Int, _ version: HTTPVersion) throws {
        let row = Self.trusted[index]
        let exchange = try Self.behind.get().ask(Ask(target: "/x", fields: row.fields), version)
        let lines = try #require(exchange.forwarded).fields.all("X-Forwarded-For")
        #expect([lines.joined(separator: ", ")] == row.forwarded)
        #expect(exchange.response.fields["X-Client"] == row.client)
    }
}
