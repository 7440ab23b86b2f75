import HTTP1
import HTTPModel
import HostileMessages
import Testing

struct ValidMessage: Sendable, CustomTestStringConvertible {
    let bytes: [UInt8]
    let expected: [String]
    var methods: [Method] = [.get]

    init(_ text: String, _ expected: [String], methods: [Method] = [.get]) {
        bytes = wire(text)
        self.expected = expected
        self.methods = methods
    }

    var testDescription: String { readable(bytes) }
}

@Suite struct ValidRequestTests {
    @Test(arguments: requests) func saysTheSameHoweverItIsCut(_ request: ValidMessage) {
        for cut in Cut.all(request.bytes) {
            #expect(requestTranscript(request.bytes, cut) == request.expected, "\(cut)")
        }
    }

    static let requests: [ValidMessage] = [targets, fields, bodies, connections].flatMap { $0 }

    static let targets: [ValidMessage] = [
        .init("GET / HTTP/1.1\r\nHost: a\r\n\r\n", ["GET / HTTP/1.1 @a body=none keep", "Host=a", "end "]),
        .init("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", ["GET / HTTP/1.1 @a body=none keep", "Host=a", "end "]),
        .init(
            "GET /a/b%20c?q=%2F&r HTTP/1.1\r\nHost: a.example:8080\r\n\r\n",
            ["GET /a/b%20c?q=%2F&r HTTP/1.1 @a.example:8080 body=none keep", "Host=a.example:8080", "end "]),
        .init(
            "GET http://a.example/x?y HTTP/1.1\r\nHost: A.example\r\n\r\n",
            ["GET /x?y HTTP/1.1 @a.example body=none keep", "Host=A.example", "end "]),
        // The same authority, spelled otherwise.
        .init(
            "GET http://a.example:80/x HTTP/1.1\r\nHost: a.example\r\n\r\n",
            ["GET /x HTTP/1.1 @a.example:80 body=none keep", "Host=a.example", "end "]),
        .init(
            "GET http://a.example./x HTTP/1.1\r\nHost: A.EXAMPLE:80\r\n\r\n",
            ["GET /x HTTP/1.1 @a.example. body=none keep", "Host=A.EXAMPLE:80", "end "]),
        .init(
            "GET https://a.example/x HTTP/1.1\r\nHost: a.example:443\r\n\r\n",
            ["GET /x HTTP/1.1 @a.example body=none keep", "Host=a.example:443", "end "]),
        .init(
            "GET HTTPS://a.example HTTP/1.1\r\nHost: a.example\r\n\r\n",
            ["GET / HTTP/1.1 @a.example body=none keep", "Host=a.example", "end "]),
        .init(
            "GET http://a?q HTTP/1.1\r\nHost: a\r\n\r\n", ["GET /?q HTTP/1.1 @a body=none keep", "Host=a", "end "]),
        .init(
            "OPTIONS http://a:81 HTTP/1.1\r\nHost: a:81\r\n\r\n",
            ["OPTIONS * HTTP/1.1 @a:81 body=none keep", "Host=a:81", "end "]),
        .init("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", ["OPTIONS * HTTP/1.1 @a body=none keep", "Host=a", "end "]),
        .init("GET http://a/ HTTP/1.0\r\n\r\n", ["GET / HTTP/1.0 @a body=none close", "", "end "]),
        .init(
            "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n",
            ["CONNECT a.example:443 HTTP/1.1 @a.example:443 body=none keep", "Host=a.example:443", "end "]),
        .init(
            "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n",
            ["CONNECT [::1]:443 HTTP/1.1 @[::1]:443 body=none keep", "Host=[::1]:443", "end "]),
        .init(
            "GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n",
            ["GET / HTTP/1.1 @[2001:db8::1] body=none keep", "Host=[2001:db8::1]", "end "]),
        .init(
            "QUERY /q HTTP/1.1\r\nHost: a\r\n\r\n", ["QUERY /q HTTP/1.1 @a body=none keep", "Host=a", "end "]),
        .init(
            "M-SEARCH_0123456789abcdefghijklm /q HTTP/1.1\r\nHost: a\r\n\r\n",
            ["M-SEARCH_0123456789abcdefghijklm /q HTTP/1.1 @a body=none keep", "Host=a", "end "]),
        .init("GET / HTTP/1.0\r\n\r\n", ["GET / HTTP/1.0 @ body=none close", "", "end "]),
        .init("GET / HTTP/1.0\r\nHost: a\r\n\r\n", ["GET / HTTP/1.0 @a body=none close", "Host=a", "end "]),
        .init(
            "GET /a|b{c}~!$&'()*+,;=:@ HTTP/1.1\r\nHost: a\r\n\r\n",
            ["GET /a|b{c}~!$&'()*+,;=:@ HTTP/1.1 @a body=none keep", "Host=a", "end "]),
    ]

