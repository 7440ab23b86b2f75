import HTTPModel

/// Finds the part of a URL reference that names the server: scheme and authority (RFC 3986 §4.1), as browsers read them. They
/// take `\` for a slash and ignore how many slashes follow `https:`.
enum ReferencePlace {
    /// Returns where that part ends, or where the reference begins if it has none.
    static func end(in reference: Span<UInt8>) -> Int {
        let start = reference.trimmingBlanks(reference.indices).lowerBound
        let scheme = schemeEnd(in: reference, from: start)
        var index = scheme
        while index < reference.count, isSlash(reference[index]) { index += 1 }
        let isWeb = isWeb(reference.extracting(start..<scheme))
        guard isWeb || index - scheme >= 2 else { return scheme }
        while index < reference.count, !isSlash(reference[index]), reference[index] != 0x3F, reference[index] != 0x23 {
            index += 1
        }
        return index
    }

    /// Returns the place after the colon of a scheme; `start` when there is no scheme.
    private static func schemeEnd(in reference: Span<UInt8>, from start: Int) -> Int {
        for index in start..<reference.count {
            switch reference[index] {
            case 0x3A: return index == start ? start : index + 1
            case 0x41...0x5A, 0x61...0x7A: continue
            case 0x30...0x39, 0x2B, 0x2D, 0x2E: if index == start { return start }
            default: return start
            }
        }
        return start
    }

    private static func isWeb(_ scheme: Span<UInt8>) -> Bool {
        for web in ["http:", "https:", "ws:", "wss:", "ftp:", "file:"] where scheme.equalsIgnoringCase(web.utf8.span) {
            return true
        }
        return false
    }

    private static func isSlash(_ byte: UInt8) -> Bool { byte == 0x2F || byte == 0x5C }
}
