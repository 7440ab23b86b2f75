import Foundation
import HTTP2
import HostileMessages
import TestSupport
import Testing

/// A client that asks for more work than it is worth, as fast as it can: its connection ends within a second of the proxy's time, the app
/// sees a bounded number of requests, and another client notices nothing.
@Suite(.serialized) struct FloodTests {
    static let stand = Result { try HostileStand() }

    private static let largeContinuation = Wire.frame(9, stream: 1, Wire.field("x", String(repeating: "a", count: 16_000)))

    /// What is repeated, after what.
    static let floods: [(name: String, before: [UInt8], round: @Sendable (UInt32) -> [UInt8])] = [
        ("rapid reset", [], { Wire.headers($0 * 2 + 1, Wire.get) + Wire.reset($0 * 2 + 1) }),
        ("rapid reset of open requests", [], { Wire.headers($0 * 2 + 1, Wire.post, end: false) + Wire.reset($0 * 2 + 1) }),
        ("resets by errors", [], { Wire.headers($0 * 2 + 1, Wire.post, end: false) + Wire.window($0 * 2 + 1, 0x7FFF_FFFF) }),
        (
            "malformed requests", [],
            { Wire.headers($0 * 2 + 1, Wire.post + [("connection", "x")], end: false) + Wire.reset($0 * 2 + 1) }
        ),
        ("SETTINGS", [], { _ in Wire.frame(4, Wire.setting(3, 1)) }),
        ("PING", [], { _ in Wire.ping }),
        ("PRIORITY", [], { Wire.frame(2, stream: $0 * 2 + 1, Wire.number(0) + [1]) }),
        ("WINDOW_UPDATE", [], { _ in Wire.window(0, 1) }),
        ("empty DATA", Wire.headers(1, Wire.post, end: false), { _ in Wire.data(1, 0) }),
        ("empty CONTINUATION", Wire.frame(1, flags: 1, stream: 1, Wire.block(Wire.get)), { _ in Wire.frame(9, stream: 1) }),
        (
            "large CONTINUATION", Wire.frame(1, flags: 1, stream: 1, Wire.block(Wire.get)),
            { _ in largeContinuation }
        ),
        ("unknown frames", [], { _ in Wire.frame(0xFA) }),
        ("DATA behind a reset", Wire.headers(1, Wire.post, end: false) + Wire.reset(1), { _ in Wire.data(1, 1) }),
        ("empty HEADERS", [], { Wire.frame(1, flags: 5, stream: $0 * 2 + 1) + Wire.reset($0 * 2 + 1) }),
    ]

    @Test(arguments: floods.indices) func ends(_ index: Int) throws {
        let flood = Self.floods[index]
        let stand = try Self.stand.get()
        let gate = Signal()
        defer { gate.give() }
        stand.recorder.answer { record in
            if record.request?.target.hasPrefix("/good/") != true { try? gate.wait() }
            return .ok
        }
        let port = stand.proxy.port
        let before = try ProcessorTime(of: stand.proxy.process)
        let ended = Background {
            let talk = try HTTP2Talk(port: port)
            try talk.send(Wire.start + flood.before)
            let parts = (0..<40).map { part in (0..<500).flatMap { flood.round(UInt32(part * 500 + $0) + 1) } }
            // Far more than any allowance, in large writes.
            for part in parts where !talk.isClosed { try talk.send(part) }
            try talk.read { false }
            return talk.goAway
        }
        // Meanwhile others are served.
        for _ in 0..<5 {
            let answer = try stand.send(Array("GET /good/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8))
            #expect(try StrictReader.response(answer, to: "GET").status == 200)
        }
        let goAway = try ended.value()
        // The GOAWAY may be lost to the reset that answers what still comes.
        #expect(goAway == nil || goAway == ErrorCode.enhanceYourCalm, "\(flood.name)")
        // Not by the clock on the wall: a busy machine leaves the proxy waiting.
        let seconds = try ProcessorTime(of: stand.proxy.process).seconds - before.seconds
        #expect(seconds < 1 || !Memory.isMeasurable, "\(flood.name): \(seconds) s")
        gate.give()
        let records = try stand.expectGood("after-\(index)")
        let asked = records.filter { $0.request?.target.hasPrefix("/good/") != true }
        #expect(asked.count <= 300, "\(flood.name): the app saw \(asked.count) requests")
    }

    /// Streams whose window is never opened hold no app and no connection to it; those beside them are served.
    @Test func closedWindows() throws {
        let stand = try HostileStand("timeouts: { write: 1s }")
        let body = String(repeating: "x", count: 300_000)
        stand.recorder.answer { record in
            guard record.request?.target == "/" else { return .ok }
            return Recorder.Reply(bytes: Bytes.of("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n\(body)"))
        }
        let talk = try HTTP2Talk(port: stand.proxy.port)
        try talk.send(Wire.preface + Wire.frame(4, Wire.setting(4, 0)))
        for stream in 0..<50 { try talk.send(Wire.headers(UInt32(stream) * 2 + 1, Wire.get)) }
        try talk.read { (0..<50).allSatisfy { talk.response(UInt32($0) * 2 + 1) != nil } }
        #expect(talk.frames.allSatisfy { $0.kind != 0 })
        _ = try stand.expectGood("beside")
        talk.connection.close()
        _ = try stand.expectGood("after")
    }
}
