import HTTPModel
import HostileMessages
import TestSupport
import Testing

/// HTTP/2 exchanges that are wrong in every way, over a socket, with an app behind: each comes to what RFC 9113 asks for, whoever can be
/// answered gets the policy, and what reaches the app is one request with one meaning.
@Suite(.serialized) struct HTTP2ExchangeTests {
    static let stand = Result { try HostileStand() }
    /// What does not begin as HTTP/2 is HTTP/1 on the same port.
    static let all = HostileExchange.all.filter { !$0.rawStart || $0.bytes.starts(with: Wire.preface) }

    @Test func tableIsLarge() { #expect(Self.all.count >= 100) }

    @Test(arguments: all.indices) func exchange(_ index: Int) throws {
        let row = Self.all[index]
        try Self.expect(row, try Self.stand.get(), "\(index)")
    }

    /// Plays an exchange, then a good request on the same connection if it lives, then one of somebody else.
    static func expect(_ row: HostileExchange, _ stand: HostileStand, _ mark: String) throws {
        let gate = Signal()
        let isHeld = !row.answers && row.outcome != .served
        stand.recorder.answer { record in
            // What a stream may still do depends on whether it is answered.
            if isHeld, record.request?.target.hasPrefix("/good/") != true { try? gate.wait() }
            return .ok
        }
        defer { gate.give() }
        let talk = try HTTP2Talk(port: stand.proxy.port)
        var bytes = row.bytes
        if !row.rawStart { try talk.send(Wire.start) }
        if row.answers {
            let head = 9 + bytes.prefix(3).reduce(0) { $0 << 8 | Int($1) }
            try talk.send(Array(bytes.prefix(head)))
            try talk.read { talk.isEnded(row.stream) }
            bytes.removeFirst(head)
        }
        try talk.send(bytes)
        try outcome(of: row, talk)
        gate.give()
        guard talk.isClosed else {
            try talk.send(Wire.headers(1001, Wire.get))
            try talk.read { talk.isEnded(1001) }
            let response = try #require(talk.response(1001), "\(row.name): no answer to the next request")
            #expect(response.status == 200 && response.text == "ok", "\(row.name) \(response)")
            Policy.expect(on: response, for: .noOrigin, .http2, "\(row.name) \(response)")
            return try seen(row, stand, mark)
        }
        try seen(row, stand, mark)
    }

    private static func outcome(of row: HostileExchange, _ talk: HTTP2Talk) throws {
        switch row.outcome {
        case .served:
            try talk.read { talk.isEnded(row.stream) }
            #expect(talk.response(row.stream)?.status == 200, "\(row.name) \(talk.frames)")
        case .refused(let status, let code):
            try talk.read { talk.isEnded(row.stream) && (code == nil || talk.resetCode(row.stream) != nil) }
            let response = try #require(talk.response(row.stream), "\(row.name): no answer")
            #expect(response.status == Int(status.rawValue), "\(row.name) \(response)")
            Policy.expect(on: response, for: .noOrigin, .http2, "\(row.name) \(response)")
            // A body that a client still sends may be read to its end instead.
            if row.code != ErrorCodes.none { #expect(talk.resetCode(row.stream) == code, "\(row.name)") }
        case .reset(let code):
            try talk.read { talk.resetCode(row.stream) != nil }
            #expect(talk.resetCode(row.stream) == code, "\(row.name)")
        case .ignored:
            try talk.settle()
            #expect(talk.resetCode(row.stream) == nil, "\(row.name)")
        case .closed:
            try talk.read { false }
            #expect(talk.goAway ?? 0 == 0, "\(row.name)")
            return
        case .goAway(let code):
            try talk.read { false }
            #expect(talk.isClosed && talk.goAway == code, "\(row.name): \(String(describing: talk.goAway))")
            return
        }
        #expect(talk.goAway == nil && !talk.isClosed, "\(row.name)")
    }

    /// A field that the decoder does not take: its request gets its answer, then the connection ends; others go on.
    @Test(arguments: [70_000, 200_000, 900_000]) func longField(_ length: Int) throws {
        let stand = try Self.stand.get()
        stand.recorder.answer { _ in .ok }
        let talk = try HTTP2Talk(port: stand.proxy.port)
        let fields = Wire.get + [("origin", Policy.origin), ("x-long", String(repeating: "x", count: length))]
        try talk.send(Wire.start + Wire.split(1, Wire.block(fields), by: 16_000))
        try talk.read { false }
        let response = try #require(talk.response(1))
        #expect(response.status == 431 && talk.goAway == 9)
        Policy.expect(on: response, for: .allowedOrigin, .http2)
        #expect(try stand.expectGood("long-\(length)").isEmpty)
    }

    private enum ErrorCodes { static let none: UInt32 = 0 }

    private static func seen(_ row: HostileExchange, _ stand: HostileStand, _ mark: String) throws {
        for record in try stand.expectGood(mark) {
            // A request that a connection error or a reset overtakes may have been passed on in part.
            guard let request = record.request else { continue }
            let isFine = ["/", "/up", "/ok?x=%20&y", "*"].contains(request.target)
            #expect(isFine, "\(row.name): \(Bytes.text(record.bytes))")
            if case .refused = row.outcome { #expect(request.target == "/", "\(row.name): \(Bytes.text(record.bytes))") }
        }
    }
}

extension HostileExchange {
    /// The code of a reset behind an answer.
    fileprivate var code: UInt32? {
        if case .refused(_, let code) = outcome { code } else { nil }
    }
}
