/// The end of the process as a state machine: running, draining until a deadline, stopped.
///
/// Who owns it carries out the actions it returns: on `.drain` listeners close, idle connections close, the others are told
/// to (`Connection: close`, GOAWAY), and `tick` is due at the deadline; on `.stop` what is left is cut off.
package struct Drain: Sendable {
    package enum Phase: Sendable, Hashable {
        case running
        /// Until a moment in milliseconds of the owner's clock.
        case draining(deadline: Int)
        case stopped
    }

    package enum Action: Sendable, Hashable {
        case nothing
        case drain(deadline: Int)
        case stop
    }

    package private(set) var phase = Phase.running
    /// Open client connections.
    package private(set) var connections = 0

    package init() {}

    /// What `/readyz` says: only a running process wants new clients.
    package var isReady: Bool { phase == .running }

    /// A connection that finishes its exchange now is to be closed.
    package var isDraining: Bool { phase != .running }

    /// A signal to end. The first begins the drain, at most `grace` milliseconds long; another one stops at once.
    package mutating func signalled(now: Int, grace: Int) -> Action {
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

    /// Time has passed. Stops when the deadline has come.
    package mutating func tick(now: Int) -> Action {
        guard case .draining(let deadline) = phase, now >= deadline else { return .nothing }
        return stop()
    }

    package mutating func connectionOpened() { connections += 1 }

    /// A connection is gone; the last one ends a drain.
    package mutating func connectionClosed() -> Action {
        connections = max(0, connections - 1)
        guard case .draining = phase, connections == 0 else { return .nothing }
        return stop()
    }

    private mutating func stop() -> Action {
        phase = .stopped
        return .stop
    }
}
