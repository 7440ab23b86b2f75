import TestSupport
import Testing

/// A 405 says what is allowed, over both protocols, and carries the policy.
@Suite struct AllowTests {
    static let stand = Result {
        try Stand(
            """
            \(Policy.rules)
            routes:
              - { path: /get, method: [GET, HEAD], upstream: app }
              - { path: /fixed, respond: { status: 405 } }
              - { path: /reports, reports: {} }
              - { path: /app/**, upstream: app }
            """)
    }

    @Test(
        arguments: [("POST", "/get", "GET, HEAD"), ("GET", "/fixed", ""), ("GET", "/reports", "POST")]
            as [(
                method: String, path: String, allow: String
            )], HTTPVersion.allCases)
    func isSaid(_ row: (method: String, path: String, allow: String), _ version: HTTPVersion) throws {
        let response = try Self.stand.get().ask(Ask(method: row.method, target: row.path), version).response
        #expect(response.status == 405 && response.fields.all("Allow") == [row.allow], "\(response)")
        Policy.expect(on: response, for: .noOrigin, version)
    }

    @Test func connect() throws {
        let port = try Self.stand.get().proxy.port
        let allow = ["GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"]
        let client = try Connection(port: port)
        try client.send("CONNECT a.example:80 HTTP/1.1\r\nHost: a.example:80\r\n\r\n")
        let plain = try client.takeResponse()
        #expect(plain.status == 405 && plain.fields.all("Allow") == allow)
        let stream = try HTTP2Relay.exchange(port: port, [(":method", "CONNECT"), (":authority", "a.example:80")], body: "")
        #expect(stream?.status == 405 && stream?.fields.all("Allow") == allow)
    }
}
