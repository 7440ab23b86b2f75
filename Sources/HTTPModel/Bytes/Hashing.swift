/// FNV-1a, 64 bits wide: a hash that grows byte by byte, for tables and for spreading, where nobody gains from equal hashes.
public enum FNV {
    /// The hash of no bytes.
    @inlinable public static var start: UInt64 { 0xCBF2_9CE4_8422_2325 }

    /// Returns the hash with one more byte.
    @inlinable public static func step(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }

    /// Returns the hash of bytes.
    @inlinable public static func hash(_ bytes: Span<UInt8>) -> UInt64 {
        var hash = start
        for index in bytes.indices { hash = step(hash, bytes[index]) }
        return hash
    }
}

/// SplitMix64 (Steele, Lea and Flood): a generator whose whole sequence follows from its seed. Not for secrets.
public struct SplitMix64: RandomNumberGenerator, Sendable, Hashable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        let value = Self.mixed(state)
        state &+= Self.increment
        return value
    }

    private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Returns the first number of the sequence with this seed: every bit of the seed changes half of its bits.
    public static func mixed(_ seed: UInt64) -> UInt64 {
        var word = seed &+ increment
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
