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
        append(addingCapacity: 16) { output in
            for shift in stride(from: UInt64(60), through: 0, by: -4) {
                let digit = UInt8(truncatingIfNeeded: word >> shift & 15)
                output.append(digit < 10 ? 0x30 &+ digit : 0x57 &+ digit)
            }
        }
    }
}
