import HTTPModel
import Testing

@testable import HeaderPolicy

@Suite struct KnownValueTests {
    @Test(arguments: [
        ("Strict-Transport-Security", "max-age=63072000; includeSubDomains"),
        ("strict-transport-security", "max-age=\"31536000\" ;includesubdomains; PRELOAD;"),
        ("Strict-Transport-Security", "max-age=0"),
        (
            "Content-Security-Policy",
            "default-src 'self'; form-action 'self'; base-uri 'self'; object-src 'none'; frame-ancestors 'none'; upgrade-insecure-requests"
        ),
        (
            "Content-Security-Policy",
            "script-src 'nonce-abc+/=' 'strict-dynamic' 'sha256-AAAA=' https: 'unsafe-inline'; report-to csp;"
        ),
        (
            "Content-Security-Policy",
            "img-src * data: blob: https://*.cdn.example:* cdn.example/path/ localhost:3000 wss://x.example"
        ),
        ("Content-Security-Policy", "default-src 'self', script-src 'self'"),
        ("Content-Security-Policy", "sandbox allow-scripts allow-forms; sandbox-not: "),
        (
            "Content-Security-Policy",
            "require-trusted-types-for 'script'; trusted-types default 'allow-duplicates'; webrtc 'block'"
        ),
        ("Content-Security-Policy-Report-Only", "default-src 'self'; report-uri /csp"),
        (
            "Permissions-Policy",
            "camera=(), geolocation=(self \"https://a.example\" \"https://*.b.example\"), fullscreen=*, usb=self;report-to=x"
        ),
        ("Permissions-Policy", "a-feature-of-tomorrow=()"), ("Permissions-Policy", "camera=\"https://a.example\""),
        ("Permissions-Policy", "camera=(\"http://localhost:*\" \"https://*.a.example:8443\" \"http://[::1]:*\")"),
        ("Cache-Control", "no-store, max-age=0"),
        ("Cache-Control", "private=\"Set-Cookie, X\", must-revalidate,stale-if-error=60"),
        ("Cache-Control", "public, max-age=31536000, immutable"),
        ("Referrer-Policy", "no-referrer, strict-origin-when-cross-origin"),
        ("X-Content-Type-Options", "NoSniff"),
        ("X-Frame-Options", "DENY"), ("X-Frame-Options", "sameorigin"),
        ("Cross-Origin-Opener-Policy", "same-origin; report-to=\"coop\""),
        ("Cross-Origin-Embedder-Policy", "credentialless"), ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("Origin-Agent-Cluster", "?1"),
        ("Reporting-Endpoints", "default=\"https://r.example/a\", csp=\"/reports\""),
        ("Timing-Allow-Origin", "*"), ("Timing-Allow-Origin", "https://a.example, http://localhost:8080"),
        ("Clear-Site-Data", "\"cache\",\"cookies\", \"storage\""),
        ("Content-Type", "text/html; charset=utf-8"), ("Content-Type", "multipart/x; boundary=\"a b\""),
        ("Set-Cookie", "a=b; SameSite=None; Secure"), ("Set-Cookie", "__Host-a=b; Path=/; Secure"),
        ("X-Permitted-Cross-Domain-Policies", "none"), ("X-DNS-Prefetch-Control", "off"),
        ("Accept-CH", "Sec-CH-UA, DPR"), ("Priority", "u=2, i"), ("Content-Digest", "sha-256=:AAAA:"),
        ("Access-Control-Request-Method", "PUT"), ("X-Anything", "at all, \"really"),
    ])
    func accepts(name: String, value: String) {
        let problem = KnownValue.problem(name: name, value: value)
        if value.contains("sandbox-not") {
            #expect(problem != nil)
        } else {
            #expect(problem == nil, "\(value)")
        }
    }

