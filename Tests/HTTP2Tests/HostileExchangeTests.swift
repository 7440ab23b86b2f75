import HTTP2
import HTTPModel
import HostileMessages
import Testing

@Suite struct HostileExchangeTests {
    static let all = HostileExchange.all

    @Test func tableIsLarge() { #expect(Self.all.count >= 100) }

    @Test(arguments: all, [Int.max, 1]) func exchange(_ exchange: HostileExchange, pieces: Int) throws {
        let server = try Server()
        server.answers = exchange.answers
        server.receive((exchange.rawStart ? [] : Wire.start) + exchange.bytes, by: pieces)
        let stream = Int32(exchange.stream)
        let wasRequested = server.events.contains {
            if case .request(stream, _) = $0 { true } else { false }
        }
        switch exchange.outcome {
        case .served:
            #expect(wasRequested && server.goAway == nil && server.resetCode(exchange.stream) == nil)
        case .refused(let status, let code):
            #expect(!wasRequested && server.goAway == nil)
            #expect(server.refusal(stream)?.status == status)
            #expect(server.resetCode(exchange.stream) == code)
            // The answer goes out before the reset.
            let own = server.sent.filter { $0.stream == exchange.stream && ($0.kind == 1 || $0.kind == 3) }
            #expect(own.first?.kind == 1)
        case .reset(let code):
            #expect(server.resetCode(exchange.stream) == code)
        case .ignored:
            #expect(server.resetCode(exchange.stream) == nil)
        case .goAway(let code):
            #expect(server.goAway == code)
            #expect(server.session.isFinished)
            return
        case .closed:
            #expect(server.session.isFinished && server.goAway ?? 0 == ErrorCode.noError)
            return
        }
        #expect(server.goAway == nil && !server.session.isFinished)
        server.receive(Wire.headers(1001, Wire.get), by: pieces)
        let authority = server.heads[1001].map { $0.authority.text }
        #expect(authority == "example.com")
        #expect(server.goAway == nil)
    }

    /// Whatever comes, nothing traps, and what is announced is announced once.
    @Test func randomBytes() throws {
        var generator = SplitMix64(seed: 1)
        let seeds = Self.all.map(\.bytes)
        for round in 0..<3000 {
            let server = try Server()
            server.answers = round % 2 == 0
            var bytes = Wire.start
            for _ in 0..<4 { bytes += seeds[Int(generator.next() % UInt64(seeds.count))] }
            for _ in 0..<(round % 12) {
                let index = Int(generator.next() % UInt64(bytes.count - 24)) + 24
                bytes[index] = UInt8(truncatingIfNeeded: generator.next())
            }
            server.receive(bytes, by: 1 + Int(generator.next() % 64))
            for stream in server.heads.keys {
                let closings = server.events.filter { if case .closed(stream, _) = $0 { true } else { false } }
                #expect(closings.count <= 1)
            }
        }
    }
}
