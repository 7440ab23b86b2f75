import EventLoop
import TLS

/// One socket of a loop, in the clear or with TLS: bytes in, bytes out, and its end. What is above it inherits.
class SocketConnection: Timed {
    final let host: Connections
    final private(set) var socket: SocketID?
    private var place = -1
    /// Nil in the clear.
    final private(set) var security: Session?
    private var isSecured = false
    /// What becomes of the connection when everything has been sent.
    private var ending = Ending.none
    private enum Ending { case none, output, close }
    /// It is in the table of those that have something to say.
    final var isTouched = false
    private let memory: LoopMemory?
    /// Bytes that wait for the peer.
    final private(set) var waiting = 0 {
        didSet {
            guard waiting != oldValue, let memory else { return }
            memory.charge(waiting - oldValue)
            if (waiting == 0) != (oldValue == 0) { memory.lagging += waiting == 0 ? -1 : 1 }
        }
    }
    /// As many as waited when it was last asked.
    private var waited = 0

    /// - Parameter memory: where it is counted what waits.
    init(_ host: Connections, memory: LoopMemory? = nil) {
        self.host = host
        self.memory = memory
    }

    /// It goes on at the end of the loop's turn, rather than when an event has been told.
    var waitsForTurn: Bool { false }

    // MARK: The beginning

    /// Takes over a socket that was accepted.
    final func adopt(_ socket: SocketID) {
        self.socket = socket
        place = host.insert(self)
        host.deadlines.insert(self)
        host.loop.setOwner(SocketOwner(kind: 0, index: UInt32(place)), of: socket)
    }

    /// Begins to connect; then `opened`, or the end. Never before this returns.
    final func connect(to endpoint: Endpoint) {
        place = host.insert(self)
        host.deadlines.insert(self)
        do throws(SystemError) {
            socket = try host.loop.connect(to: endpoint, owner: SocketOwner(kind: 0, index: UInt32(place)))
        } catch {
            forget(error)
        }
    }

    /// Speaks TLS from now on. As a client, begins the handshake.
    final func secure(_ session: Session, startsAsClient: Bool) {
        security = session
        guard startsAsClient else { return }
        session.start(host.workspace)
        sendSealed()
    }

    // MARK: What happens, for those who inherit

    /// The connection that was asked for is there; TLS has not begun.
    func opened() {}
    /// TLS: the handshake is done.
    func secured() {}
    /// TLS: the client's first message is there, and its answer costs much. `proceed` answers it.
    func handshakeWaits() {}
    /// TLS: the handshake, or the connection, has failed. What there is to be said of that has been sent; the socket is open.
    func securityFailed(_ fault: Fault) { close() }
    /// Bytes have come, decrypted. The span lasts as long as the call.
    func received(_ bytes: Span<UInt8>) {}
    /// The peer has ended its side. `isWhole`: nothing can have been cut off; TLS tells, and in the clear it always seems so.
    func inputEnded(isWhole: Bool) {}
    /// The peer has ended its side, or is gone, while reading is paused: there may be bytes before that.
    func leaving() {}
    /// Everything that was sent has been taken.
    func drained() {}
    /// Says what it has to say, and reads on. Called once after each event that touched it.
    func goOn() {}
    /// The connection is over, by whoever's doing: told once, after everything else. `error`: it broke, or could not be made.
    func gone(_ error: SystemError?) {}

    // MARK: Bytes out

    /// The peer takes what is sent; else who brings more should wait for `drained`.
    final var isWritable: Bool { waiting == 0 }

    final func send(_ bytes: Span<UInt8>) {
        guard let socket, bytes.count > 0 else { return }
        if let security {
            security.send(bytes, host.workspace)
            sendSealed()
        } else {
            note(host.loop.send(bytes, on: socket))
        }
    }

    /// Sends what has been gathered, and empties it.
    final func send(emptying output: inout [UInt8]) {
        send(output.span)
        output.removeAll(keepingCapacity: true)
    }

    /// The same, with what follows it.
    final func send(emptying output: inout [UInt8], _ bytes: Span<UInt8>) {
        send(output.span, bytes)
        output.removeAll(keepingCapacity: true)
    }

    /// Two pieces that follow each other.
    final func send(_ head: Span<UInt8>, _ body: Span<UInt8>) {
        guard let socket else { return }
        if let security {
            security.send(head, host.workspace)
            security.send(body, host.workspace)
            sendSealed()
        } else {
            note(host.loop.send(head, body, on: socket))
        }
    }

