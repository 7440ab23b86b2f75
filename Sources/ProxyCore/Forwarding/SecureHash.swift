/// What SHA-1 and SHA-256 have in common (FIPS 180-4 §5 and §6): a padded message that is mixed into a state, block by block.
public enum SecureHash {
    /// Returns the bytes of the state after the whole message.
    ///
    /// - Parameter mix: mixes a block of 16 words into the state.
    public static func run(
        _ message: [UInt8], _ state: inout [UInt32], _ mix: (_ block: [UInt32], _ state: inout [UInt32]) -> Void
    ) -> [UInt8] {
        var padded = message + [0x80]
        padded += [UInt8](repeating: 0, count: (120 - padded.count % 64) % 64)
        let bits = UInt64(message.count) * 8
        for shift in stride(from: 56, through: 0, by: -8) { padded.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift))) }
        for start in stride(from: 0, to: padded.count, by: 64) {
            var words = [UInt32](repeating: 0, count: 16)
            for index in 0..<64 { words[index / 4] |= UInt32(padded[start + index]) << UInt32(24 - 8 * (index % 4)) }
            mix(words, &state)
        }
        return state.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) } }
    }
}
