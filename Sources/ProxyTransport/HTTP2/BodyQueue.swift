import HTTPModel

/// Bytes of a body that wait to be framed, in the order in which they leave. An empty one holds little storage.
struct BodyQueue {
    private var bytes: [UInt8] = []
    /// So many of them have left.
    private var start = 0

    /// An empty queue keeps storage of at most so many bytes.
    private static let kept = 4 << 10

    var count: Int { bytes.count &- start }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ more: Span<UInt8>) {
        // What has left makes room before the array grows.
        if start > bytes.count / 2 {
            bytes.removeSubrange(0..<start)
            start = 0
        }
        bytes.append(copying: more)
    }

    /// Moves the first bytes, `count` of them if there are so many, to the end of an array.
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
