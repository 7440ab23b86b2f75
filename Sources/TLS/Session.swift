import COpenSSL

/// One TLS connection, without I/O: bytes of the peer go in, what is decrypted and what is to be sent come out.
///
/// Belongs to one loop. Between calls it holds no buffer, once the handshake is done and unless a record has come in part.
@safe public final class Session {
    public enum State: Hashable, Sendable {
        case handshaking
        /// The client's first message is there, and its answer costs much: it goes on with `proceed`.
        case waiting
        case established
        /// The peer has said that it says no more (close_notify).
        case ended
        case failed(Fault)
    }

    public private(set) var state = State.handshaking
    let handle: OpaquePointer
    let server: ServerContext?
    /// What the client asked for, in lower case, without a closing dot; empty where it named nothing.
    public internal(set) var serverName: [UInt8] = []
    /// Which of the context's identities the client got.
    public internal(set) var identity = 0
    /// The client's first message could be read.
    var hasHello = false
    /// Why a callback of ours refused the peer.
    var refusal: Fault?
    /// The client's certificate, or one above it, that was refused.
    public internal(set) var refusedCertificate: Certificate?
    /// The first message may be answered.
    private(set) var mayProceed: Bool
    /// Bytes that came while it waited.
    private var held: [UInt8] = []

    /// A client's connection.
    ///
    /// - Parameter waits: it stops at `waiting` before the costly part of its handshake.
    public init?(_ server: ServerContext, waits: Bool = false) {
        guard let context = server.first, let handle = unsafe Self.make(context) else { return nil }
        self.server = server
        unsafe self.handle = unsafe handle
        mayProceed = !waits
        unsafe SSL_set_ex_data(handle, 0, Unmanaged.passUnretained(self).toOpaque())
        unsafe SSL_set_accept_state(handle)
    }

    /// A connection to a server.
    ///
    /// - Parameters:
    ///   - name: what is asked for (SNI), and what the certificate has to be for, where certificates are verified; an address
    ///     is verified and not asked for.
    ///   - saved: is taken up again, if the server still knows it.
    public init?(_ client: ClientContext, name: String, resuming saved: SavedSession? = nil) {
        guard let handle = unsafe Self.make(client.context) else { return nil }
        server = nil
        unsafe self.handle = unsafe handle
        mayProceed = true
        unsafe SSL_set_ex_data(handle, 0, Unmanaged.passUnretained(self).toOpaque())
        unsafe SSL_set_connect_state(handle)
        // An address is one for OpenSSL too; anything else is a name.
        let parameters = unsafe SSL_get0_param(handle)
        if unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, name) != 1 {
            unsafe letterhead_set_server_name(handle, name)
            // `w*.example.com` is for nobody (RFC 9525 §6.3).
            unsafe X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
            if client.verifies { unsafe SSL_set1_host(handle, name) }
        } else if !client.verifies {
            unsafe X509_VERIFY_PARAM_set1_ip(parameters, nil, 0)
        }
        if let saved { unsafe SSL_set_session(handle, saved.handle) }
        ERR_clear_error()
    }

    private static func make(_ context: ContextHandle) -> OpaquePointer? {
        guard let handle = unsafe SSL_new(context.pointer) else { return nil }
        guard let wire = unsafe Wire.make() else {
            unsafe SSL_free(handle)
            return nil
        }
        // The session has the memory, as both its ends, from now on.
        unsafe SSL_set_bio(handle, wire, wire)
        return unsafe handle
    }

    deinit {
        // A connection that just ends is no reason to take up nothing of it again; OpenSSL thinks otherwise, unless told.
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

    /// Takes bytes of the peer, `Workspace.inputLimit` of them at the most. What they decrypt to stands in `workspace.plainBytes`, what is to be sent in `workspace.output`.
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

    /// Answers the client's first message, which has waited for this.
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
        // What follows a first message that waits, or did not fit.
        if left > 0, state == .waiting || state == .established {
            unsafe held.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[(bytes.count - left)...]))
        }
    }

    /// For the length of a call: where the memory between the two finds its bytes.
    private func bind(_ workspace: Workspace) {
        unsafe BIO_set_data(SSL_get_rbio(handle), Unmanaged.passUnretained(workspace).toOpaque())
    }

    private func shakeHands() {
        ERR_clear_error()
        let status = unsafe SSL_do_handshake(handle)
        guard status != 1 else {
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
        ERR_clear_error()
        while workspace.plainCount < Workspace.plainSize {
            var count = 0
            // As many bytes as there is room for.
            let status = unsafe SSL_read_ex(
                handle, workspace.plain + workspace.plainCount, Workspace.plainSize - workspace.plainCount, &count)
            guard status == 1 else { return stopped(status) }
            workspace.plainCount += count
        }
    }

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

    /// Encrypts bytes into `workspace.output`. False once the session has failed or was closed, or while it is not established.
    @discardableResult
    public func send(_ bytes: Span<UInt8>, _ workspace: Workspace) -> Bool {
        guard state == .established || state == .ended else { return false }
        guard bytes.count > 0 else { return true }
        bind(workspace)
        ERR_clear_error()
        var count = 0
        // The span is valid for the call. The memory behind it takes everything.
        let status = unsafe bytes.withUnsafeBufferPointer { unsafe SSL_write_ex(handle, $0.baseAddress, $0.count, &count) }
        if status == 1 { return true }
        fail()
        return false
    }

    /// Says that nothing more will be sent (close_notify).
    public func close(_ workspace: Workspace) {
        guard state == .established || state == .ended else { return }
        bind(workspace)
        ERR_clear_error()
        unsafe SSL_shutdown(handle)
        ERR_clear_error()
    }

    /// The connection below has ended. Without the peer's close_notify, what came last may not be all (RFC 8446 §6.1).
    public func connectionEnded() {
        switch state {
        case .handshaking, .waiting: state = .failed(Fault("closed_during_handshake"))
        case .established: state = .failed(Fault("truncated"))
        case .ended, .failed: break
        }
    }
}
