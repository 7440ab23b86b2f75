/// The key and its answer by which a WebSocket server shows that it is one (RFC 6455 §4), for requests that come by extended
/// CONNECT, which does not need them (RFC 8441 §5).
public enum WebSocketKey {
    /// Returns a fresh `Sec-WebSocket-Key`: 16 random bytes.
    public static func fresh(random: inout some RandomNumberGenerator) -> [UInt8] {
        base64((0..<16).map { _ in UInt8.random(in: 0...255, using: &random) })
    }

    /// Returns the `Sec-WebSocket-Accept` that answers a key.
    public static func answer(to key: [UInt8]) -> [UInt8] {
        base64(sha1(key + Array("258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)))
    }

    private static func base64(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.append(base64: bytes)
        return text
    }

    /// SHA-1 (FIPS 180-4 §6.1). It proves nothing here; it only has to be the same on both sides.
    private static func sha1(_ message: [UInt8]) -> [UInt8] {
        var state: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
        return SecureHash.run(message, &state, mix)
    }

    private static func mix(_ block: [UInt32], into state: inout [UInt32]) {
        var words = block + [UInt32](repeating: 0, count: 64)
        for index in 16..<80 {
            words[index] = rotated(words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], 1)
        }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for index in 0..<80 {
            let (mixed, constant): (UInt32, UInt32) =
                switch index {
                case 0..<20: (b & c | ~b & d, 0x5A82_7999)
                case 20..<40: (b ^ c ^ d, 0x6ED9_EBA1)
                case 40..<60: (b & c | b & d | c & d, 0x8F1B_BCDC)
                default: (b ^ c ^ d, 0xCA62_C1D6)
                }
            let next = rotated(a, 5) &+ mixed &+ e &+ constant &+ words[index]
            (a, b, c, d, e) = (next, a, rotated(b, 30), c, d)
        }
        for (index, word) in [a, b, c, d, e].enumerated() { state[index] &+= word }
    }

    private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 { word << count | word >> (32 - count) }
}
