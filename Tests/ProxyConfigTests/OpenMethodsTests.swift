import HeaderPolicy
import ProxyConfig
import ProxyCore
import Testing

/// What a `cors` rule without `allow_methods` allows: never a method to which the rule does not apply, because a browser remembers all
/// that an answer to a preflight lists.
@Suite struct OpenMethodsTests {
    private static let every = "GET HEAD POST PUT PATCH DELETE OPTIONS"
    private static let cors = "cors: { allow_origins: [https://a.example] }"

    private static func methods(_ text: String) throws -> [String] {
        let loader = ConfigurationLoader(environment: [:]) { _ in [] }
        let configuration = try loader.load(
            text: "listen: 127.0.0.1:1\nupstreams: { app: http://127.0.0.1:2 }\n\(text)", file: "test.yaml")
        let rules = configuration.responseHeaders + configuration.routes.flatMap(\.responseHeaders)
        return rules.compactMap { ($0.action as? CORSPolicy)?.openMethods.joined(separator: " ") }
    }

    @Test(arguments: [
        ("", every), ("when: { path: /a }", every), ("when: { method: [GET, POST] }", "GET POST"),
        ("when: { method: PURGE }", "PURGE"), ("when: { method: [GET, TRACE] }", "GET"),
        ("when: { not: { method: [PUT, DELETE] } }", "GET HEAD POST PATCH OPTIONS"),
        // Only some of the requests with that method are meant.
        ("when: { not: { method: PUT, path: /a } }", every),
    ])
    func ofConditions(_ condition: String, _ methods: String) throws {
        #expect(try Self.methods("response_headers:\n  - \(Self.cors)\n    \(condition)\n") == [methods])
    }

    @Test func ofPolicies() throws {
        let text = """
            policies: { p: [{ \(Self.cors), when: { method: [GET, PUT, DELETE] } }] }
            response_headers: [{ use: p, when: { not: { method: PUT } } }, { use: p }]
            """
        #expect(try Self.methods(text) == ["GET DELETE", "GET PUT DELETE"])
    }

    @Test(arguments: [
        ("method: [GET, POST]", "", "GET POST"), ("path: /a", "", every),
        ("method: [GET, PUT]", "when: { method: [PUT, DELETE] }", "PUT"),
    ])
    func ofRoutes(_ route: String, _ condition: String, _ methods: String) throws {
        let text = """
            routes:
              - \(route)
                upstream: app
                response_headers:
                  - \(Self.cors)
                    \(condition)
              - { path: /b, method: DELETE, upstream: app, response_headers: [{ cors: { allow_origins: ["*"], allow_methods: [PUT] } }] }
            """
        #expect(try Self.methods(text) == [methods, Self.every])
    }
}
