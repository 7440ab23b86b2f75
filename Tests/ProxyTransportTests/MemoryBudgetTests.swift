import Testing

@testable import ProxyTransport

/// What connections keep is counted together, and it is known when that is too much.
@Suite struct MemoryBudgetTests {
    private static let megabyte = 1 << 20

    @Test func pressure() {
        let budget = MemoryBudget(limit: 8 * Self.megabyte)
        let (one, other) = (LoopMemory(budget), LoopMemory(budget))
        one.charge(6 * Self.megabyte)
        #expect(one.pressure == .none)
        one.charge(64 << 10)
        #expect(one.pressure == .high)
        #expect(other.pressure == .none, "it has not asked")
        other.charge(2 * Self.megabyte)
        #expect(other.pressure == .full && budget.used == 8 * Self.megabyte + 64 << 10)
        #expect(other.excess(loops: 2) == (Self.megabyte + 64 << 10) / 2 && one.excess(loops: 2) == 0)
        one.charge(-6 * Self.megabyte)
        other.tell()
        #expect(one.pressure == .none && other.pressure == .none)
    }

    /// Small changes are not worth telling; none is forgotten.
    @Test func toldInLargePieces() {
        let budget = MemoryBudget(limit: 0)
        let memory = LoopMemory(budget)
        for _ in 0..<100 {
            memory.charge(1_000)
            memory.charge(-900)
        }
        #expect(budget.used == 0)
        memory.tell()
        #expect(budget.used == 10_000 && memory.pressure == .none, "0 is no limit")
    }

    @Test func itIsWorthGivingBackOnce() {
        let budget = MemoryBudget(limit: 0)
        let memory = LoopMemory(budget)
        memory.charge(10 * Self.megabyte)
        #expect(!budget.hasShrunk())
        memory.charge(-4 * Self.megabyte)
        #expect(!budget.hasShrunk(), "much is still used")
        memory.charge(-5 * Self.megabyte)
        #expect(budget.hasShrunk() && !budget.hasShrunk())
        memory.charge(2 * Self.megabyte)
        memory.charge(-2 * Self.megabyte)
        #expect(!budget.hasShrunk(), "a little is not worth it")
    }

    @Test func thisProcessMayHaveSome() { #expect(MemoryBudget.automaticLimit() >= 4 << 20) }
}
