import HTTPModel
import HeaderPolicy

/// Decides which exchanges of one event loop are looked at, and keeps the rules in the form that traces them.
public struct Inspection {
    let observer: (any ExchangeObserver)?
    /// Whether clients that may know are told which rules touched their responses.
    public var tellsClients = true
    /// The counts since the last `flush`.
    var counts = ExchangeCounts()
    /// Which exchanges are in the sample is not secret, so a few instructions are enough.
    private var random = SplitMix64(seed: .random(in: .min ... .max))
    private var second = -1
    private var left = 0
    private var rules: [Key: TracedPolicy] = [:]
    /// The configuration to which `rules` belong.
    private var configuration: CompiledConfiguration?

    private struct Key: Hashable {
        var listener: Int
        var route: Int?
    }

    init(_ observer: (any ExchangeObserver)?) { self.observer = observer }

    /// Whether the inspector looks at one more exchange.
    mutating func wants(_ configuration: CompiledConfiguration, now: Int) -> Bool {
        guard observer != nil, random.next() >> 32 < configuration.inspectedShare else { return false }
        if now / 1_000 != second {
            second = now / 1_000
            left = configuration.inspectedRate
        }
        guard left > 0 else { return false }
        left -= 1
        return true
    }

    /// Hands the counts to the observer. It is called only now and then, because a lock for each exchange would cost more than
    /// all the rest.
    public mutating func flush() {
        guard counts.all > 0 else { return }
        observer?.add(counts)
        counts.removeAll()
    }

    /// Returns the traced rules, which are compiled when first asked for.
    mutating func rules(of configuration: CompiledConfiguration, listener: Int, route: Int?) -> TracedPolicy? {
        if self.configuration !== configuration {
            self.configuration = configuration
            rules.removeAll()
        }
        let key = Key(listener: listener, route: route)
        if let known = rules[key] { return known }
        // These rules are already part of the configuration, so they compile.
        let fresh = try? configuration.tracedPolicy(listener: listener, route: route)
        rules[key] = fresh
        return fresh
    }
}
