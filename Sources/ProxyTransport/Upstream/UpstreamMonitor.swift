import EventLoop
import HTTPModel
import HeaderPolicy
import Logging
import ProxyCore

/// Monitors the servers of one upstream for all event loops: looks up names, makes health checks, counts failures. It lives on one
/// event loop; the others are told of changes and keep a copy.
final class UpstreamMonitor: Sendable {
    /// The servers as they are known when the first request comes.
    let firstRoster: [RosterMember]
    private let worker: WorkerThread
    /// The monitor's state; only touched on that worker's loop.
    nonisolated(unsafe) private let round: Round

    private init(_ round: Round, on worker: WorkerThread) {
        self.worker = worker
        unsafe self.round = round
        firstRoster = round.roster
    }

    /// Nil when there is nothing to monitor: a single server at an address, without checks.
    ///
    /// - Parameter former: what is already known.
    static func begin(
        _ upstream: Upstream, security: UpstreamSecurity?, former: Knowledge?, board: UpstreamBoard, lookup: AddressLookup?,
        worker: WorkerThread, logger: Logger
    ) async -> UpstreamMonitor? {
        let monitor = await worker.ask { host -> UpstreamMonitor? in
            let round = Round(
                upstream, security: security, former: former, board: board, lookup: lookup, host: host, logger: logger)
            guard round.isNeeded else { return nil }
            round.begin()
            return UpstreamMonitor(round, on: worker)
        }
        return monitor ?? nil
    }

    /// The knowledge that a later monitor need not gather again.
    struct Knowledge: Sendable {
        let lookups: NameLookups
        let health: GroupHealth
    }

    func knowledge() async -> Knowledge? { await worker.ask { [self] _ in unsafe round.knowledge } }

    /// The servers as the configuration alone gives them.
    static func roster(of upstream: Upstream) -> [RosterMember] { NameLookups(upstream.servers, interval: 0).roster }

    /// Subscribes a pool of the given worker to changes.
    func join(_ pool: UpstreamPool, of host: Worker) {
        guard host.peers.indices.contains(host.place) else { return }
        let (travelling, place, home) = (LoopLocal(pool), ObjectIdentifier(pool), host.peers[host.place])
        worker.post { [self] _ in
            unsafe round.join(place) { roster in home.post { _ in travelling.use { $0.replace(roster) } } }
        }
    }

    /// Unsubscribes a pool that is closed.
    func leave(_ pool: UpstreamPool) {
        let place = ObjectIdentifier(pool)
        worker.post { [self] _ in unsafe round.leave(place) }
    }

    /// Reports that a request failed at the server, or succeeded after failures.
    func failed(_ identity: ServerIdentity) { worker.post { [self] _ in unsafe round.failed(identity) } }
    func succeeded(_ identity: ServerIdentity) { worker.post { [self] _ in unsafe round.succeeded(identity) } }

    /// Stops the monitor; once this returns, no server is monitored and no pool is told of changes.
    func stop() async { _ = await worker.ask { [self] _ in unsafe round.stop() } }
}

/// The part of an `UpstreamMonitor` that runs on its event loop.
private final class Round: Timed {
    private let upstream: Upstream
    private let board: UpstreamBoard
    private let lookup: AddressLookup?
    private let host: Connections
    private let logger: Logger
    private let security: UpstreamSecurity?
    private var lookups: NameLookups
    private var health: GroupHealth
    private var schedule: CheckSchedule?
    private(set) var roster: [RosterMember] = []
    private var listeners: [ObjectIdentifier: @Sendable ([RosterMember]) -> Void] = [:]
    private var random = FreshRandom.system
    private var isStopped = false

    init(
        _ upstream: Upstream, security: UpstreamSecurity?, former: UpstreamMonitor.Knowledge?, board: UpstreamBoard,
        lookup: AddressLookup?, host: Connections, logger: Logger
    ) {
        self.upstream = upstream
        self.security = security
        self.board = board
        self.lookup = lookup
        self.host = host
        self.logger = logger
        lookups = NameLookups(upstream.servers, interval: upstream.resolve)
        health = GroupHealth(check: upstream.healthCheck, ejection: upstream.ejection)
        schedule = upstream.healthCheck.map { CheckSchedule($0) }
        if let former { lookups.inherit(former.lookups) }
        super.init()
        renew(isFirst: true, former: former?.health)
    }

    var knowledge: UpstreamMonitor.Knowledge { .init(lookups: lookups, health: health) }

    var isNeeded: Bool { roster.count > 1 || schedule != nil || !lookups.isEmpty }

    func begin() {
        host.deadlines.insert(self)
        proceed()
    }

    func join(_ place: ObjectIdentifier, _ listener: @escaping @Sendable ([RosterMember]) -> Void) {
        guard !isStopped else { return }
        listeners[place] = listener
        listener(roster)
    }

    func leave(_ place: ObjectIdentifier) { listeners[place] = nil }

    func stop() {
        isStopped = true
        host.deadlines.remove(self)
        listeners = [:]
    }

    // MARK: Events

    func failed(_ identity: ServerIdentity) {
        guard !isStopped, health.failed(identity, now: host.clock.now) else { return }
        board.post(ejectionOf: identity)
        publish()
        proceed()
    }

    func succeeded(_ identity: ServerIdentity) { health.succeeded(identity) }

