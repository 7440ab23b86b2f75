public import HTTPModel
public import HeaderPolicy

/// Counts of exchanges that have ended.
public struct ExchangeCounts: Sendable, Hashable {
    /// The counts by the first digit of the status; index 0 counts exchanges whose client was gone before the answer.
    public private(set) var statuses = [Int](repeating: 0, count: 6)
    /// The number of exchanges that the proxy answered itself.
    public private(set) var local = 0
    public private(set) var all = 0

    public init() {}

    public mutating func count(status: Status?, source: ExchangeFacts.Source) {
        statuses[min(5, Int(status?.rawValue ?? 0) / 100)] &+= 1
        if source == .proxy { local &+= 1 }
        all &+= 1
    }

    public mutating func add(_ other: ExchangeCounts) {
        for index in statuses.indices { statuses[index] &+= other.statuses[index] }
        local &+= other.local
        all &+= other.all
    }

    /// Resets the counts, keeping the storage.
    public mutating func removeAll() {
        for index in statuses.indices { statuses[index] = 0 }
        local = 0
        all = 0
    }
}
