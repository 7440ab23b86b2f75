import HTTP2
import HTTPModel
import HostileMessages
import Testing

/// nghttp2 reads the fields of a head when it makes the frame, which may be long after they were submitted.
@Suite struct KeptHeadTests {
    /// Fields of some length whose values tell which head they belong to.
    private func head(_ mark: String) -> ResponseHead {
        var head = ResponseHead(status: 200)
        for number in 0..<20 { head.fields.append("X-Long-Name-\(number)", "\(mark) \(number)") }
        return head
    }

    private func lines(_ mark: String) -> [String] { (0..<20).map { "x-long-name-\($0): \(mark) \($0)" } }

    @Test func responsesOutliveTheirHeads() throws {
        let pair = try Pair()
        let streams = try (0..<20).map { _ in try #require(pair.request()) }
        pair.run()
        // The storage of each head serves the next one.
        var reused = ResponseHead(status: 200)
        for stream in streams {
            reused.fields.assign(head("of \(stream)").fields)
            pair.server.session.submitResponse(stream, reused, endsStream: true)
        }
        reused.fields.assign(head("of nobody").fields)
        pair.server.flush()
        pair.run()
        for stream in streams { #expect(pair.heads[stream]?.fields.lines == lines("of \(stream)")) }
    }

    /// A client that resets a stream whose response was not framed yet; the next streams use its storage.
    @Test func aResetDropsTheResponseThatWaits() throws {
        let server = try Server()
        server.receive(Wire.start + Wire.headers(1, Wire.get) + Wire.headers(3, Wire.get))
        server.session.submitResponse(1, head("of 1"), endsStream: true)
        server.session.submitResponse(3, head("of 3"), endsStream: true)
        let reset = Wire.reset(1)
        server.session.receive(reset.span, now: 0)
        server.session.removeAllEvents()
        let next = Wire.headers(5, Wire.get)
        server.session.receive(next.span, now: 0)
        server.session.submitResponse(5, head("of 5"), endsStream: true)
        server.flush()
        #expect(server.sent.filter { $0.kind == 1 }.map(\.stream) == [3, 5])

        let client = try ClientSession(settings: HTTP2Settings(), limits: MessageLimits(), names: .standard)
        for _ in 0..<3 {
            _ = client.submitRequest(
                method: "GET".utf8.span, scheme: .http, authority: "a".utf8.span, target: "/".utf8.span, fields: Fields(),
                endsStream: true)
        }
        _ = client.drain()
        client.receive(server.unread.span, now: 0)
        for (stream, mark) in [(Int32(3), "of 3"), (5, "of 5")] {
            var answer = ResponseHead()
            client.takeResponse(stream, into: &answer)
            #expect(answer.fields.lines == lines(mark))
        }
    }

    /// Requests that wait for a stream to end, one of which is given up meanwhile.
    @Test func requestsWaitForTheirTurn() throws {
        var settings = HTTP2Settings()
        settings.maxConcurrentStreams = 1
        let pair = try Pair(settings)
        pair.server.answers = true
        let streams = try (1...5).map { number in
            try #require(pair.request("GET", "/", head("asked \(number)").fields.pairs.map { ($0.name, $0.value) }))
        }
        pair.client.reset(streams[2], errorCode: ErrorCode.cancel)
        for _ in streams {
            pair.run()
            pair.server.flush()
        }
        pair.run()
        for (number, stream) in streams.enumerated() {
            let expected = number == 2 ? nil : lines("asked \(number + 1)")
            #expect(pair.server.heads[stream]?.fields.lines == expected)
        }
    }
}
