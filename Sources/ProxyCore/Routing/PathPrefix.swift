public import HTTPModel

/// A literal path prefix, such as `/app`, that is removed from targets before they are forwarded. It ends where a segment ends.
public struct PathPrefix: Sendable {
    /// The prefix, which begins with a slash and does not end with one.
    public let text: [UInt8]

    public init(_ text: String) { self.text = Array(text.utf8) }

    public enum Place: Sendable, Hashable {
        /// The path is not under the prefix.
        case absent
        /// The target begins with the prefix, and the rest of the target means the same as the rest of the path.
        case atStart
        /// The path is under the prefix, but removing the prefix from the target would change what the rest means, because of the
        /// way the target is spelled: `/app/../app/x`, `/%61pp/x`, `/app//x`, `/app/%2fx`.
        case ambiguous
    }

    /// Returns where the prefix is in a request's target.
    public func place(in request: borrowing RequestHead) -> Place {
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

    /// Whether the first slash is followed by a slash or backslash, escaped or not, so that the app might read a host or another
    /// path.
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
