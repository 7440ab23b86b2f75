import HeaderPolicy
import Logging
import NIOCore
import NIOPosix
import ProxyCore
import Synchronization

/// Looks after the servers of one upstream, for all event loops: looks up names, makes checks, counts failures. Lives on one event
/// loop; the others are told what has changed, and keep a copy.
final class UpstreamWatch: Sendable {
    /// What is known when the first request comes.
    let firstRoster: [RosterMember]
    private let post: Post
    private let round: NIOLoopBound<Round>

    /// Nil where there is nothing to look after: one server at an address, without checks. Has to be called on `eventLoop`.
    ///
    /// - Parameter former: what is known already.
    init?(
        _ upstream: Upstream, security: UpstreamSecurity?, former: Knowledge?, board: UpstreamBoard, lookup: @escaping NameLookup,
        eventLoop: any EventLoop, logger: Logger
    ) {
        let round = Round(
            upstream, security: security, former: former, board: board, lookup: lookup, post: Post(eventLoop), logger: logger)
        guard round.isNeeded else { return nil }
        post = round.post
        self.round = NIOLoopBound(round, eventLoop: eventLoop)
        firstRoster = round.roster
        round.begin()
    }

    /// What one that comes after this one need not find out again.
    struct Knowledge: Sendable {
        let lookups: NameLookups
        let health: GroupHealth
    }

    func knowledge() async -> Knowledge? { try? await post.eventLoop.submit { [round] in round.value.knowledge }.get() }

    /// The servers as the configuration alone knows them.
    static func roster(of upstream: Upstream) -> [RosterMember] { NameLookups(upstream.servers, interval: 0).roster }

    /// The pool is told of changes from now on. To be called on its event loop.
    func join(_ pool: UpstreamPool, on loop: any EventLoop) {
        let pool = NIOLoopBound(pool, eventLoop: loop)
        let place = ObjectIdentifier(loop)
        post { [round] in
            round.value.join(place) { roster in loop.execute { pool.value.replace(roster) } }
        }
    }

    /// The pool of that event loop is closed.
    func leave(_ loop: any EventLoop) {
        let place = ObjectIdentifier(loop)
        post { [round] in round.value.leave(place) }
    }

    /// A request failed at the server, or succeeded after others had failed.
    func failed(_ identity: ServerIdentity) { post { [round] in round.value.failed(identity) } }
    func succeeded(_ identity: ServerIdentity) { post { [round] in round.value.succeeded(identity) } }

    /// Nothing is looked after, and nobody told of anything, once this returns.
    func stop() async {
        post.close()
        try? await post.eventLoop.submit { [round] in round.value.stop() }.get()
    }
}

/// A way to an event loop from anywhere, until it is closed: an event loop that has ended takes nothing.
private final class Post: Sendable {
    let eventLoop: any EventLoop
    private let isClosed = Mutex(false)

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func callAsFunction(_ work: @escaping @Sendable () -> Void) {
        isClosed.withLock { isClosed in if !isClosed { eventLoop.execute(work) } }
    }

    func close() { isClosed.withLock { $0 = true } }
}

/// What an `UpstreamWatch` does on its event loop.
private final class Round {
    private let upstream: Upstream
    private let board: UpstreamBoard
    private let lookup: NameLookup
    let post: Post
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let check: ServerCheck?
    private var lookups: NameLookups
    private var health: GroupHealth
    private var schedule: CheckSchedule?
    private(set) var roster: [RosterMember] = []
    private var listeners: [ObjectIdentifier: @Sendable ([RosterMember]) -> Void] = [:]
    private var clock = LoopClock()
    private var random = SystemRandomNumberGenerator()
    private var timer: (moment: Int, task: Scheduled<Void>)?
    private var isStopped = false

    init(
        _ upstream: Upstream, security: UpstreamSecurity?, former: UpstreamWatch.Knowledge?, board: UpstreamBoard,
        lookup: @escaping NameLookup, post: Post, logger: Logger
    ) {
        self.upstream = upstream
        self.board = board
        self.lookup = lookup
        self.post = post
        eventLoop = post.eventLoop
        self.logger = logger
        lookups = NameLookups(upstream.servers, interval: upstream.resolve)
        health = GroupHealth(check: upstream.healthCheck, ejection: upstream.ejection)
        check = upstream.healthCheck.map { ServerCheck(upstream: upstream, check: $0, security: security) }
        schedule = upstream.healthCheck.map { CheckSchedule($0) }
        if let former { lookups.inherit(former.lookups) }
        clock.refresh()
        renew(isFirst: true, former: former?.health)
    }

