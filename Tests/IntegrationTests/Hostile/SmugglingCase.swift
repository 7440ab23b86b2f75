import TestSupport

/// Bytes of one client connection, and the only meaning that they may have.
struct SmugglingCase: Sendable {
    var name: String
    var bytes: [UInt8]
    /// What the client is told, in order; the connection closes after the last one of 400 and more, and after these all bytes are spent.
    var statuses: [Int]
    /// The requests that an app sees: method, target and body.
    var seen: [String]

    init(_ name: String, _ text: String, _ statuses: [Int], _ seen: [String] = []) {
        self.name = name
        bytes = Bytes.of(text)
        self.statuses = statuses
        self.seen = seen
    }
}

/// The published families of request smuggling, and their relatives: bodies whose ends two servers see in different places, and heads
/// that one of them reads as two.
enum SmugglingCases {
    static let all = framing + obfuscations + pipelines + lengths + heads + expectations + upgrades + chunkLines + good

    private static let tail = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

    private static func post(_ fields: String, _ body: String) -> String {
        "POST /p HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n\(body)"
    }

    private static let framing = [
        SmugglingCase("CL.TE", post("Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\nG" + tail), [400]),
        SmugglingCase("TE.CL", post("Transfer-Encoding: chunked\r\nContent-Length: 4", "5c\r\n\(tail)0\r\n\r\n"), [400]),
        SmugglingCase("CL.CL", post("Content-Length: 8\r\nContent-Length: 7", "12345678" + tail), [400]),
        SmugglingCase("CL.CL equal", post("Content-Length: 2\r\nContent-Length: 2", "xx" + tail), [400]),
        SmugglingCase("CL list", post("Content-Length: 2, 2", "xx" + tail), [400]),
        SmugglingCase(
            "TE.0", post("Transfer-Encoding: chunked", "23\r\n\(tail)\r\n0\r\n\r\nX:"), [200, 400], ["POST /p " + tail]),
        SmugglingCase(
            "TE in HTTP/1.0", "POST /p HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + tail, [400]),
        SmugglingCase(
            "0.CL on GET", "GET /g HTTP/1.1\r\nHost: a\r\nContent-Length: 36\r\nConnection: close\r\n\r\n" + tail + " ", [200],
            ["GET /g " + tail + " "]),
        SmugglingCase(
            "CL.0 with keep-alive",
            "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n" + tail
                + "GET /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", [200, 200], ["POST /p " + tail, "GET /b "]),
        SmugglingCase(
            "length nominated as hop-by-hop", post("Connection: Content-Length, close\r\nContent-Length: 35", tail), [200],
            ["POST /p " + tail]),
        SmugglingCase(
            "coding nominated as hop-by-hop",
            post("Connection: Transfer-Encoding, close\r\nTransfer-Encoding: chunked", "2\r\nxx\r\n0\r\n\r\n"), [200],
            ["POST /p xx"]),
        SmugglingCase("length with underscore", post("Content_Length: 35\r\nConnection: close", tail), [200], ["POST /p "]),
    ]

    private static let obfuscations: [SmugglingCase] = [
        "Transfer-Encoding : chunked", "Transfer-Encoding:\u{0B}chunked", "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity, chunked", "Transfer-Encoding:\r\n chunked", "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: 'chunked'",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: x", "Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
        "X: x\nTransfer-Encoding: chunked",
        " Transfer-Encoding: chunked", "\tTransfer-Encoding: chunked", "Transfer-Encoding\t: chunked",
        "Transfer-Encoding: chunked\u{00}",
        "Transfer-Encoding: chunk\u{00}ed", "Transfer-Encoding;: chunked", "Transfer-Encoding\r\n : chunked",
        "Transfer-Encoding: chunked\r\n\t",
        "Transfer-Encoding: cow", "Transfer-Encoding: cow\r\nTransfer-Encoding: chunked", "\u{00}Transfer-Encoding: chunked",
        "Transfer-Encoding: chunked;x",
        "Transfer-Encoding: ,chunked", "Transfer-Encoding: chunked,", "Transfer-Encoding: \u{FF}chunked",
        "Transfer-Encoding: chunked\u{A0}",
        "X: x\rTransfer-Encoding: chunked", "Transfer-Encoding: chun\u{E2}\u{84}\u{AA}ed", "Transfer Encoding: chunked",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding", "Transfer-Encoding=chunked: x\r\nTransfer-Encoding: ", ": x\r\nTransfer-Encoding: chunked",
    ].flatMap { line in
        [
            SmugglingCase("TE.TE \(line)", post(line, "0\r\n\r\n" + tail), [statuses(of: line)]),
            SmugglingCase("CL.TE \(line)", post("Content-Length: 40\r\n\(line)", "0\r\n\r\n" + tail), [400]),
        ]
    }

    /// A coding that is one word, but another one, is not known (RFC 9112 §6.1).
    private static func statuses(of line: String) -> Int {
        ["xchunked", "'chunked'", "cow", "gzip"].contains { line == "Transfer-Encoding: \($0)" } ? 501 : 400
    }

    private static let pipelines = [
        SmugglingCase("behind an error", "GET / HTTP/1.1\r\n\r\n" + tail, [400]),
        SmugglingCase("behind a large body", "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 17000000\r\n\r\n" + tail, [413]),
        SmugglingCase("behind a close", "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + tail, [200], ["GET /a "]),
        SmugglingCase(
            "behind a close among others", "GET /a HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE , y\r\n\r\n" + tail, [200],
            ["GET /a "]),
        SmugglingCase("behind HTTP/1.0", "GET /a HTTP/1.0\r\nHost: a\r\n\r\n" + tail, [200], ["GET /a "]),
        SmugglingCase("behind a bad chunk", post("Transfer-Encoding: chunked", "x\r\n" + tail), [400]),
        SmugglingCase(
            "second request bad", "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost : a\r\n\r\n" + tail, [200, 400],
            ["GET /a "]),
        SmugglingCase("noise behind a request", "GET /a HTTP/1.1\r\nHost: a\r\n\r\nX" + "\r\n" + tail, [200, 400], ["GET /a "]),
        SmugglingCase("two empty lines between", "GET /a HTTP/1.1\r\nHost: a\r\n\r\n\r\n\r\n" + tail, [200, 400], ["GET /a "]),
        SmugglingCase(
            "one empty line between",
            "GET /a HTTP/1.1\r\nHost: a\r\n\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", [200, 200],
            ["GET /a ", "GET /b "]),
        SmugglingCase("LF between", "GET /a HTTP/1.1\r\nHost: a\r\n\r\n\n" + tail, [200, 400], ["GET /a "]),
        SmugglingCase(
            "body longer than its length", "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx:yz" + tail, [200, 400],
            ["POST /p x"]),
        SmugglingCase(
            "chunks behind the last one", post("Transfer-Encoding: chunked", "0\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), [200, 400],
            ["POST /p "]),
        SmugglingCase(
            "HTTP/2 preface second", "GET /a HTTP/1.1\r\nHost: a\r\n\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [200, 400], ["GET /a "]
        ),
        SmugglingCase("TRACE with a body", "TRACE /t HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n" + tail, [400]),
        SmugglingCase("CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n" + tail, [405]),
    ]

    private static let lengths: [SmugglingCase] =
        [
            "+35", "-35", "0x23", "3 5", "35;", "35,", "\u{0B}35", "35\u{00}", "035\r\nContent-Length: 35", "１", "1e1",
            "9999999999999999999999", "35.0", "\"35\"", "", "٣٥",
        ].map {
            SmugglingCase("length \($0)", post("Content-Length: \($0)", tail), [400])
        }
        + [
            "0x23", " 23", "23 ", "+23", "-1", "23;", "23\n", "2\r3", "100000000000000023", "0000000000000000023", "23\u{00}",
            "23;a=\"", "23;\u{0B}", "23; a", "g",
            "", "23\u{0C}", "23,", "\u{FF}23", "23;a=b\n",
        ].map {
            SmugglingCase("chunk size \($0)", post("Transfer-Encoding: chunked", "\($0)\r\n\(tail)\r\n0\r\n\r\n"), [400])
        }
        + [
            "2\r\nxxx\r\n0\r\n\r\n", "2\r\nxx\n0\r\n\r\n", "2\r\nxx0\r\n\r\n", "2\r\nxx\r\n0\n\n", "2\r\nxx\r\n0\r\n\n",
            "2\r\nxx\r\n0\r\nHost: b\r\n\r\n", "2\r\nxx\r\n0\r\nContent-Length: 35\r\n\r\n",
            "2\r\nxx\r\n0\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n", "2\r\nxx\r\n0\r\n Transfer-Encoding: x\r\n\r\n",
        ].map {
            SmugglingCase("chunks \($0)", post("Transfer-Encoding: chunked", $0 + tail), [400])
        }

    private static let heads = [
        SmugglingCase("two hosts", "GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + tail, [400]),
        SmugglingCase("host and absolute form", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n" + tail, [400]),
        SmugglingCase("userinfo", "GET http://a@b/ HTTP/1.1\r\nHost: b\r\n\r\n" + tail, [400]),
        SmugglingCase("other scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n" + tail, [400]),
        SmugglingCase("relative target", "GET a HTTP/1.1\r\nHost: a\r\n\r\n" + tail, [400]),
        SmugglingCase("@ target", "GET @b/ HTTP/1.1\r\nHost: a\r\n\r\n" + tail, [400]),
        SmugglingCase("space in target", "GET / HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n" + tail, [400]),
        SmugglingCase("tab in the request line", "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n" + tail, [400]),
        SmugglingCase("two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n" + tail, [400]),
        SmugglingCase("request line folded", "GET /\r\n HTTP/1.1\r\nHost: a\r\n\r\n" + tail, [400]),
        SmugglingCase("bare LF everywhere", "GET / HTTP/1.1\nHost: a\n\n" + tail, [400]),
        SmugglingCase("bare CR everywhere", "GET / HTTP/1.1\rHost: a\r\r" + tail, [400]),
        SmugglingCase("HTTP/0.9", "GET /\r\n" + tail, [400]),
        SmugglingCase("HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n" + tail, [505]),
        SmugglingCase("HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n" + tail, [505]),
        SmugglingCase("HTTP/1.10", "GET / HTTP/1.10\r\nHost: a\r\n\r\n" + tail, [400]),
        SmugglingCase("lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n" + tail, [400]),
        SmugglingCase("NUL in target", "GET /\u{00} HTTP/1.1\r\nHost: a\r\n\r\n" + tail, [400]),
        SmugglingCase("fragment", "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n" + tail, [400]),
        SmugglingCase("response for a request", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" + tail, [400]),
        SmugglingCase("leading space", " GET / HTTP/1.1\r\nHost: a\r\n\r\n" + tail, [400]),
        SmugglingCase("byte order mark", "\u{EF}\u{BB}\u{BF}GET / HTTP/1.1\r\nHost: a\r\n\r\n" + tail, [400]),
        SmugglingCase("folded host", "GET / HTTP/1.1\r\nHost:\r\n a\r\n\r\n" + tail, [400]),
        SmugglingCase("colon in host", "GET / HTTP/1.1\r\nHost: a:b:c\r\n\r\n" + tail, [400]),
    ]

    private static let expectations = [
        SmugglingCase(
            "expects a body that it never sends",
            "GET /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n" + tail, [200], ["GET /a "]),
        SmugglingCase("odd expectation", post("Expect: y 100-continue\r\nContent-Length: 35", tail), [417]),
        SmugglingCase("two expectations", post("Expect: 100-continue\r\nExpect: x\r\nContent-Length: 35", tail), [417]),
        SmugglingCase("folded expectation", post("Expect:\r\n 100-continue\r\nContent-Length: 35", tail), [400]),
        SmugglingCase(
            "expects and sends", post("Expect: 100-continue\r\nContent-Length: 35\r\nConnection: close", tail), [200],
            ["POST /p " + tail]),
        SmugglingCase(
            "expects in HTTP/1.0", "POST /p HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nxx", [200],
            ["POST /p xx"]),
    ]

    private static let upgrades = [
        SmugglingCase(
            "h2c",
            "GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
            [200], ["GET /a "]),
        SmugglingCase(
            "h2c among others", "GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket, h2c\r\n\r\n",
            [200], ["GET /a "]),
        SmugglingCase(
            "h2c with a body",
            "POST /p HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\nContent-Length: 35\r\n\r\n" + tail,
            [200], ["POST /p " + tail]),
        SmugglingCase(
            "upgrade that the app declines",
            "GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 777\r\n\r\n"
                + tail, [200], ["GET /a "]),
    ]

    /// Where the chunks of one reader are the extension, the data or the end of another's.
    private static let chunkLines: [SmugglingCase] = [
        "2;\nxx\r\n23\r\n\(tail)\r\n0\r\n\r\n", "2;a\nxx\r\n0\r\n\r\n", "5\r\nAAAAA\n2\r\n23\r\n0\r\n\r\n",
        "5\r\nAAAAAXX2\r\n23\r\n0\r\n\r\n", "0\r\n\n\(tail)", "0\n\r\n\(tail)", "2;a=\"\r\nxx\r\n0\r\n\r\n",
        "2;a=\"\n\"\r\nxx\r\n0\r\n\r\n",
        "2\r;a\r\nxx\r\n0\r\n\r\n", "2;a\r\r\nxx\r\n0\r\n\r\n", "0;a\n\r\n\(tail)", "2 ;a\r\nxx\r\n0\r\n\r\n",
    ].map { SmugglingCase("chunk lines \($0)", post("Transfer-Encoding: chunked", $0), [400]) }

    /// What only looks odd.
    private static let good = [
        SmugglingCase(
            "coding in capitals", post("Transfer-Encoding: CHUNKED\r\nConnection: close", "2;a=b\r\nxx\r\n0\r\nX-T: 1\r\n\r\n"),
            [200], ["POST /p xx"]),
        SmugglingCase("absolute form", "GET http://a/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", [200], ["GET /x "]),
        SmugglingCase("length 0 behind zeros", post("Content-Length: 0000\r\nConnection: close", ""), [200], ["POST /p "]),
    ]
}
