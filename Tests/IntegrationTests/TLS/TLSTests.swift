import Foundation
import TestSupport
import Testing

/// Listeners with TLS, asked by curl and openssl.
@Suite struct TLSTests {
    static let site = Result { try Secured.authority.get().site("site.example", "www.site.example") }
    static let wild = Result { try Secured.authority.get().site("*.wild.example") }
    static let stand = Result { try Secured([try site.get(), try wild.get()]) }

    /// The protocols, the versions, and what the app and the log are told of them.
    @Test(
        arguments: [["--http2"], ["--http1.1"], ["--no-alpn", "--http1.1"]],
        [["--tlsv1.2", "--tls-max", "1.2"], ["--tlsv1.3"]])
    func versions(_ http: [String], _ version: [String]) throws {
        let stand = try Self.stand.get()
        let response = try stand.fetch("/versions", http + version)
        let isHTTP2 = http == ["--http2"]
        #expect(response.status == 200 && response.version == (isHTTP2 ? "HTTP/2" : "HTTP/1.1"))
        Policy.expect(on: response, for: .allowedOrigin, isHTTP2 ? .http2 : .http1)
        #expect(
            response.text.contains("X-Forwarded-Proto: https\n")
                && response.text.contains("X-Forwarded-Port: \(stand.proxy.port)\n"))
    }

    @Test(arguments: [
        ("site.example", "site.example"), ("www.site.example", "site.example"), ("WWW.Site.example", "site.example"),
        ("a.wild.example", "*.wild.example"), ("a.b.wild.example", "site.example"), ("wild.example", "site.example"),
        ("other.example", "site.example"),
    ])
    func serverNames(_ asked: String, _ expected: String) throws {
        #expect(try Self.shown(to: asked, port: try Self.stand.get().proxy.port) == expected)
    }

    /// The name in the certificate that a client is shown.
    static func shown(to name: String, port: Int) throws -> String? {
        let finished = try run(
            "openssl", ["s_client", "-connect", "127.0.0.1:\(port)", "-servername", name], input: Array("x".utf8))
        let line = finished.text.split(separator: "\n").first { $0.hasPrefix("subject=") }
        return line.flatMap { $0.split(separator: " ").last.map(String.init) }
    }

    @Test(arguments: ["CBC", "RC4", "kRSA", "DHE", "NULL", "3DES"])
    func weakSuitesAreRefused(_ kind: String) throws {
        let port = try Self.stand.get().proxy.port
        let finished = try run(
            "openssl",
            [
                "s_client", "-connect", "127.0.0.1:\(port)", "-tls1_2", "-cipher",
                "\(kind == "CBC" ? "ECDHE-RSA-AES128-SHA256" : kind):@SECLEVEL=0",
            ])
        #expect(finished.status != 0, "\(finished.text)")
    }

    @Test func oldVersionsAreRefused() throws {
        let site = try Self.site.get()
        let modern = try Secured([site], tls: "      minimum_version: 1.3")
        #expect(try modern.curl("/", ["--tls-max", "1.2"]).exitCode == 35)
        #expect(try modern.fetch().status == 200)
        #expect(try modern.failure("unsupported_protocol")["client"] == "127.0.0.1")
        let port = try Self.stand.get().proxy.port
        let old = try run("openssl", ["s_client", "-connect", "127.0.0.1:\(port)", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"])
        #expect(old.status != 0 && old.errors.contains("alert"), "\(old)")
    }

    @Test func placeholdersAndConditions() throws {
        let rules = """
            response_headers:
              - set: { X-TLS: "{tls.version} {tls.cipher} {tls.server_name}" }
                when: { scheme: https }
              - preset: security
            """
        let stand = try Secured([try Self.site.get()], more: "  - { bind: 127.0.0.1:0 }", listeners: 2, rules: rules)
        let response = try stand.fetch()
        #expect(response.fields["x-tls"] == "TLSv1.3 TLS_AES_256_GCM_SHA384 site.example", "\(response)")
        #expect(response.fields["strict-transport-security"] != nil)
        let older = try stand.fetch("/", ["--tlsv1.2", "--tls-max", "1.2", "--http1.1"])
        #expect(older.fields["X-TLS"] == "TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 site.example", "\(older)")
        let plain = try TestSupport.fetch("http://127.0.0.1:\(stand.proxy.ports[1])/")
        #expect(plain.fields["X-TLS"] == nil && plain.fields["Strict-Transport-Security"] == nil, "\(plain)")
    }

    /// One connection, then a request for a name that the certificate is not for (RFC 9110 §7.4).
    @Test(arguments: [("www.site.example", 200), ("other.example", 421)])
    func misdirectedRequests(_ host: String, _ status: Int) throws {
        let response = try Self.stand.get().fetch("/", ["--http2", "-H", "Host: \(host)"])
        #expect(response.status == status)
        Policy.expect(on: response, for: .allowedOrigin, .http2)
    }

    /// A large body both ways, and many connections after another that resume their session.
    @Test func largeBodiesAndResumption() throws {
        let origin = try RawOrigin { request in
            "HTTP/1.1 200 OK\r\nContent-Length: \(request.body.count)\r\n\r\n" + String(decoding: request.body, as: UTF8.self)
        }
        let stand = try Secured([try Self.site.get()], settings: "limits: { request_body: 0 }", origin: origin)
        let body = Array(String(repeating: "0123456789abcdef", count: 1 << 17).utf8)
        for http in ["--http2", "--http1.1"] {
            let result = try TestSupport.curl(
                "https://site.example:\(stand.proxy.port)/", .secure,
                [http, "--cacert", stand.root.certificate.path, "--resolve", "site.example:\(stand.proxy.port):127.0.0.1"]
                    + ["--data-binary", "@-"], input: body)
            #expect(result.response?.body == body, "\(result.exitCode) \(result.errors)")
        }
        let resumed = try run(
            "openssl",
            ["s_client", "-connect", "127.0.0.1:\(stand.proxy.port)", "-servername", "site.example", "-reconnect", "-tls1_2"],
            input: Array("Q\n".utf8))
        #expect(resumed.text.contains("Reused, TLSv1.2"), "\(resumed.text)")
    }

    /// The app breaks off a body that only the end of the connection ends: the client must not take TLS's proper end for it.
    @Test func truncatedBodiesAreSeen() throws {
        let origin = try RawOrigin { connection, _, _ in
            _ = try connection.takeHead()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        }
        let stand = try Secured([try Self.site.get()], origin: origin)
        for http in ["--http1.1", "--http2"] {
            let result = try stand.curl("/", [http])
            #expect([18, 56, 92].contains(result.exitCode), "\(result)")
        }
    }

    @Test func certificatesAreReloaded() throws {
        let authority = try Secured.authority.get()
        let (first, second) = (try authority.site("one.example").copy(), try authority.site("two.example"))
        let stand = try Secured([first])
        let port = stand.proxy.port
        let held = try Connection(port: port)
        #expect(try Self.shown(to: "x", port: port) == "one.example")

        // Bad ones change nothing.
        try "nonsense".write(toFile: first.path, atomically: true, encoding: .utf8)
        stand.proxy.process.signal(SIGHUP)
        let complaint = try stand.proxy.process.line(.error) { logEntry($0)?["error"] }
        #expect(complaint.contains("no PEM block found in `\(first.path)`"), "\(complaint)")
        #expect(try Self.shown(to: "x", port: port) == "one.example")
        try second.install(as: Certificate(path: first.path, key: Places.scratch("elsewhere")))
        stand.proxy.process.signal(SIGHUP)
        _ = try stand.proxy.process.line(.error) { line in
            logEntry(line)?["error"].flatMap { $0.contains("does not match") ? $0 : nil }
        }
        #expect(try Self.shown(to: "x", port: port) == "one.example")

        try second.install(as: first)
        stand.proxy.process.signal(SIGHUP)
        _ = try stand.proxy.process.line(.error) { logEntry($0)?["message"] == "configuration reloaded" ? true : nil }
        #expect(try Self.shown(to: "x", port: port) == "two.example")
        let response = try stand.fetch("/", name: "two.example")
        #expect(response.status == 200)
        Policy.expect(on: response, for: .allowedOrigin, .http2)
        held.close()
    }
}
