import Foundation
import TestSupport
import Testing

/// TLS towards apps: who is believed, who is not, and what people are told.
@Suite struct UpstreamTLSTests {
    private static func proxy(_ app: FlaskApp, _ host: String, tls: String) throws -> ProxyProcess {
        try ProxyProcess(configuration(app, host, tls: tls))
    }

    private static func configuration(_ app: FlaskApp, _ host: String, tls: String) -> String {
        """
        listen: 127.0.0.1:0
        upstreams: { app: { servers: "https://\(host):\(app.port)", tls: { \(tls) }, timeouts: { connect: 1m } } }
        \(Policy.rules)

        """
    }

    private static func app(_ certificate: Certificate, _ more: [String] = []) throws -> FlaskApp {
        try FlaskApp.gunicorn(arguments: ["--certfile", certificate.path, "--keyfile", certificate.key] + more)
    }

    @Test(arguments: ["localhost", "127.0.0.1"])
    func verified(_ host: String) throws {
        let made = try Certificates.shared.get()
        let app = try Self.app(made.server)
        let proxy = try Self.proxy(app, host, tls: "ca: \(made.authority), minimum_version: 1.3")
        for version in HTTPVersion.allCases {
            for path in ["/", "/stream", "/download?bytes=300000", "/boom"] {
                Policy.expect(on: try proxy.fetch(path, version), for: .noOrigin, version)
            }
            #expect(try proxy.fetch("/download?bytes=300000", version).body.count == 300_000)
        }
    }

    /// The host, what is in `tls`, and what the log says; without a cause it works.
    @Test(arguments: [
        ("system authorities", "server", "", "its certificate does not lead to a trusted authority"),
        ("other authority", "server", "ca: STRANGER", "its certificate does not lead to a trusted authority"),
        ("not verified", "server", "verify: false", nil),
        ("other name, not verified", "other", "verify: false", nil),
        ("expired", "expired", "ca: AUTHORITY", "its certificate has expired"),
        // It is for the address that is connected to, but that is not what was asked for.
        ("other name", "other", "ca: AUTHORITY", "its certificate is not for localhost"),
        ("name that is asked for", "other", "ca: AUTHORITY, server_name: other.example", nil),
        (
            "other name that is asked for", "server", "ca: AUTHORITY, server_name: other.example",
            "its certificate is not for other.example"
        ),
    ])
    func judged(_ name: String, _ certificate: String, _ tls: String, _ cause: String?) throws {
        let made = try Certificates.shared.get()
        let app = try Self.app(
            try #require(["server": made.server, "other": made.otherName, "expired": made.expired][certificate]))
        let tls = tls.replacing("AUTHORITY", with: made.authority).replacing("STRANGER", with: made.stranger)
        let proxy = try Self.proxy(app, "localhost", tls: tls)
        try expectLiveExplanation(of: Self.configuration(app, "localhost", tls: tls), isGood: cause == nil)
        let response = try proxy.fetch("/", .http1, ["-H", "Origin: \(Policy.origin)"])
        #expect(response.status == (cause == nil ? 200 : 502), "\(response)")
        Policy.expect(on: response)
        guard let cause else { return }
        #expect(try proxy.accessLog(["status": "502"])["reason"] == "upstream_tls_failed")
        let entry = try proxy.process.line(.error) { line in
            logEntry(line).flatMap { $0["message"] == "upstream connection failed" ? $0 : nil }
        }
        #expect(entry["cause"] == cause && entry["peer"] == "localhost:\(app.port)" && entry["upstream"] == "app", "\(entry)")
    }

    /// `explain --live` believes whom the proxy believes, whatever host is asked for.
    private func expectLiveExplanation(of configuration: String, isGood: Bool) throws {
        let file = Places.scratch("live-\(UUID().uuidString).yaml")
        try configuration.write(toFile: file, atomically: true, encoding: .utf8)
        let said = try run(Places.letterhead, ["explain", "-c", file, "-H", "Host: asked.example", "--live"])
        let expected = isGood ? "200 OK, made by the app" : "502 Bad Gateway, made by the proxy (upstream_tls_failed)"
        #expect(said.text.contains(expected), "\(said)")
    }

    @Test(arguments: [true, false])
    func clientCertificate(_ isShown: Bool) throws {
        let made = try Certificates.shared.get()
        let app = try Self.app(made.server, ["--cert-reqs", "2", "--ca-certs", made.authority])
        let proxy = try Self.proxy(
            app, "localhost",
            tls: "ca: \(made.authority)\(isShown ? ", certificate: \(made.client.path), key: \(made.client.key)" : "")")
        let shown = isShown ? ", certificate: \(made.client.path), key: \(made.client.key)" : ""
        try expectLiveExplanation(
            of: Self.configuration(app, "localhost", tls: "ca: \(made.authority)\(shown)"), isGood: isShown)
        let response = try proxy.fetch("/")
        #expect(response.status == (isShown ? 200 : 502), "\(response)")
        Policy.expect(on: response, for: .noOrigin)
    }

    @Test func webSocket() throws {
        let made = try Certificates.shared.get()
        let server = try ChildProcess(
            Places.python("python"), [Places.integration("clients/websocket_server.py"), made.server.path, made.server.key])
        defer { server.stop() }
        let port = try server.line(.output) { Int($0) }
        let proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            upstreams: { app: { servers: "https://localhost:\(port)", tls: { ca: \(made.authority) }, timeouts: { connect: 1m } } }
            \(Policy.rules)

            """)
        let client = try run(
            Places.python("python"),
            [Places.integration("clients/websocket_client.py"), "ws://127.0.0.1:\(proxy.port)/chat", Policy.origin])
        #expect(client.status == 0, "\(client)")
        #expect(client.text.split(separator: "\n").last == "echoed 40 messages, 2097152 bytes at most; closed 1000")
    }

    /// An app without HTTP/2 is not spoken to in HTTP/1.1 instead.
    @Test func noHTTP2() throws {
        let made = try Certificates.shared.get()
        let app = try Self.app(made.server)
        let proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            upstreams: { app: { servers: "h2://localhost:\(app.port)", tls: { ca: \(made.authority) }, timeouts: { connect: 1m } } }
            \(Policy.rules)

            """)
        #expect(try proxy.fetch("/").status == 502)
        let cause = try proxy.process.line(.error) { line in logEntry(line).flatMap { $0["cause"] } }
        #expect(cause.hasPrefix("it does not speak HTTP/2 over TLS"), "\(cause)")
    }

