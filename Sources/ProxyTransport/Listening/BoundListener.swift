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

/// A bound address with a local service behind it.
struct BoundService: Sendable {
    let socket: BoundSocket
    var target: SocketTarget { socket.target }
    var address: SocketTarget { socket.address }
}

/// A listening socket, both before a loop accepts from it and while one does.
final class BoundSocket: Sendable {
    /// The address as it was configured.
    let target: SocketTarget
    /// The address with the actual port where port 0 was configured.
    let address: SocketTarget
    let socket: ListeningSocket
    /// Whether another process holds the socket too and will pass it to the next process, for which waiting connections then
    /// wait.
    let isShared: Bool
    private let worker: WorkerThread
    private let listener: Mutex<ListenerID?> = Mutex(nil)

    init(_ target: SocketTarget, _ socket: ListeningSocket, isShared: Bool, worker: WorkerThread) {
        self.target = target
        self.socket = socket
        self.isShared = isShared
        self.worker = worker
        switch (socket.endpoint, target) {
        // A socket that was handed over by its name may have any address.
        case (let endpoint?, _) where isShared: address = SocketTarget(endpoint)
        case (let endpoint?, .tcp(let host, _)): address = .tcp(host: host, port: Int(endpoint.port ?? 0))
        default: address = target
        }
    }

    /// Starts to accept; connections that came earlier have been waiting.
    ///
    /// - Throws: `ListenFailure` if the loop cannot watch the socket, which then stays closed to clients.
    func start(_ purpose: Accepting.Purpose) async throws(ListenFailure) {
        let (socket, target) = (socket, target)
        let purpose = LoopLocal(purpose)
        let made = await worker.ask { worker in
            Result { () throws(SystemError) in
                try worker.accept(from: socket, Accepting(purpose: purpose.use { $0 }, target: target))
            }
        }
        switch made {
        case .success(let listener): self.listener.withLock { $0 = listener }
        case .failure(let error): throw ListenFailure(target, error)
        // The loop has ended, and with it the server.
        case nil: break
        }
    }

    /// How often, and how many times, `stop` checks a socket from which connections still have to be accepted.
    private static let look = Duration.milliseconds(1)
    private static let patience = 2_000

    /// Accepts all waiting connections, then closes the socket. A Unix socket loses its file first.
    func stop() async {
        socket.removeFile()
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
            await TaskLoop.pause(Self.look)
        }
        await close()
    }

    /// Closes the socket at once, and removes the file of a Unix socket.
    func close() async {
        socket.removeFile()
        guard let listener = listener.withLock({ $0 }) else { return socket.close() }
        _ = await worker.ask { $0.close(listener) }
    }
}
