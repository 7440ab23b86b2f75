import HTTPModel

/// Decides which patterns of a `PathIndex` share a bucket, and by what text each is found.
struct PathIndexPlan {
    /// The patterns that begin with the same literal text.
    struct Start {
        /// The bucket of the patterns that are told apart by nothing but their start; -1 when there are none.
        var bucket = -1
        var branches: [PathPattern.LiteralPlace: [[UInt8]: Int]] = [:]
    }

    private(set) var exact: [TextTable.Key: Int] = [:]
    private(set) var starts: [TextTable.Key: Start] = [:]
    private(set) var regexes: [Int: (regexes: [LinearRegex], bucket: Int)] = [:]
    private(set) var bucketCount = 0
    private var places: [Int] = []

    private struct Piece: Hashable {
        var start: TextTable.Key
        var literal: PathPattern.Literal
    }

    init(_ patterns: [(scope: Int, pattern: PathPattern)]) {
        places = Array(repeating: 0, count: patterns.count)
        planExpressions(patterns)
        // Among the pieces of a pattern, the one that the fewest others share is the most selective.
        var shared: [Piece: Int] = [:]
        for (scope, pattern) in patterns {
            let start = TextTable.Key(scope: scope, text: pattern.literalPrefix)
            for literal in pattern.literals { shared[Piece(start: start, literal: literal), default: 0] += 1 }
        }
        for (place, (scope, pattern)) in patterns.enumerated() where pattern.regex == nil {
            let start = TextTable.Key(scope: scope, text: pattern.literalPrefix)
            let rarest = pattern.literals.min {
                shared[Piece(start: start, literal: $0), default: 0] < shared[Piece(start: start, literal: $1), default: 0]
            }
            places[place] = bucket(pattern, start, rarest)
        }
    }

    func bucket(of place: Int) -> Int { places[place] }

    private mutating func planExpressions(_ patterns: [(scope: Int, pattern: PathPattern)]) {
        var numbers: [TextTable.Key: Int] = [:]
        var members: [Int: [(place: Int, number: Int)]] = [:]
        for (place, (scope, pattern)) in patterns.enumerated() {
            guard let regex = pattern.regex else { continue }
            let key = TextTable.Key(scope: scope, text: Array(pattern.text.utf8))
            let number = numbers[key] ?? regexes[scope]?.regexes.count ?? 0
            if numbers.updateValue(number, forKey: key) == nil { regexes[scope, default: ([], 0)].regexes.append(regex) }
            members[scope, default: []].append((place, number))
        }
        for (scope, found) in members {
            for (place, number) in found { places[place] = bucketCount + number }
            regexes[scope]?.bucket = bucketCount
            bucketCount += regexes[scope]?.regexes.count ?? 0
        }
    }

    private mutating func bucket(_ pattern: PathPattern, _ start: TextTable.Key, _ literal: PathPattern.Literal?) -> Int {
        if pattern.isExact { return Self.number(&exact[start], &bucketCount) }
        guard let literal else {
            if starts[start, default: Start()].bucket < 0 {
                starts[start, default: Start()].bucket = bucketCount
                bucketCount += 1
            }
            return starts[start]?.bucket ?? 0
        }
        return Self.number(&starts[start, default: Start()].branches[literal.place, default: [:]][literal.text], &bucketCount)
    }

    private static func number(_ known: inout Int?, _ count: inout Int) -> Int {
        if let known { return known }
        known = count
        count += 1
        return count - 1
    }
}

extension PathPattern {
    /// A place after the literal start where a pattern has text that a path must have there.
    struct LiteralPlace: Hashable, Sendable {
        enum Piece: Hashable, Sendable { case whole, start, end }

        /// The number of the segment, counted from 0, the one that has the first star.
        var segment: Int
        var piece: Piece
    }

    struct Literal: Hashable {
        var place: LiteralPlace
        var text: [UInt8]
    }

    /// The literal texts after the first star.
    var literals: [Literal] {
        guard let regex = regexFreeBody, regex.contains(0x2A) else { return [] }
        let rest = regex.dropFirst(literalPrefix.count + 1)
        var found: [Literal] = []
        for (segment, text) in rest.split(separator: 0x2F, omittingEmptySubsequences: false).enumerated() {
            guard let first = text.firstIndex(of: 0x2A), let last = text.lastIndex(of: 0x2A) else {
                found.append(Literal(place: LiteralPlace(segment: segment, piece: .whole), text: Array(text)))
                continue
            }
            if first > text.startIndex {
                found.append(Literal(place: LiteralPlace(segment: segment, piece: .start), text: Array(text[..<first])))
            }
            if last + 1 < text.endIndex {
                found.append(Literal(place: LiteralPlace(segment: segment, piece: .end), text: Array(text[(last + 1)...])))
            }
        }
        return found
    }
}
