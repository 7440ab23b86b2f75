package import HTTPModel

/// A literal path prefix that is taken off targets before they are forwarded: `/app`. It ends where a segment ends.
package struct PathPrefix: Sendable {
    /// Begins with a slash and does not end with one.
    package let text: [UInt8]

    package init(_ text: String) { self.text = Array(text.utf8) }

    package enum Place: Sendable, Hashable {
        /// The path is not under the prefix.
        case absent
        /// The target begins with the prefix, and without it means what the path means without it.
        case atStart
        /// The path is under the prefix, but the target spells it so that taking the prefix off would change what the rest means:
        /// `/app/../app/x`, `/%61pp/x`, `/app//x`, `/app/%2fx`.
        case ambiguous
    }

    /// Where the prefix stands in a request's target.
    package func place(in request: borrowing RequestHead) -> Place {
        guard isStart(of: request.path) else { return .absent }
        let raw = request.rawPath
        guard isStart(of: raw) else { return .ambiguous }
        let rest = raw.extracting(droppingFirst: text.count)
        if Self.beginsTwice(rest) { return .ambiguous }
        if raw.equals(request.path) { return .atStart }
        var alone = RequestHead()
        guard alone.setTarget(rest),
            alone.path.equals(request.path.extracting(droppingFirst: text.count))
        else { return .ambiguous }
        return .atStart
    }

    /// Whether a slash or backslash follows on the first slash, escaped or not: the app might read a host, or another path.
    private static func beginsTwice(_ path: Span<UInt8>) -> Bool {
        guard path.count > 1 else { return false }
        if path[1] == 0x2F || path[1] == 0x5C { return true }
        guard path[1] == 0x25, path.count > 3, let high = Octet.hexValue(path[2]), let low = Octet.hexValue(path[3]) else {
            return false
        }
        return high << 4 | low == 0x2F || high << 4 | low == 0x5C
    }

    private func isStart(of path: Span<UInt8>) -> Bool {
        guard path.count >= text.count, path.extracting(0..<text.count).equals(text.span) else { return false }
        return path.count == text.count || path[text.count] == 0x2F
    }
}
