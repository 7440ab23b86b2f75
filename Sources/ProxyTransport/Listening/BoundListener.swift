import EventLoop
import ProxyCore
import Synchronization

/// A listener's socket, and the loop that accepts from it.
struct BoundListener: Sendable {
    let id: Int
    let socket: BoundSocket
    var target: SocketTarget { socket.target }
    var address: SocketTarget { socket.address }
}

/// An address with something local behind it.
struct BoundService: Sendable {
    let socket: BoundSocket
    var target: SocketTarget { socket.target }
    var address: SocketTarget { socket.address }
}

/// A socket that listens, before and while a loop accepts from it.
final class BoundSocket: Sendable {
    /// As it was configured.
    let target: SocketTarget
    /// With the port that port 0 became.
    let address: SocketTarget
    let socket: ListeningSocket
    /// Somebody else holds it too and will give it to the next process: who waits there waits for that one.
    let isShared: Bool
    private let worker: WorkerThread
    private let listener: Mutex<ListenerID?> = Mutex(nil)

    init(_ target: SocketTarget, _ socket: ListeningSocket, isShared: Bool, worker: WorkerThread) {
        self.target = target
        self.socket = socket
        self.isShared = isShared
        self.worker = worker
        if case .tcp(let host, _) = target, let port = socket.endpoint?.port {
            address = .tcp(host: host, port: Int(port))
        } else {
            address = target
        }
    }

    /// Accepts from now on; who has come before has waited.
    func start(_ purpose: Accepting.Purpose) async {
        let (socket, target) = (socket, target)
        let purpose = LoopLocal(purpose)
        let made = await worker.ask { worker in
            purpose.use { worker.accept(from: socket, Accepting(purpose: $0, target: target)) }
        }
        listener.withLock { $0 = made ?? nil }
    }

    /// How often a socket is looked at from which connections still have to be accepted, and for how long.
    private static let look = Duration.milliseconds(1)
    private static let patience = 2_000

    /// Accepts everybody who waits, and then nobody any more.
    func stop() async {
        guard let listener = listener.withLock({ $0 }) else { return socket.close() }
        let isShared = isShared
        var looks = 0
        while looks < Self.patience {
            looks += 1
            let isClosed = await worker.ask { worker in
                if !isShared, worker.loop.hasWaiting(listener) { return false }
                worker.close(listener)
                return true
            }
            if isClosed != false { return }
            try? await Task.sleep(for: Self.look)
        }
        await close()
    }

    /// Closes at once.
    func close() async {
        guard let listener = listener.withLock({ $0 }) else { return socket.close() }
        _ = await worker.ask { $0.close(listener) }
    }
}
