import Diagnosis
import EventLoop
import Foundation
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore
import TestSupport
import Testing

@testable import letterhead

/// What the command line of `letterhead proxy` becomes: always a configuration, whatever stands there.
@Suite struct ProxyPolicyTests {
    private static func policy(_ change: (inout ProxyPolicy) -> Void = { _ in }) -> ProxyPolicy {
        var policy = ProxyPolicy(upstream: "http://localhost:5999", listen: "127.0.0.1:8080", admin: "127.0.0.1:9900")
        change(&policy)
        return policy
    }

    @Test func text() {
        let text = Self.policy { $0.fields = [FieldText("X-A", "say \"hi\" {request.id}")] }.text
        #expect(
            text == """
                listen: 127.0.0.1:8080
                admin: 127.0.0.1:9900
                inspector:
                access_log: text

                upstreams:
                  app: http://localhost:5999

                response_headers:
                  # While you develop: in production, name the origin of your page, its methods and its headers.
                  - cors:
                      allow_origins:
                        - "http://localhost:*"
                        - "http://127.0.0.1:*"
                        - "https://localhost:*"
                      allow_credentials: true
                      allow_methods: [GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS]
                      allow_headers: echo
                  - set: { X-A: "say \\"hi\\" {request.id}" }

                """)
        #expect(Self.policy().errors() == [])
    }

    /// Credentials for everybody are what browsers refuse: they are left out.
    @Test func everybody() {
        let policy = Self.policy { $0.origins = ["*"] }
        #expect(policy.errors() == [] && !policy.text.contains("credentials"))
    }

    /// An app that is elsewhere does not know the names of this machine; one that is near does.
    @Test(arguments: [
        ("https://api.example.com", "    host: api.example.com\n"),
        ("http://api.example.com:8000", "    host: api.example.com:8000\n"),
        ("http://localhost:5000", nil), ("http://app:5000", nil), ("http://192.168.1.7:5000", nil),
        ("http://127.0.0.1:5000", nil),
        ("unix:/run/app.sock", nil),
    ])
    func hosts(_ upstream: String, _ line: String?) {
        let policy = Self.policy { $0.upstream = upstream }
        #expect(policy.errors() == [])
        #expect(line.map { policy.text.contains($0) } ?? !policy.text.contains("    host:"), "\(policy.text)")
    }

    /// A name that is given stands over that of an app that is elsewhere.
    @Test(arguments: ["http://localhost:5000", "https://api.example.com", "unix:/run/app.sock"])
    func namedHost(_ upstream: String) {
        let policy = Self.policy {
            $0.upstream = upstream
            $0.host = "app.example:81"
        }
        #expect(policy.errors() == [])
        #expect(policy.text.contains("    servers: \(upstream)\n    host: app.example:81\n\n"), "\(policy.text)")
    }

    /// Only an app that has a certificate is told to be believed.
    @Test func careless() {
        let policy = Self.policy {
            $0.believesApp = true
            $0.upstream = "https://localhost:5443"
        }
        #expect(
            policy.errors() == [] && policy.text.contains("    servers: https://localhost:5443\n    tls: { verify: false }\n"))
        #expect(Self.policy { $0.believesApp = true }.text == Self.policy().text)
    }

    static let hostile = [
        "", " ", "x", "a b", "- a", "a: b", "a # b", "#", "[", "]", "{", "}", "{a", "a}", "'", "\"", "''", "\\", "\\n", "a\nb",
        "a\r\nb: c",
        "\n", "\t", "a\tb", "&a", "*a", "*", "!a", "!!int 5", "|", ">", "%", "@", "`", "?", "? a", ":", "::", "a:", ",", "a, b",
        "---", "...",
        "true", "null", "~", "yes", "0", "0x10", "1e3", "5000", "-1", "65536", "99999999999999999999", "localhost", "localhost:",
        ":80",
        "[::1]:80", "::1", "http://", "http://a b", "http://[::1", "https://é.example", "ftp://a", "unix:", "unix:/tmp/a b", "$",
        "$$", "${", "${}",
        "${NOPE}", "${NOPE:?say}", "${file:/nowhere}", "{{", "}}", "{request.id", "{nonsense}", "\u{0}", "\u{7F}", "\u{85}",
        "\u{2028}",
        "\u{202E}", "\u{FEFF}", "\u{FFFD}", "\u{1B}[31m", "e\u{301}", "👩‍👩‍👧", String(repeating: "a", count: 100_000), "regex:(",
        "null", "*.example", "https://*",
        "a\n  - remove: [B]", "\" }\n  - remove: [B]\n  - set: { X: \"",
    ]

    @Test(arguments: [
        ("5000", "http://localhost:5000"), (":5000", "http://localhost:5000"), ("5000/items", "http://localhost:5000/items"),
        (":5000/?a", "http://localhost:5000/?a"), ("app:80/x", "http://app:80/x"), ("unix:/run/app.sock", "unix:/run/app.sock"),
        ("70000", "http://70000"), ("/x", "http:///x"),
    ])
    func typedUpstreams(_ text: String, _ url: String) { #expect(TypedAddress.upstream(text) == url) }

    /// Every place for an argument: what it says is taken, or refused by the name of the option, and never as broken YAML.
    @Test(arguments: hostile.indices)
    func hostileArguments(_ index: Int) throws {
        let text = Self.hostile[index]
        let places: [(String, (String) -> ProxyPolicy)] = [
            ("UPSTREAM", { text in Self.policy { $0.upstream = TypedAddress.upstream(text) } }),
            ("--host", { text in Self.policy { $0.host = text } }),
            (
                "UPSTREAM",
                { text in
                    Self.policy {
                        $0.upstream = TypedAddress.upstream("https://\(text)")
                        $0.believesApp = true
                    }
                }
            ),
            ("--listen", { text in Self.policy { $0.listen = TypedAddress.listen(text) } }),
            ("--allow-origin", { text in Self.policy { $0.origins = [text == "*" ? "x" : text] } }),
            ("--allow-origin", { text in Self.policy { $0.origins = ["*", text] } }),
            ("--set", { text in Self.policy { $0.fields = [FieldText("X-A", text)] } }),
            ("--set", { text in Self.policy { $0.fields = [FieldText(text, "a")] } }),
            ("--tls", { text in Self.policy { $0.certificate = .init(certificate: text, key: text) } }),
        ]
        for (option, make) in places {
            let policy = make(text)
            for error in policy.errors() {
                #expect(error.hasPrefix("letterhead: \(option)"), "\(option) \(text.debugDescription): \(error)")
                #expect(!error.contains("YAML"), "\(option) \(text.debugDescription): \(error)")
            }
            // Nothing of it has become a line of its own. An app with a public name has a form of its own.
            let app = ["  app:", "    servers:", "    host:"]
            let lines = [policy, make("x")].map { policy in
                policy.text.split(separator: "\n", omittingEmptySubsequences: false).count { line in
                    !app.contains { line.hasPrefix($0) }
                }
            }
            #expect(lines[0] == lines[1], "\(policy.text)")
        }
    }

    /// What is taken is taken as it stands.
    @Test func values() throws {
        let values = Self.hostile.filter { text in
            !text.contains("${") && !text.contains("{") && !text.contains("}") && !text.contains("$$") && text.utf8.count < 1000
                && text == text.trimmingCharacters(in: .whitespaces) && !text.isEmpty
                && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        }
        #expect(values.count > 50)
        let policy = Self.policy { $0.fields = values.enumerated().map { FieldText("X-\($0)", $1) } }
        #expect(policy.errors() == [])
        let file = Places.scratch("policy.yaml")
        try policy.text.write(toFile: file, atomically: true, encoding: .utf8)
        let finished = try run(Places.letterhead, ["explain", "-c", file, "--format", "json"])
        let said = Self.texts(try JSONSerialization.jsonObject(with: Data(finished.output)))
        for (number, value) in values.enumerated() {
            #expect(said.contains("X-\(number)") && said.contains(value), "\(value.debugDescription)")
        }
    }

    /// Every text in a JSON value.
    private static func texts(_ value: Any) -> Set<String> {
        switch value {
        case let list as [Any]: list.reduce(into: []) { $0.formUnion(texts($1)) }
        case let object as [String: Any]: object.reduce(into: []) { $0.formUnion([$1.key] + texts($1.value)) }
        case let text as String: [text]
        default: []
        }
    }

    @Test(arguments: [
        ("5000", "http://localhost:5000"), (":5000", "http://localhost:5000"), ("localhost:5000", "http://localhost:5000"),
        ("http://a:1", "http://a:1"), ("h2c://a:1", "h2c://a:1"), ("unix:/run/a", "unix:/run/a"), ("65536", "http://65536"),
    ])
    func upstreams(_ typed: String, _ upstream: String) { #expect(TypedAddress.upstream(typed) == upstream) }

    /// A port alone is this machine's; what an address is, a configuration says.
    @Test(arguments: [
        ("8080", "127.0.0.1:8080"), (":8080", ":8080"), ("0.0.0.0:1", "0.0.0.0:1"), ("99999", "99999"),
        ("unix:/run/a", "unix:/run/a"),
    ])
    func listeners(_ typed: String, _ address: String) { #expect(TypedAddress.listen(typed) == address) }

    @Test(arguments: [
        ("http://localhost:5000", SocketTarget.tcp(host: "localhost", port: 5000)), ("https://a/x", .tcp(host: "a", port: 443)),
        ("http://[::1]:80", .tcp(host: "::1", port: 80)), ("http://a", .tcp(host: "a", port: 80)),
        ("unix:/run/a", .unix("/run/a")),
        ("nonsense", nil),
    ])
    func addresses(_ upstream: String, _ target: SocketTarget?) { #expect(AppRun.address(upstream) == target) }

    /// The first port that somebody listens on, IPv4 first, and all that do.
    @Test func upstreamSearch() async throws {
        let listening: Set<SocketTarget> = [
            .tcp(host: "::1", port: 2), .tcp(host: "127.0.0.1", port: 3), .tcp(host: "::1", port: 3),
            .tcp(host: "127.0.0.1", port: 9),
        ]
        let search = UpstreamSearch(ports: [1, 2, 3], accepts: { listening.contains($0) })
        #expect(await search.found() == [.tcp(host: "::1", port: 2), .tcp(host: "127.0.0.1", port: 3)])
        let heard = [9, 3, 8, 1].map { SocketTarget.tcp(host: "127.0.0.1", port: $0) }
        #expect(heard.sorted { search.rank($0) < search.rank($1) }.compactMap(\.port) == [1, 3, 8, 9])
        // Real ones.
        let app = try RawOrigin { _ in UpstreamTests.ok }
        let dead = try Shared.deadPort.get().port
        let real = UpstreamSearch(ports: [dead, app.port])
        #expect(try await ProxyCommand.found(real) == "http://127.0.0.1:\(app.port)")
        let nobody = try await #require(throws: ExitCode.self) { try await ProxyCommand.found(UpstreamSearch(ports: [dead])) }
        #expect(nobody.rawValue == 2)
    }

    /// Lines, whatever ends them and however they come.
    @Test(
        arguments: [
            (["a\nb\n"], ["a", "b"], nil), (["a", "b\n", "c"], ["ab"], "c"), (["a\r\n\r\nb\r"], ["a", ""], "b"),
            (["\n\n"], ["", ""], nil),
            (["\u{1B}[31m\u{1B}[1mred\u{1B}[0m \u{1B}[2K\u{1B}[\n"], ["red \u{1B}[2K\u{1B}["], nil), (["é", "\n"], ["é"], nil),
            ([], [], nil),
            ([String(repeating: "x", count: OutputLines.limit + 1)], [String(repeating: "x", count: OutputLines.limit)], "x"),
        ] as [([String], [String], String?)])
    func outputLines(_ parts: [String], _ lines: [String], _ rest: String?) {
        var cutter = OutputLines()
        #expect(parts.flatMap { cutter.take(Array($0.utf8).span) } == lines)
        #expect(cutter.finish() == rest && cutter.finish() == nil)
    }
}
