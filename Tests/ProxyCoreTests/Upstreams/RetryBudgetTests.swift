import Testing

@testable import ProxyCore

@Suite struct RetryBudgetTests {
    static func budget(_ percent: Int, _ perSecond: Int) -> RetryBudget {
        var retries = Retries()
        retries.budget = percent
        retries.minPerSecond = perSecond
        return RetryBudget(retries)
    }

    /// Percent, always allowed a second, requests at once: how many of them may be sent again.
    @Test(arguments: [
        (20, 10, 0, 50), (20, 10, 1_000, 250), (20, 0, 1_000, 200), (0, 0, 1_000, 0), (100, 0, 77, 77), (0, 3, 1_000, 15),
        (1, 0, 99, 0), (1, 0, 100, 1), (20, 0, 1_000_000, 200_000),
    ])
    func aShareOfTheRequests(_ percent: Int, _ perSecond: Int, _ requests: Int, _ expected: Int) {
        var budget = Self.budget(percent, perSecond)
        for _ in 0..<requests { budget.deposit(now: 1_000) }
        var allowed = 0
        while budget.withdraw(now: 1_100), allowed < 1_000_000 { allowed += 1 }
        #expect(allowed == expected)
        #expect(budget.withdraw(now: 1_100) == false)
    }

    /// All servers fail all requests for long: the retries stay a share of the requests.
    @Test func doesNotAmplify() {
        var budget = Self.budget(20, 0)
        var retries = 0
        for request in 0..<100_000 {
            budget.deposit(now: request)
            if budget.withdraw(now: request) { retries += 1 }
        }
        #expect((18_000...22_000).contains(retries), "\(retries)")
    }

    /// What was long ago does not count, in either direction.
    @Test func forgets() {
        var budget = Self.budget(20, 1)
        for _ in 0..<10_000 { budget.deposit(now: 0) }
        while budget.withdraw(now: 10) {}
        #expect(budget.withdraw(now: 4_000) == false)
        var allowed = 0
        while budget.withdraw(now: 1_000_000) { allowed += 1 }
        #expect(allowed == 5)
    }
}
