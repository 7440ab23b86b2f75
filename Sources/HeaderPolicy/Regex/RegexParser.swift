/// Parses a regular expression. Unknown syntax is refused by name, so that nothing is read differently than by another engine.
struct RegexParser {
    /// Deeper groups are refused, so that reading and compiling need little stack.
    static let depthLimit = 64
    static let repeatLimit = 1000

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var ignoresCase = false
    /// The number of capturing groups that were opened.
    private(set) var groups = 0

    init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

    mutating func parse() throws(RegexError) -> RegexNode {
        if take("(?i)") { ignoresCase = true }
        let node = try alternatives()
        if peek == ")" { throw RegexError("`)` closes no group; write `\\)` for the character", at: position) }
        return node
    }

    private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ text: String) -> Bool {
        let wanted = Array(text.unicodeScalars)
        guard scalars[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    private mutating func alternatives() throws(RegexError) -> RegexNode {
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence() throws(RegexError) -> RegexNode {
        var nodes: [RegexNode] = []
        while let next = peek, next != "|", next != ")" {
            let start = position
            nodes.append(try quantified(atom(), from: start))
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func quantified(_ node: RegexNode, from start: Int) throws(RegexError) -> RegexNode {
        let least: Int
        let most: Int?
        let place = position
        switch peek {
        case "*": (least, most, position) = (0, nil, position + 1)
        case "+": (least, most, position) = (1, nil, position + 1)
        case "?": (least, most, position) = (0, 1, position + 1)
        case "{": (least, most) = try counts()
        default: return node
        }
        if case .assertion = node { throw RegexError("there is nothing to repeat: an anchor has no width", at: start) }
        let greedy = !take("?")
        switch peek {
        case "+" where greedy: throw RegexError("possessive repeats are not supported", at: place)
        case "*", "+", "?", "{": throw RegexError("a repeat of a repeat; put the first one into `(?:…)`", at: position)
        default: return .repeated(node, least: least, most: most, greedy: greedy)
        }
    }

    /// Reads `{n}`, `{n,}` or `{n,m}`.
    private mutating func counts() throws(RegexError) -> (Int, Int?) {
        let start = position
        position += 1
        guard let least = number() else {
            throw RegexError("`{` begins a count such as `{2,5}`; write `\\{` for the character", at: start)
        }
        var most: Int? = least
        if take(",") { most = number() }
        guard take("}") else { throw RegexError("a count is `{n}`, `{n,}` or `{n,m}`", at: start) }
        guard least <= Self.repeatLimit, most ?? 0 <= Self.repeatLimit else {
            throw RegexError("a count may be \(Self.repeatLimit) at most", at: start)
        }
        if let most, most < least { throw RegexError("the count's upper bound is less than its lower", at: start) }
        return (least, most)
    }

    private mutating func number() -> Int? {
        let start = position
        var value = 0
        while let next = peek, let digit = Self.hexadecimal(next), digit < 10 {
            value = min(value * 10 + digit, Self.repeatLimit + 1)
            position += 1
        }
        return position > start ? value : nil
    }

    private mutating func atom() throws(RegexError) -> RegexNode {
        let start = position
        guard let scalar = peek else { return .sequence([]) }
        position += 1
        switch scalar {
        case ".": return .bytes(ByteSet(0x0A...0x0A).inverted)
        case "^": return .assertion(.start)
        case "$": return .assertion(.end)
        case "(": return try group(from: start)
        case "[": return .bytes(try characterClass(from: start))
        case "\\":
            if take("b") { return .assertion(.wordBoundary) }
            if take("B") { return .assertion(.notWordBoundary) }
            return .bytes(folded(try escape(from: start)))
        case "*", "+", "?", "{":
            throw RegexError("`\(scalar)` has nothing to repeat; write `\\\(scalar)` for the character", at: start)
        default:
            return literal(scalar)
        }
    }

    /// Returns the node of a character. One outside ASCII becomes its UTF-8 bytes, which a repeat takes as one.
    private func literal(_ scalar: Unicode.Scalar) -> RegexNode {
        let nodes = UTF8.encode(scalar)?.map { RegexNode.bytes(folded(ByteSet($0...$0))) } ?? []
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private func folded(_ set: ByteSet) -> ByteSet { ignoresCase ? set.ignoringCase : set }

    private mutating func group(from start: Int) throws(RegexError) -> RegexNode {
        var index: Int?
        if take("?") {
            guard take(":") else { throw RegexError(unsupportedGroup(), at: start) }
        } else {
            groups += 1
            index = groups
        }
        depth += 1
        guard depth <= Self.depthLimit else { throw RegexError("groups nest deeper than \(Self.depthLimit)", at: start) }
        let node = try alternatives()
        depth -= 1
        guard take(")") else { throw RegexError("this `(` is never closed; write `\\(` for the character", at: start) }
        return index.map { .group($0, node) } ?? node
    }

    private mutating func unsupportedGroup() -> String {
        if take("=") || take("!") { return "look-ahead `(?=…)` `(?!…)` is not supported: it cannot be matched in linear time" }
        if take("<=") || take("<!") {
            return "look-behind `(?<=…)` `(?<!…)` is not supported: it cannot be matched in linear time"
        }
        if take("<") || take("P") || take("'") { return "named groups are not supported; use `(…)` and its number" }
        if take(">") { return "atomic groups `(?>…)` are not supported" }
        if take("#") { return "comments `(?#…)` are not supported" }
        if take("i") { return "`(?i)` may stand only at the very start, for the whole expression" }
        return "of the groups that begin with `(?`, only `(?:…)` is supported, and `(?i)` at the very start"
    }

    /// Reads the part after a backslash, outside and inside a class.
    private mutating func escape(from start: Int) throws(RegexError) -> ByteSet {
        guard let scalar = peek else { throw RegexError("a lone `\\` at the end; write `\\\\` for the character", at: start) }
        position += 1
        switch scalar {
        case "d": return .digit
        case "D": return ByteSet.digit.inverted
        case "w": return .word
        case "W": return ByteSet.word.inverted
        case "s": return .space
        case "S": return ByteSet.space.inverted
        case "t": return ByteSet(0x09...0x09)
        case "n": return ByteSet(0x0A...0x0A)
        case "r": return ByteSet(0x0D...0x0D)
        case "x":
            guard position + 1 < scalars.count, let high = Self.hexadecimal(scalars[position]),
                let low = Self.hexadecimal(scalars[position + 1])
            else { throw RegexError("`\\x` takes two hexadecimal digits, as in `\\x2F`", at: start) }
            position += 2
            let byte = UInt8(truncatingIfNeeded: high << 4 | low)
            return ByteSet(byte...byte)
        case "1"..."9", "k":
            throw RegexError("back-references are not supported: they cannot be matched in linear time", at: start)
        case "A": throw RegexError("`\\A` is not supported; write `^`", at: start)
        case "z", "Z": throw RegexError("`\\\(scalar)` is not supported; write `$`", at: start)
        case "p", "P":
            throw RegexError("Unicode properties `\\\(scalar){…}` are not supported; a header value is bytes", at: start)
        default:
            guard scalar.isASCII, scalar.value > 0x20, !ByteSet.word.contains(UInt8(truncatingIfNeeded: scalar.value)) else {
                throw RegexError("`\\\(scalar)` has no meaning here", at: start)
            }
            let byte = UInt8(truncatingIfNeeded: scalar.value)
            return ByteSet(byte...byte)
        }
    }

    private mutating func characterClass(from start: Int) throws(RegexError) -> ByteSet {
        let negated = take("^")
        var set = ByteSet()
        if peek == "]" { throw RegexError("an empty class; write `\\]` for the character", at: start) }
        while !take("]") {
            let place = position
            let low = try member(of: start)
            let isRange = peek == "-" && position + 1 < scalars.count && scalars[position + 1] != "]"
            guard isRange else {
                set.formUnion(low)
                continue
            }
            position += 1
            guard let first = low.single, let last = try member(of: start).single else {
                throw RegexError("a range goes from one character to one other", at: place)
            }
            guard first <= last else { throw RegexError("the range runs backwards", at: place) }
            set.insert(first...last)
        }
        set = folded(set)
        return negated ? set.inverted : set
    }

    private mutating func member(of start: Int) throws(RegexError) -> ByteSet {
        guard let scalar = peek else { throw RegexError("this `[` is never closed; write `\\[` for the character", at: start) }
        let place = position
        position += 1
        switch scalar {
        case "\\": return try escape(from: place)
        case "[":
            if peek == ":" {
                throw RegexError("POSIX classes `[:…:]` are not supported; use `\\d`, `\\w`, `\\s` or ranges", at: place)
            }
            return ByteSet(0x5B...0x5B)
        default:
            guard scalar.isASCII else {
                throw RegexError("a class takes ASCII only; write `(?:\(scalar)|…)`", at: place)
            }
            let byte = UInt8(truncatingIfNeeded: scalar.value)
            return ByteSet(byte...byte)
        }
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> Int? {
        scalar.isASCII ? Character(scalar).hexDigitValue : nil
    }
}
