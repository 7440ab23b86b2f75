import HTTP2
import HTTPModel
import HostileMessages
import Testing

/// The life of a connection: settings, GOAWAY, allowances.
@Suite struct ConnectionTests {
    @Test func settingsGoFirst() throws {
        var settings = HTTP2Settings()
        settings.maxConcurrentStreams = 7
        settings.enableConnectProtocol = true
        let server = try Server(settings)
        server.flush()
        let first = try #require(server.sent.first)
        #expect(first.kind == 4 && first.flags == 0)
        var values: [UInt32: UInt32] = [:]
        for index in stride(from: 0, to: first.payload.count, by: 6) {
            let entry = first.payload[index..<index + 6]
            values[entry.prefix(2).reduce(0) { $0 << 8 | UInt32($1) }] = entry.suffix(4).reduce(0) { $0 << 8 | UInt32($1) }
        }
        #expect(values == [3: 7, 4: 256 << 10, 5: 16384, 6: (80 << 10) + 32 * 256, 8: 1])
        #expect(server.sent.contains { $0.kind == 8 && $0.stream == 0 && $0.number == (1 << 20) - 65535 })
    }

    @Test func pingsAndSettingsAreAcknowledged() throws {
        let server = try Server()
        server.receive(Wire.start + Wire.ping)
        #expect(server.sent.contains { $0.kind == 4 && $0.flags == 1 })
        #expect(server.sent.contains(Frame(kind: 6, flags: 1, stream: 0, payload: [1, 2, 3, 4, 5, 6, 7, 8])))
    }

    @Test func shutdownInTwoSteps() throws {
        let pair = try Pair()
        pair.server.session.beginShutdown()
        let first = try #require(pair.request("POST", end: false))
        pair.server.flush()
        #expect(pair.server.sent.last?.lastStream == 0x7FFF_FFFF && pair.server.goAway == 0)
        pair.run()
        #expect(pair.server.heads[first] != nil)
        #expect(pair.request() == nil && !pair.client.hasRoom)
        pair.server.session.finishShutdown()
        pair.server.session.finishShutdown()
        pair.server.flush()
        #expect(pair.server.sent.last?.lastStream == UInt32(first) && !pair.server.session.isFinished)
        // Sent by a client that has not heard of it.
        pair.server.receive(Wire.headers(UInt32(first) + 2, Wire.get, end: false))
        pair.server.receive(Wire.data(UInt32(first) + 2, 5) + Wire.headers(UInt32(first) + 2, [("a", "b")]))
        #expect(pair.server.heads[first + 2] == nil && pair.server.goAway == 0)
        pair.client.finish(first)
        pair.run()
        pair.server.session.submitResponse(first, ResponseHead(status: 200), endsStream: true)
        pair.server.flush()
        #expect(pair.server.session.isFinished)
        pair.run()
        #expect(pair.heads[first]?.status == 200 && pair.client.isFinished)
        #expect(pair.events.contains(.goAway(lastStream: .max, errorCode: 0)))
    }

