import NIOCore

/// The beginnings of handshakes on one event loop, a few at a time.
///
/// To answer a client's first message costs as much as dozens of exchanges. Whoever sends a thousand at once has to wait for as long as a
/// thousand take, and nobody else: between a few and the next few the event loop sees to what else is there.
final class HandshakeQueue {
    typealias Step = () -> Void

    private let eventLoop: any EventLoop
    private var waiting = CircularBuffer<Step>()
    private var room = HandshakeQueue.atOnce
    private var isScheduled = false

    /// How many begin before the event loop has its turn: about a millisecond.
    static let atOnce = 4
    /// Long enough for the event loop to look at its sockets before the next few.
    static let pause = TimeAmount.microseconds(50)

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Does it now, or when those before it are done.
    func begin(_ step: @escaping Step) {
        waiting.append(step)
        serve()
    }

    /// Forgets those that wait.
    func clear() { waiting.removeAll() }

    private func serve() {
        while room > 0, let step = waiting.popFirst() {
            room -= 1
            step()
        }
        guard room < Self.atOnce, !isScheduled else { return }
        isScheduled = true
        let queue = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: Self.pause) { queue.value.goOn() }
    }

    private func goOn() {
        isScheduled = false
        room = Self.atOnce
        serve()
    }
}
