import NIOCore
import NIOPosix

/// Sends each request when it is due, or as soon after that as a connection is free; all on one event loop.
final class Pacer {
    private let schedule: Schedule
    private let request: ByteBuffer
    private let loop: any EventLoop
    private let finished: EventLoopPromise<Latencies>
    private var start = NIODeadline.distantFuture
    private var sent = 0
    private var free: [PacedConnection] = []
    /// Index of the request that a connection carries.
    private var pending: Set<Int> = []
    private var isTimerSet = false
    private var latencies = Latencies()
    /// How long answers may take after the last request was due.
    private static let grace = TimeAmount.seconds(3)

    init(schedule: Schedule, request: ByteBuffer, loop: any EventLoop) {
        self.schedule = schedule
        self.request = request
        self.loop = loop
        finished = loop.makePromise()
        latencies.answered.reserveCapacity(schedule.due.count)
    }

    func run(against target: SocketAddress, connections: Int) -> EventLoopFuture<Latencies> {
        let bound = NIOLoopBound(self, eventLoop: loop)
        let bootstrap = ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(PacedConnection(pacer: bound.value))
                }
            }
        let opened = EventLoopFuture.andAllSucceed((0..<connections).map { _ in bootstrap.connect(to: target) }, on: loop)
        opened.whenComplete { result in
            switch result {
            case .success: bound.value.begin()
            case .failure(let error): bound.value.finished.fail(error)
            }
        }
        return finished.futureResult
    }

    private func begin() {
        start = .now()
        let last = schedule.due.last ?? 0
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(deadline: start + .nanoseconds(last) + Self.grace) { bound.value.giveUp() }
        sendWhatIsDue()
    }

    private func sendWhatIsDue() {
        let now = (.now() - start).nanoseconds
        while sent < schedule.due.count, schedule.due[sent] <= now, let connection = free.popLast() {
            pending.insert(sent)
            connection.send(request, index: sent)
            sent += 1
            latencies.sent = sent
        }
        guard sent < schedule.due.count, schedule.due[sent] > now, !isTimerSet else { return }
        isTimerSet = true
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(deadline: start + .nanoseconds(schedule.due[sent])) {
            bound.value.isTimerSet = false
            bound.value.sendWhatIsDue()
        }
    }

    /// A connection waits for a request: it was opened, or the answer to request `index` came.
    func isFree(_ connection: PacedConnection, after index: Int?) {
        free.append(connection)
        if let index {
            pending.remove(index)
            if index >= schedule.unseen { latencies.answered.append((.now() - start).nanoseconds - schedule.due[index]) }
        }
        guard sent < schedule.due.count || !pending.isEmpty else { return finished.succeed(latencies) }
        if start != .distantFuture { sendWhatIsDue() }
    }

    func failed(_ error: any Error) { finished.fail(error) }

    /// Time is up: what has no answer has waited until now.
    private func giveUp() {
        let now = (.now() - start).nanoseconds
        let waiting = pending.sorted() + Array(sent..<schedule.due.count)
        latencies.unanswered = waiting.filter { $0 >= schedule.unseen }.map { now - schedule.due[$0] }
        finished.succeed(latencies)
    }
}
