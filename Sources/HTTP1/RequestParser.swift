public import HTTPModel

/// A strict parser for HTTP/1 requests (RFC 9112): anything ambiguous is refused and never repaired.
///
/// The parser does no I/O. The owner calls `parse` with all bytes that have not been consumed, drops the consumed ones, and
/// repeats this until `needMore` (wait for more bytes), `end` (then call `next()`) or `failed`. A message needs no new storage if
/// the one before it needed as much.
public struct RequestParser: Sendable {
    public enum Event: Sendable {
        /// The input is used up. Call again with the bytes that were not consumed and more after them.
        case needMore
        /// `head`, `body`, `keepAlive`, `expectsContinue` and `wantsUpgrade` are complete.
        case head
        /// Content: a range of the input of this call.
        case body(Range<Int>)
        /// The request is complete, including `trailers`. Nothing is consumed until `next()`.
        case end
        /// The request is refused; `head` has what was known. Nothing more is consumed.
        case failed(ParseFailure)
    }

    /// The result of one call.
    public struct Step: Sendable {
        /// The number of input bytes that are done with.
        public var consumed: Int
        public var event: Event
    }

    private enum State: Sendable { case line, fields, sized(Int), chunked, ending, ended, failed(Reason) }

    /// The head. The owner may swap it for another one; the parser clears it in `next()`. Its scheme comes from the target if
    /// that is a URL, not from the connection.
    public var head = RequestHead()
    /// The trailer fields, after `end`.
    public var trailers = Fields()
    /// The names of trailer fields that were left out because they may only stand in a header, after `end`.
    public var droppedTrailers: [String] { chunks.droppedTrailers }
    /// How the body is delimited: `none`, `length` or `chunked`.
    public private(set) var body = BodyLength.none
    /// Whether the connection may be kept open after this request (RFC 9112 §9.3).
    public private(set) var keepAlive = true
    /// Whether the client waits for `100 Continue` before it sends its body (RFC 9110 §10.1.1).
    public private(set) var expectsContinue = false
    /// Whether this is an HTTP/1.1 request without a body that asks for another protocol (RFC 9110 §7.8).
    public private(set) var wantsUpgrade = false

    private let limits: MessageLimits
    private let names: FieldNames
    private var state = State.line
    private var line = RequestLine()
    private var block = FieldBlock()
    private var chunks = ChunkedDecoder()
    private var late: LateFields?

    public init(limits: MessageLimits, names: FieldNames) {
        self.limits = limits
        self.names = names
    }

    /// The failure of the request that is still being read, if one is known.
    public var failure: ParseFailure? {
        if case .failed(let fault) = state { return ParseFailure(fault) }
        return line.targetFault.map { ParseFailure($0) }
    }

    /// Whether the request has failed before the end of its head in a way in which `readOn` may find more of its fields.
    public var isCutShort: Bool { late != nil }

    /// Searches more of a head that is cut short for the fields on which the response depends; all of the input is done with.
    /// True when nothing more will be found.
    public mutating func readOn(_ input: Span<UInt8>) -> Bool {
        let hadHost = head.fields.firstIndex(of: .host) != nil
        let isOver = late?.read(input, into: &head.fields, names: names) ?? true
        if isOver { late = nil }
        // Once, since this looks at all fields, and a client may send the rest byte by byte.
        if !hadHost, head.fields.firstIndex(of: .host) != nil { _ = adoptHost(FramingFields(head.fields)) }
        return isOver
    }

    /// Whether nothing of a request has been read yet.
    public var isIdle: Bool {
        guard case .line = state else { return false }
        return (line.part == .leadingLine || line.part == .method) && line.scanned == 0
    }

    /// Whether no more bytes belong to the request, whether or not `end` has been told.
    public var isAtEnd: Bool {
        switch state {
        case .ending, .ended: true
        case .line, .fields, .sized, .chunked, .failed: false
        }
    }

    /// Prepares for the next request, after `end`. Storage is kept.
    public mutating func next() {
        head.removeAll()
        trailers.removeAll()
        body = .none
        keepAlive = true
        expectsContinue = false
        wantsUpgrade = false
        state = .line
        line = RequestLine()
        block = FieldBlock()
        chunks.reset()
        late = nil
    }

