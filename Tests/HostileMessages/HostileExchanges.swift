import HTTP2
import HTTPModel

enum HostileExchanges {
    private static let malformed = Outcome.refused(400, reset: ErrorCode.protocolError)

    private static func head(_ name: String, _ fields: Wire.Pairs, _ outcome: Outcome = malformed, end: Bool = true)
        -> HostileExchange
    {
        HostileExchange(name: name, bytes: Wire.headers(1, fields, end: end), outcome: outcome)
    }

    private static func with(_ name: String, _ value: String, _ outcome: Outcome = malformed) -> HostileExchange {
        head("\(name): \(value)".debugDescription, Wire.get + [(name, value)], outcome)
    }

    private static func pseudo(_ name: String, _ value: String, _ outcome: Outcome = malformed) -> HostileExchange {
        head("\(name) \(value)".debugDescription, Wire.get.map { $0.0 == name ? (name, value) : $0 }, outcome)
    }

    /// Request heads: pseudo-fields, names, values, framing (RFC 9113 §8.2, §8.3).
    static let heads: [HostileExchange] =
        [
            head("plain", Wire.get, .served),
            head("no fields at all", []),
            head("no method", Wire.get.filter { $0.0 != ":method" }),
            head("no scheme", Wire.get.filter { $0.0 != ":scheme" }),
            head("no path", Wire.get.filter { $0.0 != ":path" }),
            head("no authority, no host", Wire.get.filter { $0.0 != ":authority" }),
            head("host for authority", Wire.get.filter { $0.0 != ":authority" } + [("host", "example.com")], .served),
            head("two hosts", Wire.get.filter { $0.0 != ":authority" } + [("host", "a"), ("host", "a")]),
            head("method twice", Wire.get + [(":method", "GET")]),
            head("scheme twice", Wire.get + [(":scheme", "http")]),
            head("path twice", Wire.get + [(":path", "/")]),
            head("authority twice", Wire.get + [(":authority", "example.com")]),
            head("response pseudo-field", Wire.get + [(":status", "200")]),
            head("unknown pseudo-field", Wire.get + [(":x", "1")]),
            head("colon alone", Wire.get + [(":", "1")]),
            head("protocol unasked", [(":protocol", "websocket")] + Wire.get),
            head("pseudo-field after field", Array(Wire.get.prefix(3)) + [("x", "1"), Wire.get[3]]),
            pseudo(":method", ""), pseudo(":method", "GE T"), pseudo(":method", "GET\r\nX: 1"), pseudo(":method", "G\u{0}T"),
            pseudo(":method", "M-SEARCH", .served),
            pseudo(":path", ""), pseudo(":path", "x"), pseudo(":path", "*"), pseudo(":path", "http://example.com/"),
            pseudo(":path", "/a b"), pseudo(":path", "/a\r\nX: 1"), pseudo(":path", "/\u{0}"), pseudo(":path", "/a#b"),
            pseudo(":path", "/\u{e9}"), pseudo(":path", "/../etc"), pseudo(":path", "/%00"), pseudo(":path", "/%zz"),
            pseudo(":path", "/ok?x=%20&y", .served),

            HostileExchange(
                name: "too long a path",
                bytes: Wire.split(
                    1, Wire.block(Wire.get.map { $0.0 == ":path" ? ($0.0, "/" + String(repeating: "a", count: 17000)) : $0 }),
                    by: 9000),
                outcome: .refused(414, reset: nil)),
            pseudo(":scheme", "ftp"), pseudo(":scheme", ""), pseudo(":scheme", "https", .served), pseudo(":scheme", "http\r\n"),
            pseudo(":authority", ""), pseudo(":authority", "user@example.com"), pseudo(":authority", "a b"),
            pseudo(":authority", "a,b"), pseudo(":authority", "example.com:99999"), pseudo(":authority", "exa\r\nmple"),
            pseudo(":authority", "a/b"), pseudo(":authority", "[::1]:8080", .served),
            with("host", "other.example"), with("host", "EXAMPLE.com", .served), with("host", ""),
            with("host", "example.com:81"),
            with("connection", "close"), with("connection", "x-y"), with("keep-alive", "1"), with("proxy-connection", "close"),
            with("transfer-encoding", "chunked"), with("transfer-encoding", "identity"), with("upgrade", "websocket"),
            with("te", "gzip"), with("te", "trailers, deflate"), with("te", "trailers", .served), with("te", "Trailers", .served),
            with("X-Upper", "1"), with("x-uppeR", "1"), with("", "1"), with("x y", "1"), with("x\r\ny", "1"), with("x\u{0}", "1"),
            with("x:y", "1"), with("x\t", "1"), with("\u{e9}", "1"), with("x(y)", "1"), with(" x", "1"),
            with("x", "a\r\nb"), with("x", "a\nb"), with("x", "a\rb"), with("x", "a\u{0}b"), with("x", "\u{1}"),
            with("x", "\u{7f}"),
            with("x", " a"), with("x", "a "), with("x", "\ta"), with("x", "a\t"), with("x", "", .served),
            with("x", "a\tb", .served),
            with("x", "\u{e9}", .served),
            with("content-length", "1"), with("content-length", "0", .served), with("content-length", "-0"),
            with("content-length", "+0"), with("content-length", ""), with("content-length", "0,0"),
            with("content-length", "0x0"),
            with("content-length", "99999999999999999999"), with("content-length", "1 "),
            with("content-length", "9223372036854775808"), with("content-length", "00000000000000000000"),
            head("two lengths", Wire.get + [("content-length", "0"), ("content-length", "0")]),
            head(
                "asterisk of OPTIONS",
                Wire.get.map { $0.0 == ":method" ? ($0.0, "OPTIONS") : $0.0 == ":path" ? ($0.0, "*") : $0 }, .served),
            head("connect", [(":method", "CONNECT"), (":authority", "example.com:443")], .refused(405, reset: nil)),
            head(
                "open connect", [(":method", "CONNECT"), (":authority", "example.com:443")], .refused(405, reset: 0), end: false),
            head("TRACE with a body", Wire.post.map { $0.0 == ":method" ? ($0.0, "TRACE") : $0 }, end: false),
            head("connect with path", [(":method", "CONNECT"), (":authority", "example.com:443"), (":path", "/")]),
            head("connect without authority", [(":method", "CONNECT")]),
            head("malformed and open", Wire.post + [("connection", "close")], end: false),
            with("x", String(repeating: "a", count: 12000), .served),
            HostileExchange(
                name: "too large a head",
                bytes: Wire.split(
                    1, Wire.block(Wire.get + (0..<6).map { ("x-\($0)", String(repeating: "a", count: 12000)) }), by: 16000),
                outcome: .refused(431, reset: nil)),
            HostileExchange(
                name: "too large a head, open",
                bytes: Wire.split(
                    1, Wire.block(Wire.post + (0..<6).map { ("x-\($0)", String(repeating: "a", count: 12000)) }), by: 16000,
                    end: false),
                outcome: .refused(431, reset: 0)),
            head("too many fields", Wire.get + (0..<300).map { ("x-\($0)", "") }, .refused(431, reset: nil)),
        ]