    /// A field, a value that browsers ignore, part of the message and of the suggestion.
    @Test(arguments: [
        ("Strict-Transport-Security", "", "without max-age", "max-age=63072000"),
        ("Strict-Transport-Security", "includeSubDomains", "without max-age", ""),
        ("Strict-Transport-Security", "max-age=1y", "whole number", "max-age=31536000"),
        ("Strict-Transport-Security", "max-age", "whole number", "two years"),
        ("Strict-Transport-Security", "max-age=31536000, includeSubDomains", "`,`", "write max-age=31536000; includeSubDomains"),
        ("Strict-Transport-Security", "max-age: 31536000; preload", "`:`", "write max-age=31536000; preload"),
        ("Strict-Transport-Security", "max-age=1; max-age=2", "second", ""),
        ("Strict-Transport-Security", "max-age=1; includeSubdomain", "includeSubdomain", "did you mean includeSubDomains"),
        ("Strict-Transport-Security", "max-age=1; includeSubDomains=1", "with a value", ""),
        ("Strict-Transport-Security", "max-age=300; preload", "does nothing", "leave out"),
        ("Content-Security-Policy", "default-src self", "name of a host", "'self'"),
        ("Content-Security-Policy", "default-src \"none\"", "name of a host", "'none'"),
        ("Content-Security-Policy", "script-src unsafe-inline", "name of a host", "'unsafe-inline'"),
        ("Content-Security-Policy", "script-src nonce-abc", "name of a host", "'nonce-abc'"),
        ("Content-Security-Policy", "defualt-src 'self'", "no directive", "default-src"),
        ("Content-Security-Policy", "script-src a.example, b.example", "no directive `b.example`", "`;`"),
        ("Content-Security-Policy", "default-src: 'self'", "no directive", "default-src"),
        ("Content-Security-Policy", "default-src 'slef'", "'slef'", "'self'"),
        ("Content-Security-Policy", "default-src 'self", "lacks a quote", "'self'"),
        ("Content-Security-Policy", "default-src 'none' https:", "beside other", ""),
        ("Content-Security-Policy", "img-src 'unsafe-inline'", "ignore 'unsafe-inline' in `img-src`", "script-src"),
        ("Content-Security-Policy", "script-src 'nonce-'", "base64", ""),
        ("Content-Security-Policy", "script-src 'sha256-a b'", "lacks a quote", ""),
        ("Content-Security-Policy", "script-src a; script-src b", "second", "one"),
        ("Content-Security-Policy", "img-src https://a.example/?x", "ignore the source", "https://cdn.example"),
        ("Content-Security-Policy", "img-src https://a.*.example", "ignore the source", ""),
        ("Content-Security-Policy", "img-src a.example:99999", "ignore the source", ""),
        ("Content-Security-Policy", "img-src *example", "ignore the source", ""),
        ("Content-Security-Policy", "block-all-mixed-content", "no longer", "upgrade-insecure-requests"),
        ("Content-Security-Policy", "upgrade-insecure-requests 1", "no value", ""),
        ("Content-Security-Policy", "sandbox allow-script", "allow-script", "allow-scripts"),
        ("Content-Security-Policy", "report-to a b", "one endpoint", ""),
        ("Content-Security-Policy", "report-uri", "address", ""),
        ("Content-Security-Policy", "default-src é.example", "ASCII", ""),
        ("Content-Security-Policy", " ; ", "no directive", "default-src"),
        ("Content-Security-Policy-Report-Only", "sandbox", "report-only", "leave it out"),
        ("Content-Security-Policy-Report-Only", "upgrade-insecure-requests", "report-only", ""),
        (
            "Permissions-Policy", "camera 'none'; microphone 'self' https://a.example; usb *", "former Feature-Policy",
            "camera=(), microphone=(self \"https://a.example\"), usb=*"
        ),
        ("Permissions-Policy", "camera=none", "nothing they know", "camera=()"),
        ("Permissions-Policy", "camera=('self')", "whole Permissions-Policy", ""),
        ("Permissions-Policy", "camera=(https://a.example)", "https://a.example", "double quotes"),
        ("Permissions-Policy", "camera=(self \"a.example\")", "not an origin", "https://"),
        ("Permissions-Policy", "camera=\"a.example\"", "not an origin", "https://"),
        ("Permissions-Policy", "camera=(src)", "ignore `src`", "self"),
        ("Permissions-Policy", "camera 'src'", "former Feature-Policy", "camera=()"),
        ("Permissions-Policy", "camera", "without an allowlist", "camera=()"),
        ("Permissions-Policy", "camera=()camera=()", "whole", ""),
        ("Permissions-Policy", "camera=(), camera=*", "last", "one list"),
        ("Permissions-Policy", "camara=()", "no feature", "camera"), ("Permissions-Policy", "camera=(),", "comma", ""),
        ("Permissions-Policy", "", "no feature", "camera=()"),
        ("Cache-Control", "max-age=1h", "whole number", "max-age=3600"),
        ("Cache-Control", "no-store; max-age=0", "ignore", "commas"),
        ("Cache-Control", "max-age", "whole number", ""), ("Cache-Control", "no-store=1", "with a value", ""),
        ("Cache-Control", "nostore", "nostore", "no-store"), ("Cache-Control", "public, private", "contradict", ""),
        ("Cache-Control", "no-cache, no-cache", "twice", ""), ("Cache-Control", "private=Set-Cookie", "double quotes", ""),
        ("Cache-Control", "", "empty", ""), ("Cache-Control", "only-if-cached", "of requests", ""),
        ("Referrer-Policy", "no-referer", "no-referer", "no-referrer"), ("Referrer-Policy", "", "ignore", "write"),
        ("X-Content-Type-Options", "no-sniff", "ignore", "nosniff"),
        ("X-Frame-Options", "ALLOW-FROM https://a.example/", "any site", "frame-ancestors https://a.example"),
        ("X-Frame-Options", "ALLOWALL", "ignore", ""), ("X-Frame-Options", "DENY, SAMEORIGIN", "ignore", ""),
        ("Cross-Origin-Opener-Policy", "\"same-origin\"", "without quotes", ""),
        ("Cross-Origin-Opener-Policy", "Same-Origin", "ignore", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin; report=x", "parameter", "report-to"),
        ("Cross-Origin-Opener-Policy", "same-origin; report-to=x", "double quotes", ""),
        ("Cross-Origin-Embedder-Policy", "require-cors", "ignore", "require-corp"),
        ("Cross-Origin-Resource-Policy", "Same-Site", "ignore", "same-site"), ("Origin-Agent-Cluster", "true", "boolean", "?1"),
        ("Reporting-Endpoints", "default=https://r.example", "double quotes", ""),
        ("Reporting-Endpoints", "default=\"http://r.example\"", "https only", ""),
        ("Reporting-Endpoints", "Default=\"/\"", "lower-case", ""),
        ("Timing-Allow-Origin", "https://a.example/", "equal", "leave out"),
        ("Timing-Allow-Origin", "a.example", "not an origin", ""),
        ("Timing-Allow-Origin", "https://a.example https://b.example", "not an origin", "commas"),
        ("Access-Control-Allow-Origin", "*", "CORS", "`cors`"), ("access-control-max-age", "1", "CORS", "`cors`"),
        ("Clear-Site-Data", "cache", "double quotes", "\"cache\""), ("Clear-Site-Data", "\"cookie\"", "ignore", "cookies"),
        ("Content-Type", "html", "media type", "text/html"), ("Content-Type", "text/html; utf-8", "parameter", "charset=utf-8"),
        ("Set-Cookie", "a=b; SameSite=None", "not Secure", "; Secure"), ("Set-Cookie", "a=b; SameSite=Laxx", "one of", ""),
        ("Set-Cookie", "__Host-a=b; Secure", "Path=/", ""), ("Set-Cookie", "a", "no cookie", "name=value"),
        ("Accept-CH", "a,", "comma", ""), ("Priority", "u=", "missing", ""),
    ])
    func refuses(name: String, value: String, message: String, suggestion: String) {
        let problem = KnownValue.problem(name: name, value: value)
        #expect(problem?.message.contains(message) == true, "\(value): \(String(describing: problem))")
        #expect(
            suggestion.isEmpty || problem?.suggestion?.contains(suggestion) == true, "\(value): \(String(describing: problem))")
        #expect(problem?.message.hasSuffix(".") != true)
    }

