/// The `host[:port]` of a `Host` field or `:authority` (RFC 9110 §7.2, RFC 3986 §3.2.2).
public enum Authority {
    /// Whether the bytes are a host with an optional port. The host is a registered name, an IPv4 address or a bracketed IPv6
    /// literal; userinfo, spaces, commas, slashes and empty hosts are refused. The port has digits only, is at most 65535, and
    /// may be empty.
    public static func isValid(_ authority: Span<UInt8>) -> Bool {
        guard !authority.isEmpty, authority.count <= 512 else { return false }
        var index = 0
        if authority[0] == 0x5B {
            index = 1
            while index < authority.count, isLiteral(authority[index]) { index += 1 }
            guard index < authority.count, authority[index] == 0x5D else { return false }
            index += 1
            guard IPAddress(authority.extracting(0..<index)) != nil else { return false }
        } else {
            while index < authority.count, isRegisteredName(authority[index]) { index += 1 }
            guard index > 0 else { return false }
        }
        if index == authority.count { return true }
        guard authority[index] == 0x3A else { return false }
        var port = 0
        for digit in (index + 1)..<authority.count {
            guard Octet.isDigit(authority[digit]) else { return false }
            port = port * 10 + Int(authority[digit] - 0x30)
            guard port <= 65535 else { return false }
        }
        return true
    }

    /// Whether two authorities are equivalent (RFC 9110 §4.2.3): differences in the case of a name, a closing dot, the notation
    /// of an IPv6 address, and an explicit default port do not count.
    public static func isSame(_ one: Span<UInt8>, _ other: Span<UInt8>, scheme: Scheme) -> Bool {
        if one.equalsIgnoringCase(other) { return true }
        let (length, otherLength) = (hostLength(one), hostLength(other))
        let own = scheme == .https ? 443 : 80
        return port(one.extracting(droppingFirst: length)) ?? own == port(other.extracting(droppingFirst: otherLength)) ?? own
            && isSameHost(one.extracting(first: length), other.extracting(first: otherLength))
    }

    /// Whether two hosts without ports are equivalent in the same way.
    public static func isSameHost(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
        let one = withoutClosingDot(one)
        let other = withoutClosingDot(other)
        if one.equalsIgnoringCase(other) { return true }
        guard !one.isEmpty, !other.isEmpty, one[0] == 0x5B, other[0] == 0x5B, let address = IPAddress(one) else { return false }
        return IPAddress(other) == address
    }

    /// The host without a closing dot, as hosts are compared: `example.com.` is the same as `example.com`.
    @_lifetime(copy host)
    public static func withoutClosingDot(_ host: Span<UInt8>) -> Span<UInt8> {
        host.count > 1 && host[host.count &- 1] == 0x2E ? host.extracting(droppingLast: 1) : host
    }

    /// Whether a host without a port is a name of this machine, with both of its loopback addresses: `localhost` or one below it
    /// (RFC 6761 §6.3).
    public static func isLocalhost(_ host: Span<UInt8>) -> Bool {
        let (host, name) = (withoutClosingDot(host), "localhost".utf8.span)
        let start = host.count - name.count
        return start >= 0 && host.extracting(droppingFirst: start).equalsIgnoringCase(name)
            && (start == 0 || host[start - 1] == 0x2E)
    }

    /// The length of the host, which is everything before `:port`.
    static func hostLength(_ authority: Span<UInt8>) -> Int {
        var end = authority.count
        while end > 0, Octet.isDigit(authority[end &- 1]) { end &-= 1 }
        return end > 0 && authority[end &- 1] == 0x3A ? end &- 1 : authority.count
    }

    /// The host, and what stands behind the colon after it.
    public static func split(_ authority: String) -> (host: String, port: String) {
        guard let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") else { return (authority, "") }
        return (String(authority[..<colon]), String(authority[colon...].dropFirst()))
    }

    /// The number after a colon; nil if there is none. The digits are not checked: see `isValid`.
    private static func port(_ text: Span<UInt8>) -> Int? {
        guard text.count > 1 else { return nil }
        var port = 0
        for index in 1..<text.count { port = min(port * 10 + Int(text[index] &- 0x30), 65_536) }
        return port
    }

    private static func isLiteral(_ byte: UInt8) -> Bool {
        Octet.hexValue(byte) != nil || byte == 0x3A || byte == 0x2E
    }

    /// Whether a byte is in `unreserved` or `sub-delims` without the comma; percent-escapes are refused.
    private static func isRegisteredName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x2D, 0x2E, 0x5F, 0x7E, 0x21, 0x24, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x2B, 0x3B, 0x3D: true
        default: false
        }
    }
}
