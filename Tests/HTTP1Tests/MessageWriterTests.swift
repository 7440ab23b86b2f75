import HTTP1
import HTTPModel
import HostileMessages
import Testing

@Suite struct MessageWriterTests {
    typealias Lines = [(String, String)]

    static func fields(_ lines: Lines) -> Fields {
        var fields = Fields()
        for (name, value) in lines { fields.append(name, value) }
        return fields
    }

    static let responses: [(Status, String, Lines, MessageWriter.Framing, MessageWriter.Persistence, String)] = [
        (200, "", [], .asFields, .implied, "HTTP/1.1 200 OK\r\n\r\n"),
        (299, "", [], .asFields, .implied, "HTTP/1.1 299 \r\n\r\n"),
        (200, "Fine", [("A", "b")], .asFields, .implied, "HTTP/1.1 200 Fine\r\nA: b\r\n\r\n"),
        (200, "a\r\nB: c", [], .asFields, .implied, "HTTP/1.1 200 OK\r\n\r\n"),
        (
            200, "", [("x-A", "1"), ("x-a", "")], .length(0), .close,
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\nx-A: 1\r\nx-a: \r\n\r\n"
        ),
        (
            404, "", [("A", "b")], .length(1_234_567_890), .keepAlive,
            "HTTP/1.1 404 Not Found\r\nContent-Length: 1234567890\r\nConnection: keep-alive\r\nA: b\r\n\r\n"
        ),
        (200, "", [], .length(-1), .implied, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        (200, "", [], .chunked, .implied, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        (
            101, "", [("Upgrade", "h2c")], .asFields, .upgrade(protocol: wire("websocket")),
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n\r\n"
        ),
        (
            101, "", [], .asFields, .upgrade(protocol: wire("x\r\nA: b")),
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: \r\n\r\n"
        ),
        // Framing among the fields never stands beside the framing that was asked for.
        (
            200, "", [("A", "b"), ("Content-Length", "5"), ("C", "d")], .asFields, .implied,
            "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 5\r\nC: d\r\n\r\n"
        ),
        (
            200, "", [("A", "b"), ("content-length", "5"), ("C", "d")], .chunked, .implied,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: b\r\nC: d\r\n\r\n"
        ),
        (
            200, "", [("Content-Length", "5"), ("Transfer-Encoding", "gzip")], .length(3), .implied,
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"
        ),
        (200, "", [("Transfer-Encoding", "chunked"), ("A", "b")], .asFields, .implied, "HTTP/1.1 200 OK\r\nA: b\r\n\r\n"),
    ]

    @Test(arguments: responses.indices) func writesResponses(_ index: Int) {
        let (status, reason, lines, framing, persistence, expected) = Self.responses[index]
        var head = ResponseHead(status: status)
        head.reason = wire(reason)
        head.fields = Self.fields(lines)
        var output: [UInt8] = []
        MessageWriter.writeResponse(head, framing: framing, persistence: persistence, into: &output)
        #expect(String(decoding: output, as: UTF8.self) == expected)
    }

    @Test(arguments: [
        (
            "GET", "/", "a", MessageWriter.Framing.asFields, MessageWriter.Persistence.implied,
            "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n"
        ),
        ("M-X", "/p?q", "", .length(9), .implied, "M-X /p?q HTTP/1.1\r\nHost: \r\nContent-Length: 9\r\nA: b\r\n\r\n"),
        (
            "POST", "*", "[::1]:80", .chunked, .close,
            "POST * HTTP/1.1\r\nHost: [::1]:80\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nA: b\r\n\r\n"
        ),
    ])
    func writesRequests(
        _ method: String, _ target: String, _ authority: String, _ framing: MessageWriter.Framing,
        _ persistence: MessageWriter.Persistence, _ expected: String
    ) {
        var output: [UInt8] = []
        MessageWriter.writeRequest(
            method: method.utf8.span, target: target.utf8.span, authority: authority.utf8.span, fields: Self.fields([("A", "b")]),
            framing: framing, persistence: persistence, into: &output)
        #expect(String(decoding: output, as: UTF8.self) == expected)
    }

    @Test(arguments: [
        (1, "1\r\n"), (9, "9\r\n"), (10, "a\r\n"), (15, "f\r\n"), (16, "10\r\n"), (255, "ff\r\n"), (256, "100\r\n"),
        (0xABCDEF, "abcdef\r\n"), (.max, "7fffffffffffffff\r\n"), (0, ""), (-1, ""),
    ])
    func writesChunkHeads(_ size: Int, _ expected: String) {
        var output: [UInt8] = []
        MessageWriter.writeChunkHead(size, into: &output)
        #expect(String(decoding: output, as: UTF8.self) == expected)
    }

    @Test func writesLastChunks() {
        var output: [UInt8] = []
        MessageWriter.writeLastChunk(trailers: Fields(), into: &output)
        MessageWriter.writeLastChunk(trailers: Self.fields([("A", "b"), ("C", "")]), into: &output)
        #expect(String(decoding: output, as: UTF8.self) == "0\r\n\r\n0\r\nA: b\r\nC: \r\n\r\n")
    }

    /// Lines that were removed leave gaps in the buffer, changed ones stand elsewhere in it; the order is what counts.
    @Test func writesEditedFieldsInOrder() {
        var head = ResponseHead(status: 200)
        head.fields = Self.fields([("A", "1"), ("B", "2"), ("C", "3"), ("D", "4"), ("E", "5")])
        head.fields.remove(at: 1)
        head.fields.replaceValue(at: 1, with: "33".utf8.span)
        head.fields.append("F", "6")
        var output: [UInt8] = []
        MessageWriter.writeResponse(head, framing: .asFields, persistence: .implied, into: &output)
        #expect(String(decoding: output, as: UTF8.self) == "HTTP/1.1 200 OK\r\nA: 1\r\nC: 33\r\nD: 4\r\nE: 5\r\nF: 6\r\n\r\n")
    }
}
