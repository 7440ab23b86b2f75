import Diagnosis
import Foundation
import HeaderPolicy
import ProxyConfig
import ProxyCore
import Testing

/// Files of policy tests: what passes, what fails and why, and what cannot be read.
@Suite struct PolicyTestTests {
    private static let loader = ConfigurationLoader(environment: [:]) { _ in [] }

    private static func configuration() throws -> CompiledConfiguration {
        try CompiledConfiguration(
            loader.load(
                text: """
                    upstreams: { app: http://127.0.0.1:1 }
                    request_headers: [{ set: { X-Real: "{client.ip}", Link: "</a.css>; rel=preload" } }]
                    response_headers:
                      - cors: { allow_origins: [https://a.example], allow_methods: [PUT] }
                      - set: { X-A: "1" }
                      - add: { Link: [a, b] }
                      - set: { Server: app/1, X-Text: "hello world, and all", Cache-Control: "private,max-age=60" }
                    routes: [{ path: /no, respond: 403 }, { upstream: app }]
                    """, file: "x.yaml"))
    }

    /// An expectation, and what is said where it does not hold; nil where it does.
    @Test(
        arguments: [
            ("{ status: 200 }", nil), ("{ status: 404 }", "expected the status 404, got 200"), ("{ source: app }", nil),
            ("{ source: proxy }", "the response was made by the app"), ("{ headers: { X-A: 1 } }", nil),
            ("{ headers: { x-a: once } }", nil), ("{ headers: { X-A: 2 } }", "expected X-A: 2, but X-A is \"1\""),
            ("{ headers: { X-A: absent } }", "expected no X-A, but X-A is \"1\""), ("{ headers: { X-B: absent } }", nil),
            ("{ headers: { X-B: present } }", "expected X-B, but there is none"), ("{ headers: { Link: [a, b] } }", nil),
            ("{ headers: { Link: [b, a] } }", "expected Link in 2 lines, but Link is \"a\", \"b\""),
            ("{ headers: { Link: [a] } }", "expected Link in 1 line, but Link is \"a\", \"b\""),
            ("{ headers: { Link: once } }", "expected Link exactly once, but Link is \"a\", \"b\""),
            ("{ headers: { X-A: { matches: \"^[0-9]$\" } } }", nil),
            ("{ headers: { X-A: { matches: x } } }", "expected X-A to match `x`, but X-A is \"1\""),
            ("{ headers: { Vary: { contains: [Origin] } } }", nil),
            ("{ headers: { Vary: { contains: [Cookie] } } }", "expected Cookie in Vary, but Vary is \"Origin\""),
            ("{ headers: { Server: { contains: [app] } } }", nil),
            ("{ headers: { Server: { contains: [web] } } }", "expected web in Server, but Server is \"app/1\""),
            ("{ headers: { X-Text: { contains: world } } }", nil),
            ("{ headers: { X-Text: { contains: [hello world, AND ALL] } } }", nil),
            (
                "{ headers: { X-Text: { contains: moon } } }", "expected moon in X-Text, but X-Text is \"hello world, and all\""
            ),
            ("{ headers: { Link: { contains: [b] } } }", nil),
            ("{ upstream_headers: { Link: { contains: [a.css, rel=preload] } } }", nil),
            ("{ headers: { Cache-Control: { contains: [max-age=60, PRIVATE] } } }", nil),
            (
                "{ headers: { Cache-Control: { contains: age=60 } } }",
                "expected age=60 in Cache-Control, but Cache-Control is \"private,max-age=60\""
            ),
            ("{ upstream_headers: { X-Real: 127.0.0.1, X-Forwarded-For: 127.0.0.1 } }", nil),
            ("{ upstream_headers: { host: present } }", nil), ("{ verdict: readable }", nil),
            ("{ verdict: refused }", "expected refused, got readable"), ("{ preflight: false }", nil),
            ("{ preflight: true }", "no preflight was needed"),
        ] as [(String, String?)])
    func expects(_ expectation: String, _ message: String?) throws {
        let text = "tests:\n  - request: { url: /, origin: https://a.example }\n    expect: \(expectation)\n"
        let file = try Self.loader.tests(text: text, file: "t.yaml")
        let result = try #require(file.tests.first).run(on: try Self.configuration())
        #expect(result.failures.map(\.message) == (message.map { [$0] } ?? []))
    }

