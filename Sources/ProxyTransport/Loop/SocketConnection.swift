import EventLoop
import HTTPModel
import TLS

/// One socket of a loop, in the clear or with TLS: received bytes, sent bytes, and its end. Protocols are subclasses.
class SocketConnection: Timed {
    final let host: Connections
    // Kept here too, because the way to it through another object would be counted.
    final let loop: Loop
    final private(set) var socket: SocketID?
    private var place = -1
    /// The TLS session; nil for cleartext.
    final private(set) var security: Session?
    /// Whether the handshake is done and `secured` was called.
    final var isSecured = false
    /// What happens to the connection when all output has been sent.
    private var ending = Ending.none
    private enum Ending { case none, output, close }
    /// Whether the connection is already in the host's list of touched connections.
    final var isTouched = false
    private let memory: LoopMemory?
    /// The number of bytes that wait for the peer.
    final private(set) var waiting = 0 {
        didSet {
            guard waiting != oldValue, let memory else { return }
            memory.charge(waiting - oldValue)
            if (waiting == 0) != (oldValue == 0) { memory.lagging += waiting == 0 ? -1 : 1 }
        }
    }
    /// The value of `waiting` when `hasTakenSome` was last called.
    private var waited = 0

    /// - Parameter memory: the budget to which waiting bytes are charged; nil for none.
    init(_ host: Connections, memory: LoopMemory? = nil) {
        self.host = host
        loop = host.loop
        self.memory = memory
    }

    /// Whether the connection goes on at the end of the loop's turn instead of directly after each event.
    var waitsForTurn: Bool { false }

    // MARK: Beginning

    /// Takes over an accepted socket.
    final func adopt(_ socket: SocketID) {
        self.socket = socket
        place = host.insert(self)
        host.deadlines.insert(self)
        loop.setOwner(SocketOwner(kind: 0, index: UInt32(place)), of: socket)
    }

    /// Starts to connect. `opened` or the end follows, but never before this returns.
    final func connect(to endpoint: Endpoint) {
        place = host.insert(self)
        host.deadlines.insert(self)
        do throws(SystemError) {
            socket = try loop.connect(to: endpoint, owner: SocketOwner(kind: 0, index: UInt32(place)))
        } catch {
            forget(error)
        }
    }

    /// Switches to TLS; as a client, begins the handshake.
    final func secure(_ session: Session, startsAsClient: Bool) {
        security = session
        guard startsAsClient else { return }
        session.start(host.workspace)
        sendSealed()
    }

    // MARK: Events, for subclasses to override

    /// Called when the connection that was asked for is made; TLS has not begun.
    func opened() {}
    /// Called when the TLS handshake is done.
    func secured() {}
    /// Called when the client's first TLS message has arrived, whose answer is costly. `proceed` answers it.
    func handshakeWaits() {}
    /// Called when the handshake or the TLS connection has failed. The alert has been sent, and the socket is still open.
    func securityFailed(_ fault: Fault) { close() }
    /// Called with received bytes, decrypted. The span is valid during the call.
    func received(_ bytes: Span<UInt8>) {}
    /// Called when the peer has closed its side. `isWhole`: nothing can have been cut off. Only TLS can tell; in the clear it is
    /// always true.
    func inputEnded(isWhole: Bool) {}
    /// Called when the peer has closed its side, or takes nothing more (`isBroken`), while reading is paused; unread bytes may come
    /// before that.
    func leaving(isBroken: Bool) {}
    /// Called when all output has been taken.
    func drained() {}
    /// Writes what there is to write, and reads on. Called once after each event that touched the connection.
    func goOn() {}
    /// Called once, last of all, when the connection has ended for any reason. `error`: it broke or could not be made.
    func gone(_ error: SystemError?) {}

    // MARK: Sending

    /// Whether the peer takes what is sent; when false, callers with more output should wait for `drained`.
    final var isWritable: Bool { waiting == 0 }

