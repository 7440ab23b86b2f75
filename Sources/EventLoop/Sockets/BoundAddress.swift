/// The address of a socket in a comparable form, in which the wildcard addresses of both IP versions are equal.
public enum BoundAddress: Hashable, Sendable {
    case ip(address: [UInt8], port: [UInt8])
    case unix([UInt8])

    public init(_ endpoint: Endpoint) {
        switch endpoint {
        case .unix(let path): self = .unix(path)
        case .ipv4(let address, let port): self = .ip(Self.bytes(address), port)
        case .ipv6(let high, let low, _, let port): self = .ip(Self.bytes(high) + Self.bytes(low), port)
        }
    }

    private static func ip(_ address: [UInt8], _ port: UInt16) -> BoundAddress {
        .ip(address: address.contains { $0 != 0 } ? address : [], port: bytes(port))
    }

    private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
        (0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (number.bitWidth - 8 - 8 * $0)) }
    }

    /// Parses an address from the kernel's tables of sockets (proc(5)), such as `0100007F:1F90`, in words of the machine's byte
    /// order.
    public init?(table text: some StringProtocol) {
        guard let colon = text.firstIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...], radix: 16) else {
            return nil
        }
        var address: [UInt8] = []
        var rest = text[..<colon]
        while !rest.isEmpty {
            guard rest.count >= 8, let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
            // The pointer is valid for the call.
            address += unsafe withUnsafeBytes(of: word) { unsafe Array($0) }
            rest = rest.dropFirst(8)
        }
        guard address.count == 4 || address.count == 16 else { return nil }
        self = .ip(address, port)
    }
}
