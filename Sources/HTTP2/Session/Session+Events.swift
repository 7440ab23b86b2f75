internal import CNghttp2
import HTTPModel

/// The session's handling of nghttp2's callbacks.
extension Session {
    func blockBegan(_ id: Int32, opensStream: Bool) {
        setBlock(nil, .ignored)
        if opensStream, isServer {
            return unsafe makeStream()._withUnsafeGuaranteedRef { stream in
                stream.id = id
                attach(stream)
                setBlock(stream, .head)
                headBegan(stream)
            }
        }
        withLive(id) { stream in
            setBlock(stream, stream.hasHead ? .trailers : .head)
            if stream.hasHead { trailerReader.begin() } else { headBegan(stream) }
        }
    }

    func blockField(name: Span<UInt8>, value: Span<UInt8>) {
        switch block {
        case .ignored: break
        case .head: headField(name: name, value: value)
        case .trailers:
            let own = withBlockStream(\.names) ?? nil
            trailerReader.add(name: name, value: value, names: own ?? names, limit: limits.trailerBytes)
        }
    }

    func blockEnded(endsStream: Bool) {
        let ended = block
        withBlockStream { stream in
            setBlock(nil, .ignored)
            blockEnded(stream, ended, endsStream: endsStream)
        }
    }

    private func blockEnded(_ stream: StreamState, _ ended: Block, endsStream: Bool) {
        stream.remoteEnded = endsStream
        if ended == .head { return headEnded(stream, endsStream: endsStream) }
        if stream.discardsBody { return }
        // Nothing may follow trailers, and the body must be complete (RFC 9113 §8.1).
        guard endsStream else { return abort(stream, .trailersWithoutEnd) }
        guard stream.bodyLeft ?? 0 == 0 else { return abort(stream, .contentLengthMismatch) }
        if let fault = trailerReader.fault { return abort(stream, fault) }
        stream.droppedTrailers = trailerReader.dropped
        var trailers = stream.trailers ?? Fields()
        swap(&trailers, &trailerReader.fields)
        stream.trailers = trailers
        announceEnd(stream)
    }

    /// Handles body bytes at an address in the input.
    func dataCame(_ id: Int32, address: UInt, count: Int) {
        control.earn(8)
        let offset = Int(bitPattern: address &- inputStart)
        // nghttp2 passes DATA on without buffering it, so that it lies in the input, and for open streams only.
        let isInInput = offset >= 0 && count >= 0 && offset <= inputCount - count
        guard isInInput, withOpen(id, { dataCame($0, offset: offset, count: count) }) != nil else {
            return fault = ErrorCode.internalError
        }
    }

    private func dataCame(_ stream: StreamState, offset: Int, count: Int) {
        if !stream.hasHead { abort(stream, .dataBeforeHead) }
        if let left = stream.bodyLeft {
            if count > left { abort(stream, .contentLengthMismatch) }
            stream.bodyLeft = left - count
        }
        if stream.discardsBody {
            // The handle lives as long as this object. The stream's own window stays closed, because no more is wanted.
            check(unsafe nghttp2_session_consume_connection(handle, count))
            return
        }
        stream.unconsumed += count
        announceData(stream, offset..<offset + count)
    }

    func dataEnded(_ id: Int32) {
        withOpen(id) { stream in
            stream.remoteEnded = true
            if stream.discardsBody { return }
            guard stream.bodyLeft ?? 0 == 0 else { return abort(stream, .contentLengthMismatch) }
            announceEnd(stream)
        }
    }

    /// Handles the peer's reset of an open stream.
    func resetCame(_ id: Int32) {
        withOpen(id) { stream in
            stream.wasResetByPeer = true
            if !stream.localEnded, isServer, !resets.take(1, now: now) { fault = ErrorCode.enhanceYourCalm }
        }
    }

    /// Called when nghttp2 closes a stream and forgets it.
    func streamClosed(_ id: Int32, _ errorCode: UInt32) {
        withOpen(id) { stream in
            if stream.unconsumed > 0 {
                // Nobody will consume these bytes now, and the connection's window must not shrink for good. The handle is valid.
                check(unsafe nghttp2_session_consume_connection(handle, stream.unconsumed))
                stream.unconsumed = 0
            }
            if stream.wasResetByPeer {
                closed.remember(id, .resetByPeer)
            } else if stream.remoteEnded, stream.localEnded {
                closed.remember(id, .ended)
                resets.earn(1)
                control.earn(20)
            }
            if stream.isAnnounced {
                stream.isAnnounced = false
                announceClosed(stream, errorCode)
            }
            release(stream)
        }
    }

    private func attach(_ stream: StreamState) {
        // `active` owns the object until `streamClosed`; nghttp2 forgets the pointer with the stream.
        unsafe nghttp2_session_set_stream_user_data(handle, stream.id, Unmanaged.passUnretained(stream).toOpaque())
    }
}