    final func send(_ bytes: Span<UInt8>) {
        guard let socket, bytes.count > 0 else { return }
        if let security {
            seal(bytes, security)
            sendSealed()
        } else {
            note(loop.send(bytes, on: socket))
        }
    }

    /// Sends the collected output and empties it.
    final func send(emptying output: inout [UInt8]) {
        send(output.span)
        output.clear()
    }

    /// Sends the collected output and the bytes that follow it, and empties the output.
    final func send(emptying output: inout [UInt8], _ bytes: Span<UInt8>) {
        send(output.span, bytes)
        output.clear()
    }

    /// Sends two pieces one after the other.
    final func send(_ head: Span<UInt8>, _ body: Span<UInt8>) {
        guard let socket else { return }
        if let security {
            seal(head, security)
            seal(body, security)
            sendSealed()
        } else {
            note(loop.send(head, body, on: socket))
        }
    }

    final func note(_ sent: Loop.Sent) {
        switch sent {
        case .taken, .lost: break
        case .waiting(let count):
            waited = waiting == 0 ? count : waited &+ max(0, count &- waiting)
            waiting = count
        }
    }

    /// Whether the peer has taken some of the waiting bytes since the last call, or since they began to wait.
    final func hasTakenSome() -> Bool {
        countWaiting()
        let before = waited
        waited = waiting
        return waiting > 0 && waiting < before
    }

    /// Updates `waiting` from the socket.
    final func countWaiting() { waiting = socket.map { loop.waiting(on: $0) } ?? 0 }

    // MARK: Receiving

    /// Whether there is something to read, including the end of the input. Costs a system call.
    final var hasInput: Bool { socket.map { loop.hasInput($0) } ?? false }

    final func setReading(_ reads: Bool) { if let socket { loop.setReading(reads, of: socket) } }
    /// Sets the most bytes that one read takes.
    final func setReadLimit(_ bytes: Int) { if let socket { loop.setReadLimit(bytes, of: socket) } }

    // MARK: Ending

    /// Closes at once; with TLS, sends close_notify first (RFC 8446 §6.1).
    final func close() {
        guard let socket else { return }
        sayGoodbye()
        loop.close(socket)
        forget(nil)
    }

    /// Closes with a reset, where a clean end would look like the end of a message.
    final func reset() {
        guard let socket else { return }
        loop.reset(socket)
        forget(nil)
    }

    /// Closes when all output has been sent.
    final func closeAfterSending() {
        ending = .close
        if waiting == 0 { return close() }
        sayGoodbye()
    }

    /// Closes this side when all output has been sent; the peer may go on sending.
    final func endOutput() {
        sayGoodbye()
        if ending == .none { ending = .output }
        if waiting == 0 { carryOutEnding() }
    }

    private func carryOutEnding() {
        switch ending {
        case .none: break
        case .output:
            ending = .none
            if let socket { loop.shutdown(socket) }
            outputEnded()
        case .close: close()
        }
    }

    /// Called when this side has closed, as `endOutput` asked.
    func outputEnded() {}

    private func forget(_ error: SystemError?) {
        socket = nil
        waiting = 0
        host.left(self, error)
    }

    /// Ends the connection; only called by `Connections`.
    final func conclude(_ failure: SystemError?) {
        guard place >= 0, socket == nil else { return }
        host.remove(place)
        place = -1
        if isDialling { return attemptFailed(failure) }
        host.deadlines.remove(self)
        gone(failure)
    }

    /// Whether it is still open if there will be a connection; its end is then reported by `attemptFailed`.
    var isDialling: Bool { false }
    func attemptFailed(_ error: SystemError?) {}

    // MARK: Events of the loop

    final func socketConnected() { opened() }

    final func socketReceived(_ bytes: Span<UInt8>) {
        guard let security else { return received(bytes) }
        security.receive(bytes, host.workspace)
        handshakeWentOn(security)
    }

    final func socketDrained() {
        waiting = 0
        guard ending == .none else { return carryOutEnding() }
        drained()
    }

    final func socketFailed(_ error: SystemError) { forget(error) }
}
