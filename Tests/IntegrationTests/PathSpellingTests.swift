import TestSupport
import Testing

/// What a rule forbids cannot be had by another spelling: what routes and rules match is what the app resolves.
///
/// Flask under gunicorn and Starlette under uvicorn part the site by the path's first segment, each in its own way; `/internal/**` is
/// forbidden in front of both.
@Suite struct PathSpellingTests {
    struct Spelling: Sendable {
        var target: String
        /// Through the proxy.
        var status: Int
        /// Which part of the bare app serves it.
        var flask: String
        var starlette: String

        init(_ target: String, _ status: Int, _ flask: String, _ starlette: String? = nil) {
            self.target = target
            self.status = status
            self.flask = flask
            self.starlette = starlette ?? flask
        }
    }

    static let spellings = [
        Spelling("/pub", 200, "public /pub"),
        Spelling("/internal/x", 403, "internal /internal/x"),
        // Dot segments: neither server resolves them, so that both serve the first segment.
        Spelling("/internal/../pub", 400, "internal /internal/../pub"),
        Spelling("/internal/..%2fpub", 400, "internal /internal/../pub"),
        Spelling("/internal/%2e%2e/pub", 400, "internal /internal/../pub"),
        Spelling("/internal/%2E./pub", 400, "internal /internal/../pub"),
        Spelling("/internal/.%2e%2Fpub", 400, "internal /internal/../pub"),
        Spelling("/internal%2f..%2fpub", 400, "internal /internal/../pub"),
        Spelling(#"/internal/..\pub"#, 400, #"internal /internal/..\\pub"#),
        Spelling("/internal/..%5cpub", 400, #"internal /internal/..\\pub"#),
        Spelling("/internal/x/..", 400, "internal /internal/x/.."),
        Spelling("/internal/x/../..", 400, "internal /internal/x/../.."),
        Spelling("/internal/.", 400, "internal /internal/."),
        Spelling("/internal/./x", 400, "internal /internal/./x"),
        Spelling("/internal/..;/pub", 400, "internal /internal/..;/pub"),
        Spelling("/pub/../internal/x", 400, "public /pub/../internal/x"),
        Spelling("/../internal/x", 400, "public /../internal/x"),
        // Slashes: gunicorn takes off all but one at the start, nobody else merges them. The proxy does, to match.
        Spelling("//internal/x", 403, "internal /internal/x", "public //internal/x"),
        Spelling("/%2finternal/x", 403, "internal /internal/x", "public //internal/x"),
        Spelling("/internal//x", 403, "public /internal//x", "internal /internal//x"),
        Spelling("/internal%2fx", 403, "internal /internal/x"),
        Spelling("/pub//internal/x", 200, "public /pub//internal/x"),
        // Escapes are resolved once.
        Spelling("/%69nternal/x", 403, "internal /internal/x"),
        Spelling("/%2569nternal/x", 200, "public /%69nternal/x"),
        Spelling("/internal/%252e%252e/pub", 403, "internal /internal/%2e%2e/pub"),
        Spelling("/internal/%00", 400, #"internal /internal/\x00"#),
        // A backslash, a parameter, a question mark in an escape do not end a segment for either.
        Spelling("/internal%5cx", 200, #"public /internal\\x"#),
        Spelling("/internal;a/x", 200, "public /internal;a/x"),
        Spelling("/internal%3fx", 200, "public /internal?x"),
        Spelling("/internal/x;a", 403, "internal /internal/x;a"),
        Spelling("/INTERNAL/x", 200, "public /INTERNAL/x"),
        // Dots that are none of those.
        Spelling("/pub?back=/../internal/x", 200, "public /pub"),
        Spelling("/.well-known/x", 200, "public /.well-known/x"),
        Spelling("/...", 200, "public /..."),
        Spelling("/a..b", 200, "public /a..b"),
    ]

    static let flask = Result { try FlaskApp.gunicorn("spellings:wsgi") }
    static let starlette = Result { try FlaskApp.uvicorn("spellings:asgi") }

    static let proxy = Result {
        try ProxyProcess(
            """
            listen: 127.0.0.1:0
            access_log: json
            upstreams: { flask: \(try flask.get().address), starlette: \(try starlette.get().address) }
            routes:
              - { path: /internal/**, respond: { status: 403 } }
              - { host: flask.example, upstream: flask }
              - { upstream: starlette }

            """)
    }

    private static func fetch(_ url: String, _ target: String, _ version: HTTPVersion, host: String) throws -> RawResponse {
        try TestSupport.fetch(url, version, ["--path-as-is", "--request-target", target, "-H", "Host: \(host)"])
    }

    @Test func theBareAppsServe() throws {
        for spelling in Self.spellings {
            for (app, served) in [(Self.flask, spelling.flask), (Self.starlette, spelling.starlette)] {
                let response = try Self.fetch(app.get().address, spelling.target, .http1, host: "a")
                #expect(response.text == "\(served)", "\(spelling.target)")
            }
        }
    }

    @Test(arguments: HTTPVersion.allCases, ["flask.example", "starlette.example"])
    func throughTheProxy(_ version: HTTPVersion, _ host: String) throws {
        let proxy = try Self.proxy.get()
        for spelling in Self.spellings {
            let response = try Self.fetch(proxy.url, spelling.target, version, host: host)
            #expect(response.status == spelling.status, "\(spelling.target)")
            #expect(!response.text.contains("internal /internal"), "\(spelling.target)")
            if spelling.status == 200 {
                #expect(response.text == (host == "flask.example" ? spelling.flask : spelling.starlette))
            }
        }
    }

    /// The reason is named, the connection goes on, and the answer has the policy like any other.
    @Test func theRefusalIsAnOrdinaryOne() throws {
        let proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            upstreams: { app: \(try Self.flask.get().address) }
            response_headers: [{ set: { X-Policy: "1" } }]

            """)
        let connection = try Connection(port: proxy.port)
        try connection.send(
            "GET /a/..%2Fb HTTP/1.1\r\nHost: a\r\n\r\nGET /c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        let text = String(decoding: try connection.takeToEnd(), as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.1 400 ") && text.contains("public /c"))
        #expect(text.ranges(of: "X-Policy: 1\r\n").count == 2)
        #expect(try proxy.accessLog(["reason": "dot_segment"])["status"] == "400")
    }

    /// What is left of a target when its prefix is taken off never begins with two slashes.
    @Test(arguments: HTTPVersion.allCases)
    func strippedPrefixes(_ version: HTTPVersion) throws {
        let proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            upstreams: { app: \(try Self.flask.get().address) }
            routes: [{ path: /shop/**, strip_prefix: /shop, upstream: app }]

            """)
        let answers = [
            ("/shop/pub", "public /pub"), ("/shop", "public /"), ("/shop?a", "public /"), ("/shop/a%2fb", "public /a/b"),
            ("/shop/a//b", "public /a//b"),
        ]
        for (target, text) in answers { #expect(try Self.fetch(proxy.url, target, version, host: "a").text == text) }
        for target in [
            "/shop/%2finternal/x", "/shop/%2Finternal/x", "/shop//internal/x", #"/shop/\internal/x"#, "/shop/%5cinternal/x",
            "/shop%2finternal/x", "/shop/../shop/x", "/%73hop/x", "/shop/%2e%2e/x",
        ] {
            #expect(try [400, 404].contains(Self.fetch(proxy.url, target, version, host: "a").status), "\(target)")
        }
    }
}
