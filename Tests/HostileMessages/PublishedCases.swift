import HTTP2
import HTTPModel

/// Every case of the published sections of h2spec, by its number, as an exchange of ours.
package enum PublishedCases {
    package static let all = generic + starts + frames + states + settings + flows + continuations + messages + compression

    private static func row(
        _ name: String, _ outcome: Outcome, _ parts: [UInt8]..., stream: UInt32 = 1, answers: Bool = false, rawStart: Bool = false
    ) -> HostileExchange {
        HostileExchange(
            name: name, bytes: parts.flatMap(\.self), outcome: outcome, stream: stream, answers: answers, rawStart: rawStart)
    }

    private static let protocolError = Outcome.goAway(ErrorCode.protocolError)
    private static let frameSize = Outcome.goAway(ErrorCode.frameSizeError)
    private static let streamClosed = Outcome.goAway(ErrorCode.streamClosed)
    private static let compressionError = Outcome.goAway(ErrorCode.compressionError)
    private static let malformed = Outcome.refused(400, reset: ErrorCode.protocolError)

    private static let open = Wire.headers(1, Wire.post, end: false)
    private static let done = Wire.headers(1, Wire.get)
    private static let blockOfGet = Wire.block(Wire.get)

    private static func priority(_ stream: UInt32, on other: UInt32, exclusive: Bool = false, weight: UInt8) -> [UInt8] {
        Wire.frame(2, stream: stream, Wire.number(exclusive ? other | 1 << 31 : other) + [weight])
    }

    private static func get(_ fields: [UInt8]) -> [UInt8] { Wire.frame(1, flags: 5, stream: 1, fields) }
    private static func with(_ fields: Wire.Pairs) -> [UInt8] { Wire.headers(1, Wire.get + fields) }
    private static func without(_ name: String) -> [UInt8] { Wire.headers(1, Wire.get.filter { $0.0 != name }) }
    private static func post(_ length: Int, _ data: [UInt8]) -> [UInt8] {
        Wire.headers(1, Wire.post + [("content-length", "\(length)")], end: false) + data
    }

    private static let generic = [
        row("generic/1/1", .served, Wire.start, done, rawStart: true),
        row("generic/2/1", .served, priority(1, on: 0, weight: 255), done),
        row("generic/2/2", .served, done, Wire.window(1, 100)),
        row("generic/2/3", .served, done, priority(1, on: 0, weight: 255)),
        row("generic/2/4", .ignored, Wire.headers(3, Wire.get), Wire.reset(3), stream: 1),
        row("generic/2/5", .served, done, priority(1, on: 0, weight: 255), answers: true),
        row("generic/3.1/1", .served, open, Wire.data(1, 4, end: true)),
        row("generic/3.1/2", .served, open, Wire.data(1, 4), Wire.data(1, 4, end: true)),
        row("generic/3.1/3", .served, open, Wire.frame(0, flags: 9, stream: 1, [6] + [UInt8](repeating: 0, count: 10))),
        row("generic/3.2/1", .served, done),
        row("generic/3.2/2", .served, Wire.frame(1, flags: 0xD, stream: 1, [6] + blockOfGet + [0, 0, 0, 0, 0, 0])),
        row("generic/3.2/3", .served, Wire.frame(1, flags: 0x25, stream: 1, Wire.number(0) + [255] + blockOfGet)),
        row("generic/3.3/1", .ignored, priority(1, on: 0, weight: 0)),
        row("generic/3.3/2", .ignored, priority(1, on: 0, weight: 255)),
        row("generic/3.3/3", .ignored, priority(1, on: 3, weight: 255)),
        row("generic/3.3/4", .ignored, priority(1, on: 0, exclusive: true, weight: 255)),
        row("generic/3.3/5", .served, priority(3, on: 1, weight: 255), done),
        row("generic/3.4/1", .ignored, open, Wire.reset(1)),
        row("generic/3.5/1", .ignored, Wire.frame(4, Wire.setting(3, 100))),
        row("generic/3.7/1", .ignored, Wire.ping),
        row("generic/3.8/1", .closed, Wire.frame(7, Wire.number(0) + Wire.number(0)), Wire.ping),
        row("generic/3.9/1", .ignored, Wire.window(0, 1)),
        row("generic/3.9/2", .served, open, Wire.window(1, 1), Wire.data(1, 1, end: true)),
        row(
            "generic/3.10/1", .served, Wire.frame(1, flags: 1, stream: 1, Array(blockOfGet.prefix(9))),
            Wire.frame(9, flags: 4, stream: 1, Array(blockOfGet.dropFirst(9)))),
        row("generic/3.10/2", .served, Wire.split(1, blockOfGet, by: 10)),
        row("generic/4/1", .served, done),
        row("generic/4/2", .served, Wire.headers(1, Wire.get.map { $0.0 == ":method" ? ($0.0, "HEAD") : $0 })),
        row("generic/4/3", .served, open, Wire.data(1, 4, end: true)),
        row("generic/4/4", .served, open, Wire.data(1, 4), Wire.headers(1, [("x-test", "ok")])),
        row("generic/5/1", .served, get([0x82, 0x86, 0x84, 0x41, 1, 0x61])),
        row("generic/5/2", .served, get([0x82, 0x86, 0x84, 0x41, 1, 0x61, 0x50, 1, 0x78])),
        row("generic/5/3", .served, get([0x82, 0x86, 0x84, 0x41, 0x81, 0x1F])),
        row("generic/5/4", .served, get([0x82, 0x86, 0x84, 0x41, 1, 0x61, 0x40, 1, 0x78, 1, 0x79])),
        row("generic/5/5", .served, get([0x82, 0x86, 0x84, 0x41, 1, 0x61, 0x40, 0x81, 0xF3, 0x81, 0xF5])),
        row("generic/5/6", .served, get([0x82, 0x86, 0x84, 0x41, 1, 0x61, 0x0F, 0x2B, 1, 0x78])),
        row("generic/5/7", .served, get([0x82, 0x86, 0x84, 0x41, 1, 0x61, 0, 1, 0x78, 1, 0x79])),
        row("generic/5/8", .served, get([0x82, 0x86, 0x84, 0x41, 1, 0x61, 0x1F, 0x2B, 1, 0x78])),
        row("generic/5/9", .served, get([0x82, 0x86, 0x84, 0x41, 1, 0x61, 0x10, 1, 0x78, 1, 0x79])),
        row("generic/5/10", .served, get([0x20] + [0x82, 0x86, 0x84, 0x41, 1, 0x61])),
        row("generic/5/11", .served, get([0x20, 0x3F, 0xE1, 0x1F] + [0x82, 0x86, 0x84, 0x41, 1, 0x61])),
    ]

    private static let starts = [
        row("http2/3.5/1", .served, Wire.start, done, rawStart: true),
        row("http2/3.5/2", protocolError, Array("INVALID CONNECTION PREFACE\r\n\r\n".utf8), rawStart: true),
        row("http2/4.1/1", .ignored, Wire.frame(0x16, [0, 0, 0, 0, 0, 0, 0, 0]), Wire.ping),
        row("http2/4.1/2", .ignored, Wire.frame(6, flags: 0xFE, [0, 0, 0, 0, 0, 0, 0, 0])),
        row("http2/4.1/3", .ignored, Wire.frame(6, stream: 1 << 31, [0, 0, 0, 0, 0, 0, 0, 0])),
        row("http2/4.2/1", .served, open, Wire.data(1, 16384, end: true)),
        row("http2/4.2/2", frameSize, open, Wire.data(1, 16385, end: true)),
        row("http2/4.2/3", frameSize, Wire.frame(1, flags: 5, stream: 1, blockOfGet + [UInt8](repeating: 0, count: 16385))),
        row("http2/4.3/1", compressionError, get([0x82, 0x86, 0x84, 0x41, 0x8A, 0x08, 0x9D, 0x5C])),
        row(
            "http2/4.3/2", protocolError, Wire.frame(1, stream: 1, blockOfGet), priority(1, on: 0, weight: 255),
            Wire.frame(9, flags: 4, stream: 1)),
        row("http2/4.3/3", protocolError, Wire.frame(1, stream: 1, blockOfGet), Wire.headers(3, Wire.get)),
    ]

    private static let states = [
        row("http2/5.1/1", protocolError, Wire.data(1, 4, end: true)),
        row("http2/5.1/2", protocolError, Wire.reset(1)),
        row("http2/5.1/3", protocolError, Wire.window(1, 100)),
        row("http2/5.1/4", protocolError, Wire.frame(9, flags: 4, stream: 1, blockOfGet)),
        row("http2/5.1/5", streamClosed, done, Wire.data(1, 4, end: true)),
        row("http2/5.1/6", streamClosed, done, Wire.headers(1, Wire.get)),
        row("http2/5.1/7", protocolError, done, Wire.frame(9, flags: 4, stream: 1, Wire.field("x", "y"))),
        row("http2/5.1/8", .reset(ErrorCode.streamClosed), open, Wire.reset(1), Wire.data(1, 4, end: true)),
        row("http2/5.1/9", .reset(ErrorCode.streamClosed), open, Wire.reset(1), Wire.headers(1, Wire.get)),
        row("http2/5.1/10", protocolError, open, Wire.reset(1), Wire.frame(9, flags: 4, stream: 1, Wire.field("x", "y"))),
        row("http2/5.1/11", streamClosed, done, Wire.data(1, 4, end: true), answers: true),
        row("http2/5.1/12", streamClosed, done, Wire.headers(1, Wire.get), answers: true),
        row("http2/5.1/13", protocolError, done, Wire.frame(9, flags: 4, stream: 1, Wire.field("x", "y")), answers: true),
        row("http2/5.1.1/1", protocolError, Wire.headers(2, Wire.get)),
        row("http2/5.1.1/2", protocolError, Wire.headers(5, Wire.get), Wire.headers(3, Wire.get)),
        row("http2/5.3.1/1", protocolError, Wire.frame(1, flags: 0x25, stream: 1, Wire.number(1) + [255] + blockOfGet)),
        row("http2/5.3.1/2", protocolError, priority(1, on: 1, weight: 255)),
        row("http2/5.4.1/1", protocolError, Wire.frame(6, stream: 3, [0, 0, 0, 0, 0, 0, 0, 0])),
        row("http2/5.4.1/2", protocolError, done, Wire.frame(6, stream: 3, [0, 0, 0, 0, 0, 0, 0, 0]), answers: true),
        row("http2/5.5/1", .ignored, Wire.frame(0x16, flags: 0xFF, stream: 7, [1, 2, 3]), Wire.ping),
        row(
            "http2/5.5/2", protocolError, Wire.frame(1, stream: 1, blockOfGet), Wire.frame(0x16),
            Wire.frame(9, flags: 4, stream: 1)),
    ]

    private static let frames = [
        row("http2/6.1/1", protocolError, open, Wire.data(0, 4, end: true)),
        row("http2/6.1/2", streamClosed, done, Wire.data(1, 4, end: true)),
        row("http2/6.1/3", protocolError, open, Wire.frame(0, flags: 9, stream: 1, [6, 0x61, 0x61, 0x61, 0x61])),
        row("http2/6.2/1", protocolError, Wire.frame(1, flags: 1, stream: 1, blockOfGet), priority(1, on: 0, weight: 255)),
        row("http2/6.2/2", protocolError, Wire.frame(1, flags: 1, stream: 1, blockOfGet), Wire.headers(3, Wire.get)),
        row("http2/6.2/3", protocolError, Wire.headers(0, Wire.get)),
        row("http2/6.2/4", protocolError, Wire.frame(1, flags: 0xD, stream: 1, [200] + blockOfGet)),
        row("http2/6.3/1", protocolError, priority(0, on: 3, weight: 255)),
        // A connection error is allowed where a stream error would do (RFC 9113 §5.4).
        row("http2/6.3/2", frameSize, open, Wire.frame(2, stream: 1, [0x80, 0, 0, 1])),
        row("http2/6.4/1", protocolError, Wire.reset(0)),
        row("http2/6.4/2", protocolError, Wire.reset(1)),
        row("http2/6.4/3", frameSize, open, Wire.frame(3, stream: 1, [0, 0, 0])),
        row("http2/6.7/1", .ignored, Wire.ping),
        row("http2/6.7/2", .ignored, Wire.frame(6, flags: 1, [1, 2, 3, 4, 5, 6, 7, 8])),
        row("http2/6.7/3", protocolError, Wire.frame(6, stream: 1, [1, 2, 3, 4, 5, 6, 7, 8])),
        row("http2/6.7/4", frameSize, Wire.frame(6, [0, 0, 0, 0, 0, 0])),
        row("http2/6.8/1", protocolError, Wire.frame(7, stream: 1, [0, 0, 0, 0, 0, 0, 0, 0])),
        row("http2/7/1", .closed, Wire.frame(7, Wire.number(0) + Wire.number(0xFF)), Wire.ping),
        row("http2/7/2", .ignored, open, Wire.reset(1, 0xFF), stream: 1),
        row("http2/8.2/1", protocolError, Wire.frame(5, flags: 4, stream: 1, Wire.number(2) + blockOfGet)),
    ]

    private static let settings = [
        row("http2/6.5/1", frameSize, Wire.frame(4, flags: 1, [0])),
        row("http2/6.5/2", protocolError, Wire.frame(4, stream: 1, Wire.setting(3, 100))),
        row("http2/6.5/3", frameSize, Wire.frame(4, [0, 3, 0])),
        row("http2/6.5.2/1", protocolError, Wire.frame(4, Wire.setting(2, 2))),
        row("http2/6.5.2/2", .goAway(ErrorCode.flowControlError), Wire.frame(4, Wire.setting(4, 1 << 31))),
        row("http2/6.5.2/3", protocolError, Wire.frame(4, Wire.setting(5, 16383))),
        row("http2/6.5.2/4", protocolError, Wire.frame(4, Wire.setting(5, 1 << 24))),
        row("http2/6.5.2/5", .ignored, Wire.frame(4, Wire.setting(0xFF, 1)), Wire.ping),
    ]

    private static let flows = [
        row("http2/6.9/1", protocolError, Wire.window(0, 0)),
        row("http2/6.9/2", protocolError, open, Wire.window(1, 0)),
        row("http2/6.9/3", frameSize, Wire.frame(8, [0, 0, 1])),
        row("http2/6.9.1/2", .goAway(ErrorCode.flowControlError), Wire.window(0, 0x7FFF_FFFF), Wire.window(0, 0x7FFF_FFFF)),
        row("http2/6.9.1/3", .reset(ErrorCode.flowControlError), open, Wire.window(1, 0x7FFF_FFFF), Wire.window(1, 0x7FFF_FFFF)),
        row("http2/6.9.2/3", .goAway(ErrorCode.flowControlError), Wire.frame(4, Wire.setting(4, 1 << 31))),
    ]

    private static let continuations = [
        row("http2/6.10/1", .served, Wire.split(1, blockOfGet, by: 20)),
        row("http2/6.10/2", protocolError, Wire.frame(1, flags: 1, stream: 1, blockOfGet), Wire.data(1, 4, end: true)),
        row("http2/6.10/3", protocolError, Wire.frame(1, flags: 1, stream: 1, blockOfGet), Wire.frame(9, flags: 4)),
        row("http2/6.10/4", protocolError, open, Wire.frame(9, flags: 4, stream: 1)),
        row(
            "http2/6.10/5", protocolError, Wire.frame(1, stream: 1, blockOfGet), Wire.frame(9, flags: 4, stream: 1),
            Wire.frame(9, flags: 4, stream: 1)),
        row("http2/6.10/6", protocolError, open, Wire.data(1, 4), Wire.frame(9, flags: 4, stream: 1)),
    ]

    private static let messages = [
        row("http2/8.1/1", .reset(ErrorCode.protocolError), open, Wire.headers(1, [("x", "y")], end: false)),
        row("http2/8.1.2/1", malformed, with([("X-TEST", "ok")])),
        row("http2/8.1.2.1/1", malformed, with([(":test", "ok")])),
        row("http2/8.1.2.1/2", malformed, with([(":status", "200")])),
        row("http2/8.1.2.1/3", .reset(ErrorCode.protocolError), open, Wire.headers(1, [(":method", "200")])),
        row("http2/8.1.2.1/4", malformed, Wire.headers(1, [("x-test", "ok")] + Wire.get)),
        row("http2/8.1.2.2/1", malformed, with([("connection", "keep-alive")])),
        row("http2/8.1.2.2/2", malformed, with([("trailers", "test"), ("te", "trailers, deflate")])),
        row("http2/8.1.2.3/1", malformed, Wire.headers(1, Wire.get.map { $0.0 == ":path" ? ($0.0, "") : $0 })),
        row("http2/8.1.2.3/2", malformed, without(":method")),
        row("http2/8.1.2.3/3", malformed, without(":scheme")),
        row("http2/8.1.2.3/4", malformed, without(":path")),
        row("http2/8.1.2.3/5", malformed, with([(":method", "GET")])),
        row("http2/8.1.2.3/6", malformed, with([(":scheme", "http")])),
        row("http2/8.1.2.3/7", malformed, with([(":path", "/")])),
        row("http2/8.1.2.6/1", .reset(ErrorCode.protocolError), post(1, Wire.data(1, 4, end: true))),
        row("http2/8.1.2.6/2", .reset(ErrorCode.protocolError), post(1, Wire.data(1, 4) + Wire.data(1, 4, end: true))),
    ]

    private static let compression = [
        row("hpack/2.3.3/1", compressionError, get(blockOfGet + [0xFF, 0x00])),
        row("hpack/2.3.3/2", compressionError, get(blockOfGet + [0x7F, 0x80, 0x01, 1, 0x61])),
        row("hpack/4.2/1", compressionError, get(blockOfGet + [0x20])),
        row("hpack/5.2/1", compressionError, get(blockOfGet + [0, 1, 0x78, 0x82, 0x1F, 0xFF, 0xFF])),
        row("hpack/5.2/2", compressionError, get(blockOfGet + [0, 1, 0x78, 0x81, 0x18])),
        row("hpack/5.2/3", compressionError, get(blockOfGet + [0, 1, 0x78, 0x84, 0xFF, 0xFF, 0xFF, 0xFF])),
        row("hpack/6.1/1", compressionError, get(blockOfGet + [0x80])),
        row("hpack/6.3/1", compressionError, get([0x3F, 0xE2, 0x1F] + blockOfGet)),
    ]
}