    /// Bodies and trailers (RFC 9113 §8.1).
    static let bodies: [HostileExchange] = [
        body("right length", 5, Wire.data(1, 5, end: true), .served),
        body("right length in pieces", 5, Wire.data(1, 2) + Wire.data(1, 3) + Wire.data(1, 0, end: true), .served),
        body("no length", nil, Wire.data(1, 5, end: true), .served),
        body("too long", 5, Wire.data(1, 6, end: true), .reset(ErrorCode.protocolError)),
        body(
            "too long, more follows", 5, Wire.data(1, 6) + Wire.data(1, 9) + Wire.headers(1, [("a", "b")]),
            .reset(ErrorCode.protocolError)),
        body("too short", 5, Wire.data(1, 4, end: true), .reset(ErrorCode.protocolError)),
        body("too short before trailers", 5, Wire.data(1, 4) + Wire.headers(1, [("a", "b")]), .reset(ErrorCode.protocolError)),
        body("body for length 0", 0, Wire.data(1, 1, end: true), .reset(ErrorCode.protocolError)),
        body("trailers", nil, Wire.data(1, 4) + Wire.headers(1, [("a", "b")]), .served),
        body("trailers that do not end", nil, Wire.headers(1, [("a", "b")], end: false), .reset(ErrorCode.protocolError)),
        body("pseudo-field in trailers", nil, Wire.headers(1, [(":method", "GET")]), .reset(ErrorCode.protocolError)),
        body("status in trailers", nil, Wire.headers(1, [(":status", "200")]), .reset(ErrorCode.protocolError)),
        body("uppercase in trailers", nil, Wire.headers(1, [("A", "b")]), .reset(ErrorCode.protocolError)),
        body("line break in trailers", nil, Wire.headers(1, [("a", "b\r\nc: d")]), .reset(ErrorCode.protocolError)),
        body("length in trailers", nil, Wire.headers(1, [("content-length", "4")]), .reset(ErrorCode.protocolError)),
        body("host in trailers", nil, Wire.headers(1, [("host", "a")]), .reset(ErrorCode.protocolError)),
        body(
            "transfer-encoding in trailers", nil, Wire.headers(1, [("transfer-encoding", "chunked")]),
            .reset(ErrorCode.protocolError)),
        body("connection in trailers", nil, Wire.headers(1, [("connection", "close")]), .reset(ErrorCode.protocolError)),
        body(
            "trailers too large", nil, Wire.headers(1, [("a", String(repeating: "a", count: 9000))]),
            .reset(ErrorCode.enhanceYourCalm)),
        body("padded", 3, Wire.frame(0, flags: 9, stream: 1, [2, 0x61, 0x61, 0x61, 0, 0]), .served),
        body(
            "padding as long as the frame", 3, Wire.frame(0, flags: 9, stream: 1, [5, 0x61, 0, 0, 0]),
            .goAway(ErrorCode.protocolError)),
        body("pad length missing", 3, Wire.frame(0, flags: 9, stream: 1), .goAway(ErrorCode.protocolError)),
        HostileExchange(
            name: "body of a refused request",
            bytes: Wire.headers(1, Wire.post + [("upgrade", "x")], end: false) + Wire.data(1, 9) + Wire.data(1, 9, end: true),
            outcome: malformed),
    ]

