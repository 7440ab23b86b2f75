import Foundation
import HostileMessages
import TestSupport
import Testing

/// What one exchange leaves on a connection to the app never becomes part of another, and what breaks off never looks whole.
@Suite struct CrossedAnswerTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    private static let poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"

    /// An app answers a question that nobody has asked yet. The proxy reads that answer and the next client's question at the same
    /// moment, whichever came first.
    @Test(arguments: [true, false]) func answerBeforeItsQuestion(_ isClientFirst: Bool) throws {
        let connections = Connections()
        let origin = try RawOrigin { connection, number, _ in
            connection.sendsAtOnce()
            connections.add(connection)
            defer { connections.remove(connection) }
            while try connection.takeRequest() != nil { try connection.send(Self.ok) }
        }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        for round in 0..<5 {
            let client = try Connection(port: proxy.port)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.takeResponse().text == "ok")
            // Its connection is known, and one to the app is idle.
            #expect(try proxy.fetch("/").text == "ok")
            try proxy.process.suspend()
            let question = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            if isClientFirst { try client.send(question) }
            connections.sendAll(Self.poison)
            if !isClientFirst { try client.send(question) }
            proxy.process.signal(SIGCONT)
            let response = try client.takeResponse()
            #expect(response.status == 200 && response.text == "ok", "\(round) \(response)")
        }
    }

    /// A body without a length is whole when the connection ends, but not when it is reset.
    @Test(arguments: [
        "HTTP/1.1 200 OK\r\n\r\npart", "HTTP/1.0 200 OK\r\n\r\npart", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\npart",
    ])
    func resetIsNoEnd(_ response: String) throws {
        let gate = Gate()
        let origin = try RawOrigin { connection, _, _ in
            _ = try connection.takeRequest()
            try connection.send(response)
            try gate.wait()
            connection.reset()
        }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        for version in ["HTTP/1.1", "HTTP/1.0"] {
            let client = try Connection(port: proxy.port)
            try client.send("GET / \(version)\r\nHost: a\r\n\r\n")
            let head = try client.take(through: "part")
            gate.open()
            var rest: [UInt8] = []
            // An HTTP/1.0 client sees a reset, too: nothing else tells it.
            do { rest = try client.takeToEnd() } catch { #expect(version == "HTTP/1.0", "\(error)") }
            #expect(rest.firstRange(of: Array("0\r\n\r\n".utf8)) == nil, "\(Bytes.text(head + rest))")
        }
        let talk = try HTTP2Talk(port: proxy.port)
        try talk.send(Wire.start + Wire.headers(1, Wire.get))
        try talk.read { talk.response(1)?.text == "part" }
        gate.open()
        try talk.read { talk.isEnded(1) }
        #expect(talk.resetCode(1) == 2)
    }

    /// Neither is it whole where the proxy stops, or where the client takes nothing for too long.
    @Test(arguments: [true, false])
    func beingCutOffIsNoEnd(_ stops: Bool) throws {
        let done = Signal()
        defer { done.give() }
        let large = String(repeating: "x", count: 20_000_000)
        let origin = try RawOrigin { connection, _, _ in
            _ = try connection.takeRequest()
            try connection.send("HTTP/1.1 200 OK\r\n\r\npart\(stops ? "" : large)")
            try done.wait()
        }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin) + "timeouts: { drain: 100ms, write: 500ms }\n")
        let client = try Connection(port: proxy.port)
        try client.send("GET / HTTP/1.0\r\n\r\n")
        _ = try client.take(through: "part")
        if stops { proxy.process.signal(SIGTERM) }
        let reason = stops ? "proxy_stopped" : "write_timeout"
        #expect(try proxy.accessLog(["reason": reason])["status"] == "200")
        #expect(throws: Disappointment.self, "a clean end would look whole") { _ = try client.takeToEnd() }
    }

    /// An app that says 101 without having understood the question has no tunnel.
    @Test(arguments: [
        ("Upgrade: websocket", false), ("Upgrade: websocket\r\nSec-WebSocket-Accept: dGhlIHNhbXBsZSBub25jZQ==", false),
        ("Upgrade: websocket\r\nSec-WebSocket-Accept: ", false),
        ("Upgrade: h2c\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", false),
        ("Upgrade: WebSocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", true),
    ])
    func pretendedWebSocket(_ fields: String, _ isGood: Bool) throws {
        let origin = try RawOrigin { connection, _, _ in
            _ = try connection.takeHead()
            try connection.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\(fields)\r\n\r\nhidden")
        }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        let client = try Connection(port: proxy.port)
        try client.send(
            "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        let answer = Bytes.text(try client.takeToEnd())
        #expect(answer.hasPrefix(isGood ? "HTTP/1.1 101 " : "HTTP/1.1 502 ") && answer.hasSuffix("hidden") == isGood, "\(answer)")
    }

    struct Body: Sendable, CustomTestStringConvertible {
        var method: String
        var field: String
        /// What the app says before its answer.
        var interim = ""
        /// The next request may go the same way.
        var staysOpen: Bool
        var testDescription: String { "\(method) \(field) \(interim.prefix(12))" }
    }

    static let bodies = [
        Body(method: "POST", field: "X: y", staysOpen: true), Body(method: "PUT", field: "X: y", staysOpen: true),
        Body(method: "GET", field: "X: y", staysOpen: false), Body(method: "DELETE", field: "X: y", staysOpen: false),
        Body(method: "OPTIONS", field: "X: y", staysOpen: false), Body(method: "HEAD", field: "X: y", staysOpen: false),
        Body(method: "POST", field: "Expect: 100-continue", staysOpen: false),
        Body(method: "POST", field: "Expect: 100-continue", interim: "HTTP/1.1 100 Continue\r\n\r\n", staysOpen: true),
        Body(method: "POST", field: "Expect: 100-continue", interim: "HTTP/1.1 103 Early Hints\r\n\r\n", staysOpen: false),
    ]

    /// An app that leaves a body unread takes it for a request: the answer to that is nobody's.
    @Test(arguments: bodies) func unreadBody(_ body: Body) throws {
        let origin = try RawOrigin { connection, _, _ in
            while true {
                let head = try connection.takeHead()
                let length = Int(head.fields["Content-Length"] ?? "0") ?? 0
                _ = try connection.take(exactly: length)
                try connection.send(
                    length > 0 ? body.interim + (body.method == "HEAD" ? String(Self.ok.dropLast(2)) : Self.ok) : Self.ok)
            }
        }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        let client = try Connection(port: proxy.port)
        try client.send("\(body.method) /a HTTP/1.1\r\nHost: a\r\n\(body.field)\r\nContent-Length: 3\r\n\r\nabc")
        #expect(try client.takeResponse(to: body.method).status == 200)
        try client.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.takeResponse().text == "ok")
        #expect(origin.connections == (body.staysOpen ? 1 : 2))
    }

    /// What the app sees of `Expect`: a line where the client may be holding a body back, and none elsewhere.
    @Test(arguments: [
        ("POST / HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 2", "ab", 1),
        ("POST / HTTP/1.1", "Expect: 100-Continue\r\nExpect: 100-continue\r\nContent-Length: 2", "ab", 1),
        ("POST / HTTP/1.1", "Expect: 100-continue\r\nTransfer-Encoding: chunked", "2\r\nab\r\n0\r\n\r\n", 1),
        ("GET / HTTP/1.1", "Expect: 100-continue", "", 0), ("HEAD / HTTP/1.1", "Expect: 100-continue", "", 0),
        ("POST / HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 0", "", 0),
        ("POST / HTTP/1.0", "Expect: 100-continue\r\nContent-Length: 2", "ab", 0),
    ])
    func expectations(_ start: String, _ fields: String, _ body: String, _ count: Int) throws {
        let origin = try RawOrigin { _ in Self.ok }
        let proxy = try ProxyProcess(HTTP1Tests.simple(origin))
        let client = try Connection(port: proxy.port)
        try client.send("\(start)\r\nHost: a\r\nConnection: close\r\n\(fields)\r\n\r\n\(body)")
        _ = try client.takeToEnd()
        #expect(origin.requests.first?.fields.all("Expect").count == count)
    }
}

/// Connections that another thread speaks on.
private final class Connections: @unchecked Sendable {
    private let lock = NSLock()
    private var all: [Connection] = []

    func add(_ connection: Connection) { lock.withLock { all.append(connection) } }

    func remove(_ connection: Connection) { lock.withLock { all.removeAll { $0 === connection } } }

    /// Says it on every connection that is still there.
    func sendAll(_ text: String) { lock.withLock { for connection in all { try? connection.send(text) } } }
}

/// Lets one through each time that it is opened.
private final class Gate: @unchecked Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() { semaphore.signal() }

    func wait() throws {
        guard semaphore.wait(timeout: .now() + patience) == .success else { throw Disappointment("waited in vain") }
    }
}
