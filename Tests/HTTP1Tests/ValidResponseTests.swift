import HTTP1
import HTTPModel
import HostileMessages
import Testing

@Suite struct ValidResponseTests {
    @Test(arguments: responses) func saysTheSameHoweverItIsCut(_ response: ValidMessage) {
        for cut in Cut.all(response.bytes) {
            #expect(responseTranscript(response.bytes, response.methods, cut) == response.expected, "\(cut)")
        }
    }

    static let responses: [ValidMessage] = [lines, bodies, bodiless, tunnels, informational, sequences].flatMap { $0 }

    static let lines: [ValidMessage] = [
        .init("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ["HTTP/1.1 200 OK body=none keep", "Content-Length=0", "end "]),
        .init("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", ["HTTP/1.1 200  body=none keep", "Content-Length=0", "end "]),
        .init("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", ["HTTP/1.1 200  body=none keep", "Content-Length=0", "end "]),
        .init(
            "HTTP/1.1 404 Not  at\tall, caf\u{E9}\r\nContent-Length: 0\r\n\r\n",
            ["HTTP/1.1 404 Not  at\tall, caf\u{FFFD} body=none keep", "Content-Length=0", "end "]),
        .init("HTTP/1.1 599 x\r\nContent-Length: 0\r\n\r\n", ["HTTP/1.1 599 x body=none keep", "Content-Length=0", "end "]),
        .init("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", ["HTTP/1.0 200 OK body=none close", "Content-Length=0", "end "]),
    ]

    static let bodies: [ValidMessage] = [
        .init("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", ["HTTP/1.1 200 OK body=2 keep", "Content-Length=2", "end hi"]),
        .init("HTTP/1.1 200 OK\r\n\r\nall of it", ["HTTP/1.1 200 OK body=close close", "", "end all of it"]),
        .init("HTTP/1.1 200 OK\r\n\r\n", ["HTTP/1.1 200 OK body=close close", "", "end "]),
        .init(
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nx",
            ["HTTP/1.0 200 OK body=close close", "Connection=keep-alive", "end x"]),
        .init(
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
            ["HTTP/1.0 200 OK body=1 keep", "Connection=keep-alive|Content-Length=1", "end x"]),
        .init(
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
            ["HTTP/1.1 200 OK body=1 close", "Connection=close|Content-Length=1", "end x"]),
        .init(
            "HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x\r\nd\r\n0\r\ngrpc-status: 0\r\n\r\n",
            ["HTTP/1.1 500 Oh body=chunked keep", "Transfer-Encoding=chunked", "end abcd trailers grpc-status=0"]),
    ]

    /// A trailer field that may only stand in a header is left out, and the message stays good.
    @Test(arguments: HostileChunks.strayTrailers) func leavesOutStrayTrailers(_ line: String) {
        let body = "1\r\nx\r\n0\r\nX-Sum: 1\r\n\(line)\r\nDigest: 2\r\n\r\n"
        let name = String(line.prefix { $0 != ":" })
        let end = "end x trailers X-Sum=1|Digest=2"
        let head = "Transfer-Encoding: chunked\r\n\r\n"
        for cut in Cut.all(Array(body.utf8)) {
            #expect(responseTranscript(wire("HTTP/1.1 200 OK\r\n" + head + body), [.get], cut).last == end)
            #expect(requestTranscript(wire("POST / HTTP/1.1\r\nHost: a\r\n" + head + body), cut).last == end)
        }
        var parser = ResponseParser(limits: MessageLimits(), names: .standard)
        parser.next(method: .get)
        var rest = wire("HTTP/1.1 200 OK\r\n" + head + body)
        while true {
            let step = parser.parse(rest.span)
            rest.removeFirst(step.consumed)
            if case .end = step.event { break }
            if case .needMore = step.event { break }
        }
        #expect(parser.droppedTrailers == [name])
        parser.next(method: .get)
        #expect(parser.droppedTrailers.isEmpty)
    }

    static let bodiless: [ValidMessage] =
        [
            .init(
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", ["HTTP/1.1 200 OK body=none keep", "Content-Length=5", "end "],
                methods: [.head]),
            .init(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                ["HTTP/1.1 200 OK body=none keep", "Transfer-Encoding=chunked", "end "], methods: [.head]),
            .init("HTTP/1.1 200 OK\r\n\r\n", ["HTTP/1.1 200 OK body=none keep", "", "end "], methods: [.head]),
            .init("HTTP/1.1 204 No Content\r\nA: b\r\n\r\n", ["HTTP/1.1 204 No Content body=none keep", "A=b", "end "]),
            .init(
                "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", ["HTTP/1.1 204 No Content body=none keep", "", "end "]),
            .init(
                "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
                ["HTTP/1.1 304 Not Modified body=none keep", "Content-Length=5", "end "]),
            .init(
                "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
                ["HTTP/1.1 304 Not Modified body=none keep", "Transfer-Encoding=chunked", "end "]),
            .init(
                "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: gzip\r\n\r\n",
                ["HTTP/1.1 304 Not Modified body=none close", "", "end "]),
        ]
        + ending.flatMap { framing in
            // RFC 9112 §6.3: the head ends the message, whatever it says of a body, and nobody knows what the app says next.
            [
                ValidMessage("HTTP/1.1 204 x\r\n\(framing)\r\nA: b\r\n\r\n", ["HTTP/1.1 204 x body=none close", "A=b", "end "]),
                ValidMessage(
                    "HTTP/1.1 204 x\r\n\(framing)\r\n\r\n4\r\nevil\r\n0\r\n\r\n",
                    ["HTTP/1.1 204 x body=none close", "", "end ", "left 4\r\nevil\r\n0\r\n\r\n"]),
                ValidMessage(
                    "HTTP/1.1 103 x\r\n\(framing)\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
                    ["informational 103 A=b", "HTTP/1.1 200 OK body=1 close", "Content-Length=1", "end x"]),
                ValidMessage(
                    "HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: x\r\n\(framing)\r\n\r\nt",
                    ["HTTP/1.1 101 x body=none close upgrade", "Connection=upgrade|Upgrade=x", "end ", "left t"]),
                ValidMessage(
                    "HTTP/1.1 200 OK\r\n\(framing)\r\n\r\nt", ["HTTP/1.1 200 OK body=none close upgrade", "", "end ", "left t"],
                    methods: [.connect]),
            ]
        }
        + contradicting.flatMap { framing in
            [
                ValidMessage("HTTP/1.1 304 x\r\n\(framing)\r\n\r\n", ["HTTP/1.1 304 x body=none close", "", "end "]),
                ValidMessage(
                    "HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n", ["HTTP/1.1 200 OK body=none close", "", "end "], methods: [.head]),
            ]
        }

    private static let contradicting = [
        "Content-Length: 4\r\nContent-Length: 4", "Content-Length: 4\r\nTransfer-Encoding: chunked", "Content-Length: x",
        "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    ]
    private static let ending = ["Content-Length: 4", "Transfer-Encoding: chunked", "Transfer-Encoding: gzip"] + contradicting

    static let tunnels: [ValidMessage] = [
        .init(
            "HTTP/1.1 200 OK\r\n\r\ntunnel", ["HTTP/1.1 200 OK body=none keep upgrade", "", "end ", "left tunnel"],
            methods: [.connect]),
        .init(
            "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno", ["HTTP/1.1 403 No body=2 keep", "Content-Length=2", "end no"],
            methods: [.connect]),
    ]

    static let informational: [ValidMessage] = [
        .init(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
            [
                "informational 100 ", "informational 103 Link=</a>", "HTTP/1.1 200 OK body=1 keep", "Content-Length=1", "end x",
            ]),
        .init(
            "HTTP/1.1 103 x\r\nContent-Length: 0\r\nA: b\r\n\r\nHTTP/1.1 204 x\r\n\r\n",
            ["informational 103 A=b", "HTTP/1.1 204 x body=none keep", "", "end "]),
        .init(
            "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\u{81}\u{01}x",
            [
                "HTTP/1.1 101 Switching body=none keep upgrade", "Connection=Upgrade|Upgrade=websocket", "end ",
                "left \u{FFFD}\u{01}x",
            ]),
        .init(
            String(repeating: "HTTP/1.1 102 x\r\n\r\n", count: 16) + "HTTP/1.1 204 x\r\n\r\n",
            Array(repeating: "informational 102 ", count: 16) + ["HTTP/1.1 204 x body=none keep", "", "end "]),
    ]

    static let sequences: [ValidMessage] = [
        .init(
            "HTTP/1.1 200 a\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 b\r\nContent-Length: 5\r\n\r\nHTTP/1.1 204 c\r\n\r\n",
            [
                "HTTP/1.1 200 a body=1 keep", "Content-Length=1", "end x", "HTTP/1.1 200 b body=none keep", "Content-Length=5",
                "end ", "HTTP/1.1 204 c body=none keep", "", "end ",
            ], methods: [.get, .head, .get]),
        // Bytes that nobody asked for stay where they are.
        .init(
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n",
            ["HTTP/1.1 200 OK body=none keep", "Content-Length=0", "end ", "left HTTP/1.1 200 OK\r\n"]),
        .init("HTTP/1.1 200 OK\r\n\r\n", ["left HTTP/1.1 200 OK\r\n\r\n"], methods: []),
        .init("", []),
    ]
}
