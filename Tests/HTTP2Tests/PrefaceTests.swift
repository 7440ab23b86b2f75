import HTTP2
import Testing

@Suite struct PrefaceTests {
    @Test(arguments: [
        ("", Preface.Match.prefix), ("P", .prefix), ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r", .prefix),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .whole), ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0", .whole),
        ("POST / HTTP/1.1", .different), ("GET", .different), ("PRI * HTTP/2.0\r\n\r\nXX", .different),
    ])
    func compares(bytes: String, expected: Preface.Match) {
        let match = Preface.compare(bytes.utf8.span)
        #expect(match == expected)
    }
}
