import HTTPModel

/// Finds the path patterns that a path may match without looking at the others, so that a thousand cost what ten cost.
///
/// A path is hashed once, and looked up at each slash and at its end. A pattern is in the bucket of its literal start, or of the
/// whole path if it is exact. A pattern that continues after a star is found, under that start, by one more piece of its literal
/// text (`/*/p` by the `p` of its second segment). Regular expressions are searched for all together.
public struct PathIndex: Sendable {
    /// The owner of a pattern, and the index in `patterns` of what the path has still to match; nil when the look-up has already
    /// settled it.
    public struct Candidate: Sendable {
        public var member: Int
        public var pattern: Int?
    }

    /// The ranges in `candidates` that are found together, in the order in which they were given.
    public private(set) var buckets: [Range<Int>] = []
    public private(set) var candidates: [Candidate] = []
    public private(set) var patterns: [PathPattern] = []

    /// The paths that begin with the same segments.
    private struct Node: Sendable {
        /// The bucket of the patterns that need only the beginning, or that have nothing else with an index.
        var bucket: Int
        var branches: Range<Int>
    }

    /// A place after a common beginning where patterns have literal text.
    private struct Branch: Sendable {
        var place: PathPattern.LiteralPlace
        /// The scope in `pieces` or `ends`.
        var scope: Int
    }

    private let exact: TextTable
    private let starts: TextTable
    private var nodes: [Node] = []
    private var branches: [Branch] = []
    private let pieces: TextTable
    private let ends: TextTable
    /// The `regex:` patterns of each scope. The first one leads to this bucket, and the others to the buckets after it.
    private var regexes: [(set: RegexSet, bucket: Int)?]
    /// The length in bytes of the longest literal start.
    private let longest: Int

    /// - Parameter members: the patterns with their owners, each in a scope from 0 on.
    public init(_ members: [(scope: Int, pattern: PathPattern, member: Int)]) {
        let plan = PathIndexPlan(members.map { ($0.scope, $0.pattern) })
        var lists: [[Candidate]] = Array(repeating: [], count: plan.bucketCount)
        for (place, (_, pattern, member)) in members.enumerated() {
            var candidate = Candidate(member: member)
            if !pattern.isSettledByIndex {
                candidate.pattern = patterns.count
                patterns.append(pattern)
            }
            lists[plan.bucket(of: place)].append(candidate)
        }
        for list in lists {
            buckets.append(candidates.count..<candidates.count + list.count)
            candidates += list
        }
        var starts: [TextTable.Key: Int] = [:]
        var pieces: [TextTable.Key: Int] = [:]
        var ends: [TextTable.Key: Int] = [:]
        for (key, start) in plan.starts {
            starts[key] = nodes.count
            let first = branches.count
            for (place, texts) in start.branches {
                for (text, bucket) in texts {
                    let key = TextTable.Key(scope: branches.count, text: text)
                    if place.piece == .end { ends[key] = bucket } else { pieces[key] = bucket }
                }
                branches.append(Branch(place: place, scope: branches.count))
            }
            nodes.append(Node(bucket: start.bucket, branches: first..<branches.count))
        }
        exact = TextTable(plan.exact)
        self.starts = TextTable(starts)
        self.pieces = TextTable(pieces)
        self.ends = TextTable(ends, backwards: true)
        longest = max(plan.exact.keys.map(\.text.count).max() ?? 0, starts.keys.map(\.text.count).max() ?? 0)
        regexes = Array(repeating: nil, count: (plan.regexes.keys.max() ?? -1) + 1)
        for (scope, found) in plan.regexes { regexes[scope] = (RegexSet(found.regexes), found.bucket) }
    }

    public var isEmpty: Bool { candidates.isEmpty }

    /// Calls `body` with the buckets whose patterns a path may match, possibly twice for the same one.
    public func visit(_ path: Span<UInt8>, in scope: Int, _ body: (Int) -> Void) {
        guard path.isEmpty || path[0] == 0x2F else { return }
        var hash = TextTable.seed(scope)
        var end = 0
        while end <= min(path.count, longest) {
            if end == path.count || path[end] == 0x2F,
                let node = starts.value(hash: hash, of: path.extracting(0..<end), in: scope)
            {
                if nodes[node].bucket >= 0 { body(nodes[node].bucket) }
                for branch in nodes[node].branches { visit(branches[branch], path.extracting(droppingFirst: end), body) }
            }
            if end == path.count {
                if let bucket = exact.value(hash: hash, of: path, in: scope) { body(bucket) }
                break
            }
            hash = FNV.step(hash, path[end])
            end &+= 1
        }
        if scope < regexes.count, let (set, bucket) = regexes[scope] { set.visit(path) { body(bucket &+ $0) } }
    }

    /// - Parameter rest: the part of the path after the start: nothing, or a slash and more.
    private func visit(_ branch: Branch, _ rest: Span<UInt8>, _ body: (Int) -> Void) {
        var start = 0
        for _ in 0..<branch.place.segment {
            start &+= 1
            while start < rest.count, rest[start] != 0x2F { start &+= 1 }
        }
        guard start < rest.count else { return }
        start &+= 1
        var end = start
        var hash = TextTable.seed(branch.scope)
        while end < rest.count, rest[end] != 0x2F {
            hash = FNV.step(hash, rest[end])
            end &+= 1
            if branch.place.piece == .start,
                let bucket = pieces.value(hash: hash, of: rest.extracting(start..<end), in: branch.scope)
            {
                body(bucket)
            }
        }
        switch branch.place.piece {
        case .start: break
        case .whole:
            if let bucket = pieces.value(hash: hash, of: rest.extracting(start..<end), in: branch.scope) { body(bucket) }
        case .end:
            hash = TextTable.seed(branch.scope)
            var index = end
            while index > start {
                index &-= 1
                hash = FNV.step(hash, rest[index])
                if let bucket = ends.value(hash: hash, of: rest.extracting(index..<end), in: branch.scope) { body(bucket) }
            }
        }
    }
}
