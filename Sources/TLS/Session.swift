import COpenSSL

/// A TLS connection without I/O: bytes of the peer go in, and decrypted bytes and bytes to send come out.
///
/// It belongs to one loop. Between calls it holds no buffer, once the handshake is done and unless a record has only arrived in
/// part.
@safe public final class Session {
    public enum State: Hashable, Sendable {
        case handshaking
        /// The client's first message has arrived, and its answer is costly; `proceed` continues.
        case waiting
        case established
        /// The peer has sent close_notify: it sends nothing more.
        case ended
        case failed(Fault)
    }

    public private(set) var state = State.handshaking
    /// Whether the handshake is done, however the session has fared since.
    public private(set) var hasShakenHands = false
    let handle: OpaquePointer
    let server: ServerContext?
    /// The name that the client asked for, in lower case, without a closing dot; empty if it named none.
    public internal(set) var serverName: [UInt8] = []
    /// The index of the context's identity that the client got.
    public internal(set) var identity = 0
    /// Whether the client's first message has been read.
    var hasHello = false
    /// Why one of the callbacks refused the peer.
    var refusal: Fault?
    /// The rejected certificate: the client's or one above it.
    public internal(set) var refusedCertificate: Certificate?
    /// Whether the client's first message may be answered.
    private(set) var mayProceed: Bool
    /// The handshake messages since the handshake, and the bytes of data.
    private var messageCount = 0
    private var decryptedCount = 0
    /// Bytes that arrived while the session waited.
    private var held: [UInt8] = []

    /// Makes a session for a client's connection.
    ///
    /// - Parameter waits: whether the session stops at `waiting` before the costly part of its handshake.
    public init?(_ server: ServerContext, waits: Bool = false) {
        guard let context = server.first, let handle = unsafe Self.make(context) else { return nil }
        self.server = server
        unsafe self.handle = unsafe handle
        mayProceed = !waits
        unsafe SSL_set_ex_data(handle, 0, Unmanaged.passUnretained(self).toOpaque())
        unsafe SSL_set_accept_state(handle)
    }

