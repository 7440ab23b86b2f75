import HTTP1
import HTTPModel
import HostileMessages
import Testing

/// What is exactly as long as a limit passes; one byte more is in the tables of refusals.
@Suite struct LimitTests {
    @Test(arguments: [
        ("GET /1234567890123456789 HTTP/1.1\r\nHost: a\r\n\r\n", "end "),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: 12345678901234567890123456\r\n\r\n", "end "),
        ("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\n\r\n", "end "),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=1234567\r\nx\r\n0\r\n\r\n", "end x"),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: 123456789012345\r\n\r\n",
            "end  trailers X=123456789012345"
        ),
    ])
    func theLimitItselfPasses(_ text: String, _ end: String) {
        let bytes = wire(text)
        for cut in Cut.all(bytes) {
            #expect(requestTranscript(bytes, cut, limits: .small()).last == end)
        }
    }

    @Test func aStatusLineCountsWithItsFields() {
        let bytes = wire("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        #expect(responseTranscript(bytes, limits: .small(headerBytes: 36)).last == "end ")
        #expect(responseTranscript(bytes, limits: .small(headerBytes: 35)).last == "failed 502 header_too_large ")
    }

    /// No storage but the first message's: heads, fields and trailers are cleared, not dropped.
    @Test func theNextMessageBeginsEmpty() {
        var parser = RequestParser(limits: MessageLimits(), names: .standard)
        let first = wire("POST /x?y HTTP/1.0\r\nHost: a\r\nTE: t\r\n\r\n")
        _ = parser.parse(first.span)
        _ = parser.parse([UInt8]().span)
        parser.next()
        #expect(parser.isIdle && parser.keepAlive)
        #expect(parser.head.fields.isEmpty && parser.head.target.isEmpty && parser.head.authority.isEmpty)
        #expect(parser.head.version == .http11 && parser.head.method == .get)
        let second = wire("G")
        #expect(parser.parse(second.span).consumed == 0)
        #expect(!parser.isIdle)
    }
}
