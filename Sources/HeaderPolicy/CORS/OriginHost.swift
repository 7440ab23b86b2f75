import HTTPModel

/// How browsers write the host of an origin (WHATWG URL, "host parser" and "host serializer"). An origin that is written
/// otherwise never arrives, even if it looks right.
enum OriginHost {
    /// Returns why no browser writes a host like this; nil when one may, and also when the text is not a host at all.
    static func problem(_ host: String) -> PatternError? {
        if host.isEmpty { return nil }
        if host.hasPrefix("[") { return addressProblem(host) }
        if !host.utf8.allSatisfy({ $0 < 0x80 }) {
            let labels = host.lowercased().split(separator: ".", omittingEmptySubsequences: false).map { Punycode.label($0) }
            return PatternError("browsers write a name beyond ASCII in its ASCII form", suggestion: labels.joined(separator: "."))
        }
        let name = host.hasSuffix(".") ? host.dropLast() : host[...]
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        if labels.contains(where: \.isEmpty) { return PatternError("a label of its host is empty, between two dots") }
        if labels.contains(where: { $0.utf8.count > 63 }) {
            return PatternError("a label of its host is longer than the 63 characters that a name may have")
        }
        if name.utf8.count > 253 { return PatternError("its host is longer than the 253 characters that a name may have") }
        guard let last = labels.last, isNumber(last), !isAddress(host) else { return nil }
        guard let address = address(labels) else {
            return PatternError("its host ends in a number, and is no IPv4 address")
        }
        let parts = [24, 16, 8, 0].map { String(address >> $0 & 0xFF) }
        return PatternError("browsers write an IPv4 address as four decimal numbers", suggestion: parts.joined(separator: "."))
    }

    static func isAddress(_ host: String) -> Bool { IPAddress(host.utf8.span) != nil }

    private static func addressProblem(_ host: String) -> PatternError? {
        guard let address = IPAddress(host.utf8.span) else { return PatternError("its host is no IPv6 address") }
        // Browsers write no IPv4 within IPv6.
        let written = "[\(String(decoding: address.ipv6Text, as: UTF8.self))]"
        return written == host.lowercased()
            ? nil : PatternError("browsers write an IPv6 address in its shortest form", suggestion: written)
    }

    /// Whether the label is a number: decimal, or hexadecimal after `0x`.
    private static func isNumber(_ label: Substring) -> Bool {
        if label.utf8.allSatisfy(Octet.isDigit) { return true }
        return label.lowercased().hasPrefix("0x") && label.utf8.dropFirst(2).allSatisfy { Octet.hexValue($0) != nil }
    }

    /// Returns the IPv4 address of one to four numbers, the last of which fills the remaining bytes: `127.1`, `0x7f000001`.
    private static func address(_ labels: [Substring]) -> UInt32? {
        guard labels.count <= 4 else { return nil }
        var numbers: [UInt64] = []
        for label in labels {
            let text = label.lowercased()
            let (digits, radix) =
                text.hasPrefix("0x") ? (text.dropFirst(2), 16) : (text[...], text.hasPrefix("0") ? 8 : 10)
            guard let number = digits.isEmpty ? 0 : UInt64(digits, radix: radix) else { return nil }
            numbers.append(number)
        }
        guard let last = numbers.popLast(), numbers.allSatisfy({ $0 < 256 }), last < 1 << UInt64(8 * (4 - numbers.count)) else {
            return nil
        }
        let high = numbers.enumerated().reduce(UInt64(0)) { $0 | $1.element << UInt64(24 - 8 * $1.offset) }
        return UInt32(truncatingIfNeeded: high | last)
    }
}
