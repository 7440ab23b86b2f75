import Foundation
import TestSupport
import Testing

/// A real nginx and Letterhead with what `import nginx` makes of the same file, one after the other at the same ports, before the
/// same app: requests made of the file's hosts, paths, origins and fields get the same answers, but where a note says otherwise.
@Suite struct NginxDifferentialTests {
    @Test(arguments: NginxFixture.all)
    func alike(_ fixture: NginxFixture) throws {
        let app = try Self.app()
        let ports = try (0..<fixture.listeners).map { _ in try Places.freePort() }
        let text = fixture.text(ports: ports, app: app.port)
        let file = Places.scratch("site.conf")
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let imported = try run(Places.letterhead, ["import", "nginx", file])
        #expect(imported.status == 0, "\(imported.errors)")
        let yaml = imported.text
        for announced in fixture.announced { #expect(yaml.contains(announced.note), "\(announced.note)\n\(yaml)") }

        let requests = fixture.requests(ports)
        var theirs: [Answer] = []
        do {
            let nginx = try NginxProcess(text, port: ports[0])
            theirs = try requests.map { request in try nginx.keeping { try Self.ask(request) } }
        }
        let configuration = Places.scratch("letterhead.yaml")
        try yaml.write(toFile: configuration, atomically: true, encoding: .utf8)
        let proxy = try ProxyProcess(file: configuration, listeners: fixture.listeners)
        for (request, their) in zip(requests, theirs) {
            let our = try withExtendedLifetime(proxy) { try Self.ask(request) }
            let announced = fixture.announced.filter { $0.covers(request) }
            if let status = announced.lazy.compactMap(\.status).first {
                #expect(our.response.status == status, "\(request)\n\(yaml)")
                continue
            }
            var (expected, found) = (their.comparable(request), our.comparable(request))
            for key in announced.flatMap(\.differs) {
                expected[key] = nil
                found[key] = nil
            }
            #expect(expected == found, "\(request)\n\(yaml)")
        }
    }

    /// A status and the fields that somebody has a rule for.
    struct Answer {
        var response: RawResponse

        func comparable(_ request: NginxFixture.Request) -> [String: [String]] {
            let isOwn = response.fields["X-App"] == nil
            var lines = ["status": ["\(response.status)"]]
            if !isOwn { lines["body"] = [response.text] }
            for line in response.fields.lines {
                let name = line.name.lowercased()
                let isPlumbing = [
                    "date", "connection", "keep-alive", "content-length", "transfer-encoding", "vary", "x-request-id", "server",
                    "expires",
                ].contains(name)
                if isPlumbing || (isOwn && ["content-type", "cache-control", "allow"].contains(name)) { continue }
                lines[name, default: []].append(name == "location" ? place(line.value, request) : line.value)
            }
            return lines.mapValues { $0.sorted() }
        }

        /// nginx writes its own redirects with scheme and host.
        private func place(_ location: String, _ request: NginxFixture.Request) -> String {
            var text = location
            for start in ["http://\(request.host):\(request.port)/", "http://127.0.0.1:\(request.port)/"]
            where text.hasPrefix(start) {
                text = "/" + text.dropFirst(start.count)
            }
            return text.hasSuffix("?") ? String(text.dropLast()) : text
        }
    }

    private static func ask(_ request: NginxFixture.Request) throws -> Answer {
        let connection = try Connection(port: request.port)
        var head = "\(request.method) \(request.path) HTTP/1.1\r\nHost: \(request.host)\r\nConnection: close\r\n"
        for (name, value) in request.fields { head += "\(name): \(value)\r\n" }
        try connection.send(head + "\r\n")
        return Answer(response: try connection.takeResponse(to: request.method))
    }

    /// Says what it was asked for.
    private static func app() throws -> RawOrigin {
        try RawOrigin(answering: { request in
            let path = request.target.split(separator: "?").first ?? "/"
            let status =
                path.hasSuffix("/error") ? "500 Internal Server Error" : path.hasSuffix("/missing") ? "404 Not Found" : "200 OK"
            let type = path.hasSuffix(".css") ? "text/css" : "text/html"
            var head = "HTTP/1.1 \(status)\r\nX-App: 1\r\nContent-Type: \(type)\r\nSet-Cookie: a=1; Path=/app/x\r\n"
            if path.hasSuffix("/cors") { head += "Access-Control-Allow-Origin: https://own.test\r\n" }
            if path.hasSuffix("/refresh") { head += "Refresh: 3; url=http://\(request.fields["Host"] ?? "")/next\r\n" }
            let told = ["X-Forwarded-Server", "X-Forwarded-Host", "X-Forwarded-Port"]
            let body =
                "\(request.method) \(request.target) \(request.fields["X-Kind"] ?? "")"
                + (path.hasSuffix("/told") ? told.map { " " + (request.fields[$0] ?? "") }.joined() : "")
            return head + "Content-Length: \(body.utf8.count)\r\n\r\n" + (request.method == "HEAD" ? "" : body)
        })
    }
}
