import Foundation
import TestSupport
import Testing

/// Rules in shadow in the running proxy: on the wire, in the metrics, the log and the inspector.
@Suite struct ShadowTests {
    private static let policy = """
        admin: 127.0.0.1:0
        workers: 2
        access_log: off
        request_id: { accept: "[a-z0-9]{8}" }
        inspector: { rate: 1000 }
        response_headers:
          - set: { X-Frame-Options: DENY }

        """
    private static let rules = """
          - { set: { X-New: one, Content-Security-Policy: "default-src 'self'" }, shadow: true }
          - { remove: [Server, "X-Debug-*"], shadow: true }
          - { cookies: { secure: true }, shadow: true }
          - { cors: { allow_origins: [https://app.example] }, shadow: true }
          - { set: { X-Copy: "{request.header.authorization}" }, shadow: true }
          - { set: { X-Token-Copy: "{response.header.x-internal-token}" }, shadow: true }

        """
    private static let last = """
          - remove: X-Internal-Token
        request_headers:
          - set: { X-Api-Key: geheim-schluessel }

        """
    private static let request = """
          - { set: { X-To-App: b, X-Key-Copy: "{request.header.x-api-key}" }, shadow: true }

        """
    private static let routes =
        "routes: [{ name: app, path: /app/**, upstream: app }, { name: fixed, path: /fixed, respond: 201 }]\n"
    private static let answers = [
        "/app/page":
            "HTTP/1.1 200 OK\r\nServer: x\r\nX-Debug-One: 1\r\nSet-Cookie: session=geheim456\r\n"
            + "X-Internal-Token: geheim-4711\r\nContent-Length: 2\r\n\r\nok"
    ]

    private static let asks = [
        Ask(target: "/app/page", fields: [("X-Request-ID", "fixed123"), ("Authorization", "Bearer geheim789")]),
        Ask(target: "/fixed", fields: [("X-Request-ID", "fixed124"), ("Origin", Policy.origin)]),
        Ask.preflight("/app/page", [("X-Request-ID", "fixed125")]),
    ]

    private static func comparable(_ exchange: Stand.Exchange) -> [String] {
        func lines(_ fields: FieldList) -> [String] {
            fields.lines.filter { !["date", "x-ask"].contains($0.name.lowercased()) }.map { "\($0.name): \($0.value)" }
        }
        let response = exchange.response
        return ["\(response.status)"] + lines(response.fields) + [String(decoding: response.body, as: UTF8.self)]
            + (exchange.forwarded.map { lines($0.fields) } ?? [])
    }

    @Test func triedAndTold() throws {
        let shadow = try Stand(Self.policy + Self.rules + Self.last + Self.request + Self.routes, answers: Self.answers)
        let without = try Stand(Self.policy + Self.last + Self.routes, answers: Self.answers)
        for version in HTTPVersion.allCases {
            for ask in Self.asks {
                let (with, plain) = (try shadow.ask(ask, version), try without.ask(ask, version))
                #expect(Self.comparable(with) == Self.comparable(plain))
            }
        }
        let count = Double(HTTPVersion.allCases.count)
        let samples = try MetricsTests.samples(shadow.proxy)
        func differences(_ part: String, _ change: String, _ field: String, _ route: String = "app") -> Double {
            samples["letterhead_shadow_differences_total{change=\(change),field=\(field),part=\(part),route=\(route)}"] ?? 0
        }
        #expect(samples["letterhead_shadow_exchanges_total{result=different,route=app}"] == 2 * count, "\(samples)")
        #expect(samples["letterhead_shadow_exchanges_total{result=different,route=fixed}"] == count)
        #expect(differences("response", "removed", "X-Debug-*") == 2 * count)
        #expect(differences("response", "changed", "Set-Cookie") == count)
        #expect(differences("request", "added", "X-To-App") == count)
        #expect(differences("response", "added", "Access-Control-Allow-Origin", "fixed") == count)
        #expect(differences("response", "changed", ":status") == count)
        #expect(differences("request", "removed", ":upstream") == count)
        let ruled = try MetricsTests.samples(without.proxy)
        #expect(!ruled.keys.contains { $0.contains("_shadow_") })
        let hits = samples.keys.filter { $0.hasPrefix("letterhead_rule_hits_total") }
        #expect(!hits.isEmpty && !hits.contains { $0.hasSuffix(":8}") }, "\(hits)")

        let line = try shadow.proxy.process.line(.error) { line -> [String: String]? in
            guard let entry = logEntry(line), entry["message"] == "rules in shadow would change this exchange",
                entry["field"] == "Set-Cookie"
            else { return nil }
            return entry
        }
        #expect(line["sent"] == "session=[redacted]" && line["enforced"] == "session=[redacted] Secure", "\(line)")
        #expect(line["route"] == "app" && line["change"] == "changed" && line["request_id"] == "fixed123")
        // Whatever a rule copies a secret from: the client's request, what rules made of it, or the app's response.
        for field in ["X-Copy", "X-Key-Copy", "X-Token-Copy"] {
            let copy = try shadow.proxy.process.line(.error) { line -> [String: String]? in
                logEntry(line).flatMap { $0["field"] == field ? $0 : nil }
            }
            #expect(copy["enforced"]?.contains("geheim") == false, "\(copy)")
        }

        let client = try ChildProcess("curl", ["-sN", "--noproxy", "*", shadow.proxy.adminURL + "/inspector/events"])
        defer { client.stop() }
        let seen = try client.line(.output) { line -> [String: Any]? in
            guard line.hasPrefix("data: "), line.contains("fixed123") else { return nil }
            return try? JSONSerialization.jsonObject(with: Data(line.dropFirst(6).utf8)) as? [String: Any]
        }
        let told = try #require(seen["shadow"] as? [[String: Any]])
        let fields = told.compactMap { $0["field"] as? String }
        for field in ["X-New", "Server", "X-Debug-One", "Set-Cookie", "X-To-App", "Vary"] {
            #expect(fields.contains(field), "\(told)")
        }
        #expect(!"\(seen)".contains("geheim"))
    }

    /// A reload that enforces the rules does what was said.
    @Test func enforced() throws {
        let origin = try RawOrigin { _ in "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 2\r\n\r\nok" }
        let file = Places.scratch("letterhead.yaml")
        func write(_ shadow: Bool) throws {
            try """
            listen: 127.0.0.1:0
            admin: 127.0.0.1:0
            upstreams: { app: http://127.0.0.1:\(origin.port) }
            response_headers: { shadow: \(shadow), rules: [{ set: { X-New: one } }, { remove: Server }] }
            """.write(toFile: file, atomically: true, encoding: .utf8)
        }
        try write(true)
        let proxy = try ProxyProcess(file: file)
        let tried = try proxy.fetch("/")
        #expect(tried.fields["X-New"] == nil && tried.fields["Server"] == "x")
        try write(false)
        let reloaded = try run("curl", ["-s", "--noproxy", "*", "-X", "POST", proxy.adminURL + "/-/reload"])
        #expect(reloaded.status == 0)
        let sent = try proxy.fetch("/")
        #expect(sent.fields["X-New"] == "one" && sent.fields["Server"] == nil)
    }
}
