import HTTP2
import HTTPModel
import HostileMessages
import Testing

/// What an app says on a stream that has ended (RFC 9113 §5.1, §6.1).
@Suite struct LateFrameTests {
    private static func session(requests: Int = 1, end: Bool = true) throws -> ClientSession {
        let session = try ClientSession(settings: HTTP2Settings(), limits: MessageLimits(), names: .standard)
        for _ in 0..<requests {
            _ = session.submitRequest(
                method: "GET".utf8.span, scheme: .http, authority: "a".utf8.span, target: "/".utf8.span, fields: Fields(),
                endsStream: end)
        }
        _ = session.drain()
        session.receive(Wire.frame(4).span, now: 0)
        _ = session.drain()
        return session
    }

    private static func say(_ session: ClientSession, _ bytes: [UInt8], by size: Int) -> [Frame] {
        var sent: [Frame] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            session.receive(Array(bytes[start..<min(bytes.count, start + size)]).span, now: 0)
            // As its owner does once they are handled.
            session.removeAllEvents()
            sent += Frame.all(in: session.drain())
        }
        return sent
    }

    private static let head = Wire.headers(1, [(":status", "200")], end: false)
    private static let whole = Wire.headers(1, [(":status", "200")])

    /// h2spec, client 5.1/5 and /6: a stream error, said once, and the connection serves the other request.
    @Test(arguments: [head + Wire.reset(1), Wire.reset(1)], [1, 10_000])
    func afterAReset(_ start: [UInt8], _ size: Int) throws {
        for late in [Wire.data(1, 4, end: true), Wire.headers(1, [(":status", "200"), ("a", "b")])] {
            let session = try Self.session(requests: 2)
            let sent = Self.say(session, start + late + late, by: size)
            #expect(sent.filter { $0.kind == 3 }.map(\.stream) == [1], "\(sent)")
            #expect(sent.first { $0.kind == 3 }?.number == ErrorCode.streamClosed)
            #expect(!session.hasFailed && !sent.contains { $0.kind == 7 })
            session.receive(Wire.headers(3, [(":status", "200")]).span, now: 0)
            #expect(session.events.first == .response(stream: 3, endsStream: true))
        }
    }

    /// Client 5.1/8 and /9, 6.1/2: an app that goes on after its own end cannot be understood.
    @Test(arguments: [whole, head + Wire.data(1, 4, end: true), head + Wire.headers(1, [("x", "y")])], [1, 10_000])
    func afterTheEnd(_ start: [UInt8], _ size: Int) throws {
        for late in [Wire.data(1, 4, end: true), Self.whole, Wire.headers(1, [("x", "y")])] {
            let session = try Self.session()
            let sent = Self.say(session, start + late, by: size)
            #expect(sent.contains { $0.kind == 7 && $0.goAwayCode == ErrorCode.streamClosed }, "\(sent)")
            #expect(session.hasFailed)
        }
    }

    /// The same while the request is still being sent, and after it was given up for that.
    @Test func afterTheEndOfHalfAnExchange() throws {
        for givesUp in [false, true] {
            let session = try Self.session(end: false)
            _ = Self.say(session, Self.whole, by: 10_000)
            if givesUp { session.reset(1, errorCode: ErrorCode.noError) }
            _ = session.drain()
            let sent = Self.say(session, Wire.data(1, 4, end: true), by: 10_000)
            #expect(sent.contains { $0.kind == 7 && $0.goAwayCode == ErrorCode.streamClosed }, "\(givesUp) \(sent)")
        }
    }

    /// What was on its way, in however small parts, is no flood; nor are the app's answers to what it was asked.
    @Test func whatWasAskedForIsNoFlood() throws {
        let session = try Self.session(requests: 2)
        session.reset(1, errorCode: ErrorCode.cancel)
        _ = session.drain()
        let parts = (0..<3_000).flatMap { _ in Wire.data(1, 19) }
        #expect(!Self.say(session, Self.head + parts, by: 10_000).contains { $0.kind == 7 } && !session.hasFailed)

        let other = try Self.session(requests: 2_000)
        let resets = (0..<2_000).flatMap { Wire.reset(UInt32(2 * $0 + 1), ErrorCode.refusedStream) }
        #expect(!Self.say(other, resets, by: 10_000).contains { $0.kind == 7 } && !other.hasFailed)
    }

    /// More than the stream's window allowed cannot have been on its way, and frames without content have no other bound.
    @Test(arguments: [0, 60]) func moreIsAFlood(_ size: Int) throws {
        let session = try Self.session()
        session.reset(1, errorCode: ErrorCode.cancel)
        _ = session.drain()
        let parts = (0..<6_000).flatMap { _ in Wire.data(1, size) }
        #expect(Self.say(session, Self.head + parts, by: 10_000).contains { $0.goAwayCode == ErrorCode.enhanceYourCalm })
    }

    /// The app may not know yet of a reset from here.
    @Test func afterAResetFromHereNothingIsSaid() throws {
        let session = try Self.session(requests: 2)
        session.reset(1, errorCode: ErrorCode.cancel)
        _ = session.drain()
        let sent = Self.say(session, Self.head + Wire.data(1, 4) + Wire.data(1, 4, end: true) + Self.whole, by: 10_000)
        #expect(!sent.contains { $0.kind == 3 || $0.kind == 7 }, "\(sent)")
        #expect(!session.hasFailed)
    }

    /// Late fields are decoded and late bytes counted: what comes on other streams still means what it says.
    @Test func whatIsLateStillCounts() throws {
        let session = try Self.session(requests: 2)
        _ = Self.say(session, Wire.reset(1), by: 10_000)
        // A field that enters the table of the compression, and one that refers to it.
        let entry: [UInt8] = [0x40, 3] + Array("x-a".utf8) + [3] + Array("one".utf8)
        _ = Self.say(session, Wire.frame(1, flags: 4, stream: 1, Wire.block([(":status", "200")]) + entry), by: 10_000)
        session.receive(Wire.frame(1, flags: 5, stream: 3, Wire.block([(":status", "200")]) + [0x80 | 62]).span, now: 0)
        var head = ResponseHead()
        session.takeResponse(3, into: &head)
        #expect(head.fields.lines == ["x-a: one"])
        // More than the connection's window in all.
        let other = try Self.session()
        _ = Self.say(other, Wire.reset(1), by: 10_000)
        var given = 0
        for _ in 0..<100 {
            let sent = Self.say(other, Wire.data(1, 16_000), by: 100_000)
            for frame in sent where frame.kind == 8 && frame.stream == 0 { given += Int(frame.number) }
        }
        #expect(!other.hasFailed)
        // All but what is less than the window is given back.
        #expect(given >= 100 * 16_000 - (1 << 20))
    }
}
