import TestSupport
import Testing

/// Promise 9: whatever byte comes from app or client, and wherever a rule puts it, what leaves is one message.
@Suite struct AnyByteTests {
    /// RFC 9110 §5.5: visible characters, blanks and obs-text.
    static func isLegal(_ byte: Int) -> Bool { byte == 9 || (byte >= 0x20 && byte != 0x7F) }
    static func text(_ byte: Int) -> String { Bytes.text([UInt8(truncatingIfNeeded: byte)]) }

    static let echoes = """
        request_headers:
          - set: { X-Up: "{path}|{path.rest}|{query}|{request.header.X-In}|{request.cookie.c}|{host}" }
        response_headers:
          - cors: { allow_origins: ["regex:https://.*"], allow_headers: [echo] }
          - set: { X-In-Back: "[{request.header.X-In}]" }
          - set: { X-Out-Back: "[{response.header.X-Out}]" }
          - add: { X-Path: "[{path}]", X-Query: "[{query}]", X-Uri: "[{uri}]", X-Rest: "[{path.rest}]" }
          - set: { X-Host: "[{host}|{host.port}|{authority}]", X-Origin: "[{request.header.Origin}]" }
          - set: { X-Cookie: "[{request.cookie.c}]", Location: "https://site.example{uri}" }
          - merge: { X-List: "[{response.header.X-Out}]" }
          - merge: { X-Members: one }
          - edit: { X-Edited: { match: "(.*)", replace: "<$1>" } }
          - cookies: { secure: true, path: / }
          - set: { X-End: end }
        routes: [{ path: "/under/**", upstream: app }, { upstream: app }]
        """

    static let stand = Result {
        var answers: [String: String] = [:]
        for byte in 0...255 {
            let value = "a\(text(byte))b"
            let fields = ["X-Out", "X-Edited", "Set-Cookie", "Vary", "Access-Control-Allow-Origin", "Location", "X-List"]
            answers["/b\(byte)"] =
                "HTTP/1.1 200 OK\r\n" + fields.map { "\($0): \(value)\r\n" }.joined() + "Content-Length: 2\r\n\r\nok"
            answers["/n\(byte)"] = "HTTP/1.1 200 OK\r\nX-N\(text(byte))ame: 1\r\nContent-Length: 2\r\n\r\nok"
        }
        return try Stand(echoes, answers: answers)
    }

    /// In the app's values, through every kind of rule.
    @Test(arguments: 0...255, HTTPVersion.allCases)
    func inValuesOfTheApp(_ byte: Int, _ version: HTTPVersion) throws {
        let response = try Self.stand.get().ask(Ask(target: "/b\(byte)"), version).response
        #expect(response.status == (Self.isLegal(byte) ? 200 : 502))
        #expect(response.fields["X-End"] == "end" && response.fields["X-Injected"] == nil)
        guard Self.isLegal(byte) else { return }
        let value = "a\(Self.text(byte))b"
        #expect(response.fields["X-Out"] == value && response.fields["X-Out-Back"] == "[\(value)]")
        #expect(response.fields["X-Edited"] == "<\(value)>")
        #expect(response.fields.all("Set-Cookie").count == 1)
        #expect(response.fields.all("Access-Control-Allow-Origin").isEmpty)
    }

    /// In the app's names: a token, or the response is none.
    @Test(arguments: 0...255, HTTPVersion.allCases)
    func inNamesOfTheApp(_ byte: Int, _ version: HTTPVersion) throws {
        let scalar = Unicode.Scalar(UInt8(truncatingIfNeeded: byte))
        let isToken =
            scalar.properties.isASCIIHexDigit || (scalar.isASCII && scalar.properties.isAlphabetic)
            || "0123456789!#$%&'*+-.^_`|~".unicodeScalars.contains(scalar)
        let response = try Self.stand.get().ask(Ask(target: "/n\(byte)"), version).response
        // A colon ends the name.
        #expect(response.status == (isToken || scalar == ":" ? 200 : 502), "\(response)")
        #expect(response.fields["X-End"] == "end")
    }

