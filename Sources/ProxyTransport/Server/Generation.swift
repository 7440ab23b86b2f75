import EventLoop
import HTTPModel
import HeaderPolicy
import ProxyCore

/// The state of one event loop under one configuration. A reload makes a new one, and exchanges that began under this one keep
/// it.
final class Generation {
    let configuration: CompiledConfiguration
    private(set) var pools: [UpstreamPool] = []
    /// The context lent to its exchanges; the rule counts in it belong to this configuration.
    var context: ExchangeContext
    private var counts: TrafficCounts

    /// - Parameter upstreams: the resources that the event loops share for each upstream.
    init(_ provision: Provision, upstreams: [UpstreamResources], worker: Worker) {
        configuration = provision.configuration
        context = ExchangeContext(
            requestIDs: provision.requestIDs(), scratch: StageScratch(slots: configuration.countedRules.count),
            observer: worker.observer, reports: worker.reports, shadowTaker: worker.shadowDesk)
        context.unixMilliseconds = { WallClock.unixMilliseconds() }
        counts = TrafficCounts(of: configuration)
        pools = upstreams.enumerated().map { UpstreamPool($0, $1, configuration: configuration, worker: worker) }
    }

    /// Whether none of its exchanges has a connection to an app or waits for one.
    var isEmpty: Bool { pools.allSatisfy(\.isEmpty) }

    /// Sets the time that exchanges see.
    func setTime(_ clock: LoopClock, unixSeconds: Int) {
        context.now = clock.now
        context.nanoseconds = clock.nanoseconds
        context.setTime(unixSeconds: unixSeconds)
    }

    // MARK: Counts

    /// Counts an exchange that has ended. The counts are plain numbers of this event loop, which are only summed up on demand.
    ///
    /// - Parameter exchange: only read. Borrowing it from the object that holds it would copy it.
    func count(_ exchange: inout Exchange, duration: UInt64) {
        let route = exchange.route ?? counts.routes.count - 1
        let status = exchange.status?.rawValue ?? 0
        counts.routes[route].answers.count(RouteCounts.Answer(exchange.facts.request.method, status))
        let isTunnel = status == 101 || exchange.isWebSocket
        if !isTunnel { counts.routes[route].duration.observe(nanoseconds: duration) }
        counts.routes[route].requestBytes &+= exchange.requestBytes
        counts.routes[route].responseBytes &+= exchange.responseBytes
        guard exchange.upstreamStartedAt > 0, route < configuration.routes.count else { return }
        let upstream = configuration.routes[route].upstream
        guard upstream >= 0 else { return }
        if exchange.upstreamHeadAt > 0 {
            if exchange.facts.source == .upstream { counts.upstreams[upstream].statuses.count(status) }
            counts.upstreams[upstream].duration.observe(
                nanoseconds: exchange.upstreamHeadAt &- exchange.upstreamStartedAt)
        }
        if let reason = exchange.facts.reason, UpstreamFault(reason) != nil {
            counts.upstreams[upstream].failures.count(reason)
        }
        if let cause = exchange.badResponse { counts.upstreams[upstream].badResponses.count(cause.fault) }
    }

    /// Adds everything counted so far to a snapshot.
    func addCounts(to snapshot: inout MetricsSnapshot) {
        var counts = counts
        counts.rules = context.scratch.hits
        counts.droppedFields = context.scratch.droppedFields
        counts.shadow = context.shadow
        snapshot.add(counts, of: configuration)
    }

    /// Moves everything counted so far to a snapshot; counting starts again at zero, in case an exchange comes back late.
    func moveCounts(to snapshot: inout MetricsSnapshot) {
        addCounts(to: &snapshot)
        counts = TrafficCounts(of: configuration)
        context.scratch.hits = Array(repeating: 0, count: context.scratch.hits.count)
        context.scratch.droppedFields = 0
        context.shadow.removeAll()
    }
}
