import HTTPModel

/// Field lines and blocks of them that are refused.
package enum HostileFields {
    package static let all: [Refusal] = [
        lines, names, knownNames, controlsInNames, controlsInValues, controlsInLongValues, hosts, hostLines, limits,
    ].flatMap { $0 }

    private static func field(_ line: String, _ reason: String) -> Refusal {
        Refusal("GET / HTTP/1.1\r\nHost: a\r\n\(line)\r\n\r\n", 400, reason)
    }

    /// Lines with each of some texts between two others.
    private static func fields(_ before: String, _ texts: [String], _ after: String, _ reason: String) -> [Refusal] {
        texts.map { field(before + $0 + after, reason) }
    }

    private static let lines: [Refusal] = [
        field("X : y", "blank_in_name"),
        field("X\t: y", "blank_in_name"),
        field("X Y: z", "blank_in_name"),
        field("Content-Length : 5", "blank_in_name"),
        field("Transfer-Encoding\t: chunked", "blank_in_name"),
        field(" X: y", "folded_line"),
        field("\tX: y", "folded_line"),
        field("X: y\r\n z", "folded_line"),
        field("X: y\r\n\tz", "folded_line"),
        field("Transfer-Encoding: chunked\r\n , identity", "folded_line"),
        field("X", "missing_colon"),
        field("X-No-Colon-In-This-Line", "missing_colon"),
        field(": y", "empty_name"),
        field(":", "empty_name"),
        field(":path: /", "empty_name"),
        field("X: y\nZ: w", "bare_lf"),
        field("X: y\n", "bare_lf"),
        field("X: y\rZ: w", "bare_cr"),
        field("X: y\r\r", "bare_cr"),
        field("X: \r y", "bare_cr"),
        field("X\nY: z", "bare_lf"),
        field("\n", "bare_lf"),
        field("\rX: y", "bare_cr"),
        field("GET / HTTP/1.1", "blank_in_name"),
        Refusal("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, "folded_line"),
        Refusal("GET / HTTP/1.1\r\nHost: a\r\n\n", 400, "bare_lf"),
        Refusal("GET / HTTP/1.1\r\nHost: a\n\r\n", 400, "bare_lf"),
        Refusal("GET / HTTP/1.1\r\nHost: a\r\n\rX", 400, "bare_cr"),
    ]

    private static let names = fields(
        "",
        [
            "X(", "X)", "X<", "X>", "X@", "X,", "X;", "X\\", "X\"", "X/", "X[", "X]", "X?", "X=", "X{", "X}", "\u{E9}", "X\u{80}",
            "\u{FF}",
        ],
        ": y", "invalid_name")

    private static let knownNames = fields(
        "", ["Content-Length\u{0B}", "Transfer-Encoding\u{0C}", "\u{00}Host", "Content-Length,"], ": 5",
        "invalid_name")

    private static let controlsInNames = fields("X", controls, "Y: z", "invalid_name")

    private static let controlsInValues = fields("X: y", controls, "z", "control_byte")

    private static let controlsInLongValues = fields("X-Long-Name: 0123456789", controls, "", "control_byte")

    private static let hosts: [Refusal] = [
        "", " ", "a b", "a,b", "a@b", "u:p@a", "a/b", "a?b", "a#b", "a\\b", "http://a", "a:b", "a:-1", "a:65536", "a:80:80",
        ":80",
        "[::1", "[::1]x", "[]", "[", "]", "[::1]:x", "[g::1]", "[::1%25eth0]", "a%41", "\u{E9}.example", "a\tb", "{a}", "a|b",
        "\"a\"", "*/",
    ].map { Refusal("GET / HTTP/1.1\r\nHost: \($0)\r\n\r\n", 400, "invalid_host") }

    private static let hostLines: [Refusal] = [
        Refusal("GET / HTTP/1.1\r\n\r\n", 400, "missing_host"),
        Refusal("GET / HTTP/1.1\r\nX-Host: a\r\n\r\n", 400, "missing_host"),
        Refusal("GET http://a/ HTTP/1.1\r\n\r\n", 400, "missing_host"),
        Refusal("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "duplicate_host"),
        Refusal("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nhost: b\r\n\r\n", 400, "duplicate_host"),
        Refusal("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400, "duplicate_host"),
        Refusal("GET / HTTP/1.0\r\nHost: \r\n\r\n", 400, "invalid_host"),
        Refusal("GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", 400, "host_mismatch"),
        Refusal("GET http://a:443/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "host_mismatch"),
        Refusal("GET https://a:80/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "host_mismatch"),
        Refusal("GET http://a/ HTTP/1.0\r\nHost: b\r\n\r\n", 400, "host_mismatch"),
        Refusal("OPTIONS http://a HTTP/1.1\r\nHost: b\r\n\r\n", 400, "host_mismatch"),
        Refusal("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "host_mismatch"),
        Refusal("CONNECT a:443 HTTP/1.1\r\nHost: b:443\r\n\r\n", 400, "host_mismatch"),
        Refusal("GET / HTTP/1.1\r\nHost: " + String(repeating: "a", count: 513) + "\r\n\r\n", 400, "invalid_host"),
    ]

    static let limits: [Refusal] = [
        Refusal("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n", 431, "too_many_fields", .small()),
        Refusal("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\nD", 431, "too_many_fields", .small()),
        Refusal("GET / HTTP/1.1\r\nHost: a\r\nX: 1234567890123456789012345678\r\n\r\n", 431, "header_too_large", .small()),
        Refusal("GET / HTTP/1.1\r\nHost: a\r\nX: 123456789012345678901234567\r\n\r\n", 431, "header_too_large", .small()),
        Refusal("GET / HTTP/1.1\r\nHost: a\r\nX: 1234567890123456789012345678\u{00}", 431, "header_too_large", .small()),
        Refusal("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "N", count: 31), 431, "header_too_large", .small()),
        Refusal("GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "v", count: 64 << 10), 431, "header_too_large"),
        Refusal("GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 257), 431, "too_many_fields"),
        Refusal("GET / HTTP/1.1\r\nHost: a\r\nX: 12345678901234567890123456\u{00}", 400, "control_byte", .small()),
    ]
}
