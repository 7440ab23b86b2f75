import Foundation
import TestSupport
import Testing

/// WebSockets over TLS, and over HTTP/2 by extended CONNECT (RFC 8441): the app sees an upgrade, the client a 200.
@Suite struct WebSocketTests {
    private struct Echo {
        let server: ChildProcess
        let stand: Secured
        let clear: ProxyProcess

        init() throws {
            let server = try ChildProcess(Places.python("python"), [Places.integration("clients/websocket_server.py")])
            self.server = server
            let port = try server.line(.output) { Int($0) }
            clear = try ProxyProcess("listen: 127.0.0.1:0\nupstreams: { app: http://127.0.0.1:\(port) }\n\(Policy.rules)\n")
            stand = try Secured([try TLSTests.site.get()], app: port)
        }
    }

    private static func client(_ scenario: String, _ port: Int, _ authority: String?) throws -> [Substring] {
        let finished = try run(
            Places.python("python"),
            [Places.integration("clients/websocket_http2.py"), scenario, "\(port)"] + (authority.map { [$0] } ?? []))
        #expect(finished.status == 0, "\(finished.errors)")
        return finished.text.split(separator: "\n")
    }

    private static func client(_ scenario: String, _ origin: RawOrigin) throws -> [Substring] {
        let proxy = try proxy(origin)
        return try withExtendedLifetime(proxy) { try client(scenario, proxy.port, nil) }
    }

    @Test func echoOverHTTP2() throws {
        let echo = try Echo()
        defer { echo.server.stop() }
        for (port, authority) in [(echo.clear.port, nil), (echo.stand.proxy.port, echo.stand.root.certificate.path)] {
            let lines = try Self.client("echo", port, authority)
            #expect(lines.last == "echoed 10 messages, 1048576 bytes at most; closed 1000")
            let response = RawResponse(version: "HTTP/2", status: 200, fields: FieldList(parsing: lines.dropLast()))
            #expect(lines.first == ":status: 200")
            #expect(["upgrade", "connection", "sec-websocket-accept"].allSatisfy { response.fields[$0] == nil })
            Policy.expect(on: response, for: .allowedOrigin, .http2)
        }
    }

    @Test func echoOverTLS() throws {
        let echo = try Echo()
        defer { echo.server.stop() }
        let finished = try run(
            Places.python("python"),
            [
                Places.integration("clients/websocket_client.py"), "wss://127.0.0.1:\(echo.stand.proxy.port)/chat", Policy.origin,
                echo.stand.root.certificate.path, "site.example",
            ])
        let lines = finished.text.split(separator: "\n")
        #expect(lines.last == "echoed 40 messages, 2097152 bytes at most; closed 1000", "\(finished)")
        Policy.expect(on: RawResponse(version: "HTTP/1.1", status: 101, fields: FieldList(parsing: lines.dropLast())))
    }

    /// A page over HTTPS opens a WebSocket to where it came from: Chromium takes the HTTP/2 connection that it has.
    @Test func chromium() throws {
        let server = try ChildProcess(Places.python("python"), [Places.integration("clients/websocket_server.py")])
        defer { server.stop() }
        let page = """
            <!doctype html><script>
            const socket = new WebSocket('wss://' + location.host + '/chat');
            socket.onopen = () => socket.send('hello');
            socket.onmessage = event => fetch('/result/' + event.data).then(() => socket.close(1000));
            </script>
            """.split(separator: "\n").joined(separator: "\\n")
        let site = try TLSTests.site.get()
        let proxy = try ProxyProcess(
            """
            listen: [{ bind: 127.0.0.1:0, tls: { certificates: [{ certificate: \(site.path), key: \(site.key) }] } }]
            upstreams: { app: http://127.0.0.1:\(try server.line(.output) { Int($0) }) }
            response_headers: [{ set: { X-Frame-Options: DENY } }]
            routes:
              - { path: /page, respond: { content_type: text/html, body: "\(page)" } }
              - { path: /result/*, respond: 204 }
              - { upstream: app }
            """)
        let browser = try ChildProcess(
            "chromium",
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-breakpad",
                "--disable-background-networking", "--no-first-run", "--no-proxy-server", "--ignore-certificate-errors",
                "--remote-debugging-port=0", "--user-data-dir=\(Places.scratch("chromium"))",
                "https://127.0.0.1:\(proxy.port)/page",
            ])
        defer { browser.stop() }
        _ = try proxy.process.line(.output) { logEntry($0)?["path"] == "/result/hello" ? true : nil }
        let entry = try proxy.accessLog(["path": "/chat"])
        #expect(entry["protocol"] == "HTTP/2" && entry["status"] == "200", "\(entry)")
    }

    private static func origin() throws -> RawOrigin {
        try RawOrigin { connection, _, origin in
            while let request = try origin.request(on: connection) {
                let key = request.fields["Sec-WebSocket-Key"] ?? ""
                let path = request.target
                guard path != "/plain" else {
                    try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                    continue
                }
                if path == "/forbidden" {
                    try connection.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
                    continue
                }
                let accept = path == "/wrong" ? "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" : try Self.answer(to: key)
                try connection.send(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: \(accept)\r\n\r\n"
                )
                switch path {
                case "/app-ends": return try connection.send("bye")
                case "/client-ends-first": return try connection.send(try connection.takeToEnd() + Array(" heard".utf8))
                case "/stalled": return try Signal().wait()
                default:
                    while try connection.receive() { try connection.send(try connection.take(exactly: connection.pending.count)) }
                    return
                }
            }
        }
    }

    /// By openssl, not by the code under test.
    private static func answer(to key: String) throws -> String {
        let text = Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)
        return Data(try openssl(["dgst", "-sha1", "-binary"], input: text).output).base64EncodedString()
    }

    private static func proxy(_ origin: RawOrigin) throws -> ProxyProcess {
        try ProxyProcess(
            """
            listen: 127.0.0.1:0
            upstreams: { app: http://127.0.0.1:\(origin.port) }
            \(Policy.rules)
            routes:
              - { path: /fixed, respond: 200 }
              - { upstream: app }
            """)
    }

    @Test func refusals() throws {
        let origin = try Self.origin()
        let lines = try Self.client("refusals", origin)
        #expect(
            lines == [
                "other protocol: 501", "no upgrade: 502", "wrong answer: 502", "forbidden: 403", "fixed: 400", "preset key: 200",
                "plain connect: 405", "no path: 400", "not connect: 400", "last: 200",
            ])
        for request in origin.requests where request.target != "/plain" {
            #expect(request.method == "GET" && request.version == "HTTP/1.1" && request.fields["Upgrade"] == "websocket")
            #expect(request.fields.all("Sec-WebSocket-Key").count == 1 && request.fields["Sec-WebSocket-Key"]?.count == 24)
            #expect(request.fields["Content-Length"] == nil && request.fields["Host"] == "site.example")
        }
    }

    @Test func ends() throws {
        let lines = try Self.client("ends", try Self.origin())
        #expect(lines == ["app ended 200 bye", "client ended hello True", "client ended first: hello heard", "client reset 200"])
    }

    @Test func aSlowAppStopsItsClientAlone() throws {
        #expect(try Self.client("stalled", try Self.origin()) == ["stalled True", "other 200"])
    }
}