    static let fields: [ValidMessage] = [
        .init(
            "GET / HTTP/1.1\r\nHost:a\r\nA:\r\nB: \r\nC:\t d \t\r\nD:  e f\r\ne: \u{E9}\t\u{FF}\r\nAB:x\r\n\r\n",
            ["GET / HTTP/1.1 @a body=none keep", "Host=a|A=|B=|C=d|D=e f|e=\u{FFFD}\t\u{FFFD}|AB=x", "end "]),
        .init(
            "GET / HTTP/1.1\r\nAccept: 1\r\nX-1:2\r\nAccept: 3\r\nhOsT: a\r\nX!#$%&'*+-.^_`|~9: 4\r\n\r\n",
            ["GET / HTTP/1.1 @a body=none keep", "Accept=1|X-1=2|Accept=3|hOsT=a|X!#$%&'*+-.^_`|~9=4", "end "]),
        .init(
            "GET / HTTP/1.1\r\nHost: a\r\nX: a:b: c\r\nY: \"q, r\"; s=t\r\n\r\n",
            ["GET / HTTP/1.1 @a body=none keep", "Host=a|X=a:b: c|Y=\"q, r\"; s=t", "end "]),
    ]

    static let bodies: [ValidMessage] = [
        .init(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            ["POST / HTTP/1.1 @a body=5 keep", "Host=a|Content-Length=5", "end hello"]),
        .init(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
            ["POST / HTTP/1.1 @a body=none keep", "Host=a|Content-Length=0", "end "]),
        .init(
            "POST / HTTP/1.0\r\nContent-Length: 002\r\n\r\nhi",
            ["POST / HTTP/1.0 @ body=2 close", "Content-Length=2", "end hi"]),
        .init(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n\r\nx",
            ["POST / HTTP/1.1 @a body=9223372036854775807 keep", "Host=a|Content-Length=9223372036854775807", "unfinished x"]),
        .init(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ChunKed\r\n\r\n5\r\nhello\r\n00A\r\n, world!\r\n\r\n0\r\n\r\n",
            ["POST / HTTP/1.1 @a body=chunked keep", "Host=a|Transfer-Encoding=ChunKed", "end hello, world!\r\n"]),
        .init(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            ["POST / HTTP/1.1 @a body=chunked keep", "Host=a|Transfer-Encoding=chunked", "end "]),
        .init(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a\r\nx\r\n1;a=b;c=\"d\\\"; \t\"\r\ny\r\n0001;e=\"\";f\r\nz\r\n0;g=h\r\nX-S: 1\r\nX-T:a\r\n\r\n",
            [
                "POST / HTTP/1.1 @a body=chunked keep", "Host=a|Transfer-Encoding=chunked",
                "end xyz trailers X-S=1|X-T=a",
            ]),
        .init(
            "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhiGET /2 HTTP/1.1\r\nHost: b\r\n\r\n\r\nGET /3 HTTP/1.0\r\n\r\n",
            [
                "POST /1 HTTP/1.1 @a body=2 keep", "Host=a|Content-Length=2", "end hi",
                "GET /2 HTTP/1.1 @b body=none keep", "Host=b", "end ",
                "GET /3 HTTP/1.0 @ body=none close", "", "end ",
            ]),
        .init("GET / HTTP/1.1\r\nHost: a\r\n", ["unfinished "]),
        .init("\r\n", []),
    ]

    static let connections: [ValidMessage] = [
        .init(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: x , CLOSE\r\n\r\n",
            ["GET / HTTP/1.1 @a body=none close", "Host=a|Connection=x , CLOSE", "end "]),
        .init(
            "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
            ["GET / HTTP/1.0 @ body=none keep", "Connection=Keep-Alive", "end "]),
        .init(
            "GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: ,close\r\n\r\n",
            ["GET / HTTP/1.0 @ body=none close", "Connection=keep-alive|Connection=,close", "end "]),
        .init(
            "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n",
            ["GET /ws HTTP/1.1 @a body=none keep upgrades", "Host=a|Connection=keep-alive, Upgrade|Upgrade=websocket", "end "]),
        .init(
            "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n",
            ["GET /ws HTTP/1.1 @a body=none keep", "Host=a|Upgrade=websocket", "end "]),
        .init(
            "GET /ws HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            ["GET /ws HTTP/1.0 @a body=none close", "Host=a|Connection=Upgrade|Upgrade=websocket", "end "]),
        .init(
            "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h\r\nContent-Length: 1\r\n\r\nx",
            ["POST / HTTP/1.1 @a body=1 keep", "Host=a|Connection=Upgrade|Upgrade=h|Content-Length=1", "end x"]),
        .init(
            "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\nx",
            ["PUT / HTTP/1.1 @a body=1 keep expects", "Host=a|Expect=100-Continue|Content-Length=1", "end x"]),
        .init(
            "PUT / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
            ["PUT / HTTP/1.0 @ body=1 close", "Expect=100-continue|Content-Length=1", "end x"]),
        .init(
            "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
            ["GET / HTTP/1.1 @a body=none keep", "Host=a|Expect=100-continue", "end "]),
    ]
}
