@testable import EventLoop

/// A client that notes what it is told, and does what a test wants with bytes.
final class Recorder: LoopClient {
    enum Event: Equatable {
        case accepted, acceptFailed, connected, leaving, broken, ended, drained, alarm
        case failed(Int32)
    }

    let loop: Loop
    var events: [Event] = []
    var received: [SocketID: [UInt8]] = [:]
    var accepted: [SocketID] = []
    var owners: [SocketOwner] = []
    var turns = 0
    private var isWaiting = false
    var whenAccepted: (SocketID) -> Void = { _ in }
    var whenReceived: (SocketID, Span<UInt8>) -> Void = { _, _ in }
    var whenEnded: (SocketID) -> Void = { _ in }

    init(_ loop: Loop) { self.loop = loop }

    override func accepted(_ socket: SocketID, from peer: Endpoint, on listener: ListenerID) {
        events.append(.accepted)
        accepted.append(socket)
        whenAccepted(socket)
    }

    override func acceptFailed(_ error: SystemError, on listener: ListenerID) { events.append(.acceptFailed) }

    override func connected(_ socket: SocketID, _ owner: SocketOwner) {
        events.append(.connected)
        owners.append(owner)
    }

    override func received(_ bytes: Span<UInt8>, on socket: SocketID, _ owner: SocketOwner) {
        for index in bytes.indices { received[socket, default: []].append(bytes[index]) }
        whenReceived(socket, bytes)
    }

    override func leaving(_ socket: SocketID, _ owner: SocketOwner, isBroken: Bool) {
        events.append(isBroken ? .broken : .leaving)
    }

    override func ended(_ socket: SocketID, _ owner: SocketOwner) {
        events.append(.ended)
        whenEnded(socket)
    }

    override func drained(_ socket: SocketID, _ owner: SocketOwner) { events.append(.drained) }

    override func failed(_ socket: SocketID, _ owner: SocketOwner, _ error: SystemError) { events.append(.failed(error.code)) }

    override func alarm() {
        events.append(.alarm)
        // A turn waits for something to happen, and this may have been before it waited.
        if isWaiting { loop.setAlarm(at: loop.now + 100) }
    }

    override func endTurn() { turns += 1 }

    /// Turns until something is so; false when nothing has happened any more for long.
    func turn(until isSo: (Recorder) -> Bool) -> Bool {
        isWaiting = true
        defer {
            isWaiting = false
            loop.setAlarm(at: .max)
        }
        var silences = 0
        while !isSo(self) {
            loop.setAlarm(at: loop.now + 100)
            loop.turn(self)
            guard events.last == .alarm else { continue }
            events.removeAll { $0 == .alarm }
            silences += 1
            if silences == 200 { return false }
        }
        return true
    }
}

/// A loop with a listening socket and one connection between the two.
struct Linked {
    let loop: Loop
    let recorder: Recorder
    let listener: ListenerID
    let address: Endpoint
    /// The side that connected.
    let near: SocketID
    /// The side that was accepted.
    let far: SocketID

    init(_ endpoint: Endpoint = .ipv4(0x7F00_0001, port: 0)) throws {
        loop = try Loop()
        recorder = Recorder(loop)
        let socket = try ListeningSocket(binding: endpoint)
        address = socket.endpoint ?? endpoint
        listener = try loop.listen(on: socket)
        near = try loop.connect(to: address, owner: SocketOwner(kind: 1, index: 7))
        let isLinked = recorder.turn { $0.events.contains(.accepted) && $0.events.contains(.connected) }
        guard isLinked, let far = recorder.accepted.first else { throw SystemError(0, "no connection") }
        self.far = far
        recorder.events = []
    }

    func isOpen(_ socket: SocketID) -> Bool { loop.slot(of: socket) != nil }
}
