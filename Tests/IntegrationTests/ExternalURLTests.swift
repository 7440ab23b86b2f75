import Foundation
import TestSupport
import Testing

/// Flask behind `ProxyFix` builds the URLs that the client used, and sees the client's address.
@Suite struct ExternalURLTests {
    /// One `ProxyFix` for one proxy, one for two.
    static let apps = Result { (one: try FlaskApp.gunicorn("links:app"), two: try FlaskApp.gunicorn("links:two")) }

    static let proxy = Result {
        let apps = try Self.apps.get()
        let rules = """
            upstreams: { app: \(apps.one.address), behind: \(apps.two.address) }
            routes:
              - { path: /app/**, strip_prefix: /app, upstream: app }
              - { path: /deep/er/**, strip_prefix: /deep/er, upstream: behind }
              - { host: "*.behind.example", upstream: behind }
              - { upstream: app }

            """
        let plain = try ProxyProcess("listen: 127.0.0.1:0\n" + rules)
        let trusting = try ProxyProcess("listen: 127.0.0.1:0\ntrusted_proxies: [127.0.0.1]\n" + rules)
        let named = try ProxyProcess("listen: [{ bind: 127.0.0.1:0, proxy_protocol: true }]\n" + rules)
        return (plain: plain, trusting: trusting, named: named)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var path = "/links/x"
        var host = "shop.example"
        var isTrusted = false
        var fields: [String] = []
        /// What the client's URLs begin with.
        var base = "http://shop.example"
        var address = "127.0.0.1"
        var prefix = ""
        var testDescription: String { name }
    }

    static let spoofed = [
        "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: https", "X-Forwarded-Prefix: /evil",
        "X-Forwarded-Port: 1", "Forwarded: for=6.6.6.6;host=evil.example;proto=https", "X_Forwarded_Host: evil.example",
    ]
    static let cases = [
        Case(name: "direct"),
        Case(name: "a port", host: "shop.example:8443", base: "http://shop.example:8443"),
        Case(name: "spoofed", fields: spoofed),
        Case(name: "a prefix", path: "/app/links/x", prefix: "/app"),
        Case(name: "a prefix, spoofed", path: "/app/links/x?y=z", fields: spoofed, prefix: "/app"),
        Case(name: "nothing but the prefix", path: "/app", prefix: "/app"),
        Case(name: "the prefix and a query", path: "/app?x", prefix: "/app"),
        Case(
            name: "a trusted proxy", host: "www.behind.example", isTrusted: true,
            fields: ["X-Forwarded-For: 192.0.2.7", "X-Forwarded-Host: shop.example", "X-Forwarded-Proto: https"],
            base: "https://shop.example", address: "192.0.2.7"),
        Case(
            name: "a chain", host: "www.behind.example", isTrusted: true,
            fields: ["X-Forwarded-For: 6.6.6.6, 192.0.2.7", "X-Forwarded-Host: shop.example", "X-Forwarded-Proto: https"],
            base: "https://shop.example", address: "192.0.2.7"),
        Case(
            name: "a trusted proxy with a prefix before ours", path: "/deep/er/links/x", isTrusted: true,
            fields: ["X-Forwarded-For: 2001:db8::7", "X-Forwarded-Prefix: /outer", "X-Forwarded-Host: shop.example:8443"],
            base: "http://shop.example:8443", address: "2001:db8::7", prefix: "/outer/deep/er"),
    ]

    @Test(arguments: cases, HTTPVersion.allCases)
    func urls(_ one: Case, _ version: HTTPVersion) throws {
        let proxies = try Self.proxy.get()
        let proxy = one.isTrusted ? proxies.trusting : proxies.plain
        let arguments = (one.fields + ["Host: \(one.host)"]).flatMap { ["-H", $0] }
        let seen = try Links(fetch(proxy.url + one.path, version, arguments))
        #expect(seen["external"] == "\(one.base)\(one.prefix)/links/a%20b")
        #expect(seen["relative"] == "\(one.prefix)/links/a%20b")
        #expect(seen["address"] == one.address)
        #expect(seen["root"] == one.prefix)
        let stem = one.path.split(separator: "/").contains("links") ? "/links/x" : "/"
        #expect(seen["path"] == stem)
        #expect(seen["url"]?.hasPrefix(one.base + one.prefix + stem) == true)

        let root = one.path.components(separatedBy: "/links")[0].split(separator: "?").first ?? ""
        let away = try fetch("\(proxy.url)\(root)/away", version, arguments)
        #expect(away.status == 302 && away.fields["Location"] == "\(one.prefix)/links/there")
        let far = try fetch("\(proxy.url)\(root)/far", version, arguments)
        #expect(far.status == 302 && far.fields["Location"] == "\(one.base)\(one.prefix)/links/there")
    }

