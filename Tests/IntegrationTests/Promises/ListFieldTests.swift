import TestSupport
import Testing

/// Promise 6: list fields become one line, a set of members, and nothing that is not a list is cut at its commas.
@Suite struct ListFieldTests {
    /// The app's `Vary` lines, and the one that leaves.
    static let vary: [(app: [String], expected: String)] = [
        ([], "Origin, Accept-Encoding"),
        (["Accept"], "Accept, Origin, Accept-Encoding"),
        (["Accept", "Cookie", "Accept"], "Accept, Cookie, Origin, Accept-Encoding"),
        (["ORIGIN, accept-encoding"], "ORIGIN, accept-encoding"),
        (["origin", "Origin", "oRIGIN"], "origin, Accept-Encoding"),
        (["*"], "*"),
        (["Accept", "*"], "*"),
        (["Accept, *, Cookie"], "*"),
        ([" , ,, Accept\t,\t,"], "Accept, Origin, Accept-Encoding"),
        (["", ""], "Origin, Accept-Encoding"),
        (["Accept;q=1"], "Accept;q=1, Origin, Accept-Encoding"),
        (["\"a, Origin\""], "\"a, Origin\", Origin, Accept-Encoding"),
        (["\"a\\\", b\", \"\\\"\\\"\""], "\"a\\\", b\", \"\\\"\\\"\", Origin, Accept-Encoding"),
        (["X-Origin", "Origin-X"], "X-Origin, Origin-X, Origin, Accept-Encoding"),
        (["caf\u{E9}"], "caf\u{E9}, Origin, Accept-Encoding"),
        ((0..<200).map { "V\($0)" }, (0..<200).map { "V\($0)" }.joined(separator: ", ") + ", Origin, Accept-Encoding"),
    ]

    static let stand = Result {
        var answers: [String: String] = [:]
        for (index, row) in vary.enumerated() {
            let lines = row.app.enumerated().map { "\($0.offset % 2 == 0 ? "Vary" : "vary"): \($0.element)\r\n" }.joined()
            answers["/v\(index)"] =
                "HTTP/1.1 200 OK\r\n\(lines)Set-Cookie: a=1, b=2\r\nSet-Cookie: a=1, b=2\r\nContent-Length: 0\r\n\r\n"
        }
        answers["/unclosed"] = "HTTP/1.1 200 OK\r\nVary: \"a, Origin\r\nContent-Length: 0\r\n\r\n"
        return try Stand(
            """
            response_headers:
              - cors: { allow_origins: [https://app.example] }
              - merge: { Vary: "Accept-Encoding, origin" }
              - merge: { Vary: ACCEPT-ENCODING }
            """, answers: answers)
    }

    @Test(arguments: HTTPVersion.allCases)
    func neverClosed(_ version: HTTPVersion) throws {
        let response = try Self.stand.get().ask(Ask(target: "/unclosed"), version).response
        #expect(response.fields["Vary"] == "\"a, Origin, Accept-Encoding")
    }

    @Test(arguments: vary.indices, HTTPVersion.allCases)
    func varyIsASet(_ index: Int, _ version: HTTPVersion) throws {
        for origin in [nil, Policy.origin, Policy.foreignOrigin] {
            let ask = Ask(target: "/v\(index)", fields: origin.map { [("Origin", $0)] } ?? [])
            let response = try Self.stand.get().ask(ask, version).response
            #expect(response.fields.all("Vary") == [Self.vary[index].expected])
            #expect(response.fields.all("Set-Cookie") == ["a=1, b=2", "a=1, b=2"])
        }
    }
}
