import HTTP2
import HTTPModel
import Testing

/// What a hostile exchange comes to. In all but `goAway` the connection goes on to serve another request.
enum Outcome: Equatable {
    /// The request is passed on, and nothing is reset.
    case served
    /// The stream is answered by the proxy with this status, then reset with this code, if any.
    case refused(Status, reset: UInt32?)
    /// The stream is reset.
    case reset(UInt32)
    /// Nothing happens.
    case ignored
    /// The connection ends.
    case goAway(UInt32)
}

struct Exchange: CustomTestStringConvertible {
    var name: String
    var bytes: [UInt8]
    var outcome: Outcome
    /// The stream that the outcome speaks of.
    var stream: UInt32 = 1
    var answers = false
    var rawStart = false

    var testDescription: String { name }
}

@Suite struct HostileExchangeTests {
    static let all = HostileExchanges.heads + HostileExchanges.bodies + HostileExchanges.frames

    @Test func tableIsLarge() { #expect(Self.all.count >= 100) }

    @Test(arguments: all, [Int.max, 1]) func exchange(_ exchange: Exchange, pieces: Int) throws {
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
        }
        #expect(server.goAway == nil && !server.session.isFinished)
        server.receive(Wire.headers(1001, Wire.get), by: pieces)
        let authority = server.heads[1001].map { $0.authority.text }
        #expect(authority == "example.com")
        #expect(server.goAway == nil)
    }

    /// Whatever comes, nothing traps, and what is announced is announced once.
    @Test func randomBytes() throws {
        var generator = Xorshift(state: 0x9E37_79B9_7F4A_7C15)
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

struct Xorshift {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
