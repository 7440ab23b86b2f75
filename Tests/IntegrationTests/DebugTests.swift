import Foundation
import TestSupport
import Testing

/// `debug`: the client that may know is told which rules touched its response, and nobody else notices anything.
@Suite struct DebugTests {
    static let secret = "0123456789abcdef-secret"
    private static let rules = """
        request_id: { accept: "[a-z0-9]{8}" }
        access_log: json
        request_headers:
          - set: { X-Seen: "{request.header.letterhead-debug}" }
        response_headers:
          - cors: { allow_origins: [https://app.example] }
          - set: { X-Frame-Options: DENY }
            name: frames "and" ünicode
          - set: { Cache-Control: "public, max-age=60" }
            when: { status: 2xx }
          - set: { X-Told: yes }
            when: { request_header: Letterhead-Debug }
          - rename: { X-Old: X-New }
          - remove: [Server, X-Gone]
        routes:
          - { path: /dead, upstream: dead }
          - { path: /teapot, respond: { status: 418, body: tea } }
          - { path: /only, method: POST, respond: 200 }
          - { path: /app/**, upstream: app }
        """
    private static let answers = [
        "/app/page":
            "HTTP/1.1 200 OK\r\nServer: x\r\nX-Old: 1\r\nCDN-Cache-Control: max-age=9\r\nX-Accel-Expires: 9\r\nContent-Length: 2\r\n\r\nok",
        "/app/fails": "HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno", "/app/same": "HTTP/1.1 304 Same\r\nETag: \"a\"\r\n\r\n",
    ]

    private static func stand(_ debug: String) throws -> Stand {
        try Stand(
            "\(debug)\n\(rules)", upstreams: ", dead: http://127.0.0.1:\(try Shared.deadPort.get().port)", answers: answers)
    }

    static let plain = Result { try stand("") }
    static let traced = Result { try stand("debug: { secret: \(secret) }") }

    private func ask(_ target: String, _ secret: [String] = [], _ more: [(String, String)] = []) -> Ask {
        var ask = Ask(target: target)
        ask.fields = [("X-Request-ID", "fixed123"), ("Origin", "https://app.example")] + more
        ask.fields += secret.map { ("Letterhead-Debug", $0) }
        return ask
    }

    /// Everything but the time of day.
    private func comparable(_ response: RawResponse) -> String {
        let lines = response.fields.lines.filter { $0.name.lowercased() != "date" }.map { "\($0.name): \($0.value)\n" }
        return "\(response.status)\n\(lines.joined())\n\(String(decoding: response.body, as: UTF8.self))"
    }

    /// Who has no secret, or a wrong one, gets what he gets without `debug`; and what he tried goes nowhere.
    @Test(arguments: ["/app/page", "/app/fails", "/app/same", "/dead", "/teapot", "/nowhere", "/only"], HTTPVersion.allCases)
    func othersSeeNothing(_ target: String, _ version: HTTPVersion) throws {
        let expected = comparable(try Self.plain.get().ask(ask(target), version).response)
        let wrong: [[String]] = [
            [], ["wrong"], [""], [Self.secret.uppercased()], [Self.secret + "x"], [String(Self.secret.dropLast())],
            [Self.secret, Self.secret], ["wrong", Self.secret], [String(repeating: Self.secret, count: 2)],
        ]
        for secret in wrong {
            let exchange = try Self.traced.get().ask(ask(target, secret), version)
            #expect(comparable(exchange.response) == expected, "\(secret)")
            #expect(exchange.forwarded?.fields.all("Letterhead-Debug") ?? [] == [])
        }
    }

    @Test(arguments: HTTPVersion.allCases)
    func tellsWhatTheRulesDid(_ version: HTTPVersion) throws {
        let stand = try Self.traced.get()
        let exchange = try stand.ask(ask("/app/page", [Self.secret]), version)
        let fields = exchange.response.fields
        #expect(exchange.forwarded?.fields.names.contains("Letterhead-Debug") == false)
        #expect(exchange.forwarded?.fields.names.contains("X-Seen") == false && fields.all("X-Told") == [])
        let trace = fields.all("Letterhead-Trace")
        #expect(
            trace.first?.hasPrefix("exchange;id=\"fixed123\";source=upstream;upstream=\"app\";route=\"") == true
                && trace.first?.hasSuffix(";rules=6;applied=6;cache-control=\"public, max-age=60\"") == true, "\(trace)")
        let rules = trace.dropFirst().map { $0.replacing(#/"[^"]*letterhead\.yaml:\d+"/#, with: "") }
        #expect(
            rules == [
                #";added="Access-Control-Allow-Origin Vary""#,
                #";name="frames \"and\" ?nicode";added="X-Frame-Options""#,
                #";added="Cache-Control""#, #";changed="X-Old>X-New""#, #";removed="Server""#, #"end;for=;changed="Vary""#,
            ])
        #expect(fields.all("Cache-Control") == ["private, no-store"])
        #expect(fields.all("CDN-Cache-Control") == [] && fields.all("X-Accel-Expires") == [])
        let log = try stand.proxy.accessLog(["path": "/app/page", "debug": "1"])
        #expect(!log.values.contains { $0.contains(Self.secret) })
        #expect(!stand.proxy.process.text(.output).contains(Self.secret))
    }