    /// Makes a session for a connection to a server.
    ///
    /// - Parameters:
    ///   - name: the name to ask for (SNI), which the certificate must have where certificates are verified. An address is
    ///     verified but not sent.
    ///   - saved: a session to resume, if the server still knows it.
    public init?(_ client: ClientContext, name: String, resuming saved: SavedSession? = nil) {
        guard let handle = unsafe Self.make(client.context) else { return nil }
        server = nil
        unsafe self.handle = unsafe handle
        mayProceed = true
        unsafe SSL_set_ex_data(handle, 0, Unmanaged.passUnretained(self).toOpaque())
        unsafe SSL_set_connect_state(handle)
        var isUsable = true
        // OpenSSL decides what is an address; anything else is a name.
        let parameters = unsafe SSL_get0_param(handle)
        if unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, name) != 1 {
            // This fails for a name that is too long to be one.
            let isSent = unsafe letterhead_set_server_name(handle, name) == 1
            // Partial wildcards such as `w*.example.com` are not accepted (RFC 9525 §6.3).
            unsafe X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
            // An empty name would be no name to verify.
            isUsable = unsafe !client.verifies || isSent && !name.isEmpty && SSL_set1_host(handle, name) == 1
        } else if !client.verifies {
            unsafe X509_VERIFY_PARAM_set1_ip(parameters, nil, 0)
        }
        if let saved { unsafe SSL_set_session(handle, saved.handle) }
        ERR_clear_error()
        guard isUsable else { return nil }
    }

    private static func make(_ context: ContextHandle) -> OpaquePointer? {
        guard let handle = unsafe SSL_new(context.pointer) else { return nil }
        guard let wire = unsafe Wire.make() else {
            unsafe SSL_free(handle)
            return nil
        }
        // The session owns the BIO, as both its ends, from now on.
        unsafe SSL_set_bio(handle, wire, wire)
        return unsafe handle
    }

    deinit {
        // A connection that simply ends should leave its session resumable, which OpenSSL only allows when told of a shutdown.
        if case .failed(let fault) = state, fault.reason != "truncated" {
        } else {
            unsafe SSL_set_shutdown(handle, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
        }
        unsafe SSL_free(handle)
    }

    static func of(_ handle: OpaquePointer?) -> Session? {
        guard let handle = unsafe handle, let place = unsafe SSL_get_ex_data(handle, 0) else { return nil }
        return unsafe Unmanaged<Session>.fromOpaque(place).takeUnretainedValue()
    }

    // MARK: Bytes

    /// Begins a handshake as a client.
    public func start(_ workspace: Workspace) { receive(Span(), workspace) }

    /// Takes bytes of the peer, at most `Workspace.inputLimit`. Decrypted bytes are then in `workspace.plainBytes`, and bytes to
    /// send in `workspace.output`.
    public func receive(_ bytes: Span<UInt8>, _ workspace: Workspace) {
        workspace.plainCount = 0
        if held.isEmpty {
            // The span is valid for the call.
            unsafe bytes.withUnsafeBufferPointer { unsafe take($0, workspace) }
        } else {
            var all = held
            held = []
            unsafe bytes.withUnsafeBufferPointer { unsafe all.append(contentsOf: $0) }
            unsafe all.withUnsafeBufferPointer { unsafe take($0, workspace) }
        }
    }

    /// Answers the client's first message, which has been waiting for this call.
    public func proceed(_ workspace: Workspace) {
        guard state == .waiting else { return }
        mayProceed = true
        state = .handshaking
        receive(Span(), workspace)
    }

    private func take(_ bytes: UnsafeBufferPointer<UInt8>, _ workspace: Workspace) {
        bind(workspace)
        let left = unsafe workspace.lend(bytes) {
            if state == .handshaking { shakeHands() }
            if state == .established { decrypt(workspace) }
        }
        // These bytes follow a first message that waits, or did not fit.
        if left > 0, state == .waiting || state == .established {
            unsafe held.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[(bytes.count - left)...]))
        }
    }

    /// Gives the BIO its workspace for the length of a call.
    private func bind(_ workspace: Workspace) {
        unsafe BIO_set_data(SSL_get_rbio(handle), Unmanaged.passUnretained(workspace).toOpaque())
    }

    private func shakeHands() {
        ERR_clear_error()
        let status = unsafe SSL_do_handshake(handle)
        guard status != 1 else {
            hasShakenHands = true
            state = .established
            return
        }
        switch unsafe SSL_get_error(handle, status) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: break
        case SSL_ERROR_WANT_CLIENT_HELLO_CB: state = .waiting
        default: fail()
        }
    }

    private func decrypt(_ workspace: Workspace) {
        forgetErrors()
        while workspace.plainCount < Workspace.plainSize {
            var count = 0
            // The call writes at most as many bytes as there is room for.
            let status = unsafe SSL_read_ex(
                handle, workspace.plain + workspace.plainCount, Workspace.plainSize - workspace.plainCount, &count)
            guard status == 1 else {
                stopped(status)
                break
            }
            workspace.plainCount += count
            // Asking once more only to hear that there is nothing costs half as much as decrypting a request.
            if workspace.inputCount == 0, unsafe SSL_has_pending(handle) == 0 { break }
        }
        decryptedCount &+= workspace.plainCount
        if refusal != nil { fail() }
    }

    /// How many handshake messages a peer may send after the handshake beyond those that its data has earned. They are costly: a
    /// KeyUpdate (RFC 8446 §4.6.3) makes a key and may want an answer, and OpenSSL takes any number of them at once.
    private static let messageLimit = 64
    /// The bytes of data that earn one more.
    private static let bytesPerMessage = 64 << 10

    /// Counts a message of the peer. After too many, the rest of the input is not read and the session fails.
    func messageCame() {
        guard hasShakenHands else { return }
        messageCount += 1
        guard messageCount > Self.messageLimit + decryptedCount / Self.bytesPerMessage else { return }
        refusal = Fault("too_many_handshake_messages")
        unsafe Workspace.of(handle)?.dropInput()
    }

    /// Empties OpenSSL's queue of errors, since a call only tells failing from waiting while it is empty. To see that there is
    /// none takes a quarter of the time that emptying takes.
    private func forgetErrors() { if ERR_peek_error() != 0 { ERR_clear_error() } }

    private func stopped(_ status: Int32) {
        switch unsafe SSL_get_error(handle, status) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: break
        case SSL_ERROR_ZERO_RETURN: state = .ended
        default: fail()
        }
    }

    private func fail() {
        let fault = unsafe Fault.last(handle)
        let isUnread = server != nil && !hasHello && state == .handshaking
        state = .failed(refusal ?? (isUnread ? Fault("bad_client_hello") : fault))
    }

    /// Encrypts bytes into `workspace.output`. False if the session has failed, was closed, or is not established yet.
    @discardableResult
    public func send(_ bytes: Span<UInt8>, _ workspace: Workspace) -> Bool {
        guard state == .established || state == .ended else { return false }
        guard bytes.count > 0 else { return true }
        bind(workspace)
        forgetErrors()
        var count = 0
        // The span is valid for the call. The memory BIO takes everything.
        let status = unsafe bytes.withUnsafeBufferPointer { unsafe SSL_write_ex(handle, $0.baseAddress, $0.count, &count) }
        if status == 1 { return true }
        fail()
        return false
    }

    /// Announces that nothing more will be sent (close_notify).
    public func close(_ workspace: Workspace) {
        guard state == .established || state == .ended else { return }
        bind(workspace)
        ERR_clear_error()
        unsafe SSL_shutdown(handle)
        ERR_clear_error()
    }

    /// Notes that the connection below has ended. Without the peer's close_notify, the data may be truncated (RFC 8446 §6.1).
    public func connectionEnded() {
        switch state {
        case .handshaking, .waiting: state = .failed(Fault("closed_during_handshake"))
        case .established: state = .failed(Fault("truncated"))
        case .ended, .failed: break
        }
    }
}
