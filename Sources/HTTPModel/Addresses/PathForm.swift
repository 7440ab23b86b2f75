/// The normalized form of a request path (RFC 3986 §6.2.2), used for matching.
enum PathForm {
    struct Resolved {
        var path: [UInt8]
        /// Whether some reader may take a segment for `.` or `..`, and so resolve the path as it was spelled to another one than
        /// this.
        var hasDotSegment: Bool
    }

    /// The path with percent-escapes decoded once, doubled slashes merged and `.` and `..` segments resolved.
    ///
    /// Nil when the path has no single meaning: it has a broken or NUL escape, or climbs above the root.
    static func resolved(_ path: Span<UInt8>) -> Resolved? {
        guard let decoded = [UInt8](percentDecoding: path), !decoded.contains(0) else { return nil }
        var output: [UInt8] = []
        output.reserveCapacity(decoded.count)
        var index = 0
        while index < decoded.count {
            // The index is at a slash: take the segment after it.
            var end = index + 1
            while end < decoded.count, decoded[end] != 0x2F { end += 1 }
            let segment = decoded[(index + 1)..<end]
            let isLast = end == decoded.count
            if segment.elementsEqual([0x2E, 0x2E]) {
                guard let parent = output.lastIndex(of: 0x2F) else { return nil }
                output.removeSubrange(parent...)
                if isLast { output.append(0x2F) }
            } else if segment.elementsEqual([0x2E]) || segment.isEmpty {
                if isLast { output.append(0x2F) }
            } else {
                output.append(0x2F)
                output.append(contentsOf: segment)
            }
            index = end
        }
        return Resolved(path: output, hasDotSegment: hasDotSegment(decoded.span))
    }

    /// Whether some reader of the decoded path may resolve a segment away: one that takes `\` for a slash (Windows, URLs in
    /// browsers), or one that drops the parameters of a segment first (`/..;x/`, servlet containers).
    private static func hasDotSegment(_ path: Span<UInt8>) -> Bool {
        var index = 0
        while index < path.count {
            // The index is at a separator.
            var dots = 0
            while dots < 3, index + 1 + dots < path.count, path[index + 1 + dots] == 0x2E { dots += 1 }
            index += 1 + dots
            if dots == 1 || dots == 2, index == path.count || isSeparator(path[index]) || path[index] == 0x3B { return true }
            while index < path.count, !isSeparator(path[index]) { index += 1 }
        }
        return false
    }

    private static func isSeparator(_ byte: UInt8) -> Bool { byte == 0x2F || byte == 0x5C }
}
