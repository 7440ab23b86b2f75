import Foundation
import TestSupport
import Testing

/// A route that takes what browsers report.
@Suite struct ReportTests {
    static let proxy = Result { try proxy("1m") }

    /// - Parameter bodyTime: how long one may take to send a report.
    private static func proxy(_ bodyTime: String) throws -> ProxyProcess {
        try ProxyProcess(
            """
            listen: 127.0.0.1:0
            workers: 2
            access_log: off
            timeouts: { request_body: \(bodyTime) }
            upstreams: { app: http://127.0.0.1:1 }
            \(Policy.rules)
            routes:
              - { path: /csp-reports, reports: { rate: 1000, total_rate: 1000, body: 2KB } }
              - { path: /slow, reports: { rate: 1, total_rate: 1 } }
              - { path: /several, reports: { rate: 1 } }

            """)
    }

    /// Where nothing has been reported, nothing is known, and a policy that blocks everything is no suggestion.
    @Test func suggestsNothingOfNothing() throws {
        let proxy = try ProxyProcess(
            "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nroutes: [{ path: /r, reports: {} }, { respond: 200 }]\n")
        let admin = "127.0.0.1:\(proxy.adminPort ?? 0)"
        for format in ["text", "json", "rule"] {
            let said = try run(Places.letterhead, ["csp", "suggest", "--admin", admin, "--format", format])
            #expect(said.status == 1 && said.text.isEmpty && said.errors.contains("no report has come yet"), "\(said)")
        }
        #expect(
            try run(Places.letterhead, ["csp", "suggest", "--admin", admin, "--against", "default-src 'none'"]).status == 0)
    }

    static let csp = ["-H", "Content-Type: application/csp-report"]
    static let violation =
        #"{"csp-report":{"document-uri":"https://app.example/p?token=abc","violated-directive":"img-src","#
        + #""blocked-uri":"https://evil.example/","disposition":"enforce","script-sample":"a\nb\u0007"}}"#
    static let list =
        #"[{"type":"deprecation","age":3,"url":"https://app.example/list","user_agent":"B/1","body":{"id":"Old"}},"#
        + #"{"type":"crash","age":4,"url":"https://app.example/list","user_agent":"B/1","body":{"reason":"oom"}}]"#

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var arguments: [String]
        var status: Int
        var field: (name: String, value: String)?
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "csp", arguments: csp + ["-d", violation], status: 204),
        Case(
            name: "reports", arguments: ["-H", "Content-Type: application/reports+json; charset=utf-8", "-d", list], status: 204),
        Case(name: "asked first", arguments: csp + ["-H", "Expect: 100-continue", "-d", violation], status: 204),
        Case(name: "other type", arguments: ["--json", violation], status: 415),
        Case(name: "no type", arguments: ["-H", "Content-Type:", "-d", violation], status: 415),
        Case(name: "not JSON", arguments: csp + ["-d", "{"], status: 400),
        Case(name: "too deep", arguments: csp + ["-d", String(repeating: "[", count: 2_000)], status: 400),
        Case(name: "nothing", arguments: csp + ["-X", "POST"], status: 400),
        Case(name: "too large", arguments: csp + ["-d", String(repeating: " ", count: 2_049)], status: 413),
        Case(name: "GET", arguments: [], status: 405, field: ("Allow", "POST")),
        Case(name: "plain OPTIONS", arguments: ["-X", "OPTIONS"], status: 405, field: ("Allow", "POST")),
    ]

    @Test(arguments: HTTPVersion.allCases, cases)
    func answers(_ version: HTTPVersion, _ example: Case) throws {
        let arguments = ["-H", "Origin: \(Policy.origin)"] + example.arguments
        let response = try Self.proxy.get().fetch("/csp-reports", version, arguments)
        #expect(response.status == example.status, "\(response)")
        if let field = example.field { #expect(response.fields[field.name] == field.value) }
        Policy.expect(on: response, for: .allowedOrigin, version)
    }

    @Test func preflightIsTheCORSPolicys() throws {
        let response = try Self.proxy.get().fetch(
            "/csp-reports", .http1,
            ["-X", "OPTIONS", "-H", "Origin: \(Policy.origin)", "-H", "Access-Control-Request-Method: POST"])
        #expect(response.status == 204)
        Policy.expect(on: response, for: .preflight)
    }

    @Test func eachReportIsALine() throws {
        let proxy = try Self.proxy.get()
        let id = "report-12345678"
        let agent = ["-A", "Agent/2", "-H", "X-Request-ID: \(id)"]
        _ = try proxy.fetch("/csp-reports", .http1, agent + Self.csp + ["-d", Self.violation])
        _ = try proxy.fetch(
            "/csp-reports", .http2, agent + ["-H", "Content-Type: application/reports+json", "-d", Self.list])
        let violation = try proxy.accessLog(["message": "report", "request_id": id, "type": "csp-violation"])
        #expect(violation["document_url"] == "https://app.example/p?[redacted]")
        #expect(violation["effective_directive"] == "img-src" && violation["blocked_url"] == "https://evil.example/")
        #expect(
            violation["disposition"] == "enforce" && violation["user_agent"] == "Agent/2" && violation["client"] == "127.0.0.1")
        #expect(violation["sample"] == "a\nb\u{7}")
        let crash = try proxy.accessLog(["message": "report", "request_id": id, "type": "crash"])
        #expect(crash["document_url"] == "https://app.example/list" && crash["reason"] == "oom" && crash["user_agent"] == "B/1")
        let deprecation = try proxy.accessLog(["message": "report", "request_id": id, "type": "deprecation"])
        #expect(deprecation["id"] == "Old" && deprecation["age_ms"] == "3")
    }

    /// Five at once, whichever connection and event loop they come on; other routes have their own measure.
    @Test func thereAreNotTooMany() throws {
        let proxy = try Self.proxy.get()
        let clients = [try Connection(port: proxy.port), try Connection(port: proxy.port)]
        var answers: [RawResponse] = []
        // Faster than one a second; and until there are too many, since a pause of the machine earns another.
        while answers.last?.status != 429, answers.count < 500 {
            let client = clients[answers.count % 2]
            try client.send(Self.report("/slow"))
            answers.append(try client.takeResponse(to: "POST"))
        }
        #expect(answers.count > 5 && answers.dropLast().allSatisfy { $0.status == 204 })
        let refused = try #require(answers.last)
        #expect(refused.status == 429 && refused.fields["Retry-After"] == "1")
        Policy.expect(on: refused, for: .noOrigin)
        #expect(try proxy.fetch("/several", .http1, Self.csp + ["-d", Self.violation]).status == 204)
    }

    /// A body that does not say how long it is.
    @Test(arguments: HTTPVersion.allCases)
    func tooLargeInTheEnd(_ version: HTTPVersion) throws {
        let body = [UInt8](repeating: 0x20, count: 2_049)
        let url = try Self.proxy.get().url + "/csp-reports"
        let response = try fetch(url, version, Self.csp + ["-X", "POST", "-T", "-"], input: body)
        #expect(response.status == 413)
    }

    private static func report(_ path: String) -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Type: application/csp-report\r\nContent-Length: \(violation.utf8.count)\r\n\r\n"
            + violation
    }

    /// A body that does not come to its end.
    @Test func bodiesThatStop() throws {
        let proxy = try Self.proxy("300ms")
        let head = "POST /csp-reports HTTP/1.1\r\nHost: a\r\nContent-Type: application/csp-report\r\nContent-Length: 100\r\n\r\n{"
        let connection = try Connection(port: proxy.port)
        try connection.send(head)
        #expect(try connection.takeHead().status == 408)
        let gone = try Connection(port: proxy.port)
        try gone.send(head)
        gone.close()
        #expect(try proxy.fetch("/csp-reports").status == 405)
    }

    /// A body that comes byte by byte, and the connection after a refusal.
    @Test func bodiesInPieces() throws {
        let parts = try Connection(port: try Self.proxy.get().port)
        for byte in Array(Self.report("/csp-reports").utf8) { try parts.send([byte]) }
        #expect(try parts.takeHead().status == 204)
        try parts.send("GET /csp-reports HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try parts.takeHead().status == 405)
    }

    /// Pages of an own certificate are read with -k alone.
    @Test(arguments: [[], ["-k"]]) func suggestsForAnOwnCertificate(_ options: [String]) throws {
        let page = "<script>run()</script>"
        let app = try RawOrigin { _ in "HTTP/1.1 200 OK\r\nContent-Length: \(page.utf8.count)\r\n\r\n\(page)" }
        let site = try Secured([Secured.authority.get().site("localhost")], rules: "", app: app.port)
        let file = Places.scratch("own-certificate.json")
        let report = #""document-uri":"https://a.example/","effective-directive":"script-src-elem","blocked-uri":"inline""#
        try #"{"csp-report":{\#(report)}}"#.write(toFile: file, atomically: true, encoding: .utf8)
        let asked = ["csp", "suggest", "--reports", file, "--page", "https://localhost:\(site.proxy.port)/", "--format", "rule"]
        let said = try run(Places.letterhead, asked + options)
        #expect(said.status == (options.isEmpty ? 1 : 0) && said.text.contains("sha256-") == !options.isEmpty, "\(said)")
    }
}
