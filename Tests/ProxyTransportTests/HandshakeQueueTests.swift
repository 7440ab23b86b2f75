import NIOCore
import NIOEmbedded
import Testing

@testable import ProxyTransport

/// A crowd of handshakes does not take the event loop for itself.
@Suite struct HandshakeQueueTests {
    private let loop = EmbeddedEventLoop()

    /// Until nothing is scheduled any more, which would hold on to the loop.
    private func rest() { loop.advanceTime(by: .seconds(1)) }

    @Test func aFewAtATime() {
        let queue = HandshakeQueue(loop)
        defer { rest() }
        var begun: [Int] = []
        let count = 2 * HandshakeQueue.atOnce + 1
        for number in 0..<count { queue.begin { begun.append(number) } }
        #expect(begun.count == HandshakeQueue.atOnce)
        loop.run()
        #expect(begun.count == HandshakeQueue.atOnce, "the event loop has its turn first")
        loop.advanceTime(by: HandshakeQueue.pause)
        #expect(begun.count == 2 * HandshakeQueue.atOnce)
        // One that comes now is the last.
        queue.begin { begun.append(count) }
        loop.advanceTime(by: HandshakeQueue.pause)
        #expect(begun == Array(0...count))
    }

    @Test func atOnceAfterAPause() {
        let queue = HandshakeQueue(loop)
        defer { rest() }
        var begun = 0
        for _ in 0..<3 {
            for _ in 0..<HandshakeQueue.atOnce { queue.begin { begun += 1 } }
            loop.advanceTime(by: HandshakeQueue.pause)
        }
        #expect(begun == 3 * HandshakeQueue.atOnce)
        // It sleeps when there is nothing to do.
        rest()
        for _ in 0..<HandshakeQueue.atOnce { queue.begin { begun += 1 } }
        #expect(begun == 4 * HandshakeQueue.atOnce)
    }

    /// What a step begins waits behind what is there already.
    @Test func fromWithin() {
        let queue = HandshakeQueue(loop)
        defer { rest() }
        var begun: [String] = []
        for number in 0...HandshakeQueue.atOnce {
            queue.begin {
                begun.append("\(number)")
                if number == HandshakeQueue.atOnce { queue.begin { begun.append("inner") } }
            }
        }
        queue.begin { begun.append("outer") }
        loop.advanceTime(by: HandshakeQueue.pause)
        #expect(begun == (0...HandshakeQueue.atOnce).map(String.init) + ["outer", "inner"])
    }
}
