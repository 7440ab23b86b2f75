package import HTTPModel
package import HeaderPolicy

/// Counts of exchanges that have ended.
package struct ExchangeCounts: Sendable, Hashable {
    /// The counts by the first digit of the status; index 0 counts exchanges whose client was gone before the answer.
    package private(set) var statuses = [Int](repeating: 0, count: 6)
    /// The number of exchanges that the proxy answered itself.
    package private(set) var local = 0
    package private(set) var all = 0

    package init() {}

    package mutating func count(status: Status?, source: ExchangeFacts.Source) {
        statuses[min(5, Int(status?.rawValue ?? 0) / 100)] &+= 1
        if source == .proxy { local &+= 1 }
        all &+= 1
    }

    package mutating func add(_ other: ExchangeCounts) {
        for index in statuses.indices { statuses[index] &+= other.statuses[index] }
        local &+= other.local
        all &+= other.all
    }

    /// Resets the counts, keeping the storage.
    package mutating func removeAll() {
        for index in statuses.indices { statuses[index] = 0 }
        local = 0
        all = 0
    }
}