    @Test(arguments: [
        ("Content-Security-Policy", "script-src 'nonce-{nonce}' https://{host}", true),
        ("Content-Security-Policy", "script-src nonce-{nonce}", false),
        ("Content-Security-Policy", "script-scr 'nonce-{nonce}'", false),
        ("Strict-Transport-Security", "max-age={time.unix}", true), ("Strict-Transport-Security", "max-age={{", false),
        ("X-Frame-Options", "{broken", true), ("X-Frame-Options", "none", false),
    ])
    func templates(name: String, template: String, isGood: Bool) {
        #expect((KnownValue.problem(name: name, template: template) == nil) == isGood)
    }

    /// No text makes a check trap.
    @Test func anyText() {
        var random = SplitMix64(seed: 5)
        let words = [
            "max-age", "=", ";", ",", "'", "\"", "(", ")", "self", " ", "?1", ":", "//", "*", ".", "é", "%\"", "@", "-", "1",
            "\\", "[", "]", "{", "}",
        ]
        let names = [
            "Set-Cookie", "Content-Security-Policy", "Permissions-Policy", "Cache-Control", "Strict-Transport-Security",
            "Content-Type",
            "Reporting-Endpoints", "Timing-Allow-Origin", "Clear-Site-Data", "Cross-Origin-Opener-Policy", "Priority",
            "Accept-CH", "X-Frame-Options",
        ]
        for _ in 0..<800 {
            let text = (0..<Int.random(in: 0...10, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }
                .joined()
            for name in names { _ = KnownValue.problem(name: name, template: text) }
        }
    }
}

@Suite struct StructuredFieldTests {
    @Test(
        arguments: [
            ("1", .integer(1)), ("-999999999999999", .integer(-999_999_999_999_999)), ("1.5", .decimal("1.5")),
            ("\"a\\\"b\"", .string("a\"b")),
            ("*a/b:c", .token("*a/b:c")), (":aGk=:", .bytes("aGk=")), ("?0", .boolean(false)),
            ("@1700000000", .date(1_700_000_000)),
            ("%\"f%c3%bc\"", .displayString("fü")), ("  a  ", .token("a")),
        ] as [(String, StructuredField.Bare)])
    func items(text: String, bare: StructuredField.Bare) throws {
        #expect(try StructuredField.item(text) == StructuredField.Item(bare: bare))
    }

