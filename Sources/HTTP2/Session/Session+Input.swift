internal import CNghttp2
public import HTTPModel

extension Session {
    /// Takes received bytes, wherever they are cut. `now` is the owner's monotonic clock in milliseconds, by which floods are
    /// recognized. Ranges in the resulting events refer to these bytes.
    public func receive(_ bytes: Span<UInt8>, now: Int) {
        guard !hasFailed, !isBroken, lastAnswer == nil, !bytes.isEmpty else { return }
        self.now = now
        // The pointer is only used within this closure; `inputStart` is a number to subtract.
        unsafe bytes.withUnsafeBufferPointer { buffer in
            inputStart = UInt(bitPattern: buffer.baseAddress)
            inputCount = buffer.count
            unsafe walk(bytes, buffer)
            inputStart = 0
            inputCount = 0
        }
    }

    /// Checks each frame before nghttp2 sees it. Frames whose meaning depends on the state of their stream are checked after
    /// earlier ones have been processed; the others need not be fed one by one.
    private func walk(_ bytes: Span<UInt8>, _ buffer: UnsafeBufferPointer<UInt8>) {
        var fed = 0
        var position = 0
        if late != nil { return readLate(bytes, &position, from: 0) }
        while true {
            if literals.isActive, let place = literals.find(in: walker.payload(of: bytes, from: position)) {
                // The byte that shows the length is kept from nghttp2.
                unsafe feed(buffer, fed..<position + place)
                fed = position + place
                if hasFailed { return }
                if beginsLate() { return readLate(bytes, &position, from: place + 1) }
            }
            switch walker.next(in: bytes, from: &position) {
            case .needMore:
                return unsafe feed(buffer, fed..<bytes.count)
            case .badPreface:
                return fail(ErrorCode.protocolError)
            case .frame(let frame):
                // If the first frame is not SETTINGS, the upstream does not speak HTTP/2 (RFC 9113 §3.4).
                if !hasBegun, !isServer, frame.kind != FrameHeader.Kind.settings {
                    connectionFault = .notHTTP2
                    return fail(ErrorCode.protocolError)
                }
                hasBegun = true
                if dependsOnStream(frame) {
                    let start = max(position - 9, fed)
                    unsafe feed(buffer, fed..<start)
                    fed = start
                    if hasFailed { return }
                }
                if let errorCode = admit(frame) { return fail(errorCode) }
                if isServer { literals.begin(frame) }
            }
        }
    }

    /// Begins to read past nghttp2, because a field of the current head is too long for it. False if this is not a head.
    private func beginsLate() -> Bool {
        guard isServer, block == .head, let late = withBlockStream({ LateFields(of: $0) }) ?? nil else { return false }
        setBlock(nil, .ignored)
        self.late = late
        headOverflowed(isTarget: literals.isAtTarget)
        return true
    }

    /// Searches the rest of such a head without nghttp2. `start`: where to begin in the current frame's payload.
    private func readLate(_ bytes: Span<UInt8>, _ position: inout Int, from start: Int) {
        guard let late else { return }
        var start = start
        while true {
            let payload = walker.payload(of: bytes, from: position)
            let left = payload.extracting(min(start, payload.count)..<payload.count)
            let isGood = late.decode(left.extracting(literals.rest(in: left))) { lateField(name: $0, value: $1) }
            start = 0
            late.read += left.count
            guard isGood, !literals.isOver, late.read <= LateFields.limit else { return endLate() }
            guard case .frame(let frame) = walker.next(in: bytes, from: &position) else { return }
            guard frame.kind == FrameHeader.Kind.continuation, frame.stream == late.stream.id else { return endLate() }
            literals.begin(frame)
            // The frame headers count too, because frames without content could go on for ever.
            late.read += 9
        }
    }

    /// Ends the search, and the request is answered with what is known of its head.
    private func endLate() {
        guard let late else { return }
        self.late = nil
        endHead(late.stream)
    }

    /// Ends a head of which no more is read. Nothing after it can be decoded.
    private func endHead(_ stream: StreamState) {
        lastAnswer = stream.id
        headEnded(stream, endsStream: false)
    }

    /// Ends the head that is being read, if there is one, as it is.
    func endUnfinishedHead() {
        if late != nil { return endLate() }
        guard block == .head else { return }
        withBlockStream { stream in
            setBlock(nil, .ignored)
            endHead(stream)
        }
    }

    private func feed(_ buffer: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
        guard !range.isEmpty, !isBroken else { return }
        // The range is within the buffer, which is valid during `receive`.
        let status = unsafe nghttp2_session_mem_recv(handle, buffer.baseAddress.map { unsafe $0 + range.lowerBound }, range.count)
        if let fault {
            self.fault = nil
            return fail(fault)
        }
        guard status < 0 else { return }
        switch Int32(clamping: status) {
        case NGHTTP2_ERR_FLOODED.rawValue, NGHTTP2_ERR_TOO_MANY_CONTINUATIONS.rawValue: fail(ErrorCode.enhanceYourCalm)
        case NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue: fail(ErrorCode.protocolError)
        default: fail(ErrorCode.internalError)
        }
    }

