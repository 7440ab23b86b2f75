internal import CNghttp2
internal import HTTPModel

/// Makes an nghttp2 session with this module's callbacks. The caller sets its user data.
func makeNghttp2Session(isServer: Bool) throws(HTTP2Failure) -> OpaquePointer {
    // All three objects are made here, checked, and freed or handed on before this returns.
    var callbacks: OpaquePointer?
    var option: OpaquePointer?
    guard unsafe nghttp2_session_callbacks_new(&callbacks) == 0, let callbacks = unsafe callbacks else {
        throw HTTP2Failure(message: "no memory for an HTTP/2 session")
    }
    defer { unsafe nghttp2_session_callbacks_del(callbacks) }
    guard unsafe nghttp2_option_new(&option) == 0, let option = unsafe option else {
        throw HTTP2Failure(message: "no memory for an HTTP/2 session")
    }
    defer { unsafe nghttp2_option_del(option) }
    unsafe setCallbacks(callbacks)
    unsafe setOptions(option)

    var handle: OpaquePointer?
    // The user data is set once the session object exists.
    let status =
        if isServer {
            unsafe nghttp2_session_server_new2(&handle, callbacks, nil, option)
        } else {
            unsafe nghttp2_session_client_new2(&handle, callbacks, nil, option)
        }
    guard status == 0, let handle = unsafe handle else {
        throw HTTP2Failure(message: "no memory for an HTTP/2 session")
    }
    return unsafe handle
}

/// Sets nghttp2's options. The pointer is valid for the call.
private func setOptions(_ option: OpaquePointer) {
    // Windows only open when the owner has passed the bytes on.
    unsafe nghttp2_option_set_no_auto_window_update(option, 1)
    // nghttp2 would reset a stream with a bad head before its owner could answer it, so every check is made in this module.
    unsafe nghttp2_option_set_no_http_messaging(option, 1)
    unsafe nghttp2_option_set_no_closed_streams(option, 1)
    unsafe nghttp2_option_set_max_reserved_remote_streams(option, 0)
    unsafe nghttp2_option_set_max_settings(option, 32)
    // nghttp2 counts resets by the wall clock and ends with INTERNAL_ERROR; `Session.resets` counts them instead.
    unsafe nghttp2_option_set_stream_reset_rate_limit(option, 1 << 62, 1 << 20)
    // Response heads are limited where they are read, and the policy may add to them. nghttp2 counts what they could take at most.
    unsafe nghttp2_option_set_max_send_header_block_length(option, 1 << 26)
    // nghttp2 counts a CONTINUATION again for each piece in which its header arrives, so `HTTP2Settings` has the real limit.
    unsafe nghttp2_option_set_max_continuations(option, 1 << 16)
}

extension Session {
    /// Submits the settings, which are this side's part of the connection preface (RFC 9113 §3.4).
    func announce() throws(HTTP2Failure) {
        var entries: [nghttp2_settings_entry] = []
        func add(_ id: nghttp2_settings_id, _ value: Int) {
            entries.append(nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: UInt32(clamping: value)))
        }
        let window = min(max(settings.initialWindow, 1), Int(Int32.max))
        add(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window)
        add(NGHTTP2_SETTINGS_MAX_FRAME_SIZE, min(max(settings.maxFrameSize, 1 << 14), (1 << 24) - 1))
        // The list size counts 32 extra bytes per field (RFC 9113 §6.5.2).
        add(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.headerBytes &+ limits.target &+ 32 &* limits.headerCount)
        if isServer {
            add(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.maxConcurrentStreams)
            if settings.enableConnectProtocol { add(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1) }
        } else {
            add(NGHTTP2_SETTINGS_ENABLE_PUSH, 0)
        }
        let connection = Int32(clamping: max(settings.connectionWindow, 65535))
        let none = UInt8(NGHTTP2_FLAG_NONE.rawValue)
        // nghttp2 copies the entries; the handle lives as long as this object.
        guard unsafe nghttp2_submit_settings(handle, none, entries, entries.count) == 0,
            unsafe nghttp2_session_set_local_window_size(handle, none, 0, connection) == 0
        else { throw HTTP2Failure(message: "the HTTP/2 settings were refused") }
    }

    /// Looks at a status of nghttp2. After a fatal one, such as for want of memory, the session cannot go on; others mean that there
    /// was nothing to do.
    func check(_ status: Int32) { if status <= NGHTTP2_ERR_FATAL.rawValue { isBroken = true } }
}
