extension [UInt8] {
    /// Appends the base64 form (RFC 4648 §4) of bytes.
    public mutating func append(base64 bytes: [UInt8]) {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<Swift.min(start + 3, bytes.count)]
            var word = 0
            for byte in group { word = word << 8 | Int(byte) }
            word <<= 8 * (3 - group.count)
            for place in 0..<4 { append(place <= group.count ? digits[word >> (18 - 6 * place) & 63] : 0x3D) }
        }
    }
}
