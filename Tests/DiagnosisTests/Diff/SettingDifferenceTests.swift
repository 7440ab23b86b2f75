import Diagnosis
import HTTPModel
import ProxyConfig
import ProxyCore
import Testing

/// What no exchange shows: the listeners, the upstreams, the limits and the times.
@Suite struct SettingDifferenceTests {
    private static let frame = """
        listen: [":8080"]
        limits: { request_body: 1MB }
        timeouts: { response: 10s }
        upstreams: { app: { servers: https://app.example, tls: { ca: a.pem } } }
        routes: [{ path: /a, upstream: app, limits: { request_body: 2MB }, timeouts: { response: 1s } }, { upstream: app }]

        """

    /// One change each, and all that is told of it: `change key@owner: old → new`.
    @Test(
        arguments: [
            ("request_body: 1MB", "request_body: 100MB", "changed :limits: request_body 1MB → request_body 100MB"),
            ("request_body: 1MB", "request_body: 0", "changed :limits: request_body 1MB → request_body none"),
            ("request_body: 1MB", "request_body: 1MB, connections: 5", "changed :limits: connections 16384 → connections 5"),
            ("response: 10s", "response: 20s", "changed :timeouts: response 10s → response 20s"),
            ("response: 1s", "response: 2s", "changed :timeouts@/a: response 1s → response 2s"),
            ("response: 1s", "connect: 1s", "changed :timeouts@/a: response 1s → connect 1s"),
            (", timeouts: { response: 1s }", "", "removed :timeouts@/a: response 1s → "),
            ("request_body: 2MB", "request_body: 3MB", "changed :limits@/a: request_body 2MB → request_body 3MB"),
            ("limits: { request_body: 2MB }, ", "", "removed :limits@/a: request_body 2MB → "),
            (
                "https://app.example", "[https://app.example, https://b.example]",
                "changed :upstreams@app: app.example:443 → app.example:443, b.example:443"
            ),
            ("ca: a.pem", "verify: false", "changed :upstreams@app: ca a.pem → certificates not verified"),
            ("ca: a.pem", "ca: b.pem", "changed :upstreams@app: ca a.pem → ca b.pem"),
            ("ca: a.pem }", "ca: a.pem }, max_connections: 5", "added :upstreams@app:  → max_connections 5"),
            (
                "servers: https://app.example", "balance: least_requests, servers: https://app.example",
                "changed :upstreams@app: balance round_robin → balance least_requests"
            ),
            ("[\":8080\"]", "[\":8081\"]", "changed :listener@1: [::]:8080 → [::]:8081"),
            ("[\":8080\"]", "[\":8080\", \":8081\"]", "added :listener@2:  → [::]:8081"),
            ("[\":8080\"]", "[{ bind: \":8080\", proxy_protocol: true }]", "added :listener@1:  → proxy_protocol"),
            (
                "timeouts: { response: 10s }", "timeouts: { response: 10s }\ntrusted_proxies: [10.0.0.0/8]",
                "changed :trusted_proxies: none → 10.0.0.0/8"
            ),
            (
                "timeouts: { response: 10s }", "timeouts: { response: 10s }\nadmin: 127.0.0.1:9",
                "changed :admin: off → 127.0.0.1:9"
            ),
        ])
    func told(_ old: String, _ new: String, _ wanted: String) throws {
        #expect(Self.frame.contains(old))
        let told = try Self.settings(Self.frame, Self.frame.replacing(old, with: new))
        #expect(told == [wanted])
    }

    private static func settings(_ old: String, _ new: String, allowing: [String] = [], files: [String] = ["a.yaml", "a.yaml"])
        throws -> [String]
    {
        let loader = ConfigurationLoader(environment: [:]) { _ in [] }
        let (before, after) = (
            try loader.read(text: old, file: files[0]).compiled(), try loader.read(text: new, file: files[1]).compiled()
        )
        return PolicyDiff(before, after, allowing: allowing.compactMap(AllowedDifference.init)).unexpected.flatMap { entry in
            entry.examples.map { example in
                let (old, new) = (example.old.joined(separator: " | "), example.new.joined(separator: " | "))
                let owner = entry.route.isEmpty ? "" : "@\(entry.route)"
                return "\(entry.change.rawValue) \(entry.field)\(owner): \(old) → \(new)"
            }
        }
    }

    /// A whole upstream comes with all that it is; the order of upstreams and routes is nothing that is set.
    @Test func whatIsMovedIsNoDifference() throws {
        let (one, other) = ("one: http://127.0.0.1:1", "other: http://127.0.0.1:2")
        func file(_ upstreams: String, _ routes: String) -> String { "upstreams: { \(upstreams) }\nroutes: [\(routes)]\n" }
        let (a, b) = ("{ path: /a, upstream: one, limits: { request_body: 1 } }", "{ path: /b, upstream: one }")
        #expect(try Self.settings(file("\(one), \(other)", "\(a), \(b)"), file("\(other), \(one)", "\(b), \(a)")) == [])
        let told = try Self.settings(file(one, a), file("\(one), \(other)", a))
        #expect(told == ["added :upstreams@other:  → http | 127.0.0.1:2 | max_pending 1024 | max_idle 1024"])
    }

    /// A file that is named from the folder of the configuration is the same in a copy of that folder.
    @Test func foldersAreNoDifference() throws {
        #expect(try Self.settings(Self.frame, Self.frame, files: ["before/a.yaml", "/etc/a.yaml"]) == [])
        let other = Self.frame.replacing("a.pem", with: "/x/a.pem")
        #expect(
            try Self.settings(Self.frame, other, files: ["before/a.yaml", "/etc/a.yaml"])
                == ["changed :upstreams@app: ca a.pem → ca /x/a.pem"])
    }

    @Test(arguments: [(":limits", 0), (":limits@/a", 1), (":timeouts", 1), (":*", 0), ("*", 0)])
    func allowed(_ name: String, _ count: Int) throws {
        let other = Self.frame.replacing("request_body: 1MB", with: "request_body: 5MB")
        #expect(try Self.settings(Self.frame, other, allowing: [name]).count == count)
    }

    @Test func reports() throws {
        let old = try PolicyDiffTests.compiled(Self.frame)
        let new = try PolicyDiffTests.compiled(
            Self.frame.replacing("ca: a.pem", with: "verify: false").replacing("1MB", with: "5MB").replacing("8080", with: "8081")
                .replacing("response: 1s", with: "response: 2s"))
        var diff = PolicyDiff(old, new)
        diff.compare(madeUp: MadeUpRequests(old, new, unixSeconds: 1).questions)
        #expect(
            diff.text(of: "made up", Style(isColored: false)) == """
                settings
                  ~ limits: request_body 1MB → request_body 5MB
                  ~ timeouts of /a: response 1s → response 2s
                  ~ listener 1: [::]:8080 → [::]:8081
                  ~ upstream app: ca a.pem → certificates not verified

                no difference in \(diff.exchanges) exchanges made up; 4 settings differ

                """)
        let json = diff.json(of: "made up", old: "a", new: "b").written()
        #expect(json.contains(#""part": "setting""#) && json.contains(#""unexpected": 4"#), "\(json)")
        let row = "| changed | <code>upstream app</code> | <code>ca a.pem</code> | <code>certificates not verified</code> |"
        #expect(diff.markdown(of: "made up").contains("\(row) <code>app</code> |  |  |"), "\(diff.markdown(of: "made up"))")
    }
}
