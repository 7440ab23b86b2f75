import HTTPModel

/// A pattern of request paths, matched against the decoded path (`RequestHead.path`), case-sensitively.
///
/// `*` stands for one whole segment or, beside other text in a segment (`/img/*.png`), for any run of characters, which may be
/// empty; it never crosses a slash. `**` as the last segment stands for the rest: `/api/**` matches `/api`, `/api/` and
/// `/api/x/y`, but not `/apix`. A pattern that starts with `regex:`, as in `regex:[.]php$`, matches where the expression finds a
/// match.
public struct PathPattern: Sendable, Hashable {
    public let text: String
    /// Whether the pattern has no star, so that exactly one path matches.
    public let isExact: Bool
    /// The text that every matching path starts with, up to a segment's end and without a closing slash (`/api` for `/api/**` and
    /// `/api/*/x`, empty for `/**`); for an exact pattern, the path itself. In a match, a slash or the end follows.
    public let literalPrefix: [UInt8]
    /// The pattern without its closing `/**`.
    private let body: [UInt8]
    private let hasRest: Bool
    /// The expression of a `regex:` pattern; when it is set, nothing else is looked at.
    let regex: LinearRegex?

    /// Whether it is a `regex:` pattern.
    public var isExpression: Bool { regex != nil }

    static let regexPrefix = "regex:"

    public static func == (left: PathPattern, right: PathPattern) -> Bool { left.text == right.text }
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }

    /// - Parameter isIndexed: whether a `PathIndex` searches for the pattern. Then an expression is read with much less work, and
    ///   `matches` takes longer.
    /// - Throws: a `PatternError` for a text that could not match any path, or whose stars are ambiguous.
    public init(_ text: String, isIndexed: Bool = false) throws(PatternError) {
        self.text = text
        if let expression = Self.expression(text) {
            do throws(RegexError) {
                regex = try LinearRegex(expression, makesTable: !isIndexed)
            } catch {
                throw PatternError("the path pattern \"\(text)\" is not valid: \(error)")
            }
            (isExact, literalPrefix, body, hasRest) = (false, [], [], false)
            return
        }
        regex = nil
        let bytes = Array(text.utf8)
        guard bytes.first == 0x2F else {
            throw PatternError(
                "the path pattern \"\(text)\" does not start with a slash",
                suggestion: (text.hasPrefix("^") ? Self.regexPrefix + text : Self.ending(text)).map { "write '\($0)'" }
                    ?? "write \"/\(text)\"")
        }
        hasRest = bytes.count >= 3 && bytes[(bytes.count - 3)...].elementsEqual([0x2F, 0x2A, 0x2A])
        body = hasRest ? Array(bytes.dropLast(3)) : bytes
        try Self.check(body, text)
        if let star = body.firstIndex(of: 0x2A) {
            isExact = false
            literalPrefix = Array(body[..<(body[..<star].lastIndex(of: 0x2F) ?? 0)])
        } else {
            isExact = !hasRest
            literalPrefix = body
        }
    }

    private static func expression(_ text: String) -> String? {
        text.hasPrefix(regexPrefix) ? String(text.dropFirst(regexPrefix.count)) : nil
    }

    /// The expression for every path with the ending of `*.js` or `/**/*.js`; nil for other patterns.
    private static func ending(_ text: String) -> String? {
        guard let star = text.lastIndex(of: "*"), text[..<star].allSatisfy({ $0 == "*" || $0 == "/" }) else { return nil }
        let end = text[text.index(after: star)...]
        guard end.hasPrefix("."), end.utf8.dropFirst().allSatisfy({ Octet.isDigit($0) || $0 | 0x20 &- 0x61 < 26 || $0 == 0x2E })
        else { return nil }
        return regexPrefix + end.replacing(".", by: "\\.") + "$"
    }

    private static func check(_ body: [UInt8], _ text: String) throws(PatternError) {
        for byte in body {
            switch byte {
            case 0x3F, 0x23:
                throw PatternError(
                    "the path pattern \"\(text)\" has a `\(byte == 0x3F ? "?" : "#")`: patterns match the path alone",
                    suggestion: "leave out the query")
            case 0x25:
                throw PatternError(
                    "the path pattern \"\(text)\" has a percent sign: patterns match the decoded path",
                    suggestion: "write the character itself")
            case 0x00...0x1F, 0x7F:
                throw PatternError("the path pattern has a control character")
            default: break
            }
        }
        let segments = body.split(separator: 0x2F, omittingEmptySubsequences: false).dropFirst()
        for (place, segment) in segments.enumerated() {
            if segment.elementsEqual([0x2E]) || segment.elementsEqual([0x2E, 0x2E])
                || (segment.isEmpty && place < segments.count - 1)
            {
                throw PatternError(
                    "the path pattern \"\(text)\" can never match: `//`, `/./` and `/../` are resolved before matching")
            }
            if zip(segment, segment.dropFirst()).contains(where: { $0 == 0x2A && $1 == 0x2A }) {
                throw PatternError(
                    "`**` stands for the rest of a path, so it may only be the last segment of \"\(text)\"",
                    suggestion: "use `*` for one segment\(ending(text).map { ", or '\($0)' for an ending anywhere" } ?? "")")
            }
        }
    }

    /// The pattern without its closing `/**`; nil for an expression.
    var regexFreeBody: [UInt8]? { regex == nil ? body : nil }

    /// Whether nothing is left to test when an index has found the pattern: it is exact or an expression, or tests only how the
    /// path begins.
    var isSettledByIndex: Bool { regex != nil || body.count == literalPrefix.count }

    public func matches(_ path: Span<UInt8>) -> Bool { end(in: path) != nil }

    /// Returns the range that `**` stands for in a matching path, without its leading slash; an empty range at the end for a
    /// pattern without `**`. Nil when the path does not match.
    public func rest(of path: Span<UInt8>) -> Range<Int>? {
        guard let end = end(in: path) else { return nil }
        return min(end &+ 1, path.count)..<path.count
    }

    /// Returns where the body's match ends: at the end of the path, or at the slash before the part that `**` stands for.
    private func end(in path: Span<UInt8>) -> Int? {
        if let regex { return regex.matches(path) ? path.count : nil }
        let pattern = body.span
        var (at, index) = (0, 0)
        /// Where to continue when the text after the last star of this segment does not fit: the star takes one more byte.
        var (starAt, starIndex) = (-1, 0)
        while true {
            if at < pattern.count, pattern[at] == 0x2A {
                let isSegment = pattern[at &- 1] == 0x2F && (at &+ 1 == pattern.count || pattern[at &+ 1] == 0x2F)
                if isSegment {
                    guard index < path.count, path[index] != 0x2F else { return nil }
                }
                (starAt, starIndex) = (at, index)
                at &+= 1
            } else if at < pattern.count, index < path.count, pattern[at] == path[index] {
                at &+= 1
                index &+= 1
            } else if at == pattern.count, index == path.count || (hasRest && path[index] == 0x2F) {
                return index
            } else {
                guard starAt >= 0, starIndex < path.count, path[starIndex] != 0x2F else { return nil }
                starIndex &+= 1
                (at, index) = (starAt &+ 1, starIndex)
            }
        }
    }
}