    private func checked(_ identity: ServerIdentity, _ why: String?) {
        guard !isStopped else { return }
        schedule?.ended(identity, now: host.clock.now, random: &random)
        board.post(checkFailure: why, of: identity)
        if health.checked(identity, passed: why == nil, now: host.clock.now) { publish(why) }
        proceed()
    }

    private func lookedUp(_ name: String, _ result: Result<[String], any Error>) {
        guard !isStopped else { return }
        switch result {
        case .success(let addresses):
            if lookups.found(name, addresses, now: host.clock.now, random: &random) {
                let known = addresses.sorted().joined(separator: ", ")
                logger.info(
                    "addresses found", metadata: ["upstream": "\(upstream.name)", "host": "\(name)", "addresses": "\(known)"])
                renew(isFirst: false)
            }
        case .failure(let error):
            lookups.failed(name, now: host.clock.now)
            logger.warning(
                "host not found", metadata: ["upstream": "\(upstream.name)", "host": "\(name)", "cause": "\(Self.words(error))"])
        }
        proceed()
    }

    private static func words(_ error: any Error) -> String { (error as? SystemError)?.text ?? "\(error)" }

    // MARK: Actions

    /// Handles a change of the servers.
    private func renew(isFirst: Bool, former: GroupHealth? = nil) {
        let identities = lookups.roster.map(\.identity)
        // Servers that replace a name that had not been looked up yet do not count as new.
        let isResolved = isFirst || roster.contains { lookups.isUnresolved($0.identity) }
        health.replace(identities, isFirst: isResolved, former: former, now: host.clock.now)
        schedule?.replace(identities, now: host.clock.now)
        publish()
    }

    private func publish(_ why: String? = nil) {
        let former = Dictionary(roster.map { ($0.identity, $0.standing) }) { first, _ in first }
        roster = lookups.roster.map { member in
            var member = member
            member.standing = health.standing(of: member.identity)
            member.risenAt = health.risenAt(member.identity)
            return member
        }
        board.post(roster)
        for listener in listeners.values { listener(roster) }
        // The log comes last, so that a reader of the log already finds the new state.
        for member in roster {
            guard let before = former[member.identity], before != member.standing else { continue }
            log(member, before, why)
        }
    }

    private func log(_ member: RosterMember, _ before: Standing, _ why: String?) {
        var metadata: Logger.Metadata = [
            "upstream": "\(upstream.name)", "server": "\(member.identity)", "standing": "\(member.standing.rawValue)",
            "before": "\(before.rawValue)",
        ]
        if let why { metadata["cause"] = "\(why)" }
        let isGood = member.standing == .up
        let message = !isGood ? "server is left out" : before == .unchecked ? "server is up" : "server is back"
        logger.log(level: isGood ? .info : .warning, "\(message)", metadata: metadata)
    }

    /// Does what is due and sets the timer for the rest.
    private func proceed() {
        guard !isStopped else { return }
        if !health.advance(now: host.clock.now).isEmpty { publish() }
        for host in lookups.begin(now: host.clock.now) { lookUp(host) }
        if let check = upstream.healthCheck {
            for identity in schedule?.begin(now: host.clock.now) ?? [] { make(check, of: identity) }
        }
        let moments = [health.nextMoment, lookups.nextMoment, schedule?.nextMoment].compactMap { $0 }
        deadline = moments.min() ?? .max
    }

    override func deadlinePassed() { proceed() }

    /// Makes a health check: a GET on a fresh connection that is made the way the upstream's requests are.
    private func make(_ check: HealthCheck, of identity: ServerIdentity) {
        let url = WebURL(
            scheme: upstream.scheme.isTLS ? .https : .http,
            authority: check.host ?? upstream.host ?? identity.named.authority, target: check.path)
        var request = WebClient.Request("GET", url, fields: [FieldText("User-Agent", "letterhead/health-check")])
        if upstream.scheme.isHTTP2 { request.version = .http2 }
        let destination = Destination(identity.target, named: identity.named, security: security)
        let question = Inquiry.Question(request: request, destination: destination, timeout: check.timeout)
        Inquiry.start(question, on: host) { [weak self] in self?.checked(identity, Self.fault(of: $0, check)) }
    }

    /// Why an answer is not that of a healthy server; nil if it is.
    private static func fault(of answer: Inquiry.Answer, _ check: HealthCheck) -> String? {
        switch answer {
        case .success(let response):
            let status = Status(rawValue: UInt16(clamping: response.status))
            return check.passes(status) ? nil : "it answered \(response.status)"
        case .failure(.tls(let cause)): return cause
        case .failure(.otherProtocol(let agreed)): return TLSWords.noHTTP2(agreed)
        case .failure(let failure): return "\(failure)"
        }
    }

    private func lookUp(_ name: String) {
        if let lookup {
            let place = LoopLocal(self)
            host.loop.mail.post { _ in place.use { round in round.answered(name, Result { try lookup(name) }) } }
            return
        }
        do throws(SystemError) {
            try host.loop.lookUp(name, port: 0) { [weak self] result in
                self?.answered(name, result.map { $0.map(\.address) }.mapError { $0 })
            }
        } catch {
            lookedUp(name, .failure(error))
        }
    }

    /// Takes an answer, which is an event of the loop.
    private func answered(_ name: String, _ result: Result<[String], any Error>) {
        host.refreshClock()
        lookedUp(name, result)
        host.jobDone()
    }
}
