import Foundation
import TestSupport
import Testing

/// Nobody can take an injected field away, and what the app hears of a request is what the policy says.
@Suite struct HeaderStageTests {
    /// A client names the proxy's fields in `Connection`.
    @Test(arguments: ["close, X-Request-ID", "X-Request-ID, X-Frame-Options", "keep-alive, X-Forwarded-For, X-Request-ID"])
    func clientNominates(_ nomination: String) throws {
        let proxy = try Shared.proxy.get()
        let response = try fetch(
            proxy.url + "/echo", .http1,
            ["-H", "Connection: \(nomination)", "-H", "Origin: \(Policy.origin)", "-H", "X-Request-ID: mine-12345678"])
        Policy.expect(on: response)
        let seen = try Echo(response)
        #expect(seen["X-Request-Id"] != nil, "the app has the request id")
        #expect(seen["X-Forwarded-For"] == "127.0.0.1")
        #expect(seen["X-Request-Id"] == response.fields["X-Request-ID"])
    }

    /// What is nominated and not the proxy's goes, as RFC 9110 §7.6.1 says, and so do the hop-by-hop fields.
    @Test func nominatedFieldsGo() throws {
        let origin = try RawOrigin { _ in
            "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nX-End: 1\r\nContent-Length: 0\r\n\r\n"
        }
        let proxy = try ProxyProcess(simple(origin))
        let response = try fetch(
            proxy.url, .http1,
            [
                "-H", "Connection: X-Mine, TE", "-H", "X-Mine: 1", "-H", "TE: trailers", "-H", "Proxy-Connection: x", "-H",
                "X-End: 1",
            ])
        #expect(
            response.fields.all("X-Hop").isEmpty && response.fields.all("Keep-Alive").isEmpty && response.fields["X-End"] == "1")
        let request = try #require(origin.requests.first)
        for gone in ["X-Mine", "Proxy-Connection", "Keep-Alive"] { #expect(request.fields.all(gone).isEmpty) }
        #expect(request.fields["X-End"] == "1")
    }

    /// An app nominates the policy's fields, and sends its own versions of them.
    @Test(arguments: HTTPVersion.allCases)
    func appNominates(_ version: HTTPVersion) throws {
        let origin = try RawOrigin { _ in
            """
            HTTP/1.1 200 OK\r
            Connection: X-Frame-Options, Access-Control-Allow-Origin, Vary\r
            X-Frame-Options: ALLOWALL\r
            x-frame-options: SAMEORIGIN\r
            Access-Control-Allow-Origin: *\r
            Access-Control-Allow-Private-Network: true\r
            Vary: Cookie\r
            vary: origin , Accept\r
            Server: secret/1.0\r
            X-Debug-Token: 1\r
            Content-Length: 2\r
            \r
            ok
            """
        }
        let response = try ProxyProcess(simple(origin)).fetch("", version, ["-H", "Origin: \(Policy.origin)"])
        #expect(response.text == "ok")
        Policy.expect(on: response, for: .allowedOrigin, version)
    }

    /// On HTTP/1 the names leave as they were written: the app's as the app wrote them, the policy's as configured.
    @Test func spelling() throws {
        let origin = try RawOrigin { _ in
            "HTTP/1.1 200 Fine\r\nx-LOWER-and-UPPER: 1\r\nX-fRAME-oPTIONS: no\r\ncontent-length: 0\r\n\r\n"
        }
        let response = try ProxyProcess(simple(origin)).fetch("")
        #expect(response.fields.names.contains("x-LOWER-and-UPPER") && response.fields.names.contains("X-Frame-Options"))
        #expect(!response.fields.names.contains("X-fRAME-oPTIONS"))
    }

    @Test(arguments: HTTPVersion.allCases)
    func cookiesAreNeverJoined(_ version: HTTPVersion) throws {
        let response = try fetch(try Shared.proxy.get().url + "/cookie", version)
        #expect(response.fields.all("Set-Cookie").count == 2)
        let several = try fetch(try Shared.proxy.get().url + "/echo", version, ["-H", "Cookie: a=1; b=2"])
        #expect(try Echo(several)["Cookie"] == "a=1; b=2")
    }

    @Test(arguments: HTTPVersion.allCases)
    func oddFieldsPass(_ version: HTTPVersion) throws {
        let fields = try fetch(try Shared.proxy.get().url + "/headers", version).fields
        #expect(fields["X-Empty"]?.isEmpty == true)
        #expect(fields["X-Quoted"] == #"a "b, c"; d='e'"#)
        #expect(fields["X-Long"]?.count == 6000)
        #expect(fields.all("Link") == ["</a>; rel=preload", "</b>; rel=preload"])
        #expect(fields["X-App"] == "flask")
        #expect(fields["Vary"]?.lowercased().contains("cookie") == true)
    }

