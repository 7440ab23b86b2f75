import HTTPModel

/// The body bytes that wait to be framed, in sending order. An empty queue holds little storage.
struct BodyQueue {
    private var bytes: [UInt8] = []
    /// The number of bytes at the start of `bytes` that have been taken.
    private var start = 0

    /// The most bytes of storage that an empty queue keeps.
    private static let kept = 4 << 10

    var count: Int { bytes.count &- start }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ more: Span<UInt8>) {
        // Drop the bytes that have been taken before the array has to grow.
        if start > bytes.count / 2 {
            bytes.removeSubrange(0..<start)
            start = 0
        }
        bytes.append(copying: more)
    }

    /// Moves the first `count` bytes, or all if there are fewer, to the end of an array.
    mutating func move(_ count: Int, to output: inout [UInt8]) {
        let end = start &+ min(max(count, 0), self.count)
        output.append(copying: bytes.span.extracting(start..<end))
        start = end
        if start == bytes.count { removeAll() }
    }

    mutating func removeAll() {
        start = 0
        bytes.removeAll(keepingCapacity: bytes.capacity <= Self.kept)
    }
}
