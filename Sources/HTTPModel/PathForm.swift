/// The one meaning of a request path (RFC 3986 §6.2.2), for matching.
enum PathForm {
    /// The path with percent-escapes decoded once, doubled slashes merged and `.` and `..` segments resolved.
    ///
    /// Nil where the path has no single meaning: a broken or NUL escape, or a climb above the root.
    static func resolved(_ path: Span<UInt8>) -> [UInt8]? {
        guard let decoded = decoded(path) else { return nil }
        var output: [UInt8] = []
        output.reserveCapacity(decoded.count)
        var index = 0
        while index < decoded.count {
            // At a slash: take the segment after it.
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
        return output
    }

    private static func decoded(_ path: Span<UInt8>) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(path.count)
        var index = 0
        while index < path.count {
            guard path[index] == 0x25 else {
                output.append(path[index])
                index += 1
                continue
            }
            guard index + 2 < path.count, let high = Octet.hexValue(path[index + 1]), let low = Octet.hexValue(path[index + 2]),
                high | low != 0
            else { return nil }
            output.append(high << 4 | low)
            index += 3
        }
        return output
    }
}