    /// A cookie that does not go along is told of where something fails.
    @Test(arguments: [("", false), ("credentials: include, ", true)])
    func cookies(_ credentials: String, _ isSent: Bool) throws {
        let text = """
            tests:
              - request: { url: /, origin: https://a.example, \(credentials)headers: { Cookie: a=b } }
                expect: { upstream_headers: { Cookie: a=b } }
            """
        let file = try Self.loader.tests(text: text, file: "t.yaml")
        let result = try #require(file.tests.first).run(on: try Self.configuration())
        let failure =
            "expected Cookie: a=b, but there is no Cookie; Cookie is not sent: credentials are same-origin; `credentials: include` sends it"
        #expect(result.failures.map(\.message) == (isSent ? [] : [failure]))
    }

    @Test(arguments: [
        ("{ method: PUT, url: /, origin: https://a.example }", "readable"),
        ("{ method: PATCH, url: /, origin: https://a.example }", "method_not_allowed"),
        ("{ url: /, origin: https://b.example }", "allow_origin_missing"),
        ("{ url: /, origin: https://a.example, credentials: include }", "allow_credentials_missing"),
        ("{ url: /, origin: https://b.example, mode: no-cors }", "opaque"),
        ("{ url: /no, origin: https://a.example }", "readable"),
        // A path alone is on another origin, whatever stands in for its host.
        ("{ url: /, origin: http://localhost }", "allow_origin_missing"),
        ("{ url: /, origin: capacitor://localhost }", "allow_origin_missing"),
        ("{ url: /, origin: https://b.example, mode: navigate }", "opaque"),
        ("{ url: \"https://u:p@b.example/\", origin: https://a.example }", "url_with_user"),
        ("{ url: \"https://b.example/\", origin: https://b.example }", "readable"),
    ])
    func verdicts(_ request: String, _ verdict: String) throws {
        let text = "tests: [{ request: \(request), expect: { verdict: \(verdict) } }]"
        let file = try Self.loader.tests(text: text, file: "t.yaml")
        #expect(try #require(file.tests.first).run(on: try Self.configuration()).failures == [])
    }

    /// An answer that the app gives to the page's request is none to a preflight, but for the fields that are for one.
    @Test(arguments: [
        (
            "{ cors: { allow_origins: [https://a.example] }, when: { response_header: { X-Public: \"1\" } } }", "X-Public: \"1\"",
            "refused"
        ),
        (
            "{ cors: { allow_origins: [https://b.example], preflight: forward, upstream: keep } }",
            "Access-Control-Allow-Origin: https://a.example, Access-Control-Allow-Methods: PUT", "readable"
        ),
    ])
    func preflights(_ rule: String, _ fields: String, _ verdict: String) throws {
        let configuration = try CompiledConfiguration(
            Self.loader.load(text: "upstreams: { app: http://127.0.0.1:1 }\nresponse_headers: [\(rule)]\n", file: "x.yaml"))
        let file = try Self.loader.tests(
            text: """
                tests:
                  - request: { method: PUT, url: /, origin: https://a.example }
                    upstream: { headers: { \(fields) } }
                    expect: { preflight: true, verdict: \(verdict) }
                """, file: "t.yaml")
        #expect(try #require(file.tests.first).run(on: configuration).failures.map(\.message) == [])
    }

