import HTTP2
import HTTPModel
import HostileMessages
import Testing

/// Exchanges between the two sessions.
@Suite struct ExchangeTests {
    @Test func headsBothWays() throws {
        let pair = try Pair()
        let stream = try #require(
            pair.request(
                "GET", "/a?b=c",
                [
                    ("Host", "other"), ("Accept", "*/*"), ("Cookie", "a=1"), ("Connection", "close"), ("X-Mixed", "v"),
                    ("cookie", "b=2"),
                    ("Keep-Alive", "1"), ("Upgrade", "x"), ("Transfer-Encoding", "chunked"), ("cookie", "c=3"), ("Origin", "o"),
                ]))
        pair.run()
        let head = try #require(pair.server.heads[stream])
        let texts = [head.methodToken.text, head.target.text, head.path.text, head.query.text, head.authority.text]
        #expect(texts == ["GET", "/a?b=c", "/a", "b=c", "example.com"])
        #expect(head.version == .http2 && head.scheme == .http && head.method == .get)
        #expect(head.fields.lines == ["accept: */*", "cookie: a=1; b=2; c=3", "x-mixed: v", "origin: o"])

        var response = ResponseHead(status: 404)
        response.fields = fields([
            ("Server", "x"), ("Connection", "close"), ("Set-Cookie", "a"), ("Set-Cookie", "b"), ("X-Y", "Z"), ("Upgrade", "h2c"),
            ("Transfer-Encoding", "chunked"), ("Proxy-Connection", "a"), ("Keep-Alive", "b"),
        ])
        pair.server.session.submitResponse(stream, response, endsStream: true)
        pair.server.session.submitResponse(stream, ResponseHead(status: 200), endsStream: true)
        pair.server.flush()
        pair.run()
        let answer = try #require(pair.heads[stream])
        #expect(answer.status == 404)
        #expect(answer.fields.lines == ["server: x", "set-cookie: a", "set-cookie: b", "x-y: Z"])
        #expect(pair.closing(stream)?.code == 0)
        #expect(pair.server.events.contains(.closed(stream: stream, errorCode: 0)))
        #expect(pair.server.session.openStreams == 0 && pair.client.openStreams == 0)
    }

    /// A session that was idle frees what it kept of the streams that have ended, and serves later ones as before.
    @Test func sessionsRestBetweenExchanges() throws {
        let pair = try Pair()
        for round in 0..<3 {
            let streams = try (0..<60).map { _ in
                try #require(pair.request("GET", "/\(round)", [("X-Long", String(repeating: "a", count: 6000))]))
            }
            pair.run()
            for stream in streams {
                var response = ResponseHead(status: 200)
                response.fields = fields([("X-Stream", "\(stream)"), ("X-Long", String(repeating: "b", count: 6000))])
                pair.server.session.submitResponse(stream, response, endsStream: true)
            }
            // One stream stays open while they rest.
            let open = try #require(pair.request("POST", end: false))
            pair.server.flush()
            pair.run()
            pair.server.session.rest(keeping: round)
            pair.client.rest(keeping: round)
            for stream in streams {
                let head = try #require(pair.server.heads[stream])
                let path = head.path.text
                #expect(path == "/\(round)")
                #expect(pair.heads[stream]?.fields.lines.first == "x-stream: \(stream)")
            }
            pair.client.finish(open)
            pair.server.session.submitResponse(open, ResponseHead(status: 204), endsStream: true)
            pair.server.flush()
            pair.run()
            #expect(pair.heads[open]?.status == 204)
        }
        #expect(pair.server.session.openStreams == 0 && pair.client.openStreams == 0)
    }

    @Test func bodiesAndTrailersBothWays() throws {
        let pair = try Pair()
        let stream = try #require(pair.request("POST", end: false))
        pair.client.offer(stream, 100_000)
        pair.run()
        pair.client.offer(stream, 5)
        pair.client.finish(stream, trailers: fields([("Grpc-Sum", "1"), ("Connection", "x")]))
        pair.client.finish(stream)
        pair.client.offer(stream, 5)
        pair.run()
        #expect(pair.server.bodies[stream]?.count == 100_005)
        #expect(pair.server.bodies[stream]?.allSatisfy { $0 == 0x62 } == true)
        #expect(pair.server.trailers[stream]?.lines == ["grpc-sum: 1"])

        pair.server.session.submitInformational(stream, ResponseHead(status: 103))
        pair.server.session.submitResponse(stream, ResponseHead(status: 200), endsStream: false)
        pair.server.session.submitInformational(stream, ResponseHead(status: 103))
        pair.server.session.offer(stream, 70_000)
        pair.server.flush()
        pair.run()
        #expect(pair.interim.map(\.status) == [103])
        #expect(pair.received[stream] == 70_000)
        pair.server.session.finish(stream, trailers: fields([("Grpc-Status", "0")]))
        pair.server.flush()
        pair.run()
        #expect(pair.trailers[stream]?.lines == ["grpc-status: 0"])
        #expect(pair.closing(stream)?.code == 0)
    }

    /// The end rides on the last DATA frame where it is known in time, else on an empty one.
    @Test(arguments: [true, false]) func endOfStream(isKnown: Bool) throws {
        let server = try Server()
        server.receive(Wire.start + Wire.headers(1, Wire.get))
        server.session.submitResponse(1, ResponseHead(status: 200), endsStream: false)
        server.session.offer(1, 10)
        if !isKnown { server.flush() }
        server.session.finish(1)
        server.flush()
        let data = server.sent.filter { $0.kind == 0 }
        #expect(data.map(\.flags) == (isKnown ? [1] : [0, 1]))
        #expect(data.map(\.payload.count) == (isKnown ? [10] : [10, 0]))
        #expect(server.events.last == .closed(stream: 1, errorCode: 0))
    }

    @Test func emptyTrailersEndTheStream() throws {
        let server = try Server()
        server.receive(Wire.start + Wire.headers(1, Wire.get))
        server.session.submitResponse(1, ResponseHead(status: 200), endsStream: false)
        server.session.finish(1, trailers: Fields())
        server.flush()
        #expect(server.sent.last == Frame(kind: 0, flags: 1, stream: 1, payload: []))
    }

    @Test func outputIsCollectedInPieces() throws {
        let server = try Server()
        server.receive(Wire.start + Wire.window(0, 1 << 20) + Wire.headers(1, Wire.get) + Wire.window(1, 1 << 20))
        server.session.submitResponse(1, ResponseHead(status: 200), endsStream: false)
        server.session.offer(1, 200_000)
        server.session.finish(1)
        var pieces: [Int] = []
        while true {
            let bytes = server.session.drain(limit: 50_000)
            if bytes.isEmpty { break }
            pieces.append(bytes.count)
        }
        #expect(pieces.count >= 4 && pieces.allSatisfy { $0 < 70_000 })
        #expect(pieces.reduce(0, +) > 200_000)
    }

    /// The owner that does not consume stops its stream alone.
    @Test func flowControlPerStream() throws {
        var settings = HTTP2Settings()
        settings.initialWindow = 100_000
        settings.connectionWindow = 1 << 20
        let pair = try Pair(settings)
        pair.server.consumes = false
        let stuck = try #require(pair.request("POST", "/stuck", end: false))
        pair.client.offer(stuck, 1 << 20)
        pair.run()
        #expect(pair.server.bodies[stuck]?.count == 100_000)
        pair.server.consumes = true
        let other = try #require(pair.request("POST", "/other", end: false))
        pair.client.offer(other, 4 << 20)
        pair.client.finish(other)
        pair.run()
        #expect(pair.server.bodies[other]?.count == 4 << 20)
        pair.server.session.consume(stuck, 1000)
        pair.server.session.consume(stuck, Int.max)
        pair.server.session.consume(stuck, 5)
        pair.server.flush()
        pair.run()
        #expect(pair.server.bodies[stuck]?.count == 1 << 20)
    }

    /// What a dead stream's owner did not consume returns to the connection's window.
    @Test func closedStreamsGiveTheirWindowBack() throws {
        var settings = HTTP2Settings()
        settings.connectionWindow = 256 << 10
        let pair = try Pair(settings)
        pair.server.consumes = false
        for _ in 0..<8 {
            let stream = try #require(pair.request("POST", end: false))
            pair.client.offer(stream, 256 << 10)
            pair.run()
            #expect(pair.server.bodies[stream]?.count == 256 << 10)
            pair.client.reset(stream, errorCode: ErrorCode.cancel)
            pair.run()
            #expect(pair.server.events.last == .closed(stream: stream, errorCode: ErrorCode.cancel))
        }
    }

    @Test func discardedBody() throws {
        let pair = try Pair()
        let stream = try #require(pair.request("POST", end: false))
        pair.client.offer(stream, 10_000)
        pair.run()
        pair.server.session.discardBody(stream)
        pair.client.offer(stream, 10_000)
        pair.run()
        #expect(pair.server.bodies[stream]?.count == 10_000)
        pair.server.session.submitResponse(stream, ResponseHead(status: 413), endsStream: false)
        pair.server.session.offer(stream, 3)
        pair.server.session.finish(stream)
        pair.server.flush()
        pair.run()
        #expect(pair.heads[stream]?.status == 413 && pair.received[stream] == 3)
        #expect(pair.closing(stream)?.code == ErrorCode.noError)
    }

    /// An owner may act on streams that are gone, and may take what was announced of them.
    @Test func goneStreams() throws {
        let server = try Server()
        let bytes = Wire.start + Wire.headers(1, Wire.get) + Wire.reset(1)
        server.session.receive(bytes.span, now: 0)
        #expect(server.session.events == [.request(stream: 1, endsStream: true), .closed(stream: 1, errorCode: 8)])
        var head = RequestHead()
        server.session.takeRequest(1, into: &head)
        let authority = head.authority.text
        #expect(authority == "example.com")
        server.session.removeAllEvents()
        for stream: Int32 in [1, 3, 2, 0, -1, .max] {
            server.session.takeRequest(stream, into: &head)
            server.session.submitInformational(stream, ResponseHead(status: 103))
            server.session.submitResponse(stream, ResponseHead(status: 200), endsStream: false)
            server.session.offer(stream, 5)
            server.session.finish(stream)
            server.session.consume(stream, 5)
            server.session.discardBody(stream)
            server.session.reset(stream, errorCode: 1)
            #expect(server.session.takeTrailers(stream) == nil && server.session.connectProtocol(stream) == nil)
        }
        server.flush()
        #expect(server.sent.allSatisfy { $0.kind == 4 || $0.kind == 8 })
    }

    @Test func resetByOwner() throws {
        let pair = try Pair()
        let stream = try #require(pair.request("POST", end: false))
        pair.client.offer(stream, 10)
        pair.run()
        pair.server.session.reset(stream, errorCode: ErrorCode.internalError)
        pair.client.offer(stream, 10)
        pair.run()
        #expect(pair.closing(stream)?.code == ErrorCode.internalError)
        #expect(pair.server.events.filter { $0 == .closed(stream: stream, errorCode: ErrorCode.internalError) }.count == 1)
        #expect(pair.server.bodies[stream]?.count == 10)
    }

    @Test(arguments: [true, false]) func extendedConnect(isEnabled: Bool) throws {
        var settings = HTTP2Settings()
        settings.enableConnectProtocol = isEnabled
        let pair = try Pair(settings)
        #expect(pair.client.allowsConnectProtocol == isEnabled)
        let stream = try #require(pair.request("CONNECT", "/ws", end: false, connectProtocol: "websocket"))
        pair.run()
        guard isEnabled else {
            #expect(pair.server.refusal(stream)?.status == 400)
            return
        }
        #expect(pair.server.session.connectProtocol(stream) == Array("websocket".utf8))
        let target = pair.server.heads[stream].map { $0.target.text }
        #expect(target == "/ws")
        pair.server.session.submitResponse(stream, ResponseHead(status: 200), endsStream: false)
        pair.server.session.offer(stream, 4)
        pair.client.offer(stream, 4)
        pair.run()
        #expect(pair.server.bodies[stream]?.count == 4 && pair.received[stream] == 4)
        let bad = try #require(pair.request("GET", "/ws", connectProtocol: "websocket"))
        pair.run()
        #expect(pair.server.refusal(bad)?.reason == .protocolWithoutConnect)
    }

    @Test func largeHeads() throws {
        var limits = MessageLimits()
        limits.headerBytes = 256 << 10
        let pair = try Pair(limits: limits)
        let big = (0..<10).map { ("x-\($0)", String(repeating: "q", count: 20_000)) }
        let stream = try #require(pair.request("GET", "/", Array(big.prefix(3))))
        pair.run()
        #expect(pair.server.heads[stream]?.fields.count == 3)
        var response = ResponseHead(status: 200)
        response.fields = fields(Array(big.prefix(3)))
        pair.server.session.submitResponse(stream, response, endsStream: true)
        pair.server.flush()
        pair.run()
        #expect(pair.heads[stream]?.fields.count == 3)
    }

    /// The answer to a head that is too large knows the origin, wherever it stood.
    @Test func originBehindTooLargeAHead() throws {
        let server = try Server()
        let half = String(repeating: "a", count: 60_000)
        let block = Wire.block(Wire.get + [("x", half), ("z", half), ("y", "1"), ("origin", "https://a")])
        server.receive(Wire.start + Wire.split(1, block, by: 16_000))
        #expect(server.refusal(1)?.reason == .headerTooLarge)
        #expect(server.heads[1]?.fields.lines.last == "origin: https://a" && server.heads[1]?.fields.count == 2)
    }
}
