import HTTPModel

/// Heads that frame their body in more than one way, or in none that is known.
package enum HostileFraming {
    package static let all: [Refusal] = [
        lengths, lengthLines, codings, otherCodings, codingLines, both, places, expectations, expectationLines,
    ].flatMap { $0 }

    private static func post(_ lines: String, _ reason: String, _ status: Status = 400) -> Refusal {
        Refusal("POST / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n", status, reason)
    }

    private static let lengths: [Refusal] = [
        "", "+5", "-5", "-0", "5 5", "5,5", "5, 5", "5;", "0x5", "5h", "5.0", "5e1", "1_000", "\"5\"", "'5'", "five",
        "\u{D9}\u{A5}", "5\u{A0}",
        "9223372036854775808", "18446744073709551616", "99999999999999999999", "00000000000000000005", "1 ,", ",5", "5\t5", "NaN",
    ].map { post("Content-Length: \($0)", "invalid_length") }

    private static let lengthLines: [Refusal] = [
        post("Content-Length: 5\r\nContent-Length: 5", "duplicate_length"),
        post("Content-Length: 5\r\nContent-Length: 6", "duplicate_length"),
        post("Content-Length: 0\r\nX: y\r\ncontent-length: 0", "duplicate_length"),
        post("Content-Length: 5\r\nContent-Length: ", "duplicate_length"),
        post("Content-Length: x\r\nContent-Length: 5", "duplicate_length"),
        Refusal("GET / HTTP/1.0\r\nContent-Length: -1\r\n\r\n", 400, "invalid_length"),
    ]

    private static let codings: [Refusal] = [
        "", "chunked, chunked", "gzip, chunked", "chunked, gzip", "identity, chunked", "chunked,", ",chunked", ", chunked",
        "chunked;",
        "chunked;q=1", "\"chunked\"", "chunked chunked", "chunked\tx", "chunked\u{A0}", "chunked/1", "(chunked)",
        "chunked, identity", "chun ked", "chunked\u{FF}", "gzip;q=1", "gzip, deflate", "[chunked]", "chunked:",
    ].map { post("Transfer-Encoding: \($0)", "malformed_coding") }

    private static let otherCodings: [Refusal] = [
        "gzip", "identity", "xchunked", "chunkedx", "chunke", "'chunked'", "deflate", "x-gzip", "trailers", "null",
    ].map { post("Transfer-Encoding: \($0)", "unknown_coding", 501) }

    private static let codingLines: [Refusal] = [
        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "duplicate_coding"),
        post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", "duplicate_coding"),
        post("Transfer-Encoding: chunked\r\ntransfer-encoding: identity", "duplicate_coding"),
        post("Transfer-Encoding:\r\nTransfer-Encoding: chunked", "duplicate_coding"),
        post("Transfer-Encoding: \u{0B}chunked", "control_byte"),
        post("Transfer-Encoding: chunked\u{0C}", "control_byte"),
        post("Transfer-Encoding: chunked\u{00}", "control_byte"),
        post("Transfer-Encoding:\r\n chunked", "folded_line"),
        post("Transfer-Encoding\r\n: chunked", "missing_colon"),
    ]

    static let both: [Refusal] = [
        post("Content-Length: 5\r\nTransfer-Encoding: chunked", "length_and_coding"),
        post("Transfer-Encoding: chunked\r\nContent-Length: 5", "length_and_coding"),
        post("Transfer-Encoding: chunked\r\nContent-Length: 0", "length_and_coding"),
        post("Transfer-Encoding: gzip\r\nContent-Length: 5", "length_and_coding"),
        post("Transfer-Encoding: \r\nContent-Length: 5", "length_and_coding"),
        post("Transfer-Encoding: chunked\r\nContent-Length: x", "length_and_coding"),
        post("content-length: 5\r\nX: y\r\ntransfer-encoding: CHUNKED", "length_and_coding"),
        Refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400, "length_and_coding"),
    ]

    static let places: [Refusal] = [
        Refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "coding_in_http_1_0"),
        Refusal("POST / HTTP/1.0\r\nTransfer-Encoding: gzip\r\n\r\n", 400, "coding_in_http_1_0"),
        Refusal("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 5\r\n\r\n", 400, "unexpected_body"),
        Refusal("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "unexpected_body"),
        Refusal("TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", 400, "unexpected_body"),
        Refusal("TRACE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "unexpected_body"),
    ]

    private static let expectations: [Refusal] = [
        "", "100", "continue", "100-continue, x", "100-continue;q=1", "\"100-continue\"", "200-ok", "100 continue", "x=y",
    ].map { post("Content-Length: 1\r\nExpect: \($0)", "unknown_expectation", 417) }

    private static let expectationLines: [Refusal] = [
        post("Expect: 100-continue\r\nExpect: x\r\nContent-Length: 1", "unknown_expectation", 417),
        post("Expect: x\r\nExpect: 100-continue\r\nContent-Length: 1", "unknown_expectation", 417),
        post("Expect: x", "unknown_expectation", 417),
    ]
}
