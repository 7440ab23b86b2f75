import Foundation
import TestSupport
import Testing

/// What is wrong with a response has a name, and the name reaches whoever looks: the access log, one warning, the metrics, and the page of a
/// client that may know.
@Suite struct NamedFaultTests {
    typealias H2 = HTTP2Frames

    struct Bad: Sendable, CustomTestStringConvertible {
        var fault: String
        var why: String
        /// How it is asked for.
        var request = ""
        var isHTTP2 = false
        /// The stream of the request; 0 over HTTP/1.
        var bytes: @Sendable (Int) -> [UInt8]

        var testDescription: String { "\(fault) \(isHTTP2 ? "HTTP/2" : "HTTP/1")" }

        static func one(_ fault: String, _ text: String, _ why: String, _ request: String = "") -> Bad {
            Bad(fault: fault, why: why, request: request) { _ in Array(text.utf8) }
        }

        static func two(_ fault: String, _ why: String, _ bytes: @escaping @Sendable (Int) -> [UInt8]) -> Bad {
            Bad(fault: fault, why: why, isHTTP2: true, bytes: bytes)
        }
    }

    private static let upgrade = "Connection: Upgrade\r\nUpgrade: chat\r\n"
    private static let webSocket =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

    static let all: [Bad] = [
        .one(
            "duplicate_coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "more than one Transfer-Encoding"),
        .one(
            "duplicate_length", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nevil",
            "more than one Content-Length"),
        .one("invalid_version", "what is this\r\n\r\n", "no well-formed HTTP version"),
        .one(
            "header_too_large", "HTTP/1.1 200 OK\r\nX-A: " + String(repeating: "x", count: 100_000) + "\r\n\r\n",
            "longer than the limit"),
        .one("bare_lf", "HTTP/1.1 200 OK\nContent-Length: 4\n\nevil", "without a carriage return"),
        .one("unasked_switch", "HTTP/1.1 101 x\r\n\(upgrade)\r\n", "did not ask for another protocol"),
        .one("other_protocol", "HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", "another protocol", upgrade),
        .one(
            "wrong_websocket_key", "HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "Sec-WebSocket-Accept",
            webSocket),
        .one(
            "too_many_nominations",
            "HTTP/1.1 200 OK\r\nConnection: \((0..<200).map { "x\($0)" }.joined(separator: ", "))\r\nContent-Length: 4\r\n\r\nevil",
            "names more fields"),
        .two("bad_status", "does not begin with a :status") { H2.headers($0, [("x", "y")], end: true) },
        .two("bad_field_value", "a control character") { H2.headers($0, [(":status", "200"), ("x", "y\0")], end: true) },
        .two("connection_specific_field", "a connection of HTTP/1") {
            H2.headers($0, [(":status", "200"), ("connection", "x")], end: true)
        },
        .two("content_length_mismatch", "not as long as") {
            H2.headers($0, [(":status", "200"), ("content-length", "4")], end: true)
        },
        .two("protocol_error", "PROTOCOL_ERROR") { H2.reset($0, 1) },
        .two("compression_error", "COMPRESSION_ERROR") {
            H2.frame(H2.Kind.headers, flags: 4, stream: $0, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        },
        .two("not_http_2", "is not HTTP/2") { _ in Array("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil".utf8) },
    ]

    private static func origin(_ bad: Bad) throws -> RawOrigin {
        try RawOrigin { connection, _, _ in
            if bad.isHTTP2 {
                if bad.fault != "not_http_2" { try connection.send(H2.frame(H2.Kind.settings)) }
                try connection.takePreface()
                try connection.send(bad.bytes(try connection.takeHTTP2Request()))
            } else {
                _ = try connection.take(through: "\r\n\r\n")
                try connection.send(bad.bytes(0))
            }
            _ = try connection.isClosedByPeer()
        }
    }

    @Test(arguments: all) func reachesPeople(_ bad: Bad) throws {
        let origin = try Self.origin(bad)
        let proxy = try ProxyProcess(
            BodilessAnswerTests.configuration(
                "\(bad.isHTTP2 ? "h2c" : "http")://127.0.0.1:\(origin.port)", ejection: "off",
                more: "debug: { secret: \(DebugTests.secret) }"))
        let client = try Connection(port: proxy.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\nLetterhead-Debug: \(DebugTests.secret)\r\n\(bad.request)\r\n")
        let response = try client.takeResponse()
        #expect(response.status == 502 && !response.text.contains("evil"), "\(response)")
        #expect(
            response.text.contains("Why: ") && response.text.contains("(\(bad.fault))") && response.text.contains(bad.why),
            "\(response)")
        let line = try proxy.accessLog(["status": "502"])
        #expect(line["reason"] == "invalid_response" && line["fault"] == bad.fault, "\(line)")
        let warning = try proxy.process.line(.error) { line in
            logEntry(line).flatMap { $0["message"] == "upstream response refused" ? $0 : nil }
        }
        #expect(warning["level"] == "warning" && warning["upstream"] == "app" && warning["fault"] == bad.fault, "\(warning)")
        #expect(warning["request_id"] == line["request_id"] && warning["peer"] == "127.0.0.1:\(origin.port)", "\(warning)")
        #expect(warning["cause"]?.contains(bad.why) == true && warning["reason"] == "invalid_response", "\(warning)")
        let counted = try BodilessAnswerTests.counted(proxy, ["letterhead_upstream_invalid_responses_total"])
        #expect(counted == ["letterhead_upstream_invalid_responses_total{fault=\(bad.fault),upstream=app}": 1])
        #expect(
            try BodilessAnswerTests.counted(proxy, ["letterhead_upstream_failures_total"])
                == ["letterhead_upstream_failures_total{reason=invalid_response,upstream=app}": 1])
    }

    /// Found in the body: the client has its head and no page, and the rest is told all the same. Who may not know is told nothing.
    @Test func inTheBody() throws {
        let origin = try RawOrigin { request in
            request.target == "/head"
                ? "HTTP/1.1 200 OK\r\nX : y\r\n\r\n" : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\nxyz\r\n"
        }
        let proxy = try ProxyProcess(BodilessAnswerTests.configuration("http://127.0.0.1:\(origin.port)", ejection: "off"))
        #expect(try curl(proxy.url, .http1).exitCode != 0)
        let line = try proxy.accessLog(["reason": "invalid_response"])
        #expect(line["fault"] == "invalid_chunk_size" && line["status"] == "200", "\(line)")
        let page = try proxy.fetch("/head")
        #expect(page.status == 502 && !page.text.contains("blank") && !page.text.contains("Why"), "\(page)")
    }

    /// An app that does it all the time has a line a second for each fault, and every one is counted.
    @Test func isNotALineForEach() throws {
        let origin = try RawOrigin { _ in "HTTP/1.1 200 OK\r\nX : y\r\n\r\n" }
        let proxy = try ProxyProcess(BodilessAnswerTests.configuration("http://127.0.0.1:\(origin.port)", ejection: "off"))
        let start = monotonicNanoseconds()
        for _ in 0..<40 { #expect(try proxy.fetch("/").status == 502) }
        let seconds = (monotonicNanoseconds() - start) / 1_000_000_000
        let lines = proxy.process.text(.error).split(separator: "\n").filter { $0.contains("upstream response refused") }
        #expect((1...seconds + 2).contains(lines.count))
        #expect(
            try BodilessAnswerTests.counted(proxy, ["letterhead_upstream_invalid_responses_total"])
                == ["letterhead_upstream_invalid_responses_total{fault=blank_in_name,upstream=app}": 40])
    }
}
