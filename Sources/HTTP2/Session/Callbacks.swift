internal import CNghttp2
internal import HTTPModel

/// Calls `body` with the session behind nghttp2's user data. It is alive without being counted, because nghttp2 only calls back
/// during calls that the session makes.
@inline(__always)
private func session<Result>(_ data: UnsafeMutableRawPointer?, or none: Result, _ body: (Session) -> Result) -> Result {
    guard let data = unsafe data else { return none }
    return unsafe Unmanaged<Session>.fromOpaque(data)._withUnsafeGuaranteedRef(body)
}

/// The return value of a callback: nghttp2 stops at once when the session has found a connection error.
private func verdict(_ session: Session) -> Int32 {
    session.fault == nil ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
}

/// The body of an outgoing message, whose bytes stay with the owner.
func bodyProvider(_ stream: StreamState) -> nghttp2_data_provider {
    var provider = unsafe nghttp2_data_provider()
    // `Session.active` owns the stream for as long as nghttp2 reads from it.
    unsafe provider.source.ptr = Unmanaged.passUnretained(stream).toOpaque()
    unsafe provider.read_callback = { _, _, _, limit, flags, source, data in
        guard let pointer = unsafe source?.pointee.ptr, let flags = unsafe flags else {
            return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
        }
        let stream = unsafe Unmanaged<StreamState>.fromOpaque(pointer)
        let reading = unsafe session(data, or: .deferred) { session in
            unsafe stream._withUnsafeGuaranteedRef { session.readBody($0, limit: limit) }
        }
        guard case .bytes(let count, let isLast, let hasTrailers) = reading else { return Int(NGHTTP2_ERR_DEFERRED.rawValue) }
        var result = NGHTTP2_DATA_FLAG_NO_COPY.rawValue
        if isLast { result |= NGHTTP2_DATA_FLAG_EOF.rawValue }
        if hasTrailers { result |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue }
        unsafe flags.pointee |= result
        return count
    }
    return unsafe provider
}

/// Sets the callbacks. Each turns pointers into spans and values that are valid during its call, and passes them to the session.
func setCallbacks(_ callbacks: OpaquePointer) {
    unsafe setInputCallbacks(callbacks)
    unsafe setOutputCallbacks(callbacks)
}

private func setInputCallbacks(_ callbacks: OpaquePointer) {
    unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, data in
        guard let frame = unsafe frame else { return 0 }
        let (id, kind, category) = unsafe (frame.pointee.hd.stream_id, frame.pointee.hd.type, frame.pointee.headers.cat)
        return unsafe session(data, or: 0) { session in
            if kind == FrameHeader.Kind.headers {
                session.blockBegan(id, opensStream: category == NGHTTP2_HCAT_REQUEST)
            } else {
                // This is a PUSH_PROMISE, which neither side allows here.
                session.fault = ErrorCode.protocolError
            }
            return verdict(session)
        }
    }
    unsafe nghttp2_session_callbacks_set_on_header_callback(callbacks) { _, _, name, nameCount, value, valueCount, _, data in
        unsafe session(data, or: 0) { session in
            unsafe session.blockField(
                name: UnsafeBufferPointer(start: name, count: nameCount).span,
                value: UnsafeBufferPointer(start: value, count: valueCount).span)
            return 0
        }
    }
    unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) { _, _, id, start, count, data in
        unsafe session(data, or: 0) { session in
            session.dataCame(id, address: UInt(bitPattern: start), count: count)
            return verdict(session)
        }
    }
    unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, data in
        guard let frame = unsafe frame else { return 0 }
        let header = unsafe frame.pointee.hd
        let endsStream = header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
        return unsafe session(data, or: 0) { session in
            switch header.type {
            case FrameHeader.Kind.headers: session.blockEnded(endsStream: endsStream)
            case FrameHeader.Kind.data: if endsStream { session.dataEnded(header.stream_id) }
            case FrameHeader.Kind.resetStream: session.resetCame(header.stream_id)
            case FrameHeader.Kind.goAway:
                let goAway = unsafe frame.pointee.goaway
                unsafe session.announceGoAway(lastStream: goAway.last_stream_id, errorCode: goAway.error_code)
            default: break
            }
            return verdict(session)
        }
    }
}

private func setOutputCallbacks(_ callbacks: OpaquePointer) {
    unsafe nghttp2_session_callbacks_set_send_data_callback(callbacks) { _, frame, header, count, _, data in
        guard let frame = unsafe frame, let header = unsafe header else { return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue }
        let id = unsafe frame.pointee.hd.stream_id
        return unsafe session(data, or: NGHTTP2_ERR_CALLBACK_FAILURE.rawValue) { session in
            // No padding is used, so only the header comes before the content.
            let bytes = unsafe UnsafeBufferPointer(start: header, count: 9).span
            return session.frameData(id, header: bytes, count: count) ? 0 : NGHTTP2_ERR_WOULDBLOCK.rawValue
        }
    }
    unsafe nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, data in
        guard let frame = unsafe frame else { return 0 }
        let header = unsafe frame.pointee.hd
        let endsStream = header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
        return unsafe session(data, or: 0) { session in
            if header.type == FrameHeader.Kind.goAway, unsafe frame.pointee.goaway.error_code != ErrorCode.noError {
                // nghttp2 finds some connection errors by itself, and reports them only with this frame.
                session.hasFailed = true
                if session.connectionFault == nil {
                    session.connectionFault = ResponseFault(errorCode: unsafe frame.pointee.goaway.error_code)
                }
            }
            session.frameWasSent(header.stream_id, kind: header.type, endsStream: endsStream)
            return 0
        }
    }
    unsafe nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, id, errorCode, data in
        unsafe session(data, or: 0) { session in
            session.streamClosed(id, errorCode)
            return 0
        }
    }
}
