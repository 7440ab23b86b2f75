import NIOCore
import Testing

@testable import ProxyTransport

/// What is read into is shared by the connections of an event loop, one after the other and never at once.
@Suite struct ReadBuffersTests {
    /// A channel's reads: how large the buffer was each time.
    private func sizes(_ reads: [Int], limit: Int = ReadBuffers.large) -> [Int] {
        var size = ReadSize(ReadBuffers(), limit: Self.limit(limit))
        return reads.map { count in
            let capacity = size.buffer(allocator: ByteBufferAllocator()).storageCapacity
            // Or the channel would keep what it got last.
            let asksAgain = size.record(actualReadBytes: count)
            #expect(asksAgain)
            return capacity
        }
    }

    @Test(arguments: [
        ([100, 100, 100], [512, 2048, 2048]),
        // It grows with every read that fills it, up to a limit.
        (
            [512, 2048, 4096, 8192, 16384, 32768, 65536, 65536],
            [512, 2048, 4096, 8192, 16384, 32768, 65536, 65536]
        ),
        // It shrinks when two reads in a row have left half of it empty, and not below the smallest.
        ([1, 2048, 4096, 8192, 4096, 4096, 1, 1, 1, 1, 1], [512, 2048, 4096, 8192, 16384, 16384, 8192, 8192, 4096, 4096, 2048]),
        ([1, 2048, 1, 4096, 1, 1], [512, 2048, 4096, 4096, 8192, 8192]),
        ([1, 0, 0, 0], [512, 2048, 2048, 2048]),
    ])
    func adapts(_ reads: [Int], _ expected: [Int]) {
        #expect(sizes(reads) == expected)
    }

    private static func limit(_ bytes: Int) -> ReadLimit {
        let limit = ReadLimit()
        limit.bytes = bytes
        return limit
    }

    @Test(arguments: [1 << 11, 1 << 16, 1 << 17, 1 << 18])
    func goesNoFurther(_ limit: Int) {
        #expect(sizes([1] + (11..<30).map { 1 << $0 }, limit: limit).max() == limit)
    }

    /// What is read next may be of another kind.
    @Test func limitChanges() {
        let limit = Self.limit(ReadBuffers.largest)
        var size = ReadSize(ReadBuffers(), limit: limit)
        for count in [1] + (11..<20).map({ 1 << $0 }) { _ = size.record(actualReadBytes: count) }
        limit.bytes = ReadBuffers.large
        #expect(size.buffer(allocator: ByteBufferAllocator()).storageCapacity == ReadBuffers.large)
        limit.bytes = ReadBuffers.largest
        #expect(size.buffer(allocator: ByteBufferAllocator()).storageCapacity == ReadBuffers.largest)
    }

    /// Large buffers that slow readers keep are not made up for: what they keep has an end.
    @Test func fewAreLarge() {
        let buffers = ReadBuffers()
        var size = ReadSize(buffers, limit: Self.limit(ReadBuffers.largest))
        for count in [1] + (11..<18).map({ 1 << $0 }) { _ = size.record(actualReadBytes: count) }
        func take() -> ByteBuffer {
            let buffer = size.buffer(allocator: ByteBufferAllocator())
            buffers.giveBack(buffer)
            return buffer
        }
        var held = (0..<10).map { _ in take() }
        #expect(
            held.map(\.storageCapacity) == [Int](repeating: 1 << 18, count: 4) + [Int](repeating: 1 << 17, count: 4) + [
                1 << 16, 1 << 16,
            ])
        // One of them is free again.
        held.remove(at: 1)
        #expect(take().storageCapacity == 1 << 18)
    }

    /// A buffer is used again when nobody has it any more, and only then.
    @Test func neverTwiceAtOnce() {
        let buffers = ReadBuffers()
        var size = ReadSize(buffers)
        _ = size.record(actualReadBytes: 1)
        func read(_ text: String) -> ByteBuffer {
            var buffer = size.buffer(allocator: ByteBufferAllocator())
            #expect(buffer.readableBytes == 0)
            buffer.writeString(text)
            return buffer
        }
        let address = { (buffer: ByteBuffer) in buffer.withVeryUnsafeBytes { $0.baseAddress } }
        var first = read("one client's bytes")
        let place = address(first)
        buffers.giveBack(first)
        let second = read("another's")
        #expect(first == ByteBuffer(string: "one client's bytes") && address(second) != place)
        buffers.giveBack(second)
        first = ByteBuffer()
        buffers.giveBack(read("a third's"))
        #expect(second == ByteBuffer(string: "another's"))
    }

    /// Sizes that no channel asks for are not kept.
    @Test(arguments: [0, 1, 64, 512, 1 << 17, 1 << 19])
    func oddSizes(_ capacity: Int) {
        let buffers = ReadBuffers()
        buffers.giveBack(ByteBufferAllocator().buffer(capacity: capacity))
        var size = ReadSize(buffers)
        _ = size.record(actualReadBytes: 1)
        #expect(size.buffer(allocator: ByteBufferAllocator()).storageCapacity == 2048)
    }

    /// Few bytes do not keep a large buffer.
    @Test(arguments: [
        (0, 65536, true), (1, 65536, true), (1023, 2048, true), (1024, 2048, false), (100, 256, false), (2048, 2048, false),
    ])
    func compacts(_ count: Int, _ capacity: Int, _ isCopied: Bool) {
        var buffer = ByteBufferAllocator().buffer(capacity: capacity)
        buffer.writeRepeatingByte(7, count: count)
        let compact = buffer.compacted()
        #expect(compact == buffer)
        #expect((compact.storageCapacity < capacity) == isCopied)
    }
}