    /// In the client's values, target and host: echoed whole, or the field is dropped, or the request is refused.
    @Test(arguments: 0...255, HTTPVersion.allCases)
    func fromTheClient(_ byte: Int, _ version: HTTPVersion) throws {
        let byteText = Self.text(byte)
        let value = "a\(byteText)b"
        let asks = [
            Ask(target: "/under/x", fields: [("X-In", value), ("Cookie", "c=\(value)"), ("Origin", "https://\(value)")]),
            Ask(
                method: "OPTIONS", target: "/under/x",
                fields: [
                    ("Origin", "https://a.example"), ("Access-Control-Request-Method", value),
                    ("Access-Control-Request-Headers", value),
                ]),
            Ask(target: "/under/\(value)?\(value)"), Ask(target: "/under/x", host: value),
        ]
        for (index, ask) in asks.enumerated() {
            guard let response = try ask.send(port: try Self.stand.get().proxy.port, version) else {
                #expect(version == .http2 && (!Self.isLegal(byte) || index > 1), "no answer to \(ask)")
                continue
            }
            if index < 2 { #expect((response.status < 300) == Self.isLegal(byte), "\(ask) \(response)") }
            if index == 0, Self.isLegal(byte) { #expect(response.fields["X-In-Back"] == "[\(value)]") }
            #expect([200, 204, 400].contains(response.status))
            #expect(response.fields["X-End"] == "end" && response.fields.all("X-Injected").isEmpty)
        }
    }

    /// Attempts to end a line inside a value, literal and in every escape that somebody might undo.
    static let splits = [
        "\r\nX-Injected: 1", "\nX-Injected: 1", "\rX-Injected: 1", "\0\r\nX-Injected: 1", "%0d%0aX-Injected:%201",
        "%0D%0AX-Injected:%201", "%250d%250aX-Injected:%201", "%E5%98%8A%E5%98%8DX-Injected:%201",
        "\u{E5}\u{98}\u{8A}\u{E5}\u{98}\u{8D}X-Injected",
        "\\r\\nX-Injected: 1", "\u{85}X-Injected: 1", "\u{0B}X-Injected: 1", "\u{0C}X-Injected: 1", "&#13;&#10;X-Injected: 1",
        "{{nonce}}{request.header.Cookie}", "$1$0${HOME}", "\r\n\r\nHTTP/1.1 200 OK\r\nX-Injected: 1\r\n\r\n",
    ]

    @Test(arguments: splits, HTTPVersion.allCases)
    func splitting(_ attempt: String, _ version: HTTPVersion) throws {
        let asks = [
            Ask(target: "/under/\(attempt)"), Ask(target: "/under/x?next=\(attempt)"),
            Ask(target: "/under/x", host: "a\(attempt)"),
            Ask(target: "/under/x", fields: [("X-In", attempt)]), Ask(target: "/under/x", fields: [("Cookie", "c=\(attempt)")]),
            Ask(target: "/under/x", fields: [("Origin", "https://a\(attempt)")]),
            .preflight("/under/x", [("Access-Control-Request-Headers", attempt)]),
        ]
        for ask in asks {
            // On HTTP/1 a literal line end ends the client's own line: that is another request, not an attack on this one.
            if version == .http1, attempt.unicodeScalars.contains("\n") { continue }
            let exchange = try? Self.stand.get().ask(ask, version)
            guard let exchange else {
                #expect(version == .http2)
                continue
            }
            #expect(exchange.response.fields.all("X-Injected").isEmpty && exchange.response.fields["X-End"] == "end")
            #expect(exchange.forwarded?.fields.all("X-Injected").isEmpty != false)
            // An escape is passed on as it is, never undone.
            if let location = exchange.response.fields["Location"], ask.target.contains("%") {
                #expect(location == "https://site.example\(ask.target)")
            }
        }
    }

    /// Long and many.
    @Test(arguments: HTTPVersion.allCases)
    func large(_ version: HTTPVersion) throws {
        let long = String(repeating: "x", count: 60_000)
        let stand = try Stand(
            """
            limits: { request_headers: 1MB, header_count: 2000 }
            \(Self.echoes)
            """,
            answers: [
                "/under/long":
                    "HTTP/1.1 200 OK\r\nX-Out: \(long)\r\nSet-Cookie: a=\(long)\r\nX-Edited: \(long)\r\nContent-Length: 0\r\n\r\n",
                "/under/many": "HTTP/1.1 200 OK\r\n"
                    + (0..<900).map { "X-Members: m\($0)\r\nSet-Cookie: c\($0)=1\r\n" }.joined() + "Content-Length: 0\r\n\r\n",
            ])
        let all = try stand.ask(Ask(target: "/under/long", fields: [("X-In", long), ("Cookie", "c=\(long)")]), version).response
        #expect(all.status == 200 && all.fields["X-In-Back"] == "[\(long)]" && all.fields["X-Out-Back"] == "[\(long)]")
        #expect(all.fields["X-Edited"] == "<\(long)>" && all.fields["X-Cookie"] == "[\(long)]")
        #expect(all.fields["Set-Cookie"] == "a=\(long); Path=/; Secure" && all.fields["X-List"]?.count == 60_002)
        let many = try stand.ask(Ask(target: "/under/many"), version).response
        #expect(many.fields["X-End"] == "end" && many.fields.all("X-Members").count == 1)
        #expect(
            many.fields.all("Set-Cookie").count == 900
                && many.fields.all("Set-Cookie").allSatisfy { $0.hasSuffix("; Path=/; Secure") })
    }
}