    /// Where the rest would mean something else than what the route was chosen by.
    @Test(arguments: ["/app//evil.example/", "/app/x/../../app/y", "/%61pp/x"], HTTPVersion.allCases)
    func ambiguousPrefixes(_ path: String, _ version: HTTPVersion) throws {
        let response = try fetch(try Self.proxy.get().plain.url + path, version, ["--path-as-is"])
        #expect(response.status == 400)
    }

    // MARK: PROXY protocol

    static let v2 = ProxyHeader.v2(0x21, 0x11, [192, 0, 2, 9, 127, 0, 0, 1, 0x12, 0x67, 0, 80])
    static let v2v6 = ProxyHeader.v2(
        0x21, 0x21,
        [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [9] + [UInt8](repeating: 0, count: 20) + [4, 0, 1, 0])
    static let headers: [(bytes: [UInt8], address: String)] = [
        (Array("PROXY TCP4 192.0.2.9 127.0.0.1 4711 80\r\n".utf8), "192.0.2.9"),
        (Array("PROXY TCP6 2001:db8:0::9 ::1 4711 80\r\n".utf8), "2001:db8::9"),
        (Array("PROXY UNKNOWN\r\n".utf8), "127.0.0.1"), (v2, "192.0.2.9"), (v2v6, "2001:db8::9"),
        (ProxyHeader.v2(0x20, 0, []), "127.0.0.1"),
    ]

    @Test(arguments: headers, [1, 7, 1 << 16])
    func proxyProtocolHTTP1(_ header: (bytes: [UInt8], address: String), _ step: Int) throws {
        let connection = try Connection(port: Self.proxy.get().named.port)
        let request = "GET /app/links/x HTTP/1.1\r\nHost: shop.example\r\nX-Forwarded-For: 6.6.6.6\r\n"
        var rest = header.bytes + Array("\(request)\r\n\(request)Connection: close\r\n\r\n".utf8)
        while !rest.isEmpty {
            try connection.send(Array(rest.prefix(step)))
            rest.removeFirst(min(step, rest.count))
        }
        let answers = String(decoding: try connection.takeToEnd(), as: UTF8.self)
        #expect(answers.components(separatedBy: "\"address\":\"\(header.address)\"").count == 3, "\(answers)")
        #expect(answers.components(separatedBy: "\"http://shop.example/app/links/a%20b\"").count == 3, "\(answers)")
    }

    @Test(arguments: headers)
    func proxyProtocolHTTP2(_ header: (bytes: [UInt8], address: String)) throws {
        let hex = header.bytes.map { String(format: "%02x", $0) }.joined()
        let port = try Self.proxy.get().named.port
        let finished = try run(Places.python("python"), [Places.integration("clients/http2.py"), "named", "\(port)", hex])
        #expect(finished.status == 0 && finished.text.contains("\"address\":\"\(header.address)\""), "\(finished)")
        #expect(finished.text.contains("\"http://localhost/app/links/a%20b\""), "\(finished)")
    }

    @Test(arguments: [
        Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8), Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8),
        Array("PROXY TCP4 1.1.1.1 1.1.1.1 1 65536\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8), [0x16, 3, 1],
        Array(("PROXY UNKNOWN " + String(repeating: "x", count: 100)).utf8), ProxyHeader.v2(0x21, 0x11, [1, 2, 3]),
    ])
    func withoutAHeaderThereIsNoAnswer(_ bytes: [UInt8]) throws {
        let connection = try Connection(port: Self.proxy.get().named.port)
        try connection.send(bytes)
        #expect(try connection.isClosedByPeer())
        #expect(try Self.refusal("bad_proxy_header") == "127.0.0.1")
    }

    @Test func headersThatBreakOff() throws {
        let connection = try Connection(port: Self.proxy.get().named.port)
        try connection.send("PROXY TCP4 192.0.2.9")
        connection.finish()
        #expect(try connection.isClosedByPeer())
        #expect(try Self.refusal("closed_during_proxy_header") == "127.0.0.1")
    }

    /// Whose connection the log says was refused.
    private static func refusal(_ reason: String) throws -> String? {
        try proxy.get().named.process.line(.error) { line in
            logEntry(line).flatMap { $0["message"] == "connection refused" && $0["reason"] == reason ? $0["client"] ?? "" : nil }
        }
    }
}

enum ProxyHeader {
    static func v2(_ command: UInt8, _ family: UInt8, _ block: [UInt8]) -> [UInt8] {
        [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, command, family, 0, UInt8(block.count)] + block
    }
}

/// What `links.py` says.
private struct Links {
    private var texts: [String: String]

    init(_ response: RawResponse) throws {
        guard let texts = try JSONSerialization.jsonObject(with: Data(response.body)) as? [String: String] else {
            throw Disappointment("not what links.py says: \(response)")
        }
        self.texts = texts
    }

    subscript(key: String) -> String? { texts[key] }
}