    /// Each file that cannot be used is named, with its place in the configuration.
    @Test(arguments: [
        ("ca: missing.pem", 4, "cannot read `", "missing.pem`: No such file or directory"),
        ("ca: CONFIG", 4, "no PEM block found in `", "-----BEGIN CERTIFICATE-----`"),
        ("ca: KEY", 4, "there is no certificate in `", "certificate.key`, but a block `PRIVATE KEY`"),
        ("certificate: SERVER, key: SERVER", 4, "there is no private key in `", "certificate.pem`, but a block `CERTIFICATE`"),
        ("certificate: SERVER, key: OTHER", 4, "", "the certificate is for another key"),
    ])
    func badFiles(_ tls: String, _ line: Int, _ start: String, _ end: String) throws {
        let made = try Certificates.shared.get()
        let file = Places.scratch("letterhead.yaml")
        let text = tls.replacing("CONFIG", with: file).replacing("KEY", with: made.server.key)
            .replacing("SERVER", with: made.server.path).replacing("OTHER", with: made.client.key)
        try "upstreams:\n  app:\n    servers: https://localhost:1\n    tls: { \(text) }\n".write(
            toFile: file, atomically: true, encoding: .utf8)
        let finished = try run(Places.letterhead, ["check", "--config", file])
        let first = finished.errors.split(separator: "\n").first ?? ""
        #expect(finished.status == 2 && first.hasPrefix("\(file):\(line):"), "\(finished)")
        #expect(first.contains("error: \(start)") && first.hasSuffix(end), "\(finished)")
    }
}
