import Foundation
import TestSupport
import Testing

/// What comes to a TLS port that is no handshake, or a bad one: told in the log, answered where possible, alone.
@Suite struct BadHandshakeTests {
    static let stand = Result { try stand("1m") }

    private static func stand(_ handshake: String) throws -> Secured {
        try Secured(
            [try TLSTests.site.get()], tls: "      strict_sni: true", settings: "timeouts: { handshake: \(handshake) }")
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: site.example\r\nOrigin: \(Policy.origin)\r\n\r\n",
        "GET / HTTP/1.0\r\nOrigin: \(Policy.origin)\r\n\r\n",
        "POST /x HTTP/1.1\r\nHost: a\r\nOrigin: \(Policy.origin)\r\nContent-Length: 3\r\n\r\nabc",
    ])
    func plainHTTP(_ request: String) throws {
        let stand = try Self.stand.get()
        let client = try Connection(port: stand.proxy.port)
        try client.send(request)
        let response = try client.takeResponse()
        #expect(response.status == 400 && response.text.contains("This port speaks HTTPS"), "\(response)")
        #expect(response.fields["Content-Type"]?.hasPrefix("text/plain") == true)
        #expect(response.fields["Strict-Transport-Security"] == nil)
        Policy.expect(on: response)
        #expect(try client.isClosedByPeer())
        #expect(try stand.failure("plain_http")["client"] == "127.0.0.1")
    }

    /// HTTP/2 in clear, and letters that are no request.
    @Test(arguments: ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "Hello\r\n\r\n", "A"])
    func otherText(_ text: String) throws {
        let client = try Connection(port: try Self.stand.get().proxy.port)
        try client.send(text)
        client.finish()
        let answer = String(decoding: try client.takeToEnd(), as: UTF8.self)
        #expect(answer.isEmpty ? text == "A" : answer.hasPrefix("HTTP/1.1 "), "\(answer)")
        try Self.goesOn()
    }

    private static let hello: [UInt8] = Array([0x16, 3, 1, 0, 0x30, 1, 0, 0, 0x2C, 3, 3] + [UInt8](repeating: 7, count: 37))

    /// Each is closed, most with an alert (record type 21), and the log says why.
    @Test(
        arguments: [
            ([0x80, 0x2E, 1, 0, 2, 0, 0, 0, 0, 0], true), ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0], true),
            ([0x16, 3, 1, 0xFF, 0xFF, 1, 2, 3], true), ([0x16, 3, 1, 0, 0, 0x16, 3, 1, 0, 0], false),
            ([0x16, 3, 1, 0, 4, 2, 0, 0, 0], true), ([0x17, 3, 3, 0, 1, 0], true), ([0x15, 3, 3, 0, 2, 2, 40], false),
            (hello + [0, 0, 0, 0, 0], true),
        ] as [([UInt8], Bool)])
    func garbage(_ bytes: [UInt8], _ hasAlert: Bool) throws {
        let client = try Connection(port: try Self.stand.get().proxy.port)
        try client.send(bytes)
        client.finish()
        let answer = try client.takeToEnd()
        #expect(answer.first == 21 || !hasAlert, "\(answer)")
        // unexpected_message, or what is wrong with a handshake that is tried (record_overflow, decode_error …); and a reason that fits.
        let isHandshake = bytes[0] == 0x16
        #expect(answer.count < 7 || (isHandshake ? [10, 22, 47, 50, 70] : [10]).contains(answer[6]), "\(answer)")
        _ = try Self.stand.get().failure(isHandshake ? "bad_client_hello" : "not_tls")
        try Self.goesOn()
    }

    @Test func truncatedHello() throws {
        let stand = try Self.stand.get()
        let client = try Connection(port: stand.proxy.port)
        try client.send(Array(Self.hello.prefix(20)))
        client.finish()
        #expect(try client.takeToEnd().isEmpty)
        #expect(try stand.failure("closed_during_handshake")["listener"] == "127.0.0.1:0")
        try Self.goesOn()
    }

    /// Slow ones are cut off: who says nothing, who says half, and who says a byte now and then.
    @Test func slowHandshakes() throws {
        let stand = try Self.stand("300ms")
        let silent = try Connection(port: stand.proxy.port)
        let half = try Connection(port: stand.proxy.port)
        try half.send(Array(Self.hello.prefix(20)))
        #expect(try half.isClosedByPeer() && silent.isClosedByPeer())
        _ = try stand.failure("handshake_timeout")
    }

    @Test func unknownNames() throws {
        let stand = try Self.stand.get()
        let result = try stand.curl("/", name: "other.example")
        #expect(result.exitCode == 35 && result.errors.contains("unrecognized name"), "\(result)")
        // Who names no site gets none either.
        let nameless = try run("openssl", ["s_client", "-connect", "127.0.0.1:\(stand.proxy.port)", "-noservername"])
        #expect(nameless.errors.contains("unrecognized name"), "\(nameless)")
        let lines = try stand.proxy.process.lines(.error, 2) { line in
            logEntry(line)?["reason"] == "unknown_server_name" ? logEntry(line)?["server_name"] ?? "" : nil
        }
        #expect(lines.allSatisfy { ["", "other.example"].contains($0) })
        try Self.goesOn()
    }

    @Test func unknownProtocols() throws {
        let stand = try Self.stand.get()
        let finished = try run(
            "openssl",
            ["s_client", "-connect", "127.0.0.1:\(stand.proxy.port)", "-servername", "site.example", "-alpn", "spdy/1,imap"])
        #expect(finished.status != 0 && finished.errors.contains("no application protocol"), "\(finished)")
        #expect(try stand.failure("no_application_protocol")["server_name"] == "site.example")
    }

    /// (With TLS 1.3, OpenSSL says it in clear where the server expects cipher text.) The client does not trust the certificate: it says so, and the log too.
    @Test func refusedByTheClient() throws {
        let stand = try Self.stand.get()
        let port = stand.proxy.port
        let result = try TestSupport.curl(
            "https://site.example:\(port)/", .secure, ["--tls-max", "1.2", "--resolve", "site.example:\(port):127.0.0.1"])
        #expect(result.exitCode == 60)
        #expect(try stand.failure("tlsv1_alert_unknown_ca")["server_name"] == "site.example")
    }

    static func goesOn() throws {
        let response = try stand.get().fetch()
        #expect(response.status == 200)
        Policy.expect(on: response, for: .allowedOrigin, .http2)
    }
}
