import EventLoop
import HTTP1
import HTTPModel
import ProxyCore

/// Serves a `LocalService` over HTTP/1.1 on a listener of its own: the admin endpoints and the demo app. No header stage and no
/// proxying are involved.
final class ServiceConnection: SocketConnection {
    private let service: any LocalService
    private var parser = RequestParser(limits: MessageLimits(), names: .standard)
    private var input: [UInt8] = []
    private var body: [UInt8] = []
    private var response = ResponseHead()
    private var state = State.serving

    private enum State {
        case serving
        /// A response is being prepared, and further requests wait. `isLast`: the client has closed its side, or was silent for
        /// too long.
        case working(isLast: Bool)
        /// A streamed response, which lasts until the end of the connection.
        case streaming(StreamedResponse)
        /// The last response has been written.
        case closing
    }

    /// The milliseconds without a byte after which a connection is closed.
    private static let idleTime = 60_000
    /// The most bytes of a request body; a longer one is answered with 413.
    private static let bodyLimit = 1 << 20
    /// The bytes of output after which further requests wait until the client has taken it.
    private static let outputLimit = 64 << 10

    /// Must be followed by `adopt`.
    init(_ host: Connections, service: any LocalService) {
        self.service = service
        super.init(host)
        renewDeadline()
    }

    private func renewDeadline() {
        host.refreshClock()
        deadline = host.clock.now &+ Self.idleTime
    }

    // MARK: Requests

    override func received(_ bytes: Span<UInt8>) {
        switch state {
        case .serving, .working: break
        case .streaming, .closing: return
        }
        renewDeadline()
        input.append(copying: bytes)
        if input.count > Self.bodyLimit { close() } else { host.touch(self) }
    }

    override func drained() { host.touch(self) }

    /// Answers the requests that have arrived, as long as the client takes the responses.
    override func goOn() {
        let bytes = input
        var position = 0
        var output: [UInt8] = []
        var hasMore = true
        while case .serving = state, hasMore, isWritable, output.count < Self.outputLimit {
            hasMore = serve(bytes, &position, &output)
        }
        input.removeSubrange(..<position)
        send(output.span)
        switch state {
        case .serving: if hasMore, isWritable { host.touch(self) }
        case .closing: closeAfterSending()
        case .working, .streaming: break
        }
    }

    /// Handles one parsing step of a request; false when no more can be done with the bytes at hand.
    private func serve(_ bytes: [UInt8], _ position: inout Int, _ output: inout [UInt8]) -> Bool {
        let rest = bytes.span.extracting(position...)
        let step = parser.parse(rest)
        position += step.consumed
        switch step.event {
        case .head:
            // The body is wanted, whatever it is (RFC 9110 §10.1.1).
            if parser.expectsContinue { output.append(text: "HTTP/1.1 100 Continue\r\n\r\n") }
        case .body(let range):
            body.append(copying: rest.extracting(range))
            if body.count > Self.bodyLimit { refuse(413, into: &output) }
        case .end: answer(into: &output)
        case .failed(let failure): refuse(failure.status, into: &output)
        case .needMore: return false
        }
        return true
    }

    // MARK: Answers

    private func answer(into output: inout [UInt8]) {
        if let work = service.work(for: parser.head, body: body) {
            state = .working(isLast: false)
            return perform(work)
        }
        if let stream = service.stream(for: parser.head) {
            let response = StreamedResponse(stream)
            response.begin(of: service, into: &output)
            state = .streaming(response)
            deadline = host.clock.now &+ StreamedResponse.tick
            return
        }
        var content: [UInt8] = []
        response.removeAll()
        service.respond(to: parser.head, body: body, into: &response, body: &content)
        write(content, isLast: !parser.keepAlive, into: &output)
    }

    private func refuse(_ status: Status, into output: inout [UInt8]) {
        response.removeAll()
        response.status = status
        write([], isLast: true, into: &output)
    }

    private func write(_ content: [UInt8], isLast: Bool, into output: inout [UInt8]) {
        response.fields.append("Date", HTTPDate.bytes(unixSeconds: WallClock.unixSeconds()).span.text)
        service.complete(&response)
        let hasBody = !response.status.forbidsBody
        let persistence: MessageWriter.Persistence = isLast ? .close : parser.head.version == .http10 ? .keepAlive : .implied
        MessageWriter.writeResponse(
            response, framing: hasBody ? .length(content.count) : .asFields, persistence: persistence, into: &output)
        if hasBody, parser.head.method != .head { output.append(contentsOf: content) }
        state = isLast ? .closing : .serving
        parser.next()
        body.removeAll()
    }

    private func perform(_ work: @escaping @Sendable () async -> LocalAnswer) {
        let (mail, place) = (host.loop.mail, LoopLocal(self))
        TaskLoop.start {
            let answer = await work()
            // If the loop has ended, the answer is dropped.
            mail.post { _ in place.use { $0.worked(answer) } }
        }
    }

    private func worked(_ answer: LocalAnswer) {
        guard socket != nil, case .working(let isLast) = state else { return }
        host.refreshClock()
        var output: [UInt8] = []
        response = answer.head
        write(answer.body, isLast: isLast || !parser.keepAlive, into: &output)
        send(output.span)
        host.touch(self)
        host.jobDone()
    }

    // MARK: Ending

    override func deadlinePassed() {
        switch state {
        case .streaming(let response):
            deadline = host.clock.now &+ StreamedResponse.tick
            if isWritable { send(response.next().span) }
        case .serving, .working: endWhenAnswered()
        case .closing: close()
        }
    }

    override func inputEnded(isWhole: Bool) {
        if case .streaming = state { close() } else { endWhenAnswered() }
    }

    /// Closes the connection once its requests are answered, because the client asks for nothing more or has been silent for
    /// `idleTime`.
    private func endWhenAnswered() {
        deadline = host.clock.now &+ Self.idleTime
        if case .working = state { return state = .working(isLast: true) }
        state = .closing
        closeAfterSending()
    }

    override func gone(_ error: SystemError?) { state = .closing }
}