    private func dependsOnStream(_ frame: FrameHeader) -> Bool {
        switch frame.kind {
        case FrameHeader.Kind.data: true
        case FrameHeader.Kind.headers: frame.stream <= closed.highest
        default: false
        }
    }

    /// Makes the checks that nghttp2 does not make, or makes without reporting. Returns the code of a connection error, or nil.
    private func admit(_ frame: FrameHeader) -> UInt32? {
        var cost = 1
        switch frame.kind {
        case FrameHeader.Kind.data where !isOpen(frame.stream):
            if closed.takesLate(frame.stream, bytes: frame.length) { return nil }
            if let errorCode = admitLate(frame) { return errorCode }
        // Frames with content earn the cost back.
        case FrameHeader.Kind.headers:
            continuations = 0
            if frame.stream > closed.highest {
                closed.highest = frame.stream
            } else if !isOpen(frame.stream), let errorCode = admitLate(frame) {
                return errorCode
            }
            cost = 0
        // Whatever still arrives on the stream is late, even if its head never came.
        case FrameHeader.Kind.resetStream where !isServer:
            closed.highest = max(closed.highest, frame.stream)
            // This side has opened the stream, so there are no more of them than it asks for.
            if isOpen(frame.stream) { cost = 0 }
        case FrameHeader.Kind.continuation:
            continuations += 1
            if continuations > settings.maxContinuations { return ErrorCode.enhanceYourCalm }
        case FrameHeader.Kind.settings: cost = frame.hasFirstFlag ? 1 : 10
        case FrameHeader.Kind.ping: cost = 2
        // Clients may not send it, and servers were told not to in the first frame that they got.
        case FrameHeader.Kind.pushPromise: return ErrorCode.protocolError
        default: break
        }
        return control.take(cost, now: now) ? nil : ErrorCode.enhanceYourCalm
    }

    /// Checks DATA or HEADERS for a stream that is neither new nor open: it depends on how the stream ended. nghttp2 ignores frames
    /// for a closed stream, but still counts and decodes them.
    private func admitLate(_ frame: FrameHeader) -> UInt32? {
        // nghttp2 refuses idle streams, even IDs and stream 0.
        guard frame.stream > 0, frame.stream & 1 == 1, frame.stream <= newest else { return nil }
        switch closed.end(of: frame.stream) {
        case .resetHere, .toldOnce: return nil
        case .resetByPeer:
            // This is a stream error on a closed stream (RFC 9113 §5.1).
            closed.remember(frame.stream, .toldOnce)
            // The handle lives as long as this object; the id need not be known to it.
            check(
                unsafe nghttp2_submit_rst_stream(
                    handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), frame.stream, ErrorCode.streamClosed))
            return nil
        case .ended: return ErrorCode.streamClosed
        case .skipped where !isServer, .forgotten where !isServer:
            // This side opens its streams in order, so this was a request whose end is no longer known.
            return nil
        case .skipped:
            // After the last GOAWAY, new streams are ignored with everything that belongs to them.
            if hasSentGoAway { return nil }
            return frame.kind == FrameHeader.Kind.headers ? ErrorCode.protocolError : ErrorCode.streamClosed
        case .forgotten:
            if hasSentGoAway { return nil }
            return frame.kind == FrameHeader.Kind.headers ? ErrorCode.protocolError : nil
        }
    }

    /// The newest stream that a client has opened, whether the client is this side or the peer.
    private var newest: Int32 {
        // The handle lives as long as this object.
        isServer ? closed.highest : Int32(clamping: Int(unsafe nghttp2_session_get_next_stream_id(handle)) - 2)
    }
}

extension Session {
    /// Opens the windows again by the number of a stream's body bytes that the owner has passed on or dropped.
    public func consume(_ stream: Int32, _ bytes: Int) {
        withOpen(stream) {
            let count = min(max(bytes, 0), $0.unconsumed)
            guard count > 0 else { return }
            $0.unconsumed -= count
            // The handle lives as long as this object.
            check(unsafe nghttp2_session_consume(handle, stream, count))
        }
    }

    func discardBody(_ stream: StreamState) {
        stream.discardsBody = true
        stream.bodyLeft = nil
        if stream.codeAfterResponse == nil { stream.codeAfterResponse = ErrorCode.noError }
    }

    /// Takes the fields after the body, once `end` was announced. Nil if there were none, or if they were taken before.
    public func takeTrailers(_ stream: Int32) -> Fields? {
        withKnown(stream) { $0.trailers.take() } ?? nil
    }

    /// The names of fields after the body that were left out because they may only stand in a header.
    public func droppedTrailers(_ stream: Int32) -> [String] {
        withKnown(stream, \.droppedTrailers) ?? []
    }
}
