import Diagnosis
import Foundation
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore
import Testing

/// `check --grade` is what MDN's HTTP Observatory says.
@Suite struct GradeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var letter: String
        var points: Int
        var results: [String]
        var fields: [FieldText] = []
        var testDescription: String { fields.map { "\($0.name): \($0.value)" }.joined(separator: " | ") }
    }

    /// Of `HeaderSets.txt`: letter, score and the results that are not those of a test with nothing to say; then the fields.
    static let cases: [Case] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "HeaderSets.txt")
        var cases: [Case] = []
        for line in ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n") {
            if line.hasPrefix("  ") {
                let parts = line.split(separator: ":", maxSplits: 1)
                let value = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
                cases[cases.count - 1].fields.append(FieldText(String(parts[0].dropFirst(2)), value))
            } else {
                let words = line.split(separator: " ").map(String.init)
                cases.append(Case(letter: words[0], points: Int(words[1]) ?? -1, results: Array(words.dropFirst(2))))
            }
        }
        return cases
    }()

    private static let neutral: Set = [
        "cookies-not-found", "cross-origin-resource-sharing-not-implemented", "referrer-policy-not-implemented",
        "hsts-implemented-max-age-at-least-six-months", "x-content-type-options-nosniff", "x-frame-options-sameorigin-or-deny",
        "corp-not-implemented",
    ]

    @Test(arguments: cases)
    func headerSet(_ entry: Case) {
        let score = Observatory.judge(Observatory.Page(fields: entry.fields))
        #expect(score.marks.map(\.result).filter { !Self.neutral.contains($0) } == entry.results)
        #expect(score.points == entry.points)
        #expect(score.letter == entry.letter)
    }

    @Test func thereAreEnough() { #expect(Self.cases.count > 200) }

    @Test(arguments: [
        (["Access-Control-Allow-Origin: *"], "public", 0), (["Access-Control-Allow-Origin: https://a.example"], "restricted", 0),
        (["Access-Control-Allow-Origin: https://http-observatory.security.mozilla.org"], "restricted", 0),
        (
            [
                "Access-Control-Allow-Origin: https://http-observatory.security.mozilla.org",
                "Access-Control-Allow-Credentials: true",
            ],
            "universal", -50
        ),
        (["Access-Control-Allow-Origin: *", "Access-Control-Allow-Credentials: true"], "public", 0), ([], "not-implemented", 0),
    ])
    func sharing(_ lines: [String], _ word: String, _ points: Int) {
        var page = Observatory.Page(fields: [])
        page.preflight = lines.map { FieldText(String($0.prefix { $0 != ":" }), String($0.drop { $0 != ":" }.dropFirst(2))) }
        let mark = Observatory.judge(page).marks.first { $0.result.hasPrefix("cross-origin-resource-sharing-") }
        #expect(mark?.result.contains(word) == true && mark?.points == points)
    }

    private static func results(_ text: String) throws -> [Grade.Result] {
        let loader = ConfigurationLoader(environment: [:]) { _ in [] }
        return Grade.results(of: try CompiledConfiguration(loader.load(text: text, file: "x.yaml"))).graded
    }

    /// A request is found for each route that takes one, whichever path or listener that needs; where there is none, that is told.
    @Test(arguments: [
        ("routes: [{ path: /, redirect: \"/app/?{query}\" }, { upstream: app }]", [1], [Int]()),
        ("routes: [{ path: \"regex:^/v[0-9]+/\", upstream: app }, { path: \"/a b/**\", upstream: app }]", [0, 1], []),
        ("listen: [{ bind: \":1\", name: a }, { bind: \":2\", name: b }]\nroutes: [{ listener: b, upstream: app }]", [0], []),
        ("routes: [{ method: POST, upstream: app }, { upstream: app }]", [1], [0]),
    ])
    func findsARequest(_ text: String, _ graded: [Int], _ ungraded: [Int]) throws {
        let loader = ConfigurationLoader(environment: [:]) { _ in [] }
        let configuration = try CompiledConfiguration(
            loader.load(text: "upstreams: { app: http://127.0.0.1:9 }\n" + text, file: "x.yaml"))
        let results = Grade.results(of: configuration)
        #expect(results.graded.map(\.route) == graded && results.ungraded == ungraded)
        #expect(Grade.text(of: configuration).contains("not graded") == !ungraded.isEmpty)
    }

    /// What a rule for https writes counts only where something says that a request came by https.
    @Test(arguments: [("", true), ("trusted_proxies: [127.0.0.1]\n", false)]) func withoutHTTPS(_ more: String, _ isMissing: Bool)
        throws
    {
        let names = try Self.names(
            more + "upstreams: { app: http://127.0.0.1:1 }\nresponse_headers: [{ preset: security }]\nroutes: [{ upstream: app }]"
        )
        #expect(names.contains("hsts-not-implemented") == isMissing, "\(names)")
    }

    private static func names(_ text: String) throws -> [String] {
        try results(text).flatMap { $0.score.marks.filter { $0.points != 0 }.map(\.result) }
    }

    @Test func aRouteForAnAppIsGraded() throws {
        let text = """
            upstreams: { app: http://127.0.0.1:1 }
            trusted_proxies: [127.0.0.1]
            response_headers:
              - set:
                  Content-Security-Policy: "default-src 'none'; frame-ancestors 'none'"
                  Strict-Transport-Security: max-age=31536000
                  X-Content-Type-Options: nosniff
                  Referrer-Policy: no-referrer
                  Cross-Origin-Resource-Policy: same-origin
              - add: { Set-Cookie: "a=b; Secure; SameSite=Lax" }
            routes:
              - { path: /a, respond: 200 }
              - { path: /b, upstream: app, response_headers: [{ remove: [Content-Security-Policy, X-Content-Type-Options] }] }
              - { upstream: app }
            """
        let results = try Self.results(text)
        #expect(results.map(\.route) == [1, 2])
        #expect(results.map(\.score.points) == [50, 135])
        #expect(results.map(\.score.letter) == ["C", "A+"])
    }

    @Test func everybodyWithCredentials() throws {
        let cors =
            "response_headers: [{ cors: { allow_origins: [\"regex:https://http.*[.]mozilla[.]org\"], allow_credentials: true } }]"
        let found = try Self.names("upstreams: { app: http://127.0.0.1:1 }\n\(cors)\nroutes: [{ upstream: app }]")
        #expect(found.contains("cross-origin-resource-sharing-implemented-with-universal-access"))
    }

    @Test(
        arguments: [
            ("", "redirection-missing"), ("    redirect_to_https: true\n", nil),
            ("    redirect_to_https: { port: 8443, status: 301 }\n", nil),
        ] as [(String, String?)])
    func redirection(_ plain: String, _ result: String?) throws {
        let text = """
            listen:
              - bind: 0.0.0.0:8443
                tls: { certificates: [{ certificate: a.pem, key: a.key }] }
              - bind: 0.0.0.0:8080
            \(plain)upstreams: { app: http://127.0.0.1:1 }
            routes: [{ upstream: app }]
            """
        let names = try Self.names(text)
        #expect(names.first { $0.hasPrefix("redirection") } == result, "\(names)")
    }
}