    /// What is beyond the limits is refused as by the proxy, and what is known of who asks decides the answer's headers.
    @Test(
        arguments: [
            ("{ url: /ok }", "", "{ status: 200, headers: { X-Route: r } }"),
            (
                "{ url: \"/\(String(repeating: "x", count: 300))\" }", "",
                "{ status: 414, source: proxy, headers: { X-Route: absent } }"
            ),
            (
                "{ url: \"/\(String(repeating: "x", count: 3000))\", headers: { X-A: 1, Origin: https://a.example } }", "",
                "{ status: 414, headers: { Access-Control-Allow-Origin: https://a.example } }"
            ),
            (
                "{ url: /, headers: { \((0..<12).map { "X-\($0): a" }.joined(separator: ", ")), Origin: https://a.example } }",
                "",
                "{ status: 431, headers: { Access-Control-Allow-Origin: https://a.example, X-Route: r } }"
            ), ("{ url: /, headers: { \((0..<11).map { "X-\($0): a" }.joined(separator: ", ")) } }", "", "{ status: 200 }"),
            ("{ url: /, headers: { X-Long: \(String(repeating: "x", count: 2048)) } }", "", "{ status: 431 }"),
            ("{ url: /, method: PUT, headers: { Content-Length: 11 } }", "", "{ status: 413 }"),
            ("{ url: /, method: PUT, headers: { Content-Length: 10 } }", "", "{ status: 200 }"),
            (
                "/", "upstream: { status: 200, headers: { X-Long: \(String(repeating: "x", count: 2048)) } }, ",
                "{ status: 502, source: proxy }"
            ),
            // How long an answer is, has to be clear.
            ("/", "upstream: { headers: { Content-Length: x } }, ", "{ status: 502, source: proxy }"),
            ("/", "upstream: { headers: { Content-Length: [5, 5] } }, ", "{ status: 502, source: proxy }"),
            ("/", "upstream: { headers: { Transfer-Encoding: gzip } }, ", "{ status: 502, source: proxy }"),
            ("/", "upstream: { headers: { Transfer-Encoding: \"gzip, chunked\" } }, ", "{ status: 502, source: proxy }"),
            ("/", "upstream: { headers: { Content-Length: 5, Transfer-Encoding: chunked } }, ", "{ status: 502, source: proxy }"),
            ("/", "upstream: { headers: { Content-Length: 5 } }, ", "{ status: 200, source: app }"),
            ("/", "upstream: { headers: { Transfer-Encoding: Chunked } }, ", "{ status: 200, source: app }"),
            (
                "{ url: /, method: HEAD }", "upstream: { headers: { Content-Length: x } }, ",
                "{ status: 200, source: app, headers: { Content-Length: absent } }"
            ),
            // A path without a single meaning.
            ("{ url: \"/%2e%2e/b\" }", "", "{ status: 400, source: proxy, headers: { X-Route: r } }"),
            ("{ url: \"/a%zz\", origin: https://a.example }", "", "{ status: 400, verdict: readable }"),
            (
                "/", "upstream: { headers: { \((0..<13).map { "X-\($0): a" }.joined(separator: ", ")) } }, ",
                "{ status: 502, source: proxy }"
            ),
        ])
    func limits(_ request: String, _ upstream: String, _ expectation: String) throws {
        let configuration = try CompiledConfiguration(
            Self.loader.load(
                text: """
                    upstreams: { app: http://127.0.0.1:1 }
                    limits: { request_target: 300, header_count: 12, request_headers: 2KB, request_body: 10 }
                    response_headers: [{ cors: { allow_origins: [https://a.example] } }]
                    routes: [{ upstream: app, response_headers: [{ set: { X-Route: r } }] }]
                    """, file: "x.yaml"))
        let file = try Self.loader.tests(
            text: "tests: [{ request: \(request), \(upstream)expect: \(expectation) }]", file: "t.yaml")
        #expect(try #require(file.tests.first).run(on: configuration).failures.map(\.message) == [])
    }