    /// What TLS has made of what was to be sent.
    private func sendSealed() {
        let workspace = host.workspace
        guard !workspace.output.isEmpty else { return }
        var sealed: [UInt8] = []
        swap(&sealed, &workspace.output)
        if let socket { note(host.loop.send(sealed.span, on: socket)) }
        sealed.removeAll(keepingCapacity: true)
        swap(&sealed, &workspace.output)
    }

    private func note(_ sent: Loop.Sent) {
        switch sent {
        case .taken, .lost: break
        case .waiting(let count):
            if waiting == 0 { waited = count }
            waiting = count
        }
    }

    /// Whether the peer has taken some of what waits for it, since this was last asked or since it began to wait.
    final func hasTakenSome() -> Bool {
        countWaiting()
        let before = waited
        waited = waiting
        return waiting > 0 && waiting < before
    }

    /// Looks at what has left.
    final func countWaiting() { waiting = socket.map { host.loop.waiting(on: $0) } ?? 0 }

    // MARK: Bytes in

    /// Something can be read that has not been, the end included. Costs a call into the kernel.
    final var hasInput: Bool { socket.map { host.loop.hasInput($0) } ?? false }

    final func setReading(_ reads: Bool) { if let socket { host.loop.setReading(reads, of: socket) } }
    /// The most bytes of one read.
    final func setReadLimit(_ bytes: Int) { if let socket { host.loop.setReadLimit(bytes, of: socket) } }

    // MARK: The end

    /// Closes at once; with TLS, says so (RFC 8446 §6.1).
    final func close() {
        guard let socket else { return }
        sayGoodbye()
        host.loop.close(socket)
        forget(nil)
    }

    /// Closes so that the peer sees a reset: a clean end would look like the end of a message.
    final func reset() {
        guard let socket else { return }
        host.loop.reset(socket)
        forget(nil)
    }

    /// Closes when everything that was sent has been taken.
    final func closeAfterSending() {
        ending = .close
        if waiting == 0 { return close() }
        sayGoodbye()
    }

    /// Ends this side when everything that was sent has been taken; the peer may go on.
    final func endOutput() {
        sayGoodbye()
        if ending == .none { ending = .output }
        if waiting == 0 { carryOutEnding() }
    }

    private func sayGoodbye() {
        guard let security else { return }
        security.close(host.workspace)
        sendSealed()
    }

    private func carryOutEnding() {
        switch ending {
        case .none: break
        case .output:
            ending = .none
            if let socket { host.loop.shutdown(socket) }
            outputEnded()
        case .close: close()
        }
    }

    /// This side has ended, as `endOutput` asked.
    func outputEnded() {}

    private func forget(_ error: SystemError?) {
        socket = nil
        waiting = 0
        host.left(self, error)
    }

    /// To be called by the table alone.
    final func conclude(_ failure: SystemError?) {
        guard place >= 0, socket == nil else { return }
        host.remove(place)
        place = -1
        if isDialling { return attemptFailed(failure) }
        host.deadlines.remove(self)
        gone(failure)
    }

    /// It is not sure yet that there will be a connection; then its end is told by `attemptFailed`.
    var isDialling: Bool { false }
    func attemptFailed(_ error: SystemError?) {}

    // MARK: What the loop tells

    final func socketConnected() { opened() }

    final func socketReceived(_ bytes: Span<UInt8>) {
        guard let security else { return received(bytes) }
        security.receive(bytes, host.workspace)
        handshakeWentOn(security)
    }

    /// Answers the client's first message, which has waited for this.
    final func proceed() {
        guard socket != nil, let security else { return }
        security.proceed(host.workspace)
        handshakeWentOn(security)
    }

    private func handshakeWentOn(_ security: Session) {
        sendSealed()
        let state = security.state
        switch state {
        case .handshaking: return
        case .waiting: return handshakeWaits()
        case .established, .ended, .failed: break
        }
        if state == .established, !isSecured {
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

    final func socketEnded() {
        guard let security else { return inputEnded(isWhole: true) }
        // It has said so before.
        if security.state == .ended { return }
        security.connectionEnded()
        guard isSecured, case .failed(let fault) = security.state, fault.reason == "truncated" else {
            if case .failed(let fault) = security.state { return securityFailed(fault) }
            return close()
        }
        inputEnded(isWhole: false)
    }

    final func socketDrained() {
        waiting = 0
        guard ending == .none else { return carryOutEnding() }
        drained()
    }

    final func socketFailed(_ error: SystemError) { forget(error) }
}
