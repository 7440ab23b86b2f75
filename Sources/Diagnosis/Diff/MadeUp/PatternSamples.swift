import HTTPModel
import HeaderPolicy
import ProxyCore

/// What matches a pattern of the configuration.
enum PatternSamples {
    static func host(_ pattern: String) -> String { pattern.hasPrefix("*.") ? "a" + pattern.dropFirst() : pattern }

    static func paths(_ pattern: String) -> [String] {
        if pattern.hasPrefix("regex:") {
            return texts(String(pattern.dropFirst(6))) { $0.hasPrefix("/") ? $0 : "/" + $0 }
        }
        let body = pattern.hasSuffix("/**") ? pattern.dropLast(3) : pattern[...]
        let path = body.replacing("*", by: "x")
        return pattern.hasSuffix("/**") ? [path + "/x", path.isEmpty ? "/" : path] : [path]
    }

    static func statuses(_ text: String) -> ClosedRange<Int>? {
        if text.lowercased().hasSuffix("xx"), let hundreds = Int(text.prefix(1)) { return hundreds * 100...hundreds * 100 + 99 }
        let bounds = text.split(separator: "-").compactMap { Int($0) }
        guard let low = bounds.first, let high = bounds.last, low <= high else { return nil }
        return low...high
    }

    static func mediaType(_ range: String) -> String {
        switch range {
        case "*/*": "text/html"
        case "image/*": "image/png"
        default: range.hasSuffix("/*") ? range.dropLast() + "plain" : range
        }
    }

    /// Origins that a pattern of `cors` lets in, and some that are near.
    static func origins(_ pattern: String) -> [String] {
        if pattern == "*" { return ["https://anybody.example"] }
        if pattern.hasPrefix("regex:") {
            let probes = OriginProbes(String(pattern.dropFirst(6)))
            let ends = texts(String(pattern.dropFirst(6))).prefix(2).filter { WebURL($0)?.origin == $0 }
            return probes.samples.prefix(4) + ends + [probes.foreign, probes.insecure].compactMap(\.self)
        }
        let text = pattern.hasSuffix(":*") ? pattern.dropLast() + "3000" : pattern
        guard let star = text.range(ofFirst: "*.") else { return pattern.hasSuffix(":*") ? [text, text + "1"] : [text] }
        return ["a.", "a.b.", ""].map { text[..<star.lowerBound] + $0 + text[star.upperBound...] }
    }

    /// The first and the last address of a block, and those just outside.
    static func addresses(_ block: CIDR) -> (inside: [String], outside: [String]) {
        let (first, bits) = (block.base, 128 - block.prefix)
        let low = bits >= 64 ? .max : first.low | (UInt64(1) << UInt64(bits) - 1)
        let high = bits <= 64 ? first.high : bits >= 128 ? .max : first.high | (UInt64(1) << UInt64(bits - 64) - 1)
        let next = IPAddress(high: low == .max ? high &+ 1 : high, low: low &+ 1)
        let previous = IPAddress(high: first.low == 0 ? first.high &- 1 : first.high, low: first.low &- 1)
        func texts(_ addresses: [IPAddress]) -> [String] {
            addresses.filter { $0.isV4 == first.isV4 && $0 != .unspecified }.map { String(decoding: $0.text, as: UTF8.self) }
        }
        return (texts([first, IPAddress(high: high, low: low)]), texts([next, previous]))
    }

    /// Texts in which a regular expression finds a match. Second comes one with the ends of its classes and, of one without case,
    /// one in capitals, so that it shows when either changes.
    ///
    /// - Parameter shaped: makes each of them what it has to be.
    static func texts(_ pattern: String, shaped: (String) -> String = { $0 }) -> [String] {
        guard let regex = try? LinearRegex(pattern) else { return [] }
        func matching(_ texts: [String]) -> [String] { texts.map(shaped).filter { regex.matches($0.utf8.span) } }
        let isFolded = pattern.hasPrefix("(?i)")
        let plain = matching([(isFolded ? pattern.dropFirst(4) : pattern[...]).filter { !"^$\\".contains($0) }])
        let common = plain.isEmpty ? matching(RegexSamples.texts(pattern)) : plain
        let first = common.prefix(1)
        let ends = matching(RegexSamples.texts(pattern, atEnds: true)).prefix(1)
        let capitals = isFolded ? matching(first.map { $0.uppercased() }) : []
        return (first + ends + capitals + common.dropFirst().prefix(7)).reduce(into: []) { texts, text in
            if !texts.contains(text) { texts.append(text) }
        }
    }

    /// Returns a path, or a part of a query, as it is written in a request; patterns are compared with what is decoded.
    static func encoded(_ text: String, _ more: String = "?") -> String {
        text.percentEncoded { !Octet.isTarget($0) || "%#".utf8.contains($0) || more.utf8.contains($0) }
    }
}
