import HTTP2
import HTTPModel
import HostileMessages
import Testing

/// A field that is longer than the decoder takes: its request is answered all the same, then the connection ends, since what follows
/// cannot be decoded (RFC 9113 §4.3).
@Suite struct LongLiteralTests {
    static let fields: [(String, String)] = [
        ("x-long", String(repeating: "a", count: 70_000)), ("x-long", String(repeating: "a", count: 65_537)),
        ("x-long", String(repeating: "a", count: 900_000)), (String(repeating: "x", count: 70_000), "a"),
        ("cookie", String(repeating: "a=b; ", count: 20_000)),
    ]

    @Test(arguments: fields.indices, [Int.max, 1, 1000]) func isAnswered(_ index: Int, pieces: Int) throws {
        for flags in [0, 8, 0x20, 0x28] as [UInt8] {
            let server = try Server()
            let block = Wire.block(Wire.get + [("origin", "https://a.example"), Self.fields[index], ("x-after", "1")])
            var head = Wire.split(1, block, by: 16_000)
            if flags != 0 {
                let more: [UInt8] = (flags & 8 != 0 ? [3] : []) + (flags & 0x20 != 0 ? Wire.number(0) + [15] : [])
                let first = more + block.prefix(12_000) + (flags & 8 != 0 ? [0, 0, 0] : [])
                head = Wire.frame(1, flags: flags | 1, stream: 1, first) + Self.continuations(Array(block.dropFirst(12_000)))
            }
            server.receive(Wire.start + head + Wire.headers(3, Wire.get), by: pieces)
            #expect(server.refusal(1)?.status == 431)
            let authority = server.heads[1].map { $0.authority.text }
            let fields = server.heads[1].map { $0.fields.count }
            #expect(authority == "example.com" && fields == 1)
            #expect(server.heads[3] == nil)
            let kinds = server.sent.filter { $0.kind == 1 || $0.kind == 7 }.map(\.kind)
            #expect(kinds == [1, 7] && server.goAway == ErrorCode.compressionError)
            #expect(server.session.isFinished)
        }
    }

    /// Who asks is known where it stands behind the long field, too, so that the page can read the answer.
    @Test(arguments: fields.indices, [Int.max, 1, 1000]) func whoAsksIsKnown(_ index: Int, pieces: Int) throws {
        let server = try Server()
        let block = Wire.block(Wire.get + [Self.fields[index], ("x-after", "1"), ("origin", "https://a.example")])
        server.receive(Wire.start + Wire.split(1, block, by: 16_000), by: pieces)
        #expect(server.refusal(1)?.status == 431)
        let fields = server.heads[1].map { $0.fields.pairs.map { "\($0.name): \($0.value)" } }
        #expect(fields == ["origin: https://a.example"])
        #expect(server.goAway == ErrorCode.compressionError && server.session.isFinished)
    }

    /// Two origins are as ambiguous as a thousand, of which each may be one byte on the wire.
    @Test func manyAsk() throws {
        let server = try Server()
        let origins = (0..<1_000).map { ("origin", "https://\($0).example") }
        server.receive(Wire.start + Wire.split(1, Wire.block(Wire.get + [Self.fields[0]] + origins), by: 16_000))
        let count = server.heads[1].map { $0.fields.count }
        #expect(server.refusal(1)?.status == 431 && count == 2)
    }

    @Test(arguments: [Int.max, 1, 1000]) func ofATarget(_ pieces: Int) throws {
        let server = try Server()
        // By the place of `:path` in the static table, as clients write it; behind it the authority as well.
        let path: [UInt8] = [4] + Array(Wire.field("", "/" + String(repeating: "a", count: 200_000)).dropFirst(2))
        let before = Wire.block([(":method", "GET"), (":scheme", "http")])
        let after = Wire.block([(":authority", "example.com"), ("origin", "https://a.example")])
        server.receive(Wire.start + Wire.split(1, before + path + after, by: 16_000), by: pieces)
        #expect(server.refusal(1)?.status == 414)
        let (authority, count) = (server.heads[1].map { $0.authority.text }, server.heads[1].map { $0.fields.count })
        #expect(authority == "example.com" && count == 1)
    }

    private static func continuations(_ block: [UInt8]) -> [UInt8] {
        stride(from: 0, to: block.count, by: 16_000).flatMap { start in
            let end = min(start + 16_000, block.count)
            return Wire.frame(9, flags: end == block.count ? 4 : 0, stream: 1, Array(block[start..<end]))
        }
    }

    /// What the decoder takes is not taken for too long, wherever the frames are cut.
    @Test(arguments: [1, 2, 3, 5, 7, 100, 1000]) func otherBlocksPass(_ size: Int) throws {
        let block: [UInt8] =
            [0x20, 0x3F, 0xE1, 0x1F] + Wire.block(Wire.get) + [0x40, 1, 0x78, 3, 0x61, 0x62, 0x63, 0xBE, 0x0F, 0x2B, 1, 0x79]
            + [0x1F, 0x2B, 1, 0x79, 0x10, 1, 0x7A, 0, 0, 1, 0x77, 0x81, 0xF3]
            + Wire.field("x-200", String(repeating: "a", count: 200))
        guard block.count / size < 60 else { return }
        let server = try Server()
        server.receive(Wire.start + Wire.split(1, block, by: size) + Wire.headers(3, Wire.get))
        #expect(server.goAway == nil && server.heads[1] != nil && server.heads[3] != nil)
    }

    /// Trailers have nobody to answer to.
    @Test func trailersEndTheConnection() throws {
        let server = try Server()
        let trailers = Wire.block([("x-long", String(repeating: "a", count: 70_000))])
        server.receive(Wire.start + Wire.headers(1, Wire.post, end: false) + Wire.split(1, trailers, by: 16_000))
        #expect(server.goAway == ErrorCode.compressionError && server.session.isFinished)
    }
}
