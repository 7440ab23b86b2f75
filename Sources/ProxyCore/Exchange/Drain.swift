/// The end of the process as a state machine: running, draining until a deadline, stopped.
///
/// Its owner carries out the actions that it returns: on `.drain` listeners close, idle connections close, the others are told to
/// (`Connection: close`, GOAWAY), and `tick` is due at the deadline; on `.stop` the remaining connections are cut off.
public struct Drain: Sendable {
    public enum Phase: Sendable, Hashable {
        case running
        /// Draining until a time in milliseconds of the owner's clock.
        case draining(deadline: Int)
        case stopped
    }

    public enum Action: Sendable, Hashable {
        case nothing
        case drain(deadline: Int)
        case stop
    }

    public private(set) var phase = Phase.running
    /// The number of open client connections.
    public private(set) var connections = 0

    public init() {}

    /// Whether `/readyz` reports ready: only a running process wants new clients.
    public var isReady: Bool { phase == .running }

    /// Whether a connection that finishes its exchange now is to be closed.
    public var isDraining: Bool { phase != .running }

    /// Handles a signal to end. The first one begins the drain, which lasts at most `grace` milliseconds; another one stops at
    /// once.
    public mutating func signalled(now: Int, grace: Int) -> Action {
        switch phase {
        case .running:
            guard connections > 0, grace > 0 else { return stop() }
            let (sum, overflow) = now.addingReportingOverflow(grace)
            let deadline = overflow ? .max : sum
            phase = .draining(deadline: deadline)
            return .drain(deadline: deadline)
        case .draining:
            return stop()
        case .stopped:
            return .nothing
        }
    }

    /// Stops when the deadline has come.
    public mutating func tick(now: Int) -> Action {
        guard case .draining(let deadline) = phase, now >= deadline else { return .nothing }
        return stop()
    }

    public mutating func connectionOpened() { connections += 1 }

    /// Notes that a connection has closed; the last one ends a drain.
    public mutating func connectionClosed() -> Action {
        connections = max(0, connections - 1)
        guard case .draining = phase, connections == 0 else { return .nothing }
        return stop()
    }

    /// Ends the drain, if there is one: from now on the last connection that closes ends nothing.
    @discardableResult
    public mutating func stop() -> Action {
        phase = .stopped
        return .stop
    }
}