    /// `if: absent`, `when:`, `add`, `merge`, `rename` and a route's own rules, in one policy on the real app.
    @Test(arguments: HTTPVersion.allCases)
    func rulesInOrder(_ version: HTTPVersion) throws {
        let proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            upstreams: { app: \(try Shared.app.get().address) }
            response_headers:
              - set: { X-App: never }
                if: absent
              - set: { X-Own-Header: present }
                if: present
              - set: { Cache-Control: no-store }
                when: { path: /boom, status: 5xx, source: upstream }
              - set: { X-Made-By: proxy }
                when: { source: proxy }
              - add: { Link: "</a.css>; rel=preload" }
              - add: { Link: "</b.css>; rel=preload" }
              - merge: { Vary: "Accept-Encoding, cookie" }
              - rename: { X-Powered-By: X-Engine }
              - set: { X-Seen: "{method} {host} {path} {scheme} {status} {client.ip} {upstream.name} {response.header.X-App}" }
            routes:
              - path: /boom
                upstream: app
                response_headers: [{ set: { X-Route: boom } }]
              - { path: /teapot, respond: 418 }
              - { upstream: app }

            """)
        let index = try fetch(proxy.url + "/", version).fields
        #expect(index["X-App"] == "flask" && index.all("X-Own-Header").isEmpty && index.all("Cache-Control").isEmpty)
        #expect(index.all("Link") == ["</a.css>; rel=preload", "</b.css>; rel=preload"])
        #expect(index["Vary"]?.lowercased() == "cookie, accept-encoding")
        #expect(index["X-Engine"] == "the app" && index.all("X-Powered-By").isEmpty && index.all("X-Route").isEmpty)
        #expect(index["X-Seen"] == "GET 127.0.0.1 / http 200 127.0.0.1 app flask")

        let boom = try fetch(proxy.url + "/boom", version).fields
        #expect(boom["Cache-Control"] == "no-store" && boom["X-Route"] == "boom" && boom.all("X-Made-By").isEmpty)
        #expect(boom.names.last?.lowercased() == "x-route")

        let hello = try fetch(proxy.url + "/hello", version, ["-d", ""]).fields
        #expect(hello["X-Own-Header"] == "present")

        let teapot = try fetch(proxy.url + "/teapot", version).fields
        #expect(teapot["X-Made-By"] == "proxy" && teapot["X-App"] == "never")
    }

    /// An id that fits is kept, another one is replaced, and app, client and log have the same.
    @Test(
        arguments: [
            ("abcdefgh", true), ("A-Z_09-abc-def", true), (String(repeating: "x", count: 64), true), (nil, false), ("", false),
            ("short", false), (String(repeating: "x", count: 65), false), ("has space", false), ("semi;colon", false),
            ("new\\nline", false), ("caf\u{e9}caf\u{e9}", false), ("{request.id}", false),
        ] as [(String?, Bool)], HTTPVersion.allCases)
    func requestIDs(_ given: (id: String?, isKept: Bool), _ version: HTTPVersion) throws {
        let proxy = try Shared.proxy.get()
        let arguments = given.id.map { $0.isEmpty ? ["-H", "X-Request-ID;"] : ["-H", "X-Request-ID: \($0)"] } ?? []
        let response = try fetch(proxy.url + "/echo", version, arguments)
        let id = try #require(response.fields["X-Request-ID"])
        #expect((id == given.id) == given.isKept)
        #expect(Policy.isRequestID(id))
        #expect(try Echo(response)["X-Request-Id"] == id)
        let logged = try proxy.accessLog(["request_id": id])
        #expect(
            logged["path"] == "/echo" && logged["method"] == "GET" && logged["upstream"] == "app"
                && logged["client"]?.hasPrefix("127.0.0.1") == true)
        for key in ["time", "host", "duration_ms"] { #expect(logged[key] != nil, "the log says \(key)") }
    }

    @Test func requestIDsAreFresh() throws {
        let url = try Shared.proxy.get().url
        let ids = try (0..<5).map { _ in try fetch(url).fields["X-Request-ID"] }
        #expect(Set(ids).count == 5)
    }

    /// The configuration that the raw origins stand behind.
    private func simple(_ origin: RawOrigin) -> String {
        """
        listen: 127.0.0.1:0
        upstreams: { app: http://127.0.0.1:\(origin.port) }
        \(Policy.rules)

        """
    }
}

/// What the app's `/echo` saw.
struct Echo {
    var method: String
    var url: String
    var remoteAddress: String
    var length: Int
    var fields: FieldList

    init(_ response: RawResponse) throws {
        guard let object = try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any],
            let headers = object["headers"] as? [[String]]
        else { throw Disappointment("not what /echo says: \(response)") }
        method = object["method"] as? String ?? ""
        url = object["url"] as? String ?? ""
        remoteAddress = object["remote_addr"] as? String ?? ""
        length = object["length"] as? Int ?? -1
        fields = FieldList(headers.map { ($0[0], $0[1]) })
    }

    subscript(name: String) -> String? { fields[name] }
}