    /// Reads more of the request. No byte is examined twice, so it does not matter how the input was cut.
    public mutating func parse(_ input: Span<UInt8>) -> Step {
        var position = 0
        let event = advance(input, &position)
        return Step(consumed: position, event: event)
    }

    private mutating func advance(_ input: Span<UInt8>, _ position: inout Int) -> Event {
        if case .line = state {
            switch line.read(input, &position, into: &head, targetLimit: limits.target, excessLimit: limits.headerBytes) {
            case .needMore: return .needMore
            case .fault(let fault): return failInHead(fault)
            case .done: state = .fields
            }
        }
        switch state {
        case .line, .ended: return .needMore
        case .fields: return readFields(input, &position)
        case .sized(let remaining):
            let length = min(remaining, input.count &- position)
            guard length > 0 else { return .needMore }
            let start = position
            position &+= length
            state = length == remaining ? .ending : .sized(remaining &- length)
            return .body(start..<position)
        case .chunked: return readChunks(input, &position)
        case .ending:
            state = .ended
            return .end
        case .failed(let fault): return .failed(ParseFailure(fault))
        }
    }

    private mutating func readFields(_ input: Span<UInt8>, _ position: inout Int) -> Event {
        let progress = block.read(
            input, &position, into: &head.fields, names: names, byteLimit: limits.headerBytes, countLimit: limits.headerCount)
        switch progress {
        case .needMore: return .needMore
        case .fault(let fault):
            // The policy for the response may need the host, which is among the fields that were read.
            _ = adoptHost(FramingFields(head.fields))
            return failInHead(fault)
        case .done:
            let fault = finishHead()
            if let fault = line.targetFault ?? fault { return fail(fault) }
            return .head
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

    private mutating func failInHead(_ fault: Reason) -> Event {
        switch fault {
        case .headerTooLarge, .tooManyFields, .controlByte: late = LateFields()
        default: if line.targetFault != nil { late = LateFields() }
        }
        return fail(fault)
    }

    private mutating func fail(_ fault: Reason) -> Event {
        let fault = line.targetFault ?? fault
        state = .failed(fault)
        keepAlive = false
        return .failed(ParseFailure(fault))
    }

    /// Evaluates the fields together.
    private mutating func finishHead() -> Reason? {
        let framing = FramingFields(head.fields)
        if let fault = adoptHost(framing) ?? framing.fault(head.version) { return fault }
        if framing.lengthLines > 0 { head.fields.dropLeadingZeros(at: framing.lengthIndex) }
        if framing.codingLines > 0 {
            body = .chunked
            state = .chunked
        } else if let length = framing.length, length > 0 {
            body = .length(length)
            state = .sized(length)
        } else {
            state = .ending
        }
        // Recipients disagree on whether these may have a body at all (RFC 9110 §9.3.6, §9.3.8).
        if body != .none, head.method == .connect || head.method == .trace { return .unexpectedBody }
        if framing.expectation == .unknown { return .unknownExpectation }
        let isCurrent = head.version == .http11
        keepAlive = framing.persists(head.version)
        expectsContinue = framing.expectation == .continue && isCurrent && body != .none
        wantsUpgrade = framing.upgrades && framing.namesProtocol && isCurrent && body == .none
        return nil
    }

    /// Takes the authority from `Host`, which must occur once in HTTP/1.1 and agree with the target (RFC 9112 §3.2).
    private mutating func adoptHost(_ framing: FramingFields) -> Reason? {
        if framing.hostLines == 0 { return head.version == .http10 ? nil : .missingHost }
        if framing.hostLines > 1 { return .duplicateHost }
        if let fault = Self.fault(ofHost: framing.hostIndex, in: head) { return fault }
        if head.authority.isEmpty { head.setAuthority(fromLine: framing.hostIndex) }
        return nil
    }

    private static func fault(ofHost index: Int, in head: borrowing RequestHead) -> Reason? {
        let host = head.fields.value(at: index)
        guard Authority.isValid(host) else { return .invalidHost }
        return head.authority.isEmpty || Authority.isSame(head.authority, host, scheme: head.scheme) ? nil : .hostMismatch
    }
}
