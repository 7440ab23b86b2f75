import HTTPModel
import HeaderPolicy
import ProxyCore

/// What is noted of an exchange because somebody looks: its client, by `debug`, or the inspector. Most exchanges have none.
final class ExchangeWatch {
    /// The client sees which rules touched the response.
    let isTraced: Bool
    /// The inspector keeps the exchange.
    let isInspected: Bool
    /// The rules that the traces count.
    var rules: TracedPolicy?
    var requestTrace: StageTrace?
    var responseTrace: StageTrace?

    init(isTraced: Bool, isInspected: Bool) {
        self.isTraced = isTraced
        self.isInspected = isInspected
    }
}

extension Exchange {
    /// Decides whether the exchange is looked at. The request's fields are there, and who the client is.
    func beginWatch() {
        let isTraced = configuration.debug?.admits(&facts) ?? false
        let isInspected =
            configuration.isInspected && worker.inspection.wants(configuration, now: worker.clock.now)
        if isTraced || isInspected { watch = ExchangeWatch(isTraced: isTraced, isInspected: isInspected) }
    }

    func applyRequestStage() {
        guard let watch, let rules = rules(of: watch) else {
            return policy.applyToRequest(&worker.forwarded, facts: facts, scratch: &listener.generation.scratch)
        }
        watch.requestTrace = rules.applyToRequest(&worker.forwarded, facts: facts, scratch: &listener.generation.scratch)
    }

    /// Once for each exchange, on its final response.
    func applyResponseStage() {
        guard let watch, let rules = rules(of: watch) else {
            return policy.applyToResponse(&response, facts: facts, scratch: &listener.generation.scratch)
        }
        let trace = rules.applyToResponse(&response, facts: facts, scratch: &listener.generation.scratch)
        watch.responseTrace = trace
        guard watch.isTraced else { return }
        TraceField.append(
            to: &response, trace, rules: rules.responseRules, facts: facts,
            route: route.map { configuration.source.routes[$0].location })
    }

    private func rules(of watch: ExchangeWatch) -> TracedPolicy? {
        if watch.rules == nil {
            watch.rules = worker.inspection.rules(of: configuration, listener: listener.index, route: route)
        }
        return watch.rules
    }

    /// Why the proxy answers by itself, for the client that may know; empty for all others.
    func cause(of reason: String) -> String {
        guard let watch, watch.isTraced else { return "" }
        let upstream = configuration.source.upstreams.first { $0.name.utf8.elementsEqual(facts.upstream) }
        return ReplyCause.words(
            reason, upstream: upstream, route: route.map { configuration.source.routes[$0].location }, because: badResponse)
    }

    /// The exchange has ended.
    func endWatch() {
        guard configuration.isInspected else { return }
        let status = machine.hasStarted ? response.status : nil
        worker.inspection.counts.count(status: status, source: facts.source)
        guard let watch, watch.isInspected, let observer = worker.inspection.observer else { return }
        var seen = InspectedExchange(
            facts, on: configuration, listener: listener.index, route: route, requestTrace: watch.requestTrace,
            responseTrace: watch.responseTrace, rules: watch.rules)
        seen.status = status
        seen.isTraced = watch.isTraced
        if let server {
            seen.upstreamAddress = String(decoding: triedAddress.isEmpty ? server.address : triedAddress, as: UTF8.self)
        }
        seen.retries = retries
        seen.badResponse = badResponse
        seen.requestBytes = requestBytesRead
        seen.responseBytes = responseBytesWritten
        seen.microseconds = Int((worker.clock.nanoseconds &- startedAt) / 1_000)
        seen.unixMilliseconds = WallClock.unixMilliseconds() - seen.microseconds / 1_000
        if upstreamHeadAt > 0 { seen.upstreamMicroseconds = Int((upstreamHeadAt &- upstreamStartedAt) / 1_000) }
        observer.take(seen)
    }
}

/// Which exchanges of one event loop are looked at, and the rules in the form that tells what they do.
struct Inspection {
    let observer: (any ExchangeObserver)?
    /// Since the last `flush`.
    var counts = ExchangeCounts()
    private var random = CheapRandom()
    private var second = -1
    private var left = 0
    private var rules: [Key: TracedPolicy] = [:]
    /// Whose rules those are.
    private var configuration: CompiledConfiguration?

    private struct Key: Hashable {
        var listener: Int
        var route: Int?
    }

    init(_ observer: (any ExchangeObserver)?) { self.observer = observer }

    /// Whether the inspector looks at one more exchange.
    mutating func wants(_ configuration: CompiledConfiguration, now: Int) -> Bool {
        guard observer != nil, random.next() < configuration.inspectedShare else { return false }
        if now / 1_000 != second {
            second = now / 1_000
            left = configuration.inspectedRate
        }
        guard left > 0 else { return false }
        left -= 1
        return true
    }

    /// Hands on what was counted. On every tick: a lock for each exchange would cost more than all the rest.
    mutating func flush() {
        guard counts.all > 0 else { return }
        observer?.add(counts)
        counts.removeAll()
    }

    /// Compiled when first asked for.
    mutating func rules(of configuration: CompiledConfiguration, listener: Int, route: Int?) -> TracedPolicy? {
        if self.configuration !== configuration {
            self.configuration = configuration
            rules.removeAll()
        }
        let key = Key(listener: listener, route: route)
        if let known = rules[key] { return known }
        // They are the rules of the configuration, which compile.
        let fresh = try? configuration.tracedPolicy(listener: listener, route: route)
        rules[key] = fresh
        return fresh
    }
}

/// Which exchanges are in the sample is no secret: a few instructions are enough (splitmix64).
private struct CheapRandom {
    private var state = UInt64.random(in: .min ... .max)

    /// 32 bits.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed >> 32
    }
}
