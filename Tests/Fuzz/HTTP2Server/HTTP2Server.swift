import FuzzSupport
import HTTP2
import HTTPModel

/// A client that says anything: no trap, what is announced is announced once, what goes out is frames, and the windows and
/// allowances hold whatever the owner does meanwhile.
@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = Input(start, count)
    let choice = input.byte()
    var settings = HTTP2Settings()
    settings.maxConcurrentStreams = 8
    settings.enableConnectProtocol = choice & 1 != 0
    guard let session = try? ServerSession(settings: settings, limits: MessageLimits(), names: .standard, scheme: .http) else {
        fatalError("a session can be made")
    }
    var owner = Owner(session: session, choice: choice)
    // Most inputs should get past the preface.
    var bytes = choice & 2 != 0 ? input.bytes : Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]
    if choice & 2 == 0 { bytes += input.bytes }
    let size = choice & 4 != 0 ? 1 + Int(choice >> 3) : bytes.count
    var index = 0
    while index < bytes.count, !session.isFinished {
        let piece = Array(bytes[index..<min(index + size, bytes.count)])
        session.receive(piece.span, now: index)
        owner.handle(piece)
        index += piece.count
    }
    if choice & 0x20 != 0 { session.beginShutdown() }
    owner.collect()
    session.finishShutdown()
    owner.collect()
    check(session.openStreams <= 8, "no more streams than are allowed")
    return 0
}

private struct Owner {
    let session: ServerSession
    let choice: UInt8
    var open: Set<Int32> = []
    var seen: Set<Int32> = []
    var sent = FrameCounter()

    init(session: ServerSession, choice: UInt8) {
        self.session = session
        self.choice = choice
    }

    mutating func handle(_ input: [UInt8]) {
        var next = 0
        while next < session.events.count {
            let event = session.events[next]
            next += 1
            switch event {
            case .request(let stream, let ends):
                begin(stream)
                if ends { answer(stream, 200) }
            case .refused(let stream, let status, _):
                begin(stream)
                answer(stream, status)
            case .data(let stream, let range):
                check(open.contains(stream) && range.lowerBound >= 0 && range.upperBound <= input.count, "data has its stream")
                if choice & 8 != 0 { session.consume(stream, range.count) }
            case .end(let stream):
                check(open.contains(stream), "an end has its stream")
                _ = session.takeTrailers(stream)
                answer(stream, 200)
            case .closed(let stream, _): check(open.remove(stream) != nil, "a stream closes once")
            case .goAway: break
            }
        }
        session.removeAllEvents()
        collect()
    }

    private mutating func begin(_ stream: Int32) {
        check(seen.insert(stream).inserted, "a stream begins once")
        open.insert(stream)
        var head = RequestHead()
        session.takeRequest(stream, into: &head)
        for index in head.fields.indices {
            check(Fields.isValue(head.fields.value(at: index)) && Fields.isName(head.fields.name(at: index)), "fields are fields")
        }
    }

    private func answer(_ stream: Int32, _ status: Status) {
        var head = ResponseHead(status: status)
        head.fields.append("X-Once", "stage")
        if choice & 0x10 != 0 { session.submitInformational(stream, ResponseHead(status: 103)) }
        guard choice & 0x40 != 0 else { return session.submitResponse(stream, head, endsStream: true) }
        session.submitResponse(stream, head, endsStream: false)
        session.offer(stream, 100)
        if choice & 0x80 != 0 {
            session.reset(stream, errorCode: ErrorCode.cancel)
        } else {
            session.finish(stream, trailers: nil)
        }
    }

    mutating func collect() {
        while true {
            session.collectOutput(limit: 1 << 16)
            if session.parts.isEmpty { break }
            for part in session.parts {
                switch part {
                case .bytes(let range): sent.add(session.output[range])
                case .data(_, let count): sent.add([UInt8](repeating: 0, count: count)[...])
                }
            }
            session.removeAllOutput()
            if !session.events.isEmpty { return handle([]) }
        }
    }
}

/// Follows the frames that go out: lengths fit, and there are no more of them than a reader can bear.
private struct FrameCounter {
    private var pending: [UInt8] = []

    mutating func add(_ bytes: ArraySlice<UInt8>) {
        pending += bytes
        while pending.count >= 9 {
            let length = Int(pending[0]) << 16 | Int(pending[1]) << 8 | Int(pending[2])
            check(length <= 1 << 14 && pending[3] <= 9, "what goes out is frames")
            guard pending.count >= 9 + length else { return }
            pending.removeFirst(9 + length)
        }
    }
}
