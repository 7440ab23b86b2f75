import Synchronization

/// How much memory all connections together may take with what they wait with: heads that are not whole yet, requests that wait for a
/// connection to an app, bytes that somebody does not take.
final class MemoryBudget: Sendable {
    private let limitBytes: Atomic<Int>
    private let usedBytes = Atomic<Int>(0)
    /// The most that was used since memory was last given back to the system.
    private let peak = Atomic<Int>(0)

    /// - Parameter limit: 0 is none.
    init(limit: Int) { limitBytes = Atomic(limit) }

    var limit: Int { limitBytes.load(ordering: .relaxed) }
    var used: Int { usedBytes.load(ordering: .relaxed) }

    /// A reload has another limit.
    func set(limit: Int) { limitBytes.store(limit, ordering: .relaxed) }

    /// Returns what is used now.
    fileprivate func add(_ bytes: Int) -> Int {
        let used = usedBytes.add(bytes, ordering: .relaxed).newValue
        peak.max(used, ordering: .relaxed)
        return used
    }

    /// True once after much was used that is not used any more: the allocator keeps it, and the system could use it.
    func hasShrunk() -> Bool {
        let (used, most) = (used, peak.load(ordering: .relaxed))
        guard most - used >= Self.worthwhile, used <= most / 2 else { return false }
        return peak.compareExchange(expected: most, desired: used, ordering: .relaxed).exchanged
    }

    private static let worthwhile = 4 << 20
}

/// One event loop's part in it. What is used is counted here and told to the others in large pieces, so that an exchange shares nothing.
final class LoopMemory {
    enum Pressure: Int, Comparable {
        case none
        /// Heads have to be short, and little is read at a time.
        case high
        /// Nothing new begins.
        case full

        static func < (one: Pressure, other: Pressure) -> Bool { one.rawValue < other.rawValue }
    }

    let budget: MemoryBudget
    private var untold = 0
    /// How many connections have bytes that wait for their peer.
    var lagging = 0
    private(set) var pressure = Pressure.none

    private static let piece = 64 << 10

    init(_ budget: MemoryBudget) { self.budget = budget }

    /// So many bytes more are kept, or fewer.
    func charge(_ bytes: Int) {
        untold &+= bytes
        if untold >= Self.piece || untold <= -Self.piece { tell() }
    }

    /// Tells the others, and learns from them.
    func tell() {
        let used = budget.add(untold)
        untold = 0
        let limit = budget.limit
        pressure = limit == 0 || used <= limit / 4 * 3 ? .none : used <= limit ? .high : .full
    }

    /// Bytes beyond what is left to be used when some have been given up, this loop's part of them.
    func excess(loops: Int) -> Int {
        pressure == .full ? (budget.used - budget.limit / 8 * 7) / max(1, loops) : 0
    }
}
