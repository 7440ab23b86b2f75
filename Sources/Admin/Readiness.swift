import Synchronization

/// Whether the process wants new clients, which it does not before it listens and while it drains.
package final class Readiness: Sendable {
    package enum State: UInt8, Sendable, AtomicRepresentable { case starting, ready, draining }

    private let current = Atomic<State>(.starting)

    package init() {}

    package var state: State { current.load(ordering: .acquiring) }
    package func set(_ state: State) { current.store(state, ordering: .releasing) }
}