    @Test(arguments: [
        ("text/plain", "Why: "), ("text/html", "<p>Why: "), ("application/json", #""cause":""#),
    ])
    func errorPagesSayWhy(_ type: String, _ start: String) throws {
        let stand = try Self.traced.get()
        let dead = try stand.ask(ask("/dead", [Self.secret], [("Accept", type)]), .http1).response
        let text = String(decoding: dead.body, as: UTF8.self)
        #expect(dead.status == 502 && text.contains("\(start)No connection to the upstream `dead` (http, 127.0.0.1:"), "\(text)")
        #expect(dead.fields["X-Frame-Options"] == "DENY")
        let nowhere = try stand.ask(ask("/nowhere", [Self.secret], [("Accept", type)]), .http1).response
        #expect(String(decoding: nowhere.body, as: UTF8.self).contains("\(start)No route of the configuration"))
        #expect(nowhere.fields.all("Letterhead-Trace").first?.contains(";source=proxy;reason=\"no_route\";rules=") == true)
    }

    /// A gRPC client reads it where its errors have their words.
    @Test func gRPCErrorsSayWhy() throws {
        let type = [("Content-Type", "application/grpc")]
        for (stand, secret) in [(try Self.traced.get(), [Self.secret]), (try Self.plain.get(), [])] {
            var call = ask("/dead", secret, type)
            call.method = "POST"
            let dead = try stand.ask(call, .http2).response
            let message = dead.fields["grpc-message"] ?? ""
            #expect(dead.fields["grpc-status"] == "14" && message.hasPrefix("The application behind this site could not"))
            #expect(message.contains("Why: No connection to the upstream `dead`") == !secret.isEmpty, "\(message)")
        }
    }

    /// A preflight that is refused is called in the trace what the log calls it.
    @Test(arguments: [("https://app.example", "preflight"), ("https://other.example", "preflight_refused")])
    func preflights(_ origin: String, _ reason: String) throws {
        let stand = try Self.traced.get()
        let target = "/app/\(reason)"
        let asked = Ask.preflight(target, origin: origin, [("Letterhead-Debug", Self.secret)])
        let trace = try stand.ask(asked, .http1).response.fields.all("Letterhead-Trace")
        #expect(trace.first?.contains(";source=proxy;reason=\"\(reason)\";") == true, "\(trace)")
        #expect(try stand.proxy.accessLog(["path": target])["reason"] == reason)
    }

    /// A 304 would write its fields into what a cache has.
    @Test func notOn304() throws {
        let response = try Self.traced.get().ask(ask("/app/same", [Self.secret]), .http1).response
        #expect(
            response.status == 304 && response.fields.all("Letterhead-Trace") == [] && response.fields["Cache-Control"] == nil)
    }

    /// The message could not be read, and the client may still know why.
    @Test func unreadableRequests() throws {
        let proxy = try Self.traced.get().proxy
        let connection = try Connection(port: proxy.port)
        try connection.send("GET / HTTP/1.1\r\nHost: a\r\nLetterhead-Debug: \(Self.secret)\r\nbad name: x\r\n\r\n")
        let text = String(decoding: try connection.takeToEnd(), as: UTF8.self)
        #expect(text.contains("Why: A field name has a blank inside it or before its colon."), "\(text)")
        #expect(text.contains("Letterhead-Trace: exchange;"))
    }

    /// The line of a 5xx says what happened, traced or not.
    @Test(arguments: [("/app/fails", "app", 500, "app_error"), ("/dead", "dead", 502, "connect_failed")])
    func logOfErrors(_ target: String, _ upstream: String, _ status: Int, _ reason: String) throws {
        let stand = try Self.plain.get()
        _ = try stand.ask(ask(target), .http1)
        let line = try stand.proxy.accessLog(["path": target, "status": "\(status)"])
        #expect(line["policy"] == "applied" && line["upstream"] == upstream && line["reason"] == reason, "\(line)")
        #expect(line["request_id"] == "fixed123" && line["debug"] == nil)
    }

    /// However many rules there are, peers in front can take the response.
    @Test func isBounded() throws {
        let rules = (0..<400).map { "  - set: { X-Field-\($0): a }" }.joined(separator: "\n")
        let stand = try Stand("debug: { allow_from: 127.0.0.0/8 }\nresponse_headers:\n\(rules)")
        let fields = try stand.ask(Ask(), .http1).response.fields
        let lines = fields.all("Letterhead-Trace")
        #expect(lines.reduce(0) { $0 + $1.utf8.count + 20 } <= 2_048 && lines.count > 10)
        #expect(lines.last?.hasPrefix("more;rules=3") == true, "\(lines.last ?? "")")
        #expect(fields["X-Field-399"] == "a")
    }

    /// Both are asked for: the address and the secret.
    @Test(arguments: [
        ("{ allow_from: [127.0.0.0/8] }", [], true), ("{ allow_from: [10.0.0.0/8] }", [], false),
        ("{ allow_from: [10.0.0.0/8], secret: \(secret) }", [secret], false),
        ("{ allow_from: [127.0.0.1], secret: \(secret) }", [secret], true),
        ("{ allow_from: [127.0.0.1], secret: \(secret) }", [], false),
    ])
    func addresses(_ debug: String, _ given: [String], _ isTold: Bool) throws {
        let stand = try Stand("debug: \(debug)")
        let response = try stand.ask(ask("/", given), .http1).response
        #expect(response.fields.all("Letterhead-Trace").isEmpty != isTold)
    }
}
