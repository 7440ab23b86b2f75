internal import CNghttp2
public import HTTPModel

extension Session {
    /// Adds what can be sent now to `output` and `parts`, up to about `limit` bytes. Streams may close as a result, so check the
    /// events afterwards.
    public func collectOutput(limit: Int) {
        collected = 0
        collectLimit = limit
        collect(limit)
        // A field block that was not decoded makes all later ones undecodable, so the connection ends (RFC 9113 §4.3).
        guard let lastAnswer, !hasFailed, withOpen(lastAnswer, \.localEnded) != false else { return }
        fail(ErrorCode.compressionError)
        collect(limit)
    }

    private func collect(_ limit: Int) {
        while collected < limit, !isBroken {
            var pointer: UnsafePointer<UInt8>?
            // The returned bytes are valid until the next call into the session and are copied at once. DATA frames do not come
            // this way; `frameData` makes them.
            let count = unsafe nghttp2_session_mem_send(handle, &pointer)
            if count < 0 { isBroken = true }
            if let fault {
                self.fault = nil
                fail(fault)
            }
            guard count > 0, let start = unsafe pointer else { break }
            append(unsafe UnsafeBufferPointer(start: start, count: count).span)
            collected += count
        }
    }

    /// Removes all parts, which the owner has written.
    public func removeAllOutput() {
        output.clear()
        parts.clear()
    }

    /// Notes that more body bytes wait for this stream in the owner's queue.
    public func offer(_ stream: Int32, _ bytes: Int) {
        withLive(stream) {
            guard bytes > 0, !$0.isFinished else { return }
            $0.offered = $0.offered &+ bytes
            resume($0)
        }
    }

    /// Ends the body after the bytes that were offered. The stream ends with the last bytes or after them, and trailers come
    /// last.
    public func finish(_ stream: Int32, trailers: Fields? = nil) {
        withLive(stream) {
            guard !$0.isFinished else { return }
            $0.isFinished = true
            if let trailers, !trailers.isEmpty { $0.outboundTrailers = trailers }
            resume($0)
        }
    }
}

extension Session {
    /// Appends frames or frame headers to the output.
    private func append(_ bytes: Span<UInt8>) {
        let start = output.count
        output.append(copying: bytes)
        if case .bytes(let last)? = parts.last, last.upperBound == start {
            parts[parts.count - 1] = .bytes(last.lowerBound..<output.count)
        } else {
            parts.append(.bytes(start..<output.count))
        }
    }

    private func resume(_ stream: StreamState) {
        guard stream.isDeferred else { return }
        stream.isDeferred = false
        // The handle lives as long as this object.
        check(unsafe nghttp2_session_resume_data(handle, stream.id))
    }

    // MARK: Callbacks of nghttp2

    enum Reading {
        case deferred
        case bytes(Int, isLast: Bool, hasTrailers: Bool)
    }

    /// Decides how much of a body goes into the DATA frame that nghttp2 is about to make.
    func readBody(_ stream: StreamState, limit: Int) -> Reading {
        let count = min(stream.offered, limit)
        if count == 0, !stream.isFinished {
            stream.isDeferred = true
            return .deferred
        }
        stream.offered -= count
        guard stream.isFinished, stream.offered == 0 else { return .bytes(count, isLast: false, hasTrailers: false) }
        guard let trailers = stream.outboundTrailers.take(), submitTrailers(stream, trailers) else {
            return .bytes(count, isLast: true, hasTrailers: false)
        }
        return .bytes(count, isLast: true, hasTrailers: true)
    }

    /// Adds a DATA frame: its header as bytes, its content as a part. False if enough has been collected.
    func frameData(_ id: Int32, header: Span<UInt8>, count: Int) -> Bool {
        guard collected < collectLimit else { return false }
        append(header)
        if count > 0 { parts.append(.data(stream: id, count: count)) }
        collected += header.count + count
        control.earn(8)
        return true
    }

    func frameWasSent(_ id: Int32, kind: UInt8, endsStream: Bool) {
        if kind == FrameHeader.Kind.resetStream {
            return resetWasSent(id)
        }
        guard kind == FrameHeader.Kind.data || kind == FrameHeader.Kind.headers else { return }
        withOpen(id) { stream in
            stream.wasSent = true
            guard endsStream else { return }
            stream.localEnded = true
            guard let errorCode = stream.codeAfterResponse, stream.isMalformed || !stream.remoteEnded else { return }
            closed.remember(id, .resetHere)
            submitReset(stream, errorCode)
        }
    }

    /// Counts a reset by this side. A peer that causes them costs as much as one that sends resets itself. Resets after a
    /// refusal, and for late frames, are remembered before they are sent.
    private func resetWasSent(_ id: Int32) {
        guard ![.resetHere, .toldOnce].contains(closed.end(of: id)) else { return }
        // When a request is cancelled after its response was complete, the app has nothing more to send.
        closed.remember(id, !isServer && withOpen(id, \.remoteEnded) == true ? .ended : .resetHere)
        if !isServer || withOpen(id, \.wasResetByOwner) == true { return }
        if !resets.take(1, now: now) { fault = ErrorCode.enhanceYourCalm }
    }
}
