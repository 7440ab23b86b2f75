import TestSupport

/// A request to send exactly so. Texts stand for bytes (`Bytes`).
struct Ask: Sendable {
    var method = "GET"
    var target = "/"
    var host = "site.example"
    var fields: [(String, String)] = []
    var body = ""

    static func preflight(_ target: String, origin: String = Policy.origin, _ others: [(String, String)] = []) -> Ask {
        Ask(
            method: "OPTIONS", target: target,
            fields: [("Origin", origin), ("Access-Control-Request-Method", "PUT")] + others)
    }

    /// On a connection of its own. Nil when there was no answer.
    func send(port: Int, _ version: HTTPVersion, _ more: [(String, String)] = []) throws -> RawResponse? {
        let length = body.isEmpty ? [] : [("Content-Length", "\(body.unicodeScalars.count)")]
        let all = fields + more + length
        if version == .http2 {
            let pseudo = [(":method", method), (":scheme", "http"), (":authority", host), (":path", target)]
            return try HTTP2Relay.exchange(port: port, pseudo + all.map { ($0.0.lowercased(), $0.1) }, body: body)
        }
        let connection = try Connection(port: port)
        let lines = [("Host", host)] + all + [("Connection", "close")]
        try connection.send(
            Bytes.of("\(method) \(target) HTTP/1.1\r\n" + lines.map { "\($0.0): \($0.1)\r\n" }.joined() + "\r\n\(body)"))
        let bytes = try connection.takeToEnd()
        return bytes.isEmpty ? nil : try StrictReader.response(bytes, to: method)
    }
}

/// A proxy in front of an app that has its own bytes for each path, and keeps what it was asked.
final class Stand: Sendable {
    let origin: RawOrigin
    let proxy: ProxyProcess
    private static let number = Counter()

    /// - Parameters:
    ///   - policy: the configuration without listener and upstreams; `app` is the upstream.
    ///   - answers: by path. An answer that says `Connection: close` is the last on its connection; so is one of HTTP/1.0.
    ///   - upstreams: others, as `, name: address`.
    init(_ policy: String, upstreams: String = "", answers: [String: String] = [:]) throws {
        origin = try RawOrigin { connection, _, origin in
            while let request = try Self.request(on: connection) {
                origin.keep(request)
                let answer =
                    answers[String(request.target.prefix { $0 != "?" })] ?? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                try connection.send(Bytes.of(answer))
                if answer.contains("Connection: close") || answer.hasPrefix("HTTP/1.0") { return }
            }
        }
        proxy = try ProxyProcess(
            "listen: 127.0.0.1:0\nupstreams: { app: http://127.0.0.1:\(origin.port)\(upstreams) }\n\(policy)\n")
    }

    /// The response, and the request as the app saw it, if it did.
    struct Exchange: Sendable {
        var response: RawResponse
        var forwarded: RawRequest?
    }

    /// Throws when there is no answer.
    func ask(_ ask: Ask, _ version: HTTPVersion) throws -> Exchange {
        let mark = "ask-\(Self.number.next())"
        guard let response = try ask.send(port: proxy.port, version, [("X-Ask", mark)]) else {
            throw Disappointment("no answer to \(ask)")
        }
        return Exchange(response: response, forwarded: origin.requests.last { $0.fields["X-Ask"] == mark })
    }

    private static func request(on connection: Connection) throws -> RawRequest? {
        if connection.pending.isEmpty, try connection.isClosedByPeer() { return nil }
        let head = RawHead(Bytes.text(try connection.take(through: "\r\n\r\n")).utf8)
        var request = RawRequest(head)
        if let length = head.fields["Content-Length"].flatMap({ Int($0) }) {
            request.body = try connection.take(exactly: length)
        } else if head.fields["Transfer-Encoding"] != nil {
            request.body = try connection.take(through: "0\r\n\r\n")
        }
        return request
    }
}
