import NIOCore
import NIOEmbedded
import Testing

@testable import ProxyTransport

/// What the TLS library is given between two flushes fits into a record, and is what was written.
@Suite struct RecordSlicerTests {
    /// In the library's place: notes what it would encrypt at once, and tells of writability while it writes.
    private final class Library: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        private(set) var flights: [[UInt8]] = []
        private(set) var promises = 0
        var tellsOfWritability = false
        private var unflushed: [UInt8] = []

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            unflushed += Array(buffer: unwrapOutboundIn(data))
            if promise != nil { promises += 1 }
            promise?.succeed()
            if tellsOfWritability { context.fireChannelWritabilityChanged() }
        }

        func flush(context: ChannelHandlerContext) {
            if !unflushed.isEmpty { flights.append(unflushed) }
            unflushed = []
        }
    }

    /// Writes more as soon as there is room.
    private final class Eager: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private(set) var told = 0

        func channelWritabilityChanged(context: ChannelHandlerContext) {
            told += 1
            if told == 1 { context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: [0xEE])), promise: nil) }
        }
    }

    private static let limit = RecordSlicer.limit

    @Test(
        arguments: [
            // Sizes of writes, 0 is a flush; and what the library gets at once.
            ([10, 20, 0], [30]), ([limit, 0], [limit]), ([limit + 1, 0], [limit, 1]),
            ([3 * limit + 5, 0], [limit, limit, limit, 5]), ([600, 2 * limit, 0], [limit, limit, 600]),
            ([limit - 1, 1, 1, 0], [limit, 1]), ([limit, limit, 0, 7, 0], [limit, limit, 7]),
            ([9000, 9000, 9000, 0], [limit, 27000 - limit]), ([100, 0, limit, 0], [100, limit]),
        ])
    func parts(_ sizes: [Int], _ flights: [Int]) throws {
        let library = Library()
        let channel = EmbeddedChannel(handlers: [library, RecordSlicer()])
        defer { _ = try? channel.finish() }
        var written: [UInt8] = []
        for size in sizes {
            if size == 0 {
                channel.flush()
                continue
            }
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: written.count + $0 &* 7 + $0 >> 8) }
            written += bytes
            channel.write(ByteBuffer(bytes: bytes), promise: nil)
        }
        #expect(library.flights.map(\.count) == flights)
        #expect(library.flights.flatMap { $0 } == written)
    }

    /// A write whose end somebody wants to know ends with its last part.
    @Test func promise() throws {
        let library = Library()
        let channel = EmbeddedChannel(handlers: [library, RecordSlicer()])
        defer { _ = try? channel.finish() }
        try channel.writeAndFlush(ByteBuffer(repeating: 1, count: 2 * Self.limit + 1)).wait()
        #expect(library.promises == 1)
        #expect(library.flights.count == 3)
    }

    /// Whoever learns in the middle of it that there is room writes behind it.
    @Test func roomInBetween() throws {
        let (library, eager) = (Library(), Eager())
        let channel = EmbeddedChannel(handlers: [library, RecordSlicer(), eager])
        defer { _ = try? channel.finish() }
        library.tellsOfWritability = true
        channel.write(ByteBuffer(repeating: 1, count: 2 * Self.limit + 1), promise: nil)
        channel.flush()
        #expect(library.flights.flatMap { $0 } == Array(repeating: 1, count: 2 * Self.limit + 1) + [0xEE])
        #expect(eager.told >= 1)
    }
}
