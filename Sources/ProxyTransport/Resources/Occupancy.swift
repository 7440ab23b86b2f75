import EventLoop
import HTTPModel
import ProxyCore
import Synchronization

/// The numbers of connections and tunnels on all event loops. They are checked once per connection or tunnel, never per request.
final class Occupancy: Sendable {
    private let connections = Atomic<Int>(0)
    private let tunnels = Atomic<Int>(0)
    private let clients = Mutex<[IPAddress: Int]>([:])
    let descriptors: DescriptorLimit
    /// The second in which a lack of descriptors was last logged.
    private let saidAt = Atomic<Int>(0)

    init(descriptors: DescriptorLimit = .raised()) { self.descriptors = descriptors }

    /// What happens to one more connection.
    enum Admission: Sendable, Hashable {
        case welcome
        // The first request is answered with this error, and the connection is closed.
        case tooFewDescriptors, tooManyConnections, tooManyOfClient
        /// The connection is closed without a response, because too many already wait for one.
        case closed

        /// The error for the first request; nil if requests are served or not even answered.
        var refusal: ParseFailure? {
            switch self {
            case .welcome, .closed: nil
            case .tooFewDescriptors: ParseFailure(.tooFewDescriptors)
            case .tooManyConnections: ParseFailure(.tooManyConnections)
            case .tooManyOfClient: ParseFailure(.tooManyConnectionsOfClient)
            }
        }
    }

    /// Counts a connection; `leave` must follow, whatever the result.
    ///
    /// - Parameter descriptor: the descriptor of its socket.
    func enter(_ limits: Limits, descriptor: CInt?) -> Admission {
        let count = connections.add(1, ordering: .relaxed).newValue
        let descriptor = Int(descriptor ?? 0)
        if descriptor >= descriptors.toldClients { return .closed }
        if descriptor >= descriptors.clients { return .tooFewDescriptors }
        guard limits.connections > 0, count > limits.connections else { return .welcome }
        return count > limits.connections &+ limits.connections / 8 &+ 64
            ? .closed : .tooManyConnections
    }

    /// Whether a shortage may be logged now; true once a second.
    func maySayShortage() -> Bool {
        let now = WallClock.unixSeconds()
        return saidAt.exchange(now, ordering: .relaxed) != now
    }

    func leave() { connections.subtract(1, ordering: .relaxed) }

    /// Counts a connection to its client, known by its address. `leave(_:)` must follow.
    func enter(_ client: IPAddress, _ limits: Limits) -> Admission {
        let count = clients.withLock { clients in
            let count = clients[client, default: 0] + 1
            clients[client] = count
            return count
        }
        guard count > limits.connectionsPerClient else { return .welcome }
        return count > 2 &* limits.connectionsPerClient &+ 16
            ? .closed : .tooManyOfClient
    }

    func leave(_ client: IPAddress) {
        clients.withLock { clients in
            let count = (clients[client] ?? 1) - 1
            clients[client] = count > 0 ? count : nil
        }
    }

    /// Counts a tunnel. False when the limit is reached; otherwise `closeTunnel` must follow.
    func openTunnel(_ limits: Limits) -> Bool {
        let count = tunnels.add(1, ordering: .relaxed).newValue
        guard limits.tunnels > 0, count > limits.tunnels else { return true }
        closeTunnel()
        return false
    }

    func closeTunnel() { tunnels.subtract(1, ordering: .relaxed) }
}
