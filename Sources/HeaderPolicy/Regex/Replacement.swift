import HTTPModel

/// The text that replaces a match: it may have `$0` (the match), `$1` … `$9` or `${1}` (its groups, empty for a group that took
/// no part) and `$$` (a dollar).
public struct Replacement: Sendable {
    private enum Part: Sendable {
        case text([UInt8])
        case group(Int)
    }

    private let parts: [Part]

    /// - Parameter groups: the number of groups in the expression.
    /// - Throws: a `RegexError` for a group that does not exist, for another use of `$`, and for a character that a field value
    ///   may not have.
    public init(_ text: String, groups: Int) throws(RegexError) {
        let scalars = Array(text.unicodeScalars)
        var parts: [Part] = []
        var literal: [UInt8] = []
        var index = 0
        while index < scalars.count {
            let start = index
            index += 1
            guard scalars[start] == "$" else {
                let bytes = UTF8.encode(scalars[start]).map(Array.init) ?? []
                guard bytes.allSatisfy(Octet.isFieldValue) else {
                    throw RegexError("a header value may not have control characters such as line breaks", at: start)
                }
                literal += bytes
                continue
            }
            let isBraced = index < scalars.count && scalars[index] == "{"
            if isBraced { index += 1 }
            guard index < scalars.count else { throw Self.misuse(at: start) }
            if scalars[index] == "$", !isBraced {
                literal.append(0x24)
                index += 1
                continue
            }
            guard let group = ("0"..."9").contains(scalars[index]) ? Int(scalars[index].value &- 0x30) : nil else {
                throw Self.misuse(at: start)
            }
            index += 1
            if isBraced {
                guard index < scalars.count, scalars[index] == "}" else { throw Self.misuse(at: start) }
                index += 1
            }
            guard group <= groups else {
                let count = groups == 0 ? "none" : groups == 1 ? "one" : "\(groups)"
                throw RegexError("there is no group for `$\(group)`: the expression has \(count)", at: start)
            }
            if !literal.isEmpty { parts.append(.text(literal)) }
            literal.removeAll()
            parts.append(.group(group))
        }
        if !literal.isEmpty { parts.append(.text(literal)) }
        self.parts = parts
    }

    private static func misuse(at offset: Int) -> RegexError {
        RegexError(
            "`$` is followed by a group from 0 to 9, as in `$1`, or `$${1}` in a file; the character itself is `$$$$` there",
            at: offset)
    }

    /// Appends the replacement of one match.
    func append(_ text: Span<UInt8>, _ slots: [Int], to output: inout [UInt8]) {
        for part in parts {
            switch part {
            case .text(let bytes): output.append(copying: bytes.span)
            case .group(let group):
                let (start, end) = (slots[group &* 2], slots[group &* 2 &+ 1])
                if start >= 0, end >= start { output.append(copying: text.extracting(start..<end)) }
            }
        }
    }
}
