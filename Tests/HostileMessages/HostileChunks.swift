import HTTPModel

/// Chunked bodies that are refused, in requests and in responses alike.
package enum HostileChunks {
    package static let all: [Refusal] = bodies.map {
        Refusal("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\($0.0)", $0.1, $0.2, $0.3)
    }

    package static let responses: [Refusal] = bodies.map {
        Refusal("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\($0.0)", 502, $0.2, $0.3)
    }

    private typealias Body = (String, Status, String, MessageLimits)

    private static func body(
        _ text: String, _ reason: String, _ status: Status = 400, _ limits: MessageLimits = MessageLimits()
    ) -> Body { (text, status, reason, limits) }

    private static let bodies: [Body] = [
        sizes, largeSizes, extensions, extensionLines, ends, trailers, trailerLines, limits,
    ].flatMap { $0 }

    private static let sizes: [Body] = [
        "g\r\n", "\r\n", "\n", " 5\r\nhello\r\n", "+5\r\n", "-5\r\n", "-0\r\n", "0x5\r\n", "5 \r\nhello\r\n", "5\t\r\n",
        "5 ;a\r\n",
        "0x0\r\n\r\n", ";a\r\n", "5,\r\n", "5.0\r\n", "5\u{00}\r\n", "\u{FF}\r\n", "\"5\"\r\n", "5_0\r\n", "h5\r\n",
        "5\u{0B}\r\n",
        "0 \r\n\r\n", "{5}\r\n", "\t5\r\n", "5:\r\n",
    ].map { body($0, "invalid_chunk_size") }

    private static let largeSizes: [Body] = [
        body("1000000000000000\r\n", "chunk_too_large"),
        body("ffffffffffffffff\r\n", "chunk_too_large"),
        body("10000000000000005\r\n", "chunk_too_large"),
        body("0000000000000005\r\nhello\r\n0\r\n\r\n", "chunk_too_large"),
        body(String(repeating: "0", count: 100) + "\r\n", "chunk_too_large"),
        body("5\nhello\r\n", "bare_lf"),
        body("5\rhello\r\n", "bare_cr"),
        body("5\r\rhello\r\n", "bare_cr"),
        body("0\n\r\n", "bare_lf"),
        body("0\r\r\n", "bare_cr"),
    ]

    private static let extensions: [Body] = [
        "5;\r\nhello\r\n", "5; a\r\n", "5;a =b\r\n", "5;a= b\r\n", "5;a=\r\n", "5;=b\r\n", "5;a=b \r\n", "5;a;\r\n",
        "5;a=\"b\r\n",
        "5;a=\"b\"c\r\n", "5;a=b=c\r\n", "5;a\u{00}\r\n", "5;a=\"\u{00}\"\r\n", "5;a\u{80}\r\n", "5;a=(\r\n", "5;;a\r\n",
        "5;a=\"\\\u{01}\"\r\n",
        "5;a=\"\rb\"\r\n",
    ].map { body($0, "invalid_chunk_extension") }

    private static let extensionLines: [Body] = [
        body("5;a\nhello\r\n", "bare_lf"),
        body("5;\nhello\r\n", "bare_lf"),
        body("5;a=b\nhello\r\n", "bare_lf"),
        body("5;a=\"\n\"\r\n", "bare_lf"),
        body("5;a=\"b\"\n", "bare_lf"),
        body("5;a\rhello\r\n", "bare_cr"),
    ]

    private static let ends: [Body] = [
        "1\r\nxx\r\n", "1\r\nx\n", "1\r\nx\r\r", "1\r\nx0\r\n\r\n", "2\r\nx\r\n0\r\n\r\n", "1\r\nx \r\n", "1\r\nx\rx",
        "3\r\nhello\r\n",
    ].map { body($0, "invalid_chunk_end") }

    private static let trailers: [Body] = [
        "Content-Length: 5", "Transfer-Encoding: chunked", "Host: b", "content-length: 0", "HOST: a",
    ].map { body("0\r\nX-Sum: 1\r\n\($0)\r\n\r\n", "forbidden_trailer") }

    /// Trailer fields that may only stand in a header, and are left out.
    package static let strayTrailers = [
        "Connection: close", "Trailer: x", "TE: trailers", "Upgrade: x", "Keep-Alive: 1", "Proxy-Connection: x",
        "Content-Type: text/html", "Content-Encoding: gzip", "content-range: x", "Content-MD5: x", "Authorization: Basic eA==",
        "Proxy-Authorization: x", "WWW-Authenticate: x", "Cookie: a=b", "Set-Cookie: a=b", "Cache-Control: no-store",
        "Expect: 100-continue", "Max-Forwards: 1", "Range: bytes=0-", "If-Match: x", "If-None-Match: x", "Location: /", "Vary: *",
        "Age: 1", "Date: x", "Expires: x", "Retry-After: 1", "X-Forwarded-For: 1", "x-forwarded-host: b", "Forwarded: for=1",
        "Access-Control-Allow-Origin: *", "HTTP2-Settings: x", "Origin: x", "Sec-WebSocket-Key: x",
    ]

    private static let trailerLines: [Body] = [
        body("0\r\nX : y\r\n\r\n", "blank_in_name"),
        body("0\r\n X: y\r\n\r\n", "folded_line"),
        body("0\r\nX\r\n\r\n", "missing_colon"),
        body("0\r\nX: y\n\r\n", "bare_lf"),
        body("0\r\n\n", "bare_lf"),
        body("0\r\n\rX", "bare_cr"),
        body("0\r\nX: \u{00}\r\n\r\n", "control_byte"),
        body("0\r\n: y\r\n\r\n", "empty_name"),
        body("0\r\nGET /admin HTTP/1.1\r\nHost: a\r\n\r\n", "blank_in_name"),
    ]

    private static let limits: [Body] = [
        body("1;a=12345678901\r\nx\r\n", "chunk_extensions_too_long", 400, .small(headerBytes: 100)),
        body("1;a=12\r\nx\r\n1;a=34\r\ny\r\n1;a=56\r\n", "chunk_extensions_too_long", 400, .small(headerBytes: 100)),
        body("1;a=\"" + String(repeating: " ", count: 5000) + "\"\r\nx\r\n", "chunk_extensions_too_long"),
        body("0\r\nX: 1234567890123456\r\n\r\n", "trailers_too_large", 431, .small(headerBytes: 100)),
        body("0\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n", "trailers_too_large", 431, .small(headerBytes: 100)),
        body("0\r\nA:\r\nB:\r\nC:\r\nD:\r\n\r\n", "trailers_too_large", 431, .small(headerBytes: 100)),
        body("0\r\n" + String(repeating: "a", count: 9000), "trailers_too_large", 431),
    ]
}
