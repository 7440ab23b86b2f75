import EventLoop
import Synchronization

/// The memory that all connections together may use for data that waits: incomplete heads, requests that wait for a connection to
/// an app, and output that a peer does not take.
final class MemoryBudget: Sendable {
    private let limitBytes: Atomic<Int>
    private let usedBytes = Atomic<Int>(0)
    /// The most that was used since memory was last given back to the system.
    private let peak = Atomic<Int>(0)

    /// - Parameter limit: in bytes; 0 means no limit.
    init(limit: Int) { limitBytes = Atomic(limit) }

    /// The limit where the configuration sets none, in bytes: half of what is available, because the program and the allocator's
    /// overhead need the rest.
    static func automaticLimit() -> Int { max(AvailableMemory.bytes / 2, 4 << 20) }

    var limit: Int { limitBytes.load(ordering: .relaxed) }
    var used: Int { usedBytes.load(ordering: .relaxed) }

    /// Sets the limit of a reloaded configuration.
    func set(limit: Int) { limitBytes.store(limit, ordering: .relaxed) }

    /// Adds to the bytes in use; returns the new total.
    fileprivate func add(_ bytes: Int) -> Int {
        let used = usedBytes.add(bytes, ordering: .relaxed).newValue
        peak.max(used, ordering: .relaxed)
        return used
    }

    /// True once after usage has dropped far from its peak: the allocator keeps the memory, and the system could use it.
    func hasShrunk() -> Bool {
        let (used, most) = (used, peak.load(ordering: .relaxed))
        guard most - used >= Self.worthwhile, used <= most / 2 else { return false }
        return peak.compareExchange(expected: most, desired: used, ordering: .relaxed).exchanged
    }

    private static let worthwhile = 4 << 20
}

/// One event loop's part of the budget. Usage is counted here and passed on in large pieces, so that an exchange touches no
/// shared state.
final class LoopMemory {
    enum Pressure: Int, Comparable {
        case none
        /// Heads must be short, and reads are small.
        case high
        /// No new requests are taken.
        case full

        static func < (one: Pressure, other: Pressure) -> Bool { one.rawValue < other.rawValue }
    }

    let budget: MemoryBudget
    private var untold = 0
    /// The number of connections with bytes that wait for their peer.
    var lagging = 0
    private(set) var pressure = Pressure.none

    private static let piece = 64 << 10

    init(_ budget: MemoryBudget) { self.budget = budget }

    /// Counts bytes that are kept in addition, or no longer.
    func charge(_ bytes: Int) {
        untold &+= bytes
        if untold >= Self.piece || untold <= -Self.piece { tell() }
    }

    /// Passes this loop's count to the shared budget, and updates the pressure.
    func tell() {
        let used = budget.add(untold)
        untold = 0
        let limit = budget.limit
        pressure = limit == 0 || used <= limit / 4 * 3 ? .none : used <= limit ? .high : .full
    }

    /// This loop's share of the bytes to free, so that usage falls to seven eighths of the limit; 0 unless the budget is full.
    func excess(loops: Int) -> Int {
        pressure == .full ? (budget.used - budget.limit / 8 * 7) / max(1, loops) : 0
    }
}
