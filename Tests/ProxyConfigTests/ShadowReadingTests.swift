import HeaderPolicy
import ProxyCore
import Testing

@testable import ProxyConfig

/// `shadow:` in a file.
struct ShadowReadingTests {
    private static func read(_ text: String) -> ConfigurationLoader.Outcome {
        ConfigurationLoader(environment: [:]) { _ in [] }.read(
            text: "upstreams: { app: http://127.0.0.1:1 }\n\(text)\n", file: "a.yaml")
    }

    @Test(
        arguments: [
            ("[{ set: { X-A: a }, shadow: true }, { set: { X-B: b } }]", [true, false]),
            ("[{ set: { X-A: a }, shadow: false }]", [false]), ("[{ preset: no-store, shadow: true }]", [true, true]),
            ("[{ use: p, shadow: true }, { remove: X-A }]", [true, true, false]), ("[{ use: p }]", [false, false]),
            ("[{ use: [p, q] }]", [false, false, true]), ("[{ use: q, shadow: false }]", [true]),
            ("{ shadow: true, rules: [{ set: { X-A: a } }, { use: p }] }", [true, true, true]),
            ("{ rules: [{ set: { X-A: a } }, { remove: X-B, shadow: true }] }", [false, true]),
            ("{ shadow: true, rules: }", []), ("[{ cors: { allow_origins: [https://a.example], shadow: true } }]", [true]),
            ("[{ cors: { allow_origins: [https://a.example] }, shadow: true }]", [true]),
            ("[{ cookies: { secure: true, shadow: true } }]", [true]), ("[{ stop: true, shadow: true }]", [true]),
        ])
    func forms(_ rules: String, _ wanted: [Bool]) throws {
        let outcome = Self.read(
            """
            policies:
              p: [{ set: { X-P: p } }, { remove: X-Q }]
              q: { rules: [{ set: { X-R: r } }], shadow: true }
            response_headers: \(rules)
            """)
        #expect(outcome.diagnostics.filter { $0.severity == .error }.map(\.description) == [])
        #expect(outcome.configuration?.responseHeaders.map(\.isShadow) == wanted)
    }

    @Test(
        arguments: [
            ("response_headers: [{ set: { X-A: a }, shadow: maybe }]", 2, 47, "`shadow` is `true` or `false`"),
            ("response_headers: [{ set: { X-A: a }, shadow: yes }]", 2, 47, "is not true or false"),
            ("response_headers: [{ cors: { allow_origins: [\"*\"], shadow: 3 } }]", 2, 60, "`shadow` is `true` or `false`"),
            ("response_headers: { shadow: [], rules: [] }", 2, 29, "`shadow`"),
            ("response_headers: { shadow: true, rules: { set: { X-A: a } } }", 2, 42, "`rules` is a list"),
            ("response_headers: { shadow: true, rules: [], when: {} }", 2, 46, "unknown key `when`"),
            ("response_headers: { shadow: true }", 2, 19, "has no `rules`"),
            ("response_headers: { Rules: [], shadow: true }", 2, 21, "unknown key `Rules`"),
            ("policies: { shadow: true, p: [] }", 2, 13, "unknown key `shadow`"),
            ("response_headers: [{ shadow: true }]", 2, 20, "this rule does nothing"),
            ("response_headers: [{ cookies: { shadow: true } }]", 2, 22, "`cookies` asks for nothing"),
            ("shadow: true", 2, 1, "unknown key `shadow`"),
            ("routes: [{ upstream: app, shadow: true }]", 2, 27, "unknown key `shadow`"),
            ("response_headers: [{ set: { Connection: close }, shadow: true }]", 2, 29, "Connection"),
        ])
    func errors(_ text: String, _ line: Int, _ column: Int, _ message: String) throws {
        let outcome = Self.read(text)
        let error = try #require(outcome.diagnostics.first { $0.severity == .error })
        #expect(error.location.line == line && error.location.column == column, "\(error)")
        #expect(error.message.contains(message), "\(error)")
    }

    @Test func unknownKeyNamesTheRightPlace() throws {
        let help = try #require(Self.read("routes: [{ upstream: app, shadow: true }]").diagnostics.first?.suggestion)
        #expect(help.contains("response_headers: { shadow: true, rules: [ … ] }"))
    }
}
