public import HTTPModel

/// A parser for HTTP/1 responses, as strict as `RequestParser`. Every failure becomes a 502.
///
/// The owner calls `next(method:)` for each request that it has sent, then `parse` as for requests. Bytes that arrive while no
/// response is expected are never consumed, which shows the owner that the upstream misbehaves.
public struct ResponseParser: Sendable {
    public enum Event: Sendable {
        /// The input is used up. Call again with the bytes that were not consumed and more after them.
        case needMore
        /// `head` is a 1xx response other than 101; the next call continues with the response after it.
        case informational
        /// `head`, `body`, `keepAlive` and `isUpgrade` are complete.
        case head
        /// Content: a range of the input of this call.
        case body(Range<Int>)
        /// The response is complete, including `trailers`. Nothing is consumed until `next(method:)`.
        case end
        /// The response is refused; `head` has what was known. Nothing more is consumed.
        case failed(ParseFailure)
    }

    /// The result of one call.
    public struct Step: Sendable {
        /// The number of input bytes that are done with.
        public var consumed: Int
        public var event: Event
    }

    private enum State: Sendable {
        case unasked, line, fields, informed, sized(Int), chunked, untilClose, ending, ended, failed(Reason)
    }

    /// The most 1xx responses to one request; more count as a flood.
    public static let informationalLimit = 16

    /// The head. The owner may swap it for another one; the parser clears it in `next(method:)`.
    public var head = ResponseHead()
    /// The trailer fields, after `end`.
    public var trailers = Fields()
    /// The names of trailer fields that were left out because they may only stand in a header, after `end`.
    public var droppedTrailers: [String] { chunks.droppedTrailers }
    /// How the body is delimited (RFC 9112 §6.3).
    public private(set) var body = BodyLength.none
    /// Whether the connection may carry another exchange after this response.
    public private(set) var keepAlive = true
    /// Whether the response is a 101, or a 2xx to CONNECT, after whose head HTTP/1 ends.
    public private(set) var isUpgrade = false

    private let limits: MessageLimits
    private let names: FieldNames
    private var method = Method.get
    private var state = State.unasked
    private var line = StatusLine()
    private var block = FieldBlock()
    private var chunks = ChunkedDecoder()
    private var informationals = 0
    /// Whether the head of a message without a body announced one, which the app may still send.
    private var mayTrail = false

    public init(limits: MessageLimits, names: FieldNames) {
        self.limits = limits
        self.names = names
    }

    /// Whether nothing of a response has been read, expected or not.
    public var isIdle: Bool {
        switch state {
        case .unasked: true
        case .line: line.scanned == 0 && informationals == 0
        default: false
        }
    }

    /// Prepares for the response to a request with this method. Storage is kept.
    public mutating func next(method: Method) {
        self.method = method
        trailers.removeAll()
        informationals = 0
        mayTrail = false
        chunks.reset()
        beginHead()
    }

    private mutating func beginHead() {
        head.removeAll()
        body = .none
        keepAlive = true
        isUpgrade = false
        line = StatusLine()
        block = FieldBlock()
        state = .line
    }

    /// Reads more of the response. No byte is examined twice, so it does not matter how the input was cut.
    public mutating func parse(_ input: Span<UInt8>) -> Step {
        var position = 0
        let event = advance(input, &position)
        return Step(consumed: position, event: event)
    }

    /// What the upstream's closing of its side means for the response.
    public enum Close: Sendable {
        /// It ends the response.
        case end
        /// No response has begun, or it is complete already.
        case between
        /// The response is not whole.
        case cut
    }

    /// Handles the upstream's closing of its side.
    public mutating func finish() -> Close {
        switch state {
        case .untilClose, .ending:
            state = .ended
            return .end
        case .unasked, .ended: return .between
        case .line where isIdle: return .between
        default: return .cut
        }
    }

    private mutating func advance(_ input: Span<UInt8>, _ position: inout Int) -> Event {
        if case .informed = state { beginHead() }
        if case .line = state {
            switch line.read(input, &position, into: &head, byteLimit: limits.headerBytes) {
            case .needMore: return .needMore
            case .fault(let fault): return fail(fault)
            case .done:
                block.used = line.scanned
                state = .fields
            }
        }
        switch state {
        case .unasked, .line, .informed, .ended: return .needMore
        case .fields: return readFields(input, &position)
        case .sized(let remaining):
            let range = take(min(remaining, input.count &- position), &position)
            guard !range.isEmpty else { return .needMore }
            state = range.count == remaining ? .ending : .sized(remaining &- range.count)
            return .body(range)
        case .untilClose:
            let range = take(input.count &- position, &position)
            return range.isEmpty ? .needMore : .body(range)
        case .chunked: return readChunks(input, &position)
        case .ending:
            state = .ended
            return .end
        case .failed(let fault): return .failed(ParseFailure(fault, status: 502))
        }
    }

    private func take(_ count: Int, _ position: inout Int) -> Range<Int> {
        let start = position
        position &+= count
        return start..<position
    }

    private mutating func readFields(_ input: Span<UInt8>, _ position: inout Int) -> Event {
        let progress = block.read(
            input, &position, into: &head.fields, names: names, byteLimit: limits.headerBytes, countLimit: limits.headerCount)
        switch progress {
        case .needMore: return .needMore
        case .fault(let fault): return fail(fault)
        case .done: return finishHead()
        }
    }

    private mutating func readChunks(_ input: Span<UInt8>, _ position: inout Int) -> Event {
        switch chunks.decode(input, &position, trailers: &trailers, names: names, limits: limits) {
        case .needMore: return .needMore
        case .body(let range): return .body(range)
        case .end:
            state = .ended
            return .end
        case .fault(let fault): return fail(fault)
        }
    }

    private mutating func fail(_ fault: Reason) -> Event {
        state = .failed(fault)
        keepAlive = false
        return .failed(ParseFailure(fault, status: 502))
    }

    /// Evaluates the status, the method and the fields together.
    private mutating func finishHead() -> Event {
        let framing = FramingFields(head.fields)
        let status = head.status
        let isBodiless = status.forbidsBody || method == .head || method == .connect && status.isSuccess
        let fault = framing.fault(head.version)
        if let fault, !isBodiless { return fail(fault) }
        if fault != nil || status.forbidsLength || method == .connect && status.isSuccess {
            // Whatever the fields say, the head ends the message (RFC 9112 §6.3). What follows on the connection is then unknown.
            if framing.codingLines > 0 || framing.lengthLines > 0 && framing.length != 0 { mayTrail = true }
            head.dropFraming()
        } else if framing.lengthLines > 0 {
            head.fields.dropLeadingZeros(at: framing.lengthIndex)
        }
        keepAlive = framing.persists(head.version) && !mayTrail
        if status == 101 {
            guard framing.upgrades, framing.namesProtocol, head.version == .http11 else { return fail(.upgradeWithoutProtocol) }
            isUpgrade = true
        } else if status.isInformational {
            informationals &+= 1
            guard informationals <= Self.informationalLimit else { return fail(.informationalFlood) }
            state = .informed
            return .informational
        }
        if method == .connect, status.isSuccess { isUpgrade = true }
        frame(framing, isBodiless: isBodiless)
        return .head
    }

    private mutating func frame(_ framing: FramingFields, isBodiless: Bool) {
        if isBodiless || framing.length == 0 {
            state = .ending
        } else if framing.codingLines > 0 {
            body = .chunked
            state = .chunked
        } else if let length = framing.length {
            body = .length(length)
            state = .sized(length)
        } else {
            body = .untilClose
            state = .untilClose
            keepAlive = false
        }
    }
}
