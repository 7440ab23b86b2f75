/// xoshiro256** 1.0 (Blackman and Vigna): makes 64 bits of good quality in a few instructions. Not for secrets.
public struct Xoshiro256: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    public init(seededBy random: inout some RandomNumberGenerator) {
        // The only state that does not work is all zeros.
        state = (random.next(), random.next(), random.next(), random.next() | 1)
    }

    public mutating func next() -> UInt64 {
        let result = rotated(state.1 &* 5, by: 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = rotated(state.3, by: 45)
        return result
    }

    private func rotated(_ word: UInt64, by bits: UInt64) -> UInt64 {
        word << bits | word >> (64 - bits)
    }
}

extension [UInt8] {
    /// Appends 64 bits as 16 lower-case hexadecimal digits.
    mutating func append(hexadecimal word: UInt64) {
        let (high, low) = (Self.digits(word >> 32), Self.digits(word & 0xFFFF_FFFF))
        append(addingCapacity: 16) { output in
            for shift in stride(from: UInt64(0), to: 64, by: 8) { output.append(UInt8(truncatingIfNeeded: high >> shift)) }
            for shift in stride(from: UInt64(0), to: 64, by: 8) { output.append(UInt8(truncatingIfNeeded: low >> shift)) }
        }
    }

    /// The eight digits of 32 bits, the first in the lowest byte.
    private static func digits(_ number: UInt64) -> UInt64 {
        // Each step moves half of what is still together to its own place, until each byte has four bits.
        var spread = (number << 32 | number >> 16) & 0x0000_FFFF_0000_FFFF
        spread = (spread << 16 | spread >> 8) & 0x00FF_00FF_00FF_00FF
        spread = (spread << 8 | spread >> 4) & 0x0F0F_0F0F_0F0F_0F0F
        // A digit from ten on is a letter, and these begin 39 after the colon that follows the digit nine.
        let isLetter = (spread &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return spread &+ 0x3030_3030_3030_3030 &+ isLetter &* 39
    }
}
