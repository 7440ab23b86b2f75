import HTTPModel

/// Request lines that are refused.
package enum HostileRequestLines {
    package static let all: [Refusal] = [
        shapes, methods, controlsInMethods, longMethods, targets, splitTargets, optionsTargets, connectTargets, controlsInTargets,
        versions, otherVersions, limits,
    ].flatMap { $0 }

    private static func line(_ text: String, _ reason: String, _ status: Status = 400) -> Refusal {
        Refusal(text + "\r\nHost: a\r\n\r\n", status, reason)
    }

    /// Request lines with each of some texts between two others.
    private static func lines(_ before: String, _ texts: [String], _ after: String, _ reason: String) -> [Refusal] {
        texts.map { line(before + $0 + after, reason) }
    }

    static let shapes: [Refusal] = [
        line("GET /", "missing_version"),
        line("GET", "invalid_method"),
        line(" GET / HTTP/1.1", "invalid_method"),
        line("GET  / HTTP/1.1", "invalid_target"),
        line("GET /  HTTP/1.1", "invalid_version"),
        line("GET / HTTP/1.1 ", "invalid_version"),
        line("GET / HTTP/1.1\t", "invalid_version"),
        line("GET\t/ HTTP/1.1", "invalid_method"),
        line("GET /\tHTTP/1.1", "invalid_target"),
        line("GET /a b HTTP/1.1", "invalid_version"),
        line("GET / extra HTTP/1.1", "invalid_version"),
        line("GET HTTP/1.1", "missing_version"),
        line("/ HTTP/1.1", "invalid_method"),
        line("\r\n\r\nGET / HTTP/1.1", "invalid_method"),
        line("\rGET / HTTP/1.1", "bare_cr"),
        line("\nGET / HTTP/1.1", "invalid_method"),
        line("\r\n GET / HTTP/1.1", "invalid_method"),
        line("\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}", "tls_handshake"),
        line("\u{80}\u{2E}\u{01}\u{00}\u{02}", "invalid_method"),
        line("\u{EF}\u{BB}\u{BF}GET / HTTP/1.1", "invalid_method"),
        Refusal("GET / HTTP/1.1\nHost: a\n\n", 400, "invalid_version"),
        Refusal("GET / HTTP/1.1\r\rHost: a\r\n\r\n", 400, "bare_cr"),
        Refusal("GET / HTTP/1.1\r\n\nHost: a\r\n\r\n", 400, "bare_lf"),
        Refusal("GET /\nHost: a\r\n\r\n", 400, "invalid_target"),
        Refusal("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "invalid_target"),
        Refusal("PRI / HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "unsupported_version"),
        Refusal("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 400, "invalid_method"),
        Refusal("HELP\r\n", 400, "invalid_method"),
        Refusal("EHLO mail.example\r\n", 400, "missing_version"),
    ]

    private static let methods = lines(
        "", ["G(T", "G{T", "G\"T", "G@T", "G,T", "G:T", "G=T", "G\\T", "[GET]", "<GET>", "G?T", "G;T", "G\u{E9}T", "G\rT"],
        " / HTTP/1.1", "invalid_method")

    private static let controlsInMethods = lines("G", controls, "T / HTTP/1.1", "invalid_method")

    private static let longMethods: [Refusal] = [
        line(String(repeating: "M", count: 33) + " / HTTP/1.1", "method_too_long", 501),
        Refusal(String(repeating: "A", count: 4000), 501, "method_too_long"),
    ]

    private static let targets = lines(
        "GET ",
        [
            "*", "**", "a", "index.html", "?q", "#f", "/a#f", "//a#", "/%", "/%4", "/%zz", "/%4g/x", "/%00", "/..", "/a/../..",
            "/%2e%2e/", "/\u{E9}", "/\u{80}", "http:", "http:/", "http://", "http:///", "http:///x", "http://?q", "http://a@b/",
            "http://a:b@c/", "http://@a/", "http://a:99999/", "http://a:x/", "http://[::1/", "ftp://a/", "file:///x",
            "ws://a/", "urn:a:b", "http://a,b/", "http://a\\b/", "http://a%41/", "http://a/#f", "http://a/%00", "a:80", "@",
            ":80",
        ], " HTTP/1.1", "invalid_target")

    private static let splitTargets = lines("GET ", ["http://a b/", "/ /", "http://b/ a"], " HTTP/1.1", "invalid_version")

    private static let optionsTargets = lines("OPTIONS ", ["*x", "/..", "http://u@a"], " HTTP/1.1", "invalid_target")

    private static let connectTargets = lines(
        "CONNECT ",
        ["/", "*", "a", "a:", ":443", "http://a:443/", "a:443/", "a:99999", "u@a:443", "a:443?q", "[::1]", "[::1]:"],
        " HTTP/1.1", "invalid_target")

    private static let controlsInTargets = lines("GET /a", controls, "b HTTP/1.1", "invalid_target")

    private static let versions = lines(
        "GET / ",
        [
            "http/1.1", "HTTP/1", "HTTP/1.", "HTTP/.1", "HTTP/11", "HTTP/1.1.1", "HTTP/01.1", "HTTP/1.01", "HTTP/1,1", "HTTP 1.1",
            "HTTPS/1.1", "HTTP/+1.1", "HTTP/1.x", "HTTP/x.1", "ICY", "RTSP/1.0", "HTTP\\1.1", "HTTP/1.1\u{00}", "HTTP/1.1;",
        ], "", "invalid_version")

    private static let otherVersions: [Refusal] = ["0.9", "1.2", "1.9", "2.0", "3.0", "9.9", "0.0"].map {
        line("GET / HTTP/\($0)", "unsupported_version", 505)
    }

    static let limits: [Refusal] = [
        Refusal("GET /123456789012345678901 HTTP/1.1\r\nHost: a\r\n\r\n", 414, "target_too_long", .small()),
        Refusal("GET /12345678901234567890 HTTP/1.1\r\nHost: a\r\n\r\n", 414, "target_too_long", .small()),
        Refusal("GET /12345678901234567890\r\n", 414, "target_too_long", .small()),
        Refusal("GET /12345678901234567890 HTTP/9.1\r\n", 414, "target_too_long", .small()),
        Refusal("GET /12345678901234567890 HTTP/1.1\r\nX : a", 414, "target_too_long", .small()),
        Refusal("GET /" + String(repeating: "a", count: 61), 414, "target_too_long", .small()),
        Refusal("GET " + String(repeating: "a", count: 16 << 10) + "/ HTTP/1.1\r\n\r\n", 414, "target_too_long"),
        Refusal("GET /1234567890123456789\u{01}", 400, "invalid_target", .small()),
    ]
}
