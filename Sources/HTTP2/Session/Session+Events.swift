internal import CNghttp2
import HTTPModel

/// The session's handling of nghttp2's callbacks.
extension Session {
    func blockBegan(_ id: Int32, opensStream: Bool) {
        setBlock(nil, .ignored)
        if opensStream, isServer {
            let stream = makeStream()
            stream.id = id
            attach(stream)
            setBlock(stream, .head)
            return headBegan(stream)
        }
        guard let stream = live(id) else { return }
        setBlock(stream, stream.hasHead ? .trailers : .head)
        if stream.hasHead { trailerReader.begin() } else { headBegan(stream) }
    }

    func blockField(name: Span<UInt8>, value: Span<UInt8>) {
        switch block {
        case .ignored: break
        case .head: headField(name: name, value: value)
        case .trailers:
            trailerReader.add(name: name, value: value, names: blockStream?.names ?? names, limit: limits.trailerBytes)
        }
    }

    func blockEnded(endsStream: Bool) {
        guard let stream = blockStream else { return }
        let ended = block
        setBlock(nil, .ignored)
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
        guard let stream = open(id), offset >= 0, count >= 0, offset <= inputCount - count else {
            // nghttp2 passes DATA on without buffering it.
            return fault = ErrorCode.internalError
        }
        if !stream.hasHead { abort(stream, .dataBeforeHead) }
        if let left = stream.bodyLeft {
            if count > left { abort(stream, .contentLengthMismatch) }
            stream.bodyLeft = left - count
        }
        if stream.discardsBody {
            // The handle lives as long as this object. The stream's own window stays closed, because no more is wanted.
            unsafe nghttp2_session_consume_connection(handle, count)
            return
        }
        stream.unconsumed += count
        announceData(stream, offset..<offset + count)
    }

    func dataEnded(_ id: Int32) {
        guard let stream = open(id) else { return }
        stream.remoteEnded = true
        if stream.discardsBody { return }
        guard stream.bodyLeft ?? 0 == 0 else { return abort(stream, .contentLengthMismatch) }
        announceEnd(stream)
    }

    /// Handles the peer's reset of an open stream.
    func resetCame(_ id: Int32) {
        guard let stream = open(id) else { return }
        stream.wasResetByPeer = true
        if !stream.localEnded, isServer, !resets.take(1, now: now) { fault = ErrorCode.enhanceYourCalm }
    }

    /// Called when nghttp2 closes a stream and forgets it.
    func streamClosed(_ id: Int32, _ errorCode: UInt32) {
        guard let stream = open(id) else { return }
        if stream.unconsumed > 0 {
            // Nobody will consume these bytes now, and the connection's window must not shrink for good. The handle is valid.
            unsafe nghttp2_session_consume_connection(handle, stream.unconsumed)
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

    private func attach(_ stream: StreamState) {
        // `active` owns the object until `streamClosed`; nghttp2 forgets the pointer with the stream.
        unsafe nghttp2_session_set_stream_user_data(handle, stream.id, Unmanaged.passUnretained(stream).toOpaque())
    }
}
