import Foundation
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import ProxyTransport

/// What is written leaves whole and in order, whichever way it takes.
@Suite struct SocketConnectionTests {
    private final class Writer: SocketConnection, ChannelDuplexHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundIn = ByteBuffer

        func channelWritabilityChanged(context: ChannelHandlerContext) { noteWritability(context) }
    }

    /// Straight into the socket, by the channel, or by what stands behind the TLS library.
    enum Way: CaseIterable { case direct, channel, outlet }

    /// A writer on one end of a pair of sockets, and the other end.
    private struct Pair {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let writer: NIOLoopBound<Writer>
        let channel: any Channel
        let reader: Connection

        init(_ way: Way) async throws {
            var ends: [Int32] = [0, 0]
            // Processes that other tests start must not inherit them.
            let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
            guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw Disappointment("no sockets") }
            let loop = group.next()
            writer = try await loop.submit {
                NIOLoopBound(Writer(reads: way == .direct ? ReadSize(ReadBuffers()) : nil), eventLoop: loop)
            }.get()
            channel = try await ClientBootstrap(group: group).channelInitializer { [writer] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if way == .outlet { try pipeline.addHandler(SocketOutlet()) }
                    try pipeline.addHandler(writer.value)
                }
            }.withConnectedSocket(ends[0]).get()
            reader = Connection(descriptor: ends[1])
        }

        func onLoop<Result: Sendable>(_ body: @escaping @Sendable (Writer) -> Result) async throws -> Result {
            try await channel.eventLoop.submit { [writer] in body(writer.value) }.get()
        }

        func end() async throws {
            try? await channel.close().get()
            try await group.shutdownGracefully()
        }
    }

    /// Bytes that say where they belong.
    private static func piece(_ start: Int, _ count: Int) -> ByteBuffer {
        ByteBuffer(bytes: (start..<start + count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
    }

    /// `read`: the other end reads so much, before the channel can know.
    enum Call { case queue(Int), write(Int), writeAndFlush(Int), flush, read(Int) }

    @Test(
        arguments: Way.allCases,
        [
            [.writeAndFlush(1), .writeAndFlush(100), .writeAndFlush(60_000)],
            // More than the socket takes: what comes later must wait behind it, even if the socket has room again.
            Array(repeating: .writeAndFlush(50_000), count: 20) + [.read(150_000), .writeAndFlush(3), .writeAndFlush(50_000)],
            [.queue(10), .writeAndFlush(20), .writeAndFlush(30), .queue(40), .flush, .writeAndFlush(50)],
            [.queue(10), .write(60_000), .flush, .write(60_000), .queue(20), .write(30), .writeAndFlush(5)],
            Array(repeating: .write(60_000), count: 20) + [.flush, .read(150_000), .write(30), .queue(40), .flush, .write(50)],
            [.queue(900_000), .flush, .read(150_000), .writeAndFlush(7), .queue(8), .writeAndFlush(9)],
            [.writeAndFlush(900_000), .writeAndFlush(1), .flush],
        ] as [[Call]])
    func inOrder(way: Way, calls: [Call]) async throws {
        let pair = try await Pair(way)
        var written = 0
        // Again when all has left: the socket takes bytes once more.
        for _ in 0..<2 {
            let start = written
            let (end, early) = try await pair.onLoop { [reader = pair.reader] writer in
                var (next, early) = (start, [UInt8]())
                for call in calls {
                    switch call {
                    case .queue(let count):
                        writer.queue(Self.piece(next, count))
                        next += count
                    case .write(let count):
                        writer.write(Self.piece(next, count))
                        next += count
                    case .writeAndFlush(let count):
                        writer.writeAndFlush(Self.piece(next, count))
                        next += count
                    case .flush: writer.flushWritten()
                    case .read(let count): early += (try? reader.take(exactly: count)) ?? []
                    }
                }
                writer.flushWritten()
                return (next, early)
            }
            let read = try early + pair.reader.take(exactly: end - start - early.count)
            #expect(ByteBuffer(bytes: read) == Self.piece(start, end - start))
            written = end
        }
        try await pair.end()
    }

    /// A reader that takes what waits, however slowly, is told from one that does not.
    @Test(arguments: Way.allCases)
    func slowIsNotStalled(_ way: Way) async throws {
        let pair = try await Pair(way)
        let total = 2_000_000
        #expect(try await pair.onLoop { $0.hasTakenSome() } == false)
        try await pair.onLoop { $0.writeAndFlush(Self.piece(0, total)) }
        #expect(try await pair.onLoop { $0.isWritable } == false)
        #expect(try await pair.onLoop { $0.hasTakenSome() } == false)
        _ = try pair.reader.take(exactly: 500_000)
        while try await pair.onLoop({ $0.hasTakenSome() }) == false { await Task.yield() }
        #expect(try await pair.onLoop { $0.isWritable } == false)
        _ = try pair.reader.take(exactly: total - 500_000)
        while try await pair.onLoop({ $0.isWritable }) == false { await Task.yield() }
        // Nothing waits any more.
        #expect(try await pair.onLoop { $0.hasTakenSome() } == false)
        try await pair.end()
    }

    /// A reader that is gone is found out by writing, and ends the channel.
    @Test(arguments: Way.allCases)
    func noReader(_ way: Way) async throws {
        let pair = try await Pair(way)
        pair.reader.close()
        _ = try await pair.onLoop { $0.writeAndFlush(Self.piece(0, 10)) }
        try await pair.channel.closeFuture.get()
        try await pair.end()
    }

    /// The number of a socket that is closed may be another's.
    @Test(arguments: Way.allCases)
    func afterTheEnd(_ way: Way) async throws {
        let pair = try await Pair(way)
        try await pair.onLoop { $0.writeAndFlush(Self.piece(0, 10)) }
        #expect(try await pair.onLoop { $0.socket != nil })
        try await pair.onLoop { writer in
            writer.context?.close(promise: nil)
            #expect(writer.socket == nil)
            writer.writeAndFlush(Self.piece(0, 10))
        }
        #expect(ByteBuffer(bytes: try pair.reader.takeToEnd()) == Self.piece(0, 10))
        try await pair.end()
    }
}
