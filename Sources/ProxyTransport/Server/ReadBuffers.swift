import NIOCore

/// The buffers into which one event loop reads from its sockets. A channel takes one for each read and its handler gives it
/// back, so that what waits for bytes holds no memory for them, and the next read is into memory that is in the caches.
///
/// Unchecked, because a channel's options may be set from anywhere: all of it is used on one event loop only.
final class ReadBuffers: @unchecked Sendable {
    private var shelves: [[ByteBuffer]]
    /// Little is read at a time: what a peer does not take of it stays in memory.
    var areScarce = false

    /// The sizes are powers of two.
    static let smallest = 2 << 10
    /// As much as one peer may make this side hold by not reading what another sends.
    static let large = 64 << 10
    /// Of those that are larger there are few: with them a large body costs a quarter less, as long as it is taken at once.
    static let largest = 256 << 10
    /// So many of a size are kept.
    private static let depth = 4

    init() {
        shelves = Array(repeating: [], count: Self.shelf(Self.largest) + 1)
    }

    /// Where buffers of a size stand.
    private static func shelf(_ size: Int) -> Int { size.trailingZeroBitCount - smallest.trailingZeroBitCount }

    /// A buffer of that size, or a smaller one where too many large ones are held by somebody.
    fileprivate func take(_ size: Int, _ allocator: ByteBufferAllocator) -> ByteBuffer {
        var size = areScarce ? min(size, 2 * Self.smallest) : size
        while size > Self.large {
            let shelf = Self.shelf(size)
            for place in shelves[shelf].indices.reversed()
            where shelves[shelf][place].modifyIfUniquelyOwned({ $0.clear() }) != nil { return shelves[shelf].remove(at: place) }
            if shelves[shelf].count < Self.depth { return allocator.buffer(capacity: size) }
            size /= 2
        }
        while var buffer = shelves[Self.shelf(size)].popLast() {
            // What somebody still holds is theirs now.
            if buffer.modifyIfUniquelyOwned({ $0.clear() }) != nil { return buffer }
        }
        return allocator.buffer(capacity: size)
    }

    /// For a later read, if by then nobody holds it any more.
    func giveBack(_ buffer: ByteBuffer) {
        let size = buffer.storageCapacity
        guard size >= Self.smallest, size <= Self.largest, size.nonzeroBitCount == 1 else { return }
        let shelf = Self.shelf(size)
        if shelves[shelf].count < Self.depth { shelves[shelf].append(buffer) }
    }
}

/// One channel's share of them: it finds out how large its reads are.
///
/// A channel keeps the first buffer that it gets for good, so that one is small and its own. It asks for every further one,
/// because it is told each time that the next may be larger. This holds for channels that read once for each event, and whose bytes
/// come to a handler that gives the buffers back.
struct ReadSize: RecvByteBufferAllocator {
    private let buffers: ReadBuffers
    private let limit: ReadLimit
    /// 0 until the first read.
    private var size: Int32 = 0
    /// The last read took half of the buffer or less.
    private var mayShrink = false

    /// Bytes of the first read: what most requests have room in.
    private static let first = 512

    init(_ buffers: ReadBuffers, limit: ReadLimit = .ordinary) {
        self.buffers = buffers
        self.limit = limit
    }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        size == 0 ? allocator.buffer(capacity: Self.first) : buffers.take(min(Int(size), limit.bytes), allocator)
    }

    mutating func record(actualReadBytes count: Int) -> Bool {
        if size == 0 {
            size = Int32(ReadBuffers.smallest)
        } else if count >= Int(size) {
            size = min(size &* 2, Int32(limit.bytes))
            mayShrink = false
        } else {
            let isSmall = count <= Int(size) / 2 && Int(size) > ReadBuffers.smallest
            if isSmall, mayShrink { size /= 2 }
            mayShrink = isSmall && !mayShrink
        }
        return true
    }
}

/// The most that is read at once: one of the sizes that buffers have. Of one event loop, as they are.
final class ReadLimit: @unchecked Sendable {
    var bytes = ReadBuffers.large

    /// Of those that never change theirs.
    static let ordinary = ReadLimit()
}

extension ByteBuffer {
    /// The same bytes, in memory of their own where they would keep much more than themselves.
    func compacted() -> ByteBuffer {
        if storageCapacity <= 2 * readableBytes || storageCapacity <= 256 { return self }
        var copy = ByteBufferAllocator().buffer(capacity: readableBytes)
        copy.writeImmutableBuffer(self)
        return copy
    }
}
