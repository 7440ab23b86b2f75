import HTTPModel
import HeaderPolicy
package import ProxyCore
import Synchronization

/// The last exchanges that were observed, numbered from 1, and the counts of all. All event loops add to it.
package final class ExchangeRing: ExchangeObserver {
    /// The counts since the start.
    struct Counts: Hashable {
        /// The exchanges that have passed, observed or not.
        var passed = ExchangeCounts()
        /// The number of exchanges that were observed.
        var taken = 0
    }

    private struct State {
        var configuration: CompiledConfiguration
        var exchanges: [(number: Int, exchange: InspectedExchange, weight: Int)] = []
        var weight = 0
        var counts = Counts()
    }

    private let state: Mutex<State>
    private let readers = Atomic<Int>(0)

    /// The most bytes that all kept exchanges may take.
    private static let weightLimit = 16 << 20
    /// The most pages that may watch at once.
    private static let readerLimit = 16

    /// - Parameter configuration: the configuration with which the process starts.
    package init(_ configuration: CompiledConfiguration) { state = Mutex(State(configuration: configuration)) }

    /// The configuration that new exchanges run under.
    package var configuration: CompiledConfiguration {
        get { state.withLock { $0.configuration } }
        set { state.withLock { $0.configuration = newValue } }
    }

    var counts: Counts { state.withLock { $0.counts } }

    package func add(_ counts: ExchangeCounts) { state.withLock { $0.counts.passed.add(counts) } }

    package func take(_ exchange: InspectedExchange) {
        let weight = exchange.weight
        state.withLock { state in
            state.counts.taken += 1
            state.exchanges.append((state.counts.taken, exchange, weight))
            state.weight += weight
            let room = exchange.configuration.source.inspector?.entries ?? 0
            var surplus = state.exchanges.count - room
            var spare = state.weight
            for (index, one) in state.exchanges.enumerated() {
                guard index < surplus || spare > Self.weightLimit else { break }
                surplus = max(surplus, index + 1)
                spare -= one.weight
            }
            guard surplus > 0 else { return }
            state.exchanges.removeFirst(surplus)
            state.weight = spare
        }
    }

    /// Returns at most `limit` exchanges after a number, the oldest first. A number that has not been assigned yet is from
    /// another process and counts as none.
    func exchanges(after number: Int, limit: Int) -> [(number: Int, exchange: InspectedExchange)] {
        state.withLock { state in
            let number = number > state.counts.taken ? 0 : number
            let first = state.exchanges.firstIndex { $0.number > number } ?? state.exchanges.count
            return state.exchanges[first...].prefix(limit).map { ($0.number, $0.exchange) }
        }
    }

    /// Counts one more page that watches. False if there are enough.
    func addReader() -> Bool {
        guard readers.add(1, ordering: .relaxed).newValue <= Self.readerLimit else {
            removeReader()
            return false
        }
        return true
    }

    func removeReader() { readers.subtract(1, ordering: .relaxed) }
}
