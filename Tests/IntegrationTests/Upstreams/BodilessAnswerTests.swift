import Foundation
import TestSupport
import Testing

/// Answers that end with their head, whatever they say of a body (RFC 9112 §6.3): the client gets them, the connection is not trusted with
/// another request, and nothing is held against the server.
@Suite struct BodilessAnswerTests {
    static let answers: [(String, String, Int)] = [
        ("DELETE", "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n", 204),
        ("DELETE", "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil", 204),
        ("POST", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nevil\r\n0\r\n\r\n", 204),
        ("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", 204),
        ("GET", "HTTP/1.1 204 No Content\r\n\r\nevil", 204),
        ("GET", "HTTP/1.1 103 Early Hints\r\nContent-Length: 4\r\nLink: </a>\r\n\r\n\(UpstreamTests.ok)", 200),
        ("POST", "HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n\(UpstreamTests.ok)", 200),
        ("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\nevil", 304),
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", 200),
        ("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200),
    ]

    static func configuration(_ server: String, ejection: String = "{ failures: 1 }", more: String = "") -> String {
        // The second server is one that nobody is sent to: of one alone, nothing is ever ejected.
        """
        listen: 127.0.0.1:0
        admin: 127.0.0.1:0
        workers: 1
        \(more)
        upstreams:
          app: { servers: [\(server), { address: "127.0.0.1:1", backup: true }], scheme: \(server.hasPrefix("h2c") ? "h2c" : "http"), ejection: \(ejection) }
        \(Policy.rules)

        """
    }

    static func counted(_ proxy: ProxyProcess, _ names: [String]) throws -> [String: Double] {
        try MetricsTests.samples(proxy).filter { sample in
            sample.value != 0 && names.contains { sample.key.hasPrefix($0) } && !sample.key.contains("reason=preflight")
        }
    }

    static let failures = [
        "letterhead_upstream_failures_total", "letterhead_upstream_server_failures_total",
        "letterhead_upstream_server_ejections_total",
        "letterhead_upstream_invalid_responses_total", "letterhead_local_replies_total",
    ]

    @Test(arguments: answers.indices, HTTPVersion.allCases)
    func overHTTP1(_ index: Int, _ version: HTTPVersion) throws {
        let (method, answer, status) = Self.answers[index]
        let origin = try RawOrigin { connection, number, origin in
            while let _ = try origin.request(on: connection) {
                try connection.send(number == 0 ? answer : "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond")
            }
        }
        let proxy = try ProxyProcess(Self.configuration("http://127.0.0.1:\(origin.port)"))
        let body = method == "POST" ? ["-d", "body", "-H", "Expect:"] : []
        let response = try proxy.fetch("/", version, (method == "HEAD" ? ["-I"] : ["-X", method]) + body)
        #expect(response.status == status && !response.text.contains("evil"), "\(response)")
        #expect(response.fields["Transfer-Encoding"] == nil)
        if status == 204 { #expect(response.fields["Content-Length"] == nil) }
        Policy.expect(on: response, for: .noOrigin, version)
        #expect(try proxy.fetch("/", version).text == "second")
        #expect(origin.connections == 2)
        #expect(try Self.counted(proxy, Self.failures) == [:])
    }

    typealias H2 = HTTP2Frames

    private static let heads: [(String, [(String, String)], Int)] = [
        ("DELETE", [(":status", "204"), ("content-length", "4")], 204), ("GET", [(":status", "204")], 204),
        ("GET", [(":status", "304"), ("content-length", "4")], 304),
        ("HEAD", [(":status", "200"), ("content-length", "4")], 200),
    ]

    /// The app ends the stream with the head, by an empty frame, by bytes that may not be there, or never.
    @Test(arguments: heads.indices, 0..<4)
    func overHTTP2(_ index: Int, _ ending: Int) throws {
        for version in HTTPVersion.allCases { try Self.overHTTP2(Self.heads[index], ending, version) }
    }

    private static func overHTTP2(_ answer: (String, [(String, String)], Int), _ ending: Int, _ version: HTTPVersion) throws {
        let (method, head, status) = answer
        let origin = try RawOrigin { connection, number, _ in
            try connection.send(H2.frame(H2.Kind.settings))
            try connection.takePreface()
            let stream = try connection.takeHTTP2Request()
            try connection.send(H2.headers(stream, head, end: ending == 0))
            if ending == 1 { try connection.send(H2.data(stream, "", end: true)) }
            if ending == 2 { try connection.send(H2.data(stream, "evil", end: true)) }
            while true {
                let next = try connection.takeHTTP2Request()
                try connection.send(H2.headers(next, [(":status", "200")]) + H2.data(next, "second", end: true))
            }
        }
        let proxy = try ProxyProcess(configuration("h2c://127.0.0.1:\(origin.port)"))
        let response = try proxy.fetch("/", version, method == "HEAD" ? ["-I"] : ["-X", method])
        // (Of HEAD, curl prints the head where a body would be.)
        #expect(response.status == status && (method == "HEAD" || response.body.isEmpty), "\(response)")
        #expect(!response.text.contains("evil"))
        #expect(response.fields["Content-Length"] == (status == 204 ? nil : "4"))
        #expect(try proxy.fetch("/", version).text == "second")
        #expect(origin.connections == 1)
        #expect(try counted(proxy, failures) == [:])
    }

    /// A stream that the app never ends is given back.
    @Test func aStreamThatIsNotEnded() throws {
        let wasReset = Signal()
        let origin = try RawOrigin { connection, _, _ in
            try connection.send(H2.frame(H2.Kind.settings))
            try connection.takePreface()
            let stream = try connection.takeHTTP2Request()
            try connection.send(H2.headers(stream, [(":status", "204")]))
            while true {
                let frame = try connection.takeFrame()
                if frame.kind == H2.Kind.reset, frame.stream == stream { wasReset.give() }
            }
        }
        let proxy = try ProxyProcess(Self.configuration("h2c://127.0.0.1:\(origin.port)"))
        // The client's connection has nothing to do with it.
        #expect(try proxy.fetch("/").status == 204)
        let client = try Connection(port: proxy.port)
        try withExtendedLifetime(client) { try wasReset.wait(within: 20) }
    }

    /// `doctor` asks such an app itself.
    @Test(arguments: [
        "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil",
        "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: gzip\r\n\r\n",
    ])
    func doctorUnderstandsIt(_ answer: String) throws {
        let origin = try RawOrigin { _ in answer }
        let finished = try run(
            Places.letterhead,
            [
                "doctor", "http://127.0.0.1:\(origin.port)/", "--origin", "https://app.example", "--http", "1.1", "--format",
                "json",
            ])
        #expect(!finished.text.contains("LD001") && !finished.text.contains("does not speak"), "\(finished)")
    }

    /// Trailer fields that may only stand in a header are left out on the way to the app and back, and told where it is asked for.
    @Test(arguments: [false, true])
    func strayTrailers(_ isHTTP2: Bool) throws {
        let origin: RawOrigin
        if isHTTP2 {
            origin = try RawOrigin { connection, _, _ in
                try connection.send(H2.frame(H2.Kind.settings))
                try connection.takePreface()
                let stream = try connection.takeHTTP2Request()
                try connection.send(
                    H2.headers(stream, [(":status", "200")]) + H2.data(stream, "good")
                        + H2.headers(stream, [("x-sum", "1"), ("content-md5", "x"), ("set-cookie", "a=b")], end: true))
                _ = try connection.isClosedByPeer()
            }
        } else {
            origin = try RawOrigin { connection, _, _ in
                _ = try connection.take(through: "\r\n\r\n")
                let body = String(decoding: try connection.take(through: "\r\n\r\n"), as: UTF8.self)
                let isGood = body.contains("X-Up: 1") && !body.lowercased().contains("vary")
                try connection.send(
                    "HTTP/1.1 \(isGood ? 200 : 500) x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n"
                        + "X-Sum: 1\r\nContent-MD5: x\r\nSet-Cookie: a=b\r\n\r\n")
                _ = try connection.isClosedByPeer()
            }
        }
        let server = "\(isHTTP2 ? "h2c" : "http")://127.0.0.1:\(origin.port)"
        let proxy = try ProxyProcess(Self.configuration(server, more: "log_level: debug"))
        let client = try Connection(port: proxy.port)
        try client.send(
            "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nVary: *\r\n"
                + "X-Up: 1\r\n\r\n")
        let answer = String(decoding: try client.takeToEnd(), as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.1 200") && answer.lowercased().contains("good\r\n0\r\nx-sum: 1\r\n\r\n"), "\(answer)")
        let told = try proxy.process.lines(.error, 2) { line in
            logEntry(line).flatMap {
                $0["message"] == "trailer fields left out" ? "\($0["of"] ?? "") \($0["fields"] ?? "")" : nil
            }
        }
        #expect(Set(told.map { $0.lowercased() }) == ["request vary", "response content-md5, set-cookie"])
        let dropped = try Self.counted(proxy, ["letterhead_dropped_trailer_fields_total"])
        #expect(
            dropped == [
                "letterhead_dropped_trailer_fields_total{message=request}": 1,
                "letterhead_dropped_trailer_fields_total{message=response}": 2,
            ])
    }
}