    /// Requests above the last stream of a GOAWAY come back as unprocessed.
    @Test func unprocessedRequests() throws {
        let pair = try Pair()
        let streams = try (0..<3).map { _ in try #require(pair.request("POST", end: false)) }
        pair.run()
        let goAway = Wire.frame(7, Wire.number(UInt32(streams[0])) + Wire.number(0))
        pair.client.receive(goAway.span, now: 0)
        pair.run()
        #expect(pair.closing(streams[0]) == nil)
        #expect(pair.closing(streams[1])?.isUnprocessed == true && pair.closing(streams[2])?.isUnprocessed == true)
    }

    @Test func concurrencyIsLimited() throws {
        var settings = HTTP2Settings()
        settings.maxConcurrentStreams = 2
        let pair = try Pair(settings)
        let streams = try (0..<3).map { _ in try #require(pair.request()) }
        #expect(!pair.client.hasRoom)
        pair.run()
        #expect(pair.server.heads.count == 2 && pair.server.session.openStreams == 2)
        pair.server.session.submitResponse(streams[0], ResponseHead(status: 200), endsStream: true)
        pair.server.flush()
        pair.run()
        #expect(pair.server.heads.count == 3)

        // A client that has not seen the setting is refused, not cut off; one that has is cut off.
        let server = try Server(settings)
        server.receive(Wire.start + (0..<4).flatMap { Wire.headers($0 * 2 + 1, Wire.get) })
        #expect(server.heads.count == 2 && server.resetCode(5) == ErrorCode.refusedStream && server.goAway == nil)
        server.receive(Wire.frame(4, flags: 1) + Wire.headers(9, Wire.get))
        #expect(server.goAway == ErrorCode.protocolError)
    }

    @Test func clientGoAway() throws {
        let server = try Server()
        server.receive(Wire.start + Wire.headers(1, Wire.get) + Wire.frame(7, Wire.number(0) + Wire.number(0)))
        #expect(server.events.contains(.goAway) && !server.session.isFinished)
        server.session.submitResponse(1, ResponseHead(status: 200), endsStream: true)
        server.flush()
        #expect(server.session.isFinished)
    }

    /// Time and work pay for frames that are a flood without them.
    @Test func useIsNoFlood() throws {
        let server = try Server()
        server.answers = true
        server.receive(Wire.start)
        for round in 0..<2000 {
            server.now += 100
            server.receive(Wire.ping + Wire.window(0, 1))
            let stream = UInt32(round * 2 + 1)
            server.receive(Wire.headers(stream, Wire.post, end: false) + Wire.reset(stream))
        }
        #expect(server.goAway == nil)
        for round in 2000..<6000 {
            let stream = UInt32(round * 2 + 1)
            server.receive(Wire.headers(stream, Wire.get) + Wire.ping + Wire.window(0, 1))
        }
        #expect(server.goAway == nil && server.session.openStreams == 0)
    }

    @Test func clockMayJump() throws {
        let server = try Server()
        server.receive(Wire.start)
        for now in [Int.max, Int.min, 0, -5, Int.max, 7] {
            server.now = now
            server.receive(Wire.ping)
        }
        #expect(server.goAway == nil)
    }

    /// What an upstream may not do. The stream ends, the connection goes on.
    @Test(arguments: BadResponse.all) func badResponse(_ response: BadResponse) throws {
        let pair = try Pair()
        let stream = try #require(pair.request())
        pair.run()
        let bytes = Wire.headers(UInt32(stream), response.fields)
        pair.client.receive(bytes.span, now: 0)
        pair.run()
        #expect(pair.closing(stream)?.code == response.code)
        #expect((pair.heads[stream] != nil) == (response.code == 0))
        #expect(pair.client.hasRoom)
    }

    @Test func badBodies() throws {
        let pair = try Pair()
        let stream = try #require(pair.request("HEAD"))
        let other = try #require(pair.request())
        let third = try #require(pair.request())
        pair.run()
        let head: Wire.Pairs = [(":status", "200"), ("content-length", "5")]
        var bytes = Wire.headers(UInt32(stream), head, end: false) + Wire.data(UInt32(stream), 5, end: true)
        bytes += Wire.headers(UInt32(other), head, end: false) + Wire.data(UInt32(other), 4, end: true)
        bytes += Wire.headers(UInt32(third), head, end: false) + Wire.data(UInt32(third), 5, end: true)
        pair.client.receive(bytes.span, now: 0)
        pair.run()
        #expect(pair.closing(stream)?.code == ErrorCode.protocolError)
        #expect(pair.closing(other)?.code == ErrorCode.protocolError)
        #expect(pair.closing(third)?.code == ErrorCode.noError)
    }

    @Test func interimFlood() throws {
        let pair = try Pair()
        let stream = try #require(pair.request())
        pair.run()
        let bytes = (0..<200).flatMap { _ in Wire.headers(UInt32(stream), [(":status", "103")], end: false) }
        pair.client.receive(bytes.span, now: 0)
        pair.run()
        #expect(pair.closing(stream)?.code == ErrorCode.enhanceYourCalm)
    }

    @Test func pushIsRefused() throws {
        let pair = try Pair()
        let stream = try #require(pair.request())
        pair.run()
        let bytes = Wire.frame(5, flags: 4, stream: UInt32(stream), Wire.number(2) + Wire.block(Wire.get))
        pair.client.receive(bytes.span, now: 0)
        pair.run()
        #expect(pair.client.isFinished && pair.sent.last?.goAwayCode == ErrorCode.protocolError)
    }
}

struct BadResponse: CustomTestStringConvertible {
    var name: String
    var fields: Wire.Pairs
    var code: UInt32

    init(_ name: String, _ fields: Wire.Pairs, _ code: UInt32 = ErrorCode.protocolError) {
        self.name = name
        self.fields = fields
        self.code = code
    }

    var testDescription: String { name }

    private static let many: Wire.Pairs = (0..<300).map { ("x-\($0)", "") }

    static let all: [BadResponse] = [
        BadResponse("no status", [("x", "1")]),
        BadResponse("status twice", [(":status", "200"), (":status", "200")]),
        BadResponse("status 101", [(":status", "101")]),
        BadResponse("status of words", [(":status", "abc")]),
        BadResponse("status too small", [(":status", "099")]),
        BadResponse("status too long", [(":status", "2000")]),
        BadResponse("interim that ends", [(":status", "103")]),
        BadResponse("request pseudo-field", [(":status", "200"), (":path", "/")]),
        BadResponse("uppercase", [(":status", "200"), ("X", "1")]),
        BadResponse("connection", [(":status", "200"), ("connection", "close")]),
        BadResponse("transfer-encoding", [(":status", "200"), ("transfer-encoding", "chunked")]),
        BadResponse("line break", [(":status", "200"), ("x", "a\r\nb: c")]),
        BadResponse("two lengths", [(":status", "200"), ("content-length", "0"), ("content-length", "0")]),
        BadResponse("bad length", [(":status", "200"), ("content-length", "+1")]),
        BadResponse("length without body", [(":status", "200"), ("content-length", "5")]),
        BadResponse("head too large", Wire.Pairs([(":status", "200")]) + many),
        BadResponse("not modified", [(":status", "304"), ("content-length", "5")], ErrorCode.noError),
    ]
}
