import HTTP2
import HTTPModel
import HostileMessages
import Testing

/// What the owner of a client's session asks it beyond messages.
@Suite struct ClientSessionTests {
    private static func session() throws -> ClientSession {
        try ClientSession(settings: HTTP2Settings(), limits: MessageLimits(), names: .standard)
    }

    private static func request(_ session: ClientSession) -> Int32? {
        session.submitRequest(
            method: "GET".utf8.span, scheme: .http, authority: "a".utf8.span, target: "/".utf8.span, fields: Fields(),
            endsStream: true)
    }

    /// What has not gone out may be sent elsewhere.
    @Test func knowsWhatWasSent() throws {
        let session = try Self.session()
        let stream = try #require(Self.request(session))
        #expect(!session.wasSent(stream))
        _ = session.drain()
        #expect(session.wasSent(stream))
        // A stream that is not known may have been.
        #expect(session.wasSent(99))
    }

    @Test func learnsHowManyStreamsThereMayBe() throws {
        let session = try Self.session()
        #expect(session.maxConcurrentStreams == 100)
        session.receive(Wire.frame(4, Wire.setting(3, 1)).span, now: 0)
        #expect(session.maxConcurrentStreams == 1)
        let first = try #require(Self.request(session))
        #expect(!session.hasRoom)
        // One more waits in the session until the first has ended.
        let second = try #require(Self.request(session))
        _ = session.drain()
        #expect(session.wasSent(first) && !session.wasSent(second))
    }

    @Test(arguments: [
        Wire.frame(5, flags: 4, stream: 1, [0, 0, 0, 2] + Wire.block(Wire.get)), Wire.headers(9, [(":status", "200")]),
        Wire.frame(4, Wire.setting(4, .max)),
        Wire.frame(8, [0, 0, 0, 0]), Array("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil".utf8),
    ])
    func failsAsAWhole(_ bytes: [UInt8]) throws {
        let session = try Self.session()
        _ = Self.request(session)
        _ = session.drain()
        session.receive(Wire.frame(4).span, now: 0)
        #expect(!session.hasFailed)
        session.receive(bytes.span, now: 0)
        // GOAWAY is still to be written; nobody gets a stream any more.
        let sent = Frame.all(in: session.drain())
        #expect(sent.contains { $0.kind == 7 && $0.goAwayCode != 0 }, "\(sent)")
        #expect(session.hasFailed)
        #expect(session.isFinished)
        #expect(!session.hasRoom && Self.request(session) == nil)
    }
}
