import Foundation
import TestSupport
import Testing

/// The command that the inspector's page copies: whatever the fields of a request say, a shell takes them for words of `curl`, and a
/// terminal shows all of them.
@Suite struct InspectorCurlTests {
    private struct Case {
        var method = "GET"
        var target = "/"
        var host = "a.example"
        var bytes = 0
        var fields: [(kind: String, name: String, value: String)] = []
        /// Of the command behind `curl`.
        var words: [String]

        var json: [String: Any] {
            [
                "method": method, "scheme": "http", "host": host, "target": target, "request_bytes": bytes,
                "request": ["lines": fields.map { ["kind": $0.kind, "name": $0.name, "value": $0.value] }],
            ]
        }
    }

    private static let values = [
        "it's", "'; touch /tmp/never; '", "$(touch /tmp/never)", "`touch /tmp/never`", "\\", "\\'", "\"", "!!", "a\tb", "%s %n",
        "&& |; < > *",
        "\u{202E}txt.exe", "\u{1B}[2J\u{7F}\u{9B}", "a\u{200B}b", "é 漢 😀", "''", "$'\\x41'", "#", "~", "{a,b}",
    ]

    private static let cases: [Case] = [
        Case(words: ["-i", "http://a.example/"]),
        Case(method: "HEAD", target: "/x", bytes: 3, words: ["--head", "http://a.example/x"]),
        Case(method: "PO'ST`$!", words: ["-i", "-X", "PO'ST`$!", "http://a.example/"]),
        Case(target: "/a'b$(x)?q=`id`&r=1", words: ["-i", "http://a.example/a'b$(x)?q=`id`&r=1"]),
        Case(target: "/?token=[redacted]", words: ["-i", "--globoff", "http://a.example/?token=[redacted]"]),
        Case(target: "/a/%2E./{1,2}", words: ["-i", "--globoff", "--path-as-is", "http://a.example/a/%2E./{1,2}"]),
        Case(
            method: "OPTIONS", target: "*", words: ["-i", "-X", "OPTIONS", "--request-target", "*", "http://a.example/"]),
        Case(host: "a'; id; '", words: ["-i", "http://a'; id; '/"]),
        Case(
            method: "POST", bytes: 7,
            fields: [
                ("kept", "Host", "a.example"), ("kept", "Content-Length", "7"), ("removed", "X-Gone", "1"),
                ("added", "Via", "1.1 x"),
                ("kept", "X-Empty", ""), ("kept", "@/etc/passwd", "x"), ("kept", "Authorization", "Bearer [redacted]"),
            ],
            words: [
                "-i", "-X", "POST", "http://a.example/", "-H", "X-Gone: 1", "-H", "X-Empty;", "-H",
                "Authorization: Bearer [redacted]",
                "--data-binary", "[body of 7 bytes]",
            ]),
        Case(bytes: 1, words: ["-i", "http://a.example/", "-X", "GET", "--data-binary", "[body of 1 bytes]"]),
        Case(
            fields: [("kept", "Accept-Encoding", "br")],
            words: ["-i", "http://a.example/", "--compressed", "-H", "Accept-Encoding: br"]),
        Case(
            fields: values.map { ("kept", "X", $0) }, words: ["-i", "http://a.example/"] + values.flatMap { ["-H", "X: \($0)"] }),
    ]

    @Test func isTakenForWords() throws {
        let stand = try Stand("admin: 127.0.0.1:0\ninspector: {}\nroutes: [{ upstream: app }]")
        let json = String(decoding: try JSONSerialization.data(withJSONObject: Self.cases.map(\.json)), as: UTF8.self)
        let results = try InspectorPageTests.browse([
            ["open", stand.proxy.adminURL + "/inspector"], ["eval", "\(json).map(asCurl)"],
        ]).filter { !($0 is NSNull) }
        let commands = try #require(results.first as? [String])
        #expect(commands.count == Self.cases.count)
        for (command, one) in zip(commands, Self.cases) {
            #expect(command.unicodeScalars.allSatisfy { !Self.isHidden($0) }, "\(command)")
            for shell in ["/bin/sh", "/bin/bash"] {
                let script = #"curl() { for word in "$@"; do printf '%s\0' "$word"; done; }"# + "\n" + command
                let finished = try run(shell, ["-c", script], within: 30)
                let words = finished.output.split(separator: 0, omittingEmptySubsequences: false).dropLast()
                #expect(words.map { String(decoding: $0, as: UTF8.self) } == one.words, "\(shell): \(command) \(finished.errors)")
            }
        }
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: scalar.properties.isDefaultIgnorableCodePoint
        }
    }
}
