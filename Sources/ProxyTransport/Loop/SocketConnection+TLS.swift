import EventLoop
import HTTPModel
import TLS

/// What a connection does with TLS: its session turns bytes into others, and a handshake comes first.
extension SocketConnection {
    /// Encrypts bytes. A session that cannot is over, and the connection with it, since what was to be sent is lost.
    func seal(_ bytes: Span<UInt8>, _ security: Session) {
        if socket != nil, !security.send(bytes, host.workspace) { reset() }
    }

    /// Sends what TLS has encrypted.
    func sendSealed() {
        let workspace = host.workspace
        guard !workspace.output.isEmpty else { return }
        var sealed: [UInt8] = []
        swap(&sealed, &workspace.output)
        if let socket { note(loop.send(sealed.span, on: socket)) }
        sealed.clear()
        swap(&sealed, &workspace.output)
    }

    func sayGoodbye() {
        guard let security else { return }
        security.close(host.workspace)
        sendSealed()
    }

    /// Answers the client's first TLS message, which has been waiting for this call.
    func proceed() {
        guard socket != nil, let security else { return }
        security.proceed(host.workspace)
        handshakeWentOn(security)
    }

    func handshakeWentOn(_ security: Session) {
        sendSealed()
        let state = security.state
        switch state {
        case .handshaking: return
        case .waiting: return handshakeWaits()
        case .established, .ended, .failed: break
        }
        // All that the client has to say may have come with the end of its handshake.
        if security.hasShakenHands, !isSecured {
            isSecured = true
            secured()
        }
        let workspace = host.workspace
        if isSecured, workspace.plainCount > 0 { received(workspace.plainBytes) }
        guard socket != nil else { return }
        switch state {
        case .ended: inputEnded(isWhole: true)
        case .failed(let fault): securityFailed(fault)
        case .handshaking, .waiting, .established: break
        }
    }

    func socketEnded() {
        guard let security else { return inputEnded(isWhole: true) }
        // The peer had already sent close_notify.
        if security.state == .ended { return }
        security.connectionEnded()
        guard isSecured, case .failed(let fault) = security.state, fault.reason == "truncated" else {
            if case .failed(let fault) = security.state { return securityFailed(fault) }
            return close()
        }
        inputEnded(isWhole: false)
    }
}
