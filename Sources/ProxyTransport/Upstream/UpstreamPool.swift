import HTTPModel
import HeaderPolicy
import ProxyCore

/// An upstream on one event loop: its servers, and the choice of one for each request.
final class UpstreamPool {
    private let upstream: Upstream
    private let resources: UpstreamResources
    private let configuration: CompiledConfiguration
    /// The `Host` that the app should see; nil passes on the client's.
    let host: [UInt8]?
    let isHTTP2: Bool
    private unowned let worker: Worker
    private let key: RequestKey?
    /// The servers, in the order of the roster.
    private var servers: [ServerPool] = []
    /// Servers that have left the roster and still have requests.
    private var leaving: [ServerPool] = []
    /// The only server; nil if there is a choice.
    private var only: ServerPool?
    private var balancer: Balancer
    private var budget: RetryBudget
    private var random: Xoshiro256
    private var unserved = 0
    private var retriesRefused = 0
    private var isClosed = false
    /// Whether the last report has been made.
    private var isOver = false
    private var reported = UpstreamBoard.Report()
    private var reportAt = 0

    /// The milliseconds between two reports.
    private static let reportInterval = 250

    /// - Parameter index: of the upstream in the configuration.
    init(_ index: Int, _ resources: UpstreamResources, configuration: CompiledConfiguration, worker: Worker) {
        upstream = configuration.source.upstreams[index]
        host = configuration.upstreams[index].host
        isHTTP2 = configuration.upstreams[index].isHTTP2
        self.resources = resources
        self.configuration = configuration
        self.worker = worker
        if case .hash(let source) = upstream.balance { key = RequestKey(source, names: configuration.names) } else { key = nil }
        balancer = Balancer(upstream.balance, slowStart: upstream.slowStart)
        budget = RetryBudget(upstream.retries)
        var seed = FreshRandom.system
        random = Xoshiro256(seededBy: &seed)
        replace(resources.monitor?.firstRoster ?? UpstreamMonitor.roster(of: upstream))
        resources.monitor?.join(self, of: worker)
    }

    var isEmpty: Bool { leaving.isEmpty && servers.allSatisfy(\.isEmpty) }

    /// Replaces the servers. A server that is no longer among them keeps its requests.
    func replace(_ roster: [RosterMember]) {
        guard !isClosed else { return }
        var former = Dictionary(servers.map { ($0.identity, $0) }) { first, _ in first }
        servers = roster.map { member in
            former.removeValue(forKey: member.identity)
                ?? ServerPool(
                    member.identity, of: upstream, resources, configuration: configuration, worker: worker)
        }
        for server in former.values {
            server.close()
            if !server.isEmpty { leaving.append(server) }
        }
        balancer.replace(roster, random: &random)
        only = servers.count == 1 && !balancer.isEmpty ? servers.first : nil
    }

    // MARK: Calls from exchanges

    /// Gives the exchange a connection, now or later, or tells it that there is none. `fresh` asks for a new connection, after an
    /// idle one has just turned out to be closed.
    func acquire(for relay: Relay, fresh: Bool = false) {
        if let only {
            relay.server = only
            return only.acquire(for: relay, fresh: fresh)
        }
        if fresh, let server = relay.server, servers.contains(where: { $0 === server }) {
            return server.acquire(for: relay, fresh: true)
        }
        budget.deposit(now: relay.now)
        if upstream.retries.attempts > 0 {
            relay.exchange.hasOthers(attempts: min(upstream.retries.attempts, servers.count - 1))
        }
        guard let server = choose(for: relay, tried: []) else {
            unserved &+= 1
            return relay.upstreamFailed(.noServer)
        }
        relay.server = server
        server.acquire(for: relay)
    }

    /// Gives the exchange, which a server has failed, a connection to another server. False when there is none, or when the
    /// budget for repeating requests that may have been acted on is used up.
    func moveOn(_ relay: Relay, isRepeated: Bool) -> Bool {
        if let server = relay.server { relay.tried.append(ObjectIdentifier(server)) }
        let tried = servers.indices.filter { relay.tried.contains(ObjectIdentifier(servers[$0])) }
        guard let server = choose(for: relay, tried: tried) else { return false }
        guard !isRepeated || budget.withdraw(now: relay.now) else {
            retriesRefused &+= 1
            return false
        }
        relay.exchange.movesOn()
        relay.connectBy = .max
        relay.server = server
        relay.retries &+= 1
        server.countRetry()
        server.acquire(for: relay)
        return true
    }

    /// Tries the name's next address for an exchange that one has refused. A name stands for all of its addresses, so `retries`
    /// does not count here. False when no address or no time is left.
    func tryNextAddress(_ relay: Relay) -> Bool {
        guard let refused = relay.server, let name = refused.identity.name else { return false }
        if relay.connectBy == .max {
            let began = Int(truncatingIfNeeded: relay.exchange.upstreamStartedAt / 1_000_000)
            relay.connectBy = Timed.deadline(now: began, after: relay.connectTimeout)
        }
        relay.tried.append(ObjectIdentifier(refused))
        let next = servers.first {
            $0.identity.name == name && $0.identity.named == refused.identity.named
                && !relay.tried.contains(ObjectIdentifier($0))
        }
        guard relay.now < relay.connectBy, let next else { return false }
        relay.lease = .none
        relay.server = next
        relay.retries &+= 1
        next.countRetry()
        next.acquire(for: relay)
        return true
    }

    private func choose(for relay: Relay, tried: [Int]) -> ServerPool? {
        let servers = servers
        let place = balancer.pick(
            key: key?.hash(of: relay.exchange.facts), tried: tried, now: relay.now, random: &random
        ) { servers[$0].load }
        return place.map { servers[$0] }
    }

    // MARK: Time

    func expire(now: Int) {
        for server in servers { server.expire(now: now) }
        if !leaving.isEmpty {
            for server in leaving { server.expire(now: now) }
            leaving.removeAll(where: \.isEmpty)
        }
        report(now: now)
    }

    /// Closes idle connections, now and from now on.
    func close() {
        isClosed = true
        for server in servers + leaving { server.close() }
        resources.monitor?.leave(self)
        reportAt = 0
        report(now: worker.clock.now)
    }

    /// Reports the pool's state, where it has changed, a few times a second.
    private func report(now: Int) {
        let isIdle = isEmpty
        guard !isOver, now >= reportAt || isIdle else { return }
        reportAt = now &+ Self.reportInterval
        var report = UpstreamBoard.Report(unserved: unserved, retriesRefused: retriesRefused)
        for server in servers + leaving { report.loads[server.identity, default: ServerLoad()] += server.snapshot }
        isOver = isClosed && isIdle
        guard report != reported || isOver else { return }
        reported = report
        resources.board.post(report, of: ObjectIdentifier(self), isLast: isOver)
    }
}
