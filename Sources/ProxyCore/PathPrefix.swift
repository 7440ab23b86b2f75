public import HTTPModel

/// A literal path prefix that is taken off targets before they are forwarded: `/app`. It ends where a segment ends.
public struct PathPrefix: Sendable {
    /// Begins with a slash and does not end with one.
    public let text: [UInt8]

    public init(_ text: String) { self.text = Array(text.utf8) }

    public enum Place: Sendable, Hashable {
        /// The path is not under the prefix.
        case absent
        /// The target begins with the prefix, and without it means what the path means without it.
        case atStart
        /// The path is under the prefix, but the target spells it so that taking the prefix off would change what the rest means:
        /// `/app/../app/x`, `/%61pp/x`, `/app//x`.
        case ambiguous
    }

    /// Where the prefix stands in a request's target.
    public func place(in request: borrowing RequestHead) -> Place {
        guard isStart(of: request.path) else { return .absent }
        let raw = request.rawPath
        guard isStart(of: raw) else { return .ambiguous }
        if raw.equals(request.path) { return .atStart }
        let rest = raw.extracting(droppingFirst: text.count)
        var alone = RequestHead()
        guard rest.count < 2 || rest[1] != 0x2F, alone.setTarget(rest),
            alone.path.equals(request.path.extracting(droppingFirst: text.count))
        else { return .ambiguous }
        return .atStart
    }

    private func isStart(of path: Span<UInt8>) -> Bool {
        guard path.count >= text.count, path.extracting(0..<text.count).equals(text.span) else { return false }
        return path.count == text.count || path[text.count] == 0x2F
    }
}