    @Test(arguments: [
        "", "1.", "1.1234", "1000000000000000", "--1", "\"a", "\"a\\n\"", "\"é\"", ":a", ":a!:", "?2", "@1.5", "%\"%C3\"",
        "%\"%ff\"", "%a", "a b", "'a'",
        "a;", "a;B", "a; =1", "é", "(a)",
    ])
    func brokenItems(text: String) { #expect(throws: PatternError.self) { try StructuredField.item(text) } }

    @Test func listsAndDictionaries() throws {
        #expect(try StructuredField.list("").isEmpty)
        let list = try StructuredField.list("a;q=1;x ,\t(b c;y);z, ()")
        #expect(
            list == [
                .item(
                    .init(
                        bare: .token("a"),
                        parameters: [.init(key: "q", value: .integer(1)), .init(key: "x", value: .boolean(true))])),
                .inner(
                    [.init(bare: .token("b")), .init(bare: .token("c"), parameters: [.init(key: "y", value: .boolean(true))])],
                    [.init(key: "z", value: .boolean(true))]),
                .inner([], []),
            ])
        let dictionary = try StructuredField.dictionary("a, b;x=1, *c_d.e-f=(1)")
        #expect(dictionary.map(\.key) == ["a", "b", "*c_d.e-f"])
        for broken in ["a,", ",a", "a b", "a,,b", "(a", "(a,b)", "(a\"b\")"] {
            #expect(throws: PatternError.self, "\(broken)") { try StructuredField.list(broken) }
        }
        for broken in ["A=1", "1=1", "a=", "a=1 b=2", "=1", "a =1"] {
            #expect(throws: PatternError.self, "\(broken)") { try StructuredField.dictionary(broken) }
        }
    }
}