    @Test(arguments: [
        ("tests: [{ request: /, expect: { status: 200 }, expects: 1 }]", "t.yaml:1:48: error: unknown key `expects`"),
        ("tests: [{ expect: { status: 200 } }]", "t.yaml:1:9: error: this test asks nothing"),
        ("tests: [{ request: / }]", "t.yaml:1:9: error: this test expects nothing"),
        ("tests: [{ request: x, expect: { status: 200 } }]", "t.yaml:1:20: error: `x` is neither a path nor a URL"),
        (
            "tests: [{ request: { origin: https://a.example/ }, expect: { status: 200 } }]",
            "t.yaml:1:30: error: `https://a.example/` is not the origin of a page"
        ),
        (
            "tests: [{ request: { origin: a.example }, expect: { status: 200 } }]",
            "t.yaml:1:30: error: `a.example` is not the origin of a page"
        ),
        (
            "tests: [{ request: { client: 10.0.0.1:80 }, expect: { status: 200 } }]",
            "t.yaml:1:30: error: `10.0.0.1:80` is not an IP address"
        ),
        ("tests: [{ request: /, expect: { verdict: maybe } }]", "t.yaml:1:42: error: `maybe` is no verdict"),
        ("tests: [{ request: /, expect: { status: 99 } }]", "t.yaml:1:41: error: `status` is 200 to 599, not 99"),
        (
            "tests: [{ request: /, upstream: up, expect: { status: 200 } }]",
            "t.yaml:1:33: error: a status is a whole number, not `up`"
        ),
        (
            "tests: [{ request: /, upstream: downn, expect: { status: 200 } }]",
            """
            t.yaml:1:33: error: a status is a whole number, not `downn`
            tests: [{ request: /, upstream: downn, expect: { status: 200 } }]
                                            ^~~~~
            help: did you mean `down`?
            """
        ),
        ("tests: []", "t.yaml:1:1: error: there are no `tests`"),
        (
            "listen: :8080",
            """
            t.yaml:1:1: error: unknown key `listen`
            listen: :8080
            ^~~~~~
            help: this is a configuration, not a file of tests
            """
        ),
        ("tests: [{ request: /, expect: { headers: { X: { matches: \"(\" } } } }]", "t.yaml:1:58: error: the regular expression"),
        ("config: x.yaml", "t.yaml:1:1: error: there are no `tests`"), ("", "t.yaml:1:1: error: there are no `tests`"),
        ("# none", "t.yaml:1:1: error: there are no `tests`"),
    ])
    func refuses(_ text: String, _ start: String) {
        do {
            _ = try Self.loader.tests(text: text, file: "t.yaml")
            Issue.record("no error for \(text)")
        } catch {
            #expect(error.description.hasPrefix(start), "\(error)")
        }
    }

    @Test(
        arguments: [
            ([0x61, 0xFF], "the tests are not in UTF-8"),
            ([UInt8](repeating: 0x23, count: 8 << 20 | 1), "the tests are larger than 8MB"),
        ] as [([UInt8], String)])
    func refusesFiles(_ bytes: [UInt8], _ message: String) {
        let loader = ConfigurationLoader(environment: [:]) { _ in bytes }
        do {
            _ = try loader.tests(path: "t.yaml")
            Issue.record("no error")
        } catch {
            #expect(error.description.hasPrefix("t.yaml:1:1: error: \(message)"), "\(error)")
        }
    }

    @Test func reports() throws {
        let text =
            "tests:\n  - { name: \"<good>\", request: /, expect: { status: 200 } }\n  - { request: /no, expect: { status: 200 } }\n"
        let file = try Self.loader.tests(text: text, file: "t.yaml")
        let configuration = try Self.configuration()
        let results = file.tests.map { $0.run(on: configuration) }
        #expect(
            results.text(Style(isColored: false))
                == "failed GET /no  [t.yaml:3:5]\n  t.yaml:3:31: expected the status 200, got 403\n1 of 2 tests passed\n")
        #expect(results.junit.contains("<testcase name=\"&lt;good&gt;\" classname=\"t.yaml\"/>"))
        #expect(results.junit.contains("tests=\"2\" failures=\"1\""))
    }

    /// A thousand tests in less than a second.
    @Test func isFast() throws {
        let one =
            "  - { request: { url: /, origin: https://a.example, method: PUT }, expect: { status: 200, headers: { X-A: 1 } } }\n"
        let file = try Self.loader.tests(text: "tests:\n" + String(repeating: one, count: 1000), file: "t.yaml")
        let configuration = try Self.configuration()
        let start = Self.threadSeconds
        let results = file.tests.map { $0.run(on: configuration) }
        #expect(results.failed == 0)
        // Ten times that for a debug build, and not by the clock on the wall of a busy machine.
        #expect(Self.threadSeconds - start < 10 || ProcessInfo.processInfo.environment["LETTERHEAD_SANITIZER"] != nil)
    }

    /// Time that this thread has had a processor for.
    private static var threadSeconds: Double {
        var now = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}