    private static func body(_ name: String, _ length: Int?, _ bytes: [UInt8], _ outcome: Outcome) -> HostileExchange {
        let head = Wire.post + (length.map { [("content-length", "\($0)")] } ?? [])
        return HostileExchange(name: name, bytes: Wire.headers(1, head, end: false) + bytes, outcome: outcome)
    }

    private static func conn(_ name: String, _ outcome: Outcome, _ frames: [UInt8]...) -> HostileExchange {
        HostileExchange(name: name, bytes: frames.flatMap(\.self), outcome: outcome)
    }

    private static func many(_ count: Int, _ frame: (UInt32) -> [UInt8]) -> [UInt8] {
        (0..<count).flatMap { frame(UInt32($0) * 2 + 1) }
    }

    private static let open = Wire.headers(1, Wire.post, end: false)
    private static let done = Wire.headers(1, Wire.get)

    /// Frames that are wrong in themselves or for the state of their stream (RFC 9113 §5, §6).
    static let frames: [HostileExchange] = [
        HostileExchange(
            name: "HTTP/1", bytes: Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8), outcome: .goAway(1), rawStart: true),
        HostileExchange(name: "preface cut", bytes: Wire.preface.dropLast() + [0x0D], outcome: .goAway(1), rawStart: true),
        HostileExchange(name: "no SETTINGS first", bytes: Wire.preface + Wire.ping, outcome: .goAway(1), rawStart: true),
        HostileExchange(
            name: "SETTINGS ACK first", bytes: Wire.preface + Wire.frame(4, flags: 1), outcome: .goAway(1), rawStart: true),
        conn("frame too large", .goAway(ErrorCode.frameSizeError), Wire.frame(0, stream: 1, length: 16385)),
        conn("DATA on stream 0", .goAway(1), Wire.data(0, 1)),
        conn("DATA on idle", .goAway(1), Wire.data(3, 1)),
        conn("HEADERS on stream 0", .goAway(1), Wire.headers(0, Wire.get)),
        conn("HEADERS on even stream", .goAway(1), Wire.headers(2, Wire.get)),
        conn("stream goes back", .goAway(1), Wire.headers(5, Wire.get), Wire.headers(3, Wire.get)),
        conn("DATA on skipped stream", .goAway(ErrorCode.streamClosed), Wire.headers(5, Wire.get), Wire.data(3, 1)),
        conn("HEADERS padding too long", .goAway(1), Wire.frame(1, flags: 0xD, stream: 1, [200] + Wire.block(Wire.get))),
        conn("HEADERS padded", .served, Wire.frame(1, flags: 0xD, stream: 1, [2] + Wire.block(Wire.get) + [0, 0])),
        conn(
            "HEADERS with priority", .served, Wire.frame(1, flags: 0x25, stream: 1, Wire.number(0) + [15] + Wire.block(Wire.get))),
        conn(
            "HEADERS depends on itself", .goAway(1),
            Wire.frame(1, flags: 0x25, stream: 1, Wire.number(1) + [15] + Wire.block(Wire.get))),
        conn("HEADERS priority cut", .goAway(ErrorCode.frameSizeError), Wire.frame(1, flags: 0x25, stream: 1, [0, 0])),
        conn("bad index", .goAway(ErrorCode.compressionError), Wire.frame(1, flags: 5, stream: 1, [0xFF, 0x80, 0x80, 0x01])),
        conn("index 0", .goAway(ErrorCode.compressionError), Wire.frame(1, flags: 5, stream: 1, [0x80])),
        conn("block cut", .goAway(ErrorCode.compressionError), Wire.frame(1, flags: 5, stream: 1, [0, 5, 0x61])),
        conn(
            "table size above the limit", .goAway(ErrorCode.compressionError),
            Wire.frame(1, flags: 5, stream: 1, [0x3F, 0xE1, 0xFF, 0x03])),
        conn(
            "table size after a field", .goAway(ErrorCode.compressionError),
            Wire.frame(1, flags: 5, stream: 1, Wire.block(Wire.get) + [0x20])),
        conn(
            "bad Huffman code", .goAway(ErrorCode.compressionError),
            Wire.frame(1, flags: 5, stream: 1, [0, 0x81, 0x00, 0x01, 0x61])),
        conn("HEADERS in mid-block", .goAway(1), Wire.frame(1, stream: 1, Wire.block(Wire.get)), Wire.headers(3, Wire.get)),
        conn("DATA in mid-block", .goAway(1), Wire.frame(1, stream: 1, Wire.block(Wire.get)), Wire.data(1, 1)),
        conn("unknown frame in mid-block", .goAway(1), Wire.frame(1, stream: 1, Wire.block(Wire.get)), Wire.frame(0xFA)),
        conn(
            "CONTINUATION of another stream", .goAway(1), Wire.frame(1, stream: 1, Wire.block(Wire.get)),
            Wire.frame(9, flags: 4, stream: 3)),
        conn("CONTINUATION alone", .goAway(1), Wire.frame(9, flags: 4, stream: 1)),
        conn("CONTINUATION after the block", .goAway(1), open, Wire.frame(9, flags: 4, stream: 1)),
        conn("CONTINUATION on stream 0", .goAway(1), Wire.frame(9, flags: 4)),
        conn("byte by byte CONTINUATIONs", .served, Wire.split(1, Wire.block(Wire.get), by: 2)),
        conn(
            "too many CONTINUATIONs", .goAway(ErrorCode.enhanceYourCalm), Wire.frame(1, stream: 1),
            many(65) { _ in Wire.frame(9, stream: 1) }),
        conn(
            "too many CONTINUATIONs for late trailers", .goAway(ErrorCode.enhanceYourCalm), open, Wire.reset(1),
            Wire.frame(1, stream: 1), many(65) { _ in Wire.frame(9, stream: 1) }),
        conn("DATA after END_STREAM", .goAway(ErrorCode.streamClosed), done, Wire.data(1, 1)),
        conn("HEADERS after END_STREAM", .goAway(ErrorCode.streamClosed), done, Wire.headers(1, [("a", "b")])),
        conn("WINDOW_UPDATE after END_STREAM", .served, done, Wire.window(1, 1)),
        HostileExchange(
            name: "DATA after close", bytes: done + Wire.ping + Wire.data(1, 1), outcome: .goAway(ErrorCode.streamClosed),
            answers: true),
        HostileExchange(
            name: "WINDOW_UPDATE after close", bytes: done + Wire.ping + Wire.window(1, 1), outcome: .served, answers: true),
        HostileExchange(name: "RST_STREAM after close", bytes: done + Wire.ping + Wire.reset(1), outcome: .served, answers: true),
        HostileExchange(
            name: "PRIORITY after close", bytes: done + Wire.frame(2, stream: 1, Wire.number(0) + [1]), outcome: .served,
            answers: true),
        conn("DATA after RST_STREAM", .reset(ErrorCode.streamClosed), open, Wire.reset(1), Wire.data(1, 1)),
        conn("HEADERS after RST_STREAM", .reset(ErrorCode.streamClosed), open, Wire.reset(1), Wire.headers(1, [("a", "b")])),
        conn("RST_STREAM twice", .ignored, open, Wire.reset(1), Wire.reset(1)),
        conn("RST_STREAM on stream 0", .goAway(1), Wire.reset(0)),
        conn("RST_STREAM on idle", .goAway(1), Wire.reset(1)),
        conn("RST_STREAM cut", .goAway(ErrorCode.frameSizeError), open, Wire.frame(3, stream: 1, [0, 0, 0])),
        conn("PRIORITY on stream 0", .goAway(1), Wire.frame(2, Wire.number(0) + [1])),
        conn("PRIORITY cut", .goAway(ErrorCode.frameSizeError), Wire.frame(2, stream: 1, [0])),
        conn("PRIORITY on itself", .goAway(1), Wire.frame(2, stream: 1, Wire.number(1) + [1])),
        conn("PRIORITY on idle", .ignored, Wire.frame(2, stream: 7, Wire.number(0) + [1])),
        conn("SETTINGS on a stream", .goAway(1), Wire.frame(4, stream: 1)),
        conn("SETTINGS cut", .goAway(ErrorCode.frameSizeError), Wire.frame(4, [0, 1, 0])),
        conn("SETTINGS ACK with content", .goAway(ErrorCode.frameSizeError), Wire.frame(4, flags: 1, Wire.setting(1, 1))),
        conn("SETTINGS ACK unasked", .goAway(1), Wire.frame(4, flags: 1), Wire.frame(4, flags: 1), Wire.frame(4, flags: 1)),
        conn("ENABLE_PUSH 2", .goAway(1), Wire.frame(4, Wire.setting(2, 2))),
        conn("INITIAL_WINDOW_SIZE too large", .goAway(ErrorCode.flowControlError), Wire.frame(4, Wire.setting(4, 1 << 31))),
        conn("MAX_FRAME_SIZE too small", .goAway(1), Wire.frame(4, Wire.setting(5, 16383))),
        conn("MAX_FRAME_SIZE too large", .goAway(1), Wire.frame(4, Wire.setting(5, 1 << 24))),
        conn("ENABLE_CONNECT_PROTOCOL 2", .goAway(1), Wire.frame(4, Wire.setting(8, 2))),
        conn("unknown setting", .ignored, Wire.frame(4, Wire.setting(0xFFFF, 7))),
        conn("too many settings", .goAway(ErrorCode.enhanceYourCalm), Wire.frame(4, many(33) { _ in Wire.setting(3, 1) })),
        conn(
            "window setting overflows a stream", .reset(ErrorCode.flowControlError), open, Wire.window(1, 0x7FFF_0000),
            Wire.frame(4, Wire.setting(4, 0x7FFF_FFFF))),
        conn("PUSH_PROMISE", .goAway(1), open, Wire.frame(5, flags: 4, stream: 1, Wire.number(2) + Wire.block(Wire.get))),
        conn("PING on a stream", .goAway(1), Wire.frame(6, stream: 1, [0, 0, 0, 0, 0, 0, 0, 0])),
        conn("PING cut", .goAway(ErrorCode.frameSizeError), Wire.frame(6, [0])),
        conn("PING", .ignored, Wire.ping),
        conn("GOAWAY on a stream", .goAway(1), Wire.frame(7, stream: 1, [0, 0, 0, 0, 0, 0, 0, 0])),
        conn("GOAWAY cut", .goAway(ErrorCode.frameSizeError), Wire.frame(7, [0])),
        conn("WINDOW_UPDATE by 0", .goAway(1), Wire.window(0, 0)),
        conn("WINDOW_UPDATE by 0 on a stream", .goAway(1), open, Wire.window(1, 0)),
        conn("WINDOW_UPDATE cut", .goAway(ErrorCode.frameSizeError), Wire.frame(8, [0])),
        conn("WINDOW_UPDATE on idle", .goAway(1), Wire.window(1, 1)),
        conn("connection window overflows", .goAway(ErrorCode.flowControlError), Wire.window(0, 0x7FFF_FFFF)),
        conn("stream window overflows", .reset(ErrorCode.flowControlError), open, Wire.window(1, 0x7FFF_FFFF)),
        conn("unknown frame", .ignored, Wire.frame(0xFA, flags: 0xFF, stream: 9, [1, 2, 3])),
        conn("unknown flags", .served, Wire.frame(1, flags: 0xC5, stream: 1, Wire.block(Wire.get))),
        conn("reserved bit", .served, Wire.frame(1, flags: 5, stream: 0x8000_0001, Wire.block(Wire.get))),
        conn("PING flood", .goAway(ErrorCode.enhanceYourCalm), many(600) { _ in Wire.ping }),
        conn("SETTINGS flood", .goAway(ErrorCode.enhanceYourCalm), many(150) { _ in Wire.frame(4) }),
        conn(
            "PRIORITY flood", .goAway(ErrorCode.enhanceYourCalm), many(1100) { Wire.frame(2, stream: $0, Wire.number(0) + [1]) }),
        conn("WINDOW_UPDATE flood", .goAway(ErrorCode.enhanceYourCalm), many(1100) { _ in Wire.window(0, 1) }),
        conn("empty DATA flood", .goAway(ErrorCode.enhanceYourCalm), open, many(1100) { _ in Wire.data(1, 0) }),
        conn(
            "padding flood", .goAway(ErrorCode.enhanceYourCalm), open,
            many(1100) { _ in Wire.frame(0, flags: 8, stream: 1, [1, 0]) }),
        conn("unknown frame flood", .goAway(ErrorCode.enhanceYourCalm), many(1100) { _ in Wire.frame(0xFA) }),
        conn("late frame flood", .goAway(ErrorCode.enhanceYourCalm), open, Wire.reset(1), many(1100) { _ in Wire.data(1, 1) }),
        conn("rapid reset", .goAway(ErrorCode.enhanceYourCalm), many(300) { Wire.headers($0, Wire.get) + Wire.reset($0) }),
        conn(
            "resets provoked by windows", .goAway(ErrorCode.enhanceYourCalm),
            many(300) { Wire.headers($0, Wire.get) + Wire.window($0, 0x7FFF_FFFF) }),
    ]
}