    var knowledge: UpstreamWatch.Knowledge { .init(lookups: lookups, health: health) }

    var isNeeded: Bool { roster.count > 1 || schedule != nil || !lookups.isEmpty }

    func begin() { proceed() }

    func join(_ place: ObjectIdentifier, _ listener: @escaping @Sendable ([RosterMember]) -> Void) {
        guard !isStopped else { return }
        listeners[place] = listener
        listener(roster)
    }

    func leave(_ place: ObjectIdentifier) { listeners[place] = nil }

    func stop() {
        isStopped = true
        timer?.task.cancel()
        timer = nil
        listeners = [:]
    }

    // MARK: What happens

    func failed(_ identity: ServerIdentity) {
        clock.refresh()
        guard !isStopped, health.failed(identity, now: clock.now) else { return }
        board.post(ejectionOf: identity)
        publish()
        proceed()
    }

    func succeeded(_ identity: ServerIdentity) { health.succeeded(identity) }

    private func checked(_ identity: ServerIdentity, _ why: String?) {
        clock.refresh()
        guard !isStopped else { return }
        schedule?.ended(identity, now: clock.now, random: &random)
        board.post(check: why == nil, why, of: identity)
        if health.checked(identity, passed: why == nil, now: clock.now) { publish(why) }
        proceed()
    }

    private func lookedUp(_ host: String, _ result: Result<[String], any Error>) {
        clock.refresh()
        guard !isStopped else { return }
        switch result {
        case .success(let addresses):
            if lookups.found(host, addresses, now: clock.now, random: &random) {
                let known = addresses.sorted().joined(separator: ", ")
                logger.info(
                    "addresses found", metadata: ["upstream": "\(upstream.name)", "host": "\(host)", "addresses": "\(known)"])
                renew(isFirst: false)
            }
        case .failure(let error):
            lookups.failed(host, now: clock.now)
            logger.warning(
                "host not found", metadata: ["upstream": "\(upstream.name)", "host": "\(host)", "cause": "\(error)"])
        }
        proceed()
    }

    // MARK: What to do

    /// The servers are others.
    private func renew(isFirst: Bool, former: GroupHealth? = nil) {
        let identities = lookups.roster.map(\.identity)
        // What replaces a name that has not been looked up yet is no newcomer.
        let isResolved = isFirst || roster.contains { lookups.isUnresolved($0.identity) }
        health.replace(identities, isFirst: isResolved, former: former, now: clock.now)
        schedule?.replace(identities, now: clock.now)
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
        for member in roster {
            guard let before = former[member.identity], before != member.standing else { continue }
            log(member, before, why)
        }
        board.post(roster)
        for listener in listeners.values { listener(roster) }
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
        if !health.advance(now: clock.now).isEmpty { publish() }
        let state = NIOLoopBound(self, eventLoop: eventLoop)
        for host in lookups.begin(now: clock.now) {
            let (lookup, post) = (lookup, post)
            // It may take long: longer than the event loop lives.
            NIOThreadPool.singleton.submit { _ in
                let result = Result { try lookup(host) }
                post { state.value.lookedUp(host, result) }
            }
        }
        if let check {
            for identity in schedule?.begin(now: clock.now) ?? [] {
                check.run(identity, on: eventLoop).whenSuccess { state.value.checked(identity, $0) }
            }
        }
        arm(state)
    }

    private func arm(_ state: NIOLoopBound<Round>) {
        let moments = [health.nextMoment, lookups.nextMoment, schedule?.nextMoment].compactMap { $0 }
        guard let moment = moments.min() else { return }
        if let timer {
            if timer.moment <= moment { return }
            timer.task.cancel()
        }
        let delay = TimeAmount.milliseconds(Int64(max(1, moment &- clock.now)))
        let task = eventLoop.scheduleTask(in: delay) {
            let round = state.value
            round.timer = nil
            round.clock.refresh()
            round.proceed()
        }
        timer = (moment, task)
    }
}
