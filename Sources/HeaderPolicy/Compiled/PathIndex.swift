import HTTPModel

/// Finds the rules that may apply to a path, in order, without looking at the others: a thousand rules on a thousand paths
/// cost what ten cost.
///
/// A rule stands in a bucket for the literal start of each of its path patterns (or for the whole path, if exact). A path is
/// hashed once, and looked up at each slash and at its end.
struct PathIndex: Sendable {
    private struct Bucket {
        var key: Range<Int>
        var isExact: Bool
        /// In `order`.
        var rules: Range<Int>
    }

    private struct Key: Hashable {
        var bytes: [UInt8]
        var isExact: Bool
    }

    /// The rules without a path.
    private let always: [Int]
    /// The rules of the buckets, ascending within each.
    private var order: [Int] = []
    private var buckets: [Bucket] = []
    /// Open addressing: the bucket's number plus one, or 0. At most half full.
    private var slots: [Int]
    private var keys: [UInt8] = []
    private var longestKey = 0

    /// - Parameter paths: the patterns of each rule; none means every path.
    init(paths: [[PathPattern]]) {
        always = paths.indices.filter { paths[$0].isEmpty }
        var rules: [Key: [Int]] = [:]
        for (rule, patterns) in paths.enumerated() {
            for key in Set(patterns.map { Key(bytes: $0.literalPrefix, isExact: $0.isExact) }) {
                rules[key, default: []].append(rule)
            }
        }
        var size = 4
        while size < rules.count * 2 { size *= 2 }
        slots = Array(repeating: 0, count: size)
        for (key, members) in rules {
            let start = (key: keys.count, order: order.count)
            keys += key.bytes
            order += members
            longestKey = max(longestKey, key.bytes.count)
            buckets.append(Bucket(key: start.key..<keys.count, isExact: key.isExact, rules: start.order..<order.count))
            var slot = Self.slot(key.bytes.reduce(Self.seed, Self.hash), key.isExact, size)
            while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = buckets.count
        }
    }

    /// A walk over the rules that may apply to one path.
    struct Walk {
        /// In `always`.
        private var place = 0
        /// The next rule with a path.
        private var pending: Int

        fileprivate init(_ pending: Int) { self.pending = pending }

        /// The next rule; nil when all were seen.
        mutating func next(in index: borrowing PathIndex, _ cursors: inout [Range<Int>]) -> Int? {
            let plain = place < index.always.count ? index.always[place] : .max
            if plain < pending {
                place &+= 1
                return plain
            }
            guard pending != .max else { return nil }
            defer { pending = index.next(&cursors) }
            return pending
        }
    }

    /// Starts a walk: notes the buckets that count for a path.
    func walk(_ path: Span<UInt8>, _ cursors: inout [Range<Int>]) -> Walk {
        guard !buckets.isEmpty else { return Walk(.max) }
        // One by one: there are few, and `removeAll(keepingCapacity:)` is slow for those.
        while !cursors.isEmpty { cursors.removeLast() }
        var hash = Self.seed
        var index = 0
        while index <= longestKey {
            let atEnd = index == path.count
            if atEnd || path[index] == 0x2F {
                find(path.extracting(0..<index), hash, isExact: false, &cursors)
                if atEnd {
                    find(path, hash, isExact: true, &cursors)
                    break
                }
            }
            hash = Self.hash(hash, path[index])
            index &+= 1
        }
        return Walk(next(&cursors))
    }

    /// The first of the rules that are left in the buckets, which is taken out of all of them; `Int.max` when none is left.
    private func next(_ cursors: inout [Range<Int>]) -> Int {
        var least = Int.max
        for place in cursors.indices {
            let cursor = cursors[place]
            if !cursor.isEmpty { least = min(least, order[cursor.lowerBound]) }
        }
        for place in cursors.indices {
            let cursor = cursors[place]
            if !cursor.isEmpty, order[cursor.lowerBound] == least {
                cursors[place] = cursor.lowerBound &+ 1..<cursor.upperBound
            }
        }
        return least
    }

    private func find(_ key: Span<UInt8>, _ hash: UInt64, isExact: Bool, _ cursors: inout [Range<Int>]) {
        var slot = Self.slot(hash, isExact, slots.count)
        while slots[slot] != 0 {
            let bucket = buckets[slots[slot] &- 1]
            if bucket.isExact == isExact, keys.span.extracting(bucket.key).equals(key) {
                return cursors.append(bucket.rules)
            }
            slot = (slot &+ 1) & (slots.count &- 1)
        }
    }

    private static var seed: UInt64 { 0xCBF2_9CE4_8422_2325 }

    /// One step of FNV-1a.
    private static func hash(_ hash: UInt64, _ byte: UInt8) -> UInt64 {
        (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }

    private static func slot(_ hash: UInt64, _ isExact: Bool, _ size: Int) -> Int {
        Int(truncatingIfNeeded: (hash ^ hash >> 32) &+ (isExact ? 1 : 0)) & (size &- 1)
    }
}
