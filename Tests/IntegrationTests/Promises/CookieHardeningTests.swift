import TestSupport
import Testing

/// Promise 7, on the wire: every line stays a line of its own, in its order, and ends hardened.
@Suite struct CookieHardeningTests {
    /// A line of the app, and how it leaves.
    static let cookies: [(app: String, expected: String)] = [
        ("a=b", "a=b; Secure; HttpOnly; SameSite=Lax"),
        ("a=b", "a=b; Secure; HttpOnly; SameSite=Lax"),
        ("a=\"x; y\"", "a=\"x; y\"; Secure; HttpOnly; SameSite=Lax"),
        ("=v", "=v; Secure; HttpOnly; SameSite=Lax"),
        ("nameless", "nameless; Secure; HttpOnly; SameSite=Lax"),
        ("a=b=c; Path=/; path=/x", "a=b=c; Path=/; path=/x; Secure; HttpOnly; SameSite=Lax"),
        ("a=Secure; HttpOnlyX; XSameSite=Lax", "a=Secure; HttpOnlyX; XSameSite=Lax; Secure; HttpOnly; SameSite=Lax"),
        ("secure; httponly", "secure; httponly; Secure; SameSite=Lax"),
        ("a=b;SECURE;httponly;samesite=STRICT", "a=b;SECURE;httponly;samesite=STRICT"),
        ("a=b; Secure; HttpOnly; SameSite=None", "a=b; Secure; HttpOnly; SameSite=None"),
        (
            "a=b; Expires=Wed, 01 Jan 2038 00:00:00 GMT",
            "a=b; Expires=Wed, 01 Jan 2038 00:00:00 GMT; Secure; HttpOnly; SameSite=Lax"
        ),
        ("a=1, b=2; HttpOnly", "a=1, b=2; HttpOnly; Secure; SameSite=Lax"),
        ("a=caf\u{E9}\u{FF}\u{80}", "a=caf\u{E9}\u{FF}\u{80}; Secure; HttpOnly; SameSite=Lax"),
        ("a=b\t;\tSecure", "a=b\t;\tSecure; HttpOnly; SameSite=Lax"),
        (
            "a=" + String(repeating: "x", count: 20_000),
            "a=" + String(repeating: "x", count: 20_000) + "; Secure; HttpOnly; SameSite=Lax"
        ),
        ("__Host-a=b; Path=/", "__Host-a=b; Path=/; Secure; HttpOnly; SameSite=Lax"),
    ]

    static let stand = Result {
        func answer(_ lines: [String]) -> String {
            let fields = lines.enumerated().map {
                "\(["Set-Cookie", "set-cookie", "SET-COOKIE"][$0.offset % 3]): \($0.element)\r\n"
            }
            return "HTTP/1.1 200 OK\r\n\(fields.joined(separator: "X-Between: 1\r\n"))Content-Length: 0\r\n\r\n"
        }
        var answers = ["/all": answer(cookies.map(\.app)), "/200": answer((0..<100).map { "c\($0)=\($0)" })]
        for (index, cookie) in cookies.enumerated() { answers["/c\(index)"] = answer([cookie.app]) }
        return try Stand(
            """
            response_headers:
              - cookies: { secure: true, http_only: true, same_site: Lax }
              - remove: [Server]
              - cookies: { secure: true, http_only: true, same_site: Lax }
            routes: [{ path: "/**", upstream: app }]
            """, answers: answers)
    }

    @Test(arguments: cookies.indices, HTTPVersion.allCases)
    func one(_ index: Int, _ version: HTTPVersion) throws {
        let response = try Self.stand.get().ask(Ask(target: "/c\(index)"), version).response
        #expect(response.fields.all("Set-Cookie") == [Self.cookies[index].expected])
    }

    @Test(arguments: HTTPVersion.allCases)
    func several(_ version: HTTPVersion) throws {
        let all = try Self.stand.get().ask(Ask(target: "/all"), version).response
        #expect(all.fields.all("Set-Cookie") == Self.cookies.map(\.expected))
        #expect(all.fields.all("X-Between").count == Self.cookies.count - 1)
        let many = try Self.stand.get().ask(Ask(target: "/200"), version).response
        #expect(many.fields.all("Set-Cookie") == (0..<100).map { "c\($0)=\($0); Secure; HttpOnly; SameSite=Lax" })
    }

    /// Flask's own cookies, as Werkzeug writes them.
    @Test(arguments: HTTPVersion.allCases)
    func flask(_ version: HTTPVersion) throws {
        let proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            upstreams: { app: \(try Shared.app.get().address) }
            response_headers: [{ cookies: { secure: true, http_only: true, same_site: Strict, names: ["*"] } }]

            """)
        let cookies = try #require(try Ask(target: "/cookie").send(port: proxy.port, version)).fields.all("Set-Cookie")
        #expect(cookies.count == 2)
        for cookie in cookies {
            let attributes = cookie.split(separator: ";").map { $0.drop { $0 == " " } }
            for wanted in ["Secure", "HttpOnly", "SameSite=Strict"] {
                #expect(attributes.filter { $0 == wanted }.count == 1, "\(cookie)")
            }
        }
    }
}
