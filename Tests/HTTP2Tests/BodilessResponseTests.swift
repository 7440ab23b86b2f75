import HTTP2
import HTTPModel
import HostileMessages
import Testing

/// The head of a 204, of a 304 and of a response to HEAD is all of it (RFC 9110 §6.4.1), and trailers bring no surprise.
@Suite struct BodilessResponseTests {
    /// A session with an open request, and what it said to the bytes of an app.
    private static func answered(_ method: String = "GET", _ bytes: [UInt8]...) throws -> (
        ClientSession, [ClientSession.Event], [Frame]
    ) {
        let session = try ClientSession(settings: HTTP2Settings(), limits: MessageLimits(), names: .standard)
        let stream = session.submitRequest(
            method: method.utf8.span, scheme: .http, authority: "a".utf8.span, target: "/".utf8.span, fields: Fields(),
            endsStream: true)
        #expect(stream == 1)
        _ = session.drain()
        session.receive((Wire.frame(4) + bytes.flatMap(\.self)).span, now: 0)
        return (session, session.events, Frame.all(in: session.drain()))
    }

    private static func lines(_ session: ClientSession) -> [String] {
        var head = ResponseHead()
        session.takeResponse(1, into: &head)
        return head.fields.lines
    }

    @Test(arguments: [
        ("GET", [(":status", "204"), ("content-length", "4")], []), ("GET", [(":status", "204"), ("content-length", "x")], []),
        ("GET", [(":status", "204"), ("content-length", "4"), ("content-length", "5"), ("a", "b")], ["a: b"]),
        ("GET", [(":status", "304"), ("content-length", "4")], ["content-length: 4"]),
        ("GET", [(":status", "304"), ("content-length", "4"), ("content-length", "x")], []),
        ("HEAD", [(":status", "200"), ("content-length", "4")], ["content-length: 4"]),
        ("HEAD", [(":status", "200"), ("content-length", "x")], []), ("HEAD", [(":status", "200")], []),
    ])
    func endsWithItsHead(_ method: String, _ head: Wire.Pairs, _ kept: [String]) throws {
        let all = ClientSession.Event.response(stream: 1, endsStream: true)
        // As it should be.
        let (whole, events, _) = try Self.answered(method, Wire.headers(1, head))
        #expect(events.first == all && Self.lines(whole) == kept)
        // The end is said by a frame of its own, or by trailers.
        for end in [Wire.data(1, 0, end: true), Wire.headers(1, [("a", "b")])] {
            let (session, events, sent) = try Self.answered(method, Wire.headers(1, head, end: false) + end)
            #expect(events.first == all && events.count == 2, "\(events)")
            #expect(Self.lines(session) == kept && session.hasEnded(1))
            #expect(!sent.contains { $0.kind == 3 } && !session.hasFailed)
        }
        // A body that may not be ends its stream, and nobody hears of it.
        let (session, more, sent) = try Self.answered(
            method, Wire.headers(1, head, end: false), Wire.data(1, 4), Wire.data(1, 9, end: true))
        #expect(more.first == all && !more.contains { if case .data = $0 { true } else { false } }, "\(more)")
        #expect(sent.contains { $0.kind == 3 && $0.stream == 1 && $0.number == ErrorCode.protocolError })
        #expect(!session.hasFailed)
    }

    @Test func anInterimResponseHasNoLength() throws {
        let (session, events, _) = try Self.answered(
            "GET", Wire.headers(1, [(":status", "103"), ("content-length", "4"), ("link", "</a>")], end: false),
            Wire.headers(1, [(":status", "200")]))
        #expect(events.prefix(2) == [.informational(stream: 1), .response(stream: 1, endsStream: true)])
        #expect(session.takeInformational(1)?.fields.lines == ["link: </a>"])
    }

    @Test(arguments: ["content-md5", "vary", "date", "set-cookie", "te", "trailer"]) func straysAreLeftOut(_ name: String) throws
    {
        let (session, events, sent) = try Self.answered(
            "GET", Wire.headers(1, [(":status", "200")], end: false), Wire.data(1, 1),
            Wire.headers(1, [("x-sum", "1"), (name, "trailers")]))
        #expect(events.contains(.end(stream: 1)) && !sent.contains { $0.kind == 3 })
        #expect(session.droppedTrailers(1) == [name])
        #expect(session.takeTrailers(1)?.lines == ["x-sum: 1"])
    }

    /// What is wrong has a name.
    @Test(arguments: [
        (Wire.headers(1, [("a", "b")]), ResponseFault.badStatus), (Wire.headers(1, [(":status", "101")]), .badStatus),
        (Wire.headers(1, [(":status", "600")]), .badStatus),
        (Wire.headers(1, [(":status", "200"), ("A", "b")]), .badFieldName),
        (Wire.headers(1, [(":status", "200"), ("a", "b\u{0}")]), .badFieldValue),
        (Wire.headers(1, [(":status", "204"), ("transfer-encoding", "chunked")]), .connectionSpecificField),
        (Wire.headers(1, [(":status", "200"), ("content-length", "x")], end: false), .badContentLength),
        (Wire.headers(1, [(":status", "200"), ("content-length", "4")]), .contentLengthMismatch),
        (Wire.headers(1, [(":status", "103")]), .informationalEnd),
        (Wire.headers(1, [(":status", "200")] + (0..<300).map { ("x-\($0)", "") }), .tooManyFields),
        (Wire.headers(1, [(":status", "200"), ("content-length", "4")], end: false) + Wire.data(1, 5), .contentLengthMismatch),
        (
            Wire.headers(1, [(":status", "200"), ("content-length", "4")], end: false) + Wire.data(1, 3, end: true),
            .contentLengthMismatch
        ),
        (Wire.headers(1, [(":status", "200")], end: false) + Wire.headers(1, [("a", "b")], end: false), .trailersWithoutEnd),
        (Wire.headers(1, [(":status", "200")], end: false) + Wire.headers(1, [("host", "b")]), .forbiddenTrailer),
        (Wire.headers(1, [(":status", "200")], end: false) + Wire.headers(1, [("content-length", "1")]), .forbiddenTrailer),
        (Wire.headers(1, [(":status", "200")], end: false) + Wire.headers(1, [("connection", "x")]), .connectionSpecificField),
        (Wire.headers(1, [(":status", "200")], end: false) + Wire.headers(1, [(":status", "200")]), .badFieldName),
    ])
    func namesWhatIsWrong(_ bytes: [UInt8], _ fault: ResponseFault) throws {
        let (session, events, _) = try Self.answered("GET", bytes)
        #expect(session.fault(of: 1) == fault)
        #expect(events.contains { if case .closed(1, _, isUnprocessed: false) = $0 { true } else { false } }, "\(events)")
    }
}
