import HTTPModel
import ProxyCore
import Synchronization

/// How many connections and tunnels there are, on all event loops together. Asked once for each of them, never per request.
final class Occupancy: Sendable {
    private let connections = Atomic<Int>(0)
    private let tunnels = Atomic<Int>(0)
    private let clients = Mutex<[IPAddress: Int]>([:])
    let descriptors: DescriptorLimit
    /// The second in which it was last said that there are too few descriptors.
    private let saidAt = Atomic<Int>(0)

    init(descriptors: DescriptorLimit = .raised()) { self.descriptors = descriptors }

    /// What one more connection gets.
    enum Admission: Sendable, Hashable {
        case welcome
        // Its first request is told so, and it is closed.
        case tooFewDescriptors, tooManyConnections, tooManyOfClient
        /// Not even an answer: there are too many that wait for one.
        case closed

        /// What its first request is answered; nil where that is served.
        var refusal: ParseFailure? {
            switch self {
            case .welcome, .closed: nil
            case .tooFewDescriptors: ParseFailure(.tooFewDescriptors)
            case .tooManyConnections: ParseFailure(.tooManyConnections)
            case .tooManyOfClient: ParseFailure(.tooManyConnectionsOfClient)
            }
        }
    }

    /// Counts a connection; `leave` has to follow, whatever the answer.
    ///
    /// - Parameter descriptor: that of its socket.
    func enter(_ limits: Limits, descriptor: CInt?) -> Admission {
        let count = connections.add(1, ordering: .relaxed).newValue
        let descriptor = Int(descriptor ?? 0)
        if descriptor >= descriptors.toldClients { return .closed }
        if descriptor >= descriptors.clients { return .tooFewDescriptors }
        guard limits.connections > 0, count > limits.connections else { return .welcome }
        return count > limits.connections &+ limits.connections / 8 &+ 64
            ? .closed : .tooManyConnections
    }

    /// Whether it may be said that something is used up: once a second.
    func maySayShortage() -> Bool {
        let now = WallClock.unixSeconds()
        return saidAt.exchange(now, ordering: .relaxed) != now
    }

    func leave() { connections.subtract(1, ordering: .relaxed) }

    /// Counts a connection of a client that is known by its address. `leave(_:)` has to follow.
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

    /// False when there are as many tunnels as there may be; otherwise `closeTunnel` has to follow.
    func openTunnel(_ limits: Limits) -> Bool {
        let count = tunnels.add(1, ordering: .relaxed).newValue
        guard limits.tunnels > 0, count > limits.tunnels else { return true }
        closeTunnel()
        return false
    }

    func closeTunnel() { tunnels.subtract(1, ordering: .relaxed) }
}
