public import HTTPModel
public import HeaderPolicy

/// Counts of exchanges that have ended.
public struct ExchangeCounts: Sendable, Hashable {
    /// By the first digit of the status; 0 where the client was gone before its answer.
    public private(set) var statuses = [Int](repeating: 0, count: 6)
    /// Answered by the proxy itself.
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

    /// Back to nothing, in the same storage.
    public mutating func removeAll() {
        for index in statuses.indices { statuses[index] = 0 }
        local = 0
        all = 0
    }
}
