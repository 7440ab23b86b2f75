/// The `host[:port]` of a `Host` field or `:authority` (RFC 9110 §7.2, RFC 3986 §3.2.2).
public enum Authority {
    /// Whether bytes are a host with an optional port: a registered name, an IPv4 address or a bracketed IPv6 literal.
    /// Userinfo, spaces, commas, slashes and empty hosts are not; the port is digits, at most 65535, perhaps absent.
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

    private static func isLiteral(_ byte: UInt8) -> Bool {
        Octet.hexValue(byte) != nil || byte == 0x3A || byte == 0x2E
    }

    /// `unreserved` and `sub-delims` without the comma; percent-escapes are refused.
    private static func isRegisteredName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x2D, 0x2E, 0x5F, 0x7E, 0x21, 0x24, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x2B, 0x3B, 0x3D: true
        default: false
        }
    }
}
