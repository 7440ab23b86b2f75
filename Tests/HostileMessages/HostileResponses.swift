import HTTPModel

/// Responses of an app that are refused.
package enum HostileResponses {
    package static let all: [Refusal] = [
        lines, versions, statuses, controlsInReasons, fields, framing, lengths, codings, informational, truncated,
        limits, HostileChunks.responses,
    ].flatMap { $0 }

    private static func refusals(_ texts: [String], _ reason: String, method: Method = .get) -> [Refusal] {
        texts.map { Refusal($0, 502, reason, method: method) }
    }

    private static func head(_ lines: String, _ reason: String, method: Method = .get) -> Refusal {
        Refusal("HTTP/1.1 200 OK\r\n\(lines)\r\n\r\nhello", 502, reason, method: method)
    }

    private static let lines = refusals(
        [
            "HTTP/1.1\r\n\r\n", "HTTP/1.1200 OK\r\n\r\n", "HTTP/1.1\t200 OK\r\n\r\n", "HTTP 200 OK\r\n\r\n",
            "http/1.1 200 OK\r\n\r\n",
            "\r\nHTTP/1.1 200 OK\r\n\r\n", " HTTP/1.1 200 OK\r\n\r\n", "\nHTTP/1.1 200 OK\r\n\r\n", "ICY 200 OK\r\n\r\n",
            "<html>hello</html>", "200 OK\r\n\r\n", "garbage", "\u{00}\u{00}\u{00}\u{12}\u{04}\u{00}",
            "\u{15}\u{03}\u{01}\u{00}\u{02}",
            "HTTP/11 200 OK\r\n\r\n", "HTTP/1.1.1 200 OK\r\n\r\n", "HTTP/1.x 200 OK\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        ], "invalid_version")

    private static let versions = refusals(
        ["0.9", "1.2", "2.0", "3.0"].map { "HTTP/\($0) 200 OK\r\n\r\n" }, "unsupported_version")

    private static let statuses = refusals(
        [
            "", "2", "20", "2000", "099", "000", "600", "999", "+20", "-20", "2x0", "20x", " 200", "200OK", "200\tOK", "20 0",
            "0x2",
        ].map {
            "HTTP/1.1 \($0)\r\n\r\n"
        }, "invalid_status")

    private static let controlsInReasons = refusals(controls.map { "HTTP/1.1 200 O\($0)K\r\n\r\n" }, "invalid_reason")

    private static let fields: [Refusal] = [
        head("X : y", "blank_in_name"),
        head("Content-Length : 5", "blank_in_name"),
        head(" X: y", "folded_line"),
        head("X: y\r\n z", "folded_line"),
        head("X", "missing_colon"),
        head(": y", "empty_name"),
        head("X(: y", "invalid_name"),
        head("X\u{00}: y", "invalid_name"),
        head("X: \u{00}", "control_byte"),
        head("X: \u{7F}", "control_byte"),
        head("X: y\nSet-Cookie: a=b", "bare_lf"),
        head("X: y\rSet-Cookie: a=b", "bare_cr"),
        Refusal("HTTP/1.1 200 OK\nA: b\n\n", 502, "bare_lf"),
        Refusal("HTTP/1.1 200\nA: b\n\n", 502, "bare_lf"),
        Refusal("HTTP/1.1 200 OK\rA: b\r\n\r\n", 502, "bare_cr"),
        Refusal("HTTP/1.1 200 OK\r\nA: b\r\n\n", 502, "bare_lf"),
        Refusal("HTTP/1.1 200 OK\r\nA: b\r\n\rX", 502, "bare_cr"),
    ]

    private static let framing: [Refusal] = [
        head("Content-Length: 5\r\nContent-Length: 5", "duplicate_length"),
        head("Content-Length: 5\r\nContent-Length: 6", "duplicate_length"),
        head("Content-Length: 5\r\nTransfer-Encoding: chunked", "length_and_coding"),
        head("Transfer-Encoding: chunked\r\nContent-Length: 5", "length_and_coding"),
        head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "duplicate_coding"),
        Refusal("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 502, "coding_in_http_1_0"),
    ]

    private static let lengths = ["", "+5", "-1", "5,5", "5, 5", "5 5", "0x5", "5.0", "x", "99999999999999999999"].map {
        head("Content-Length: \($0)", "invalid_length")
    }

    private static let codings: [Refusal] =
        ["", "gzip, chunked", "chunked, gzip", "chunked;x", "\"chunked\"", "chunked,"].map {
            head("Transfer-Encoding: \($0)", "malformed_coding")
        } + ["gzip", "identity", "xchunked"].map { head("Transfer-Encoding: \($0)", "unknown_coding") }

    private static let informational =
        refusals(
            [
                "HTTP/1.1 101 x\r\n\r\n", "HTTP/1.1 101 x\r\nUpgrade: y\r\n\r\n", "HTTP/1.1 101 x\r\nConnection: upgrade\r\n\r\n",
                "HTTP/1.0 101 x\r\nConnection: upgrade\r\nUpgrade: y\r\n\r\n",
                "HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade:\r\n\r\n",
            ], "upgrade_without_protocol")
        + refusals([String(repeating: "HTTP/1.1 100 x\r\n\r\n", count: 17)], "informational_flood")

    private static let truncated = refusals(
        [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 200 OK\r\nA: b\r\n", "HTTP/1.1 200 OK\r\nA: b", "HTTP/1.1 20", "H", "HTTP/1.1 100 x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n",
        ], "truncated")

    private static let limits: [Refusal] = [
        Refusal("HTTP/1.1 200 " + String(repeating: "r", count: 64 << 10), 502, "header_too_large"),
        Refusal("HTTP/1.1 200 OK\r\nX: " + String(repeating: "v", count: 64 << 10), 502, "header_too_large"),
        Refusal("HTTP/1.1 200 OK\r\n" + String(repeating: "A: b\r\n", count: 257), 502, "too_many_fields"),
        Refusal("HTTP/1.1 200 12345678901234567890123456789", 502, "header_too_large", .small()),
        Refusal("HTTP/1.1 200 1234567890\r\nX: 12345678901\r\n\r\n", 502, "header_too_large", .small()),
        Refusal("HTTP/1.1 200 OK\r\n", 502, "header_too_large", .small(headerBytes: 5)),
    ]
}
