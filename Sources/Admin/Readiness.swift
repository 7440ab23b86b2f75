public import Synchronization

/// Whether the process wants new clients: not before it listens, and not while it drains.
public final class Readiness: Sendable {
    public enum State: UInt8, Sendable, AtomicRepresentable { case starting, ready, draining }

    private let current = Atomic<State>(.starting)

    public init() {}

    public var state: State { current.load(ordering: .acquiring) }
    public func set(_ state: State) { current.store(state, ordering: .releasing) }
}
