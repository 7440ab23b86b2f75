/// The 24 bytes with which an HTTP/2 connection begins (RFC 9113 §3.4).
public enum Preface {
    public enum Match: Sendable { case different, prefix, whole }

    public static let bytes = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    /// How far the first bytes of a connection are it.
    public static func compare(_ bytes: Span<UInt8>) -> Match {
        for index in 0..<min(bytes.count, self.bytes.count) where bytes[index] != self.bytes[index] { return .different }
        return bytes.count >= self.bytes.count ? .whole : .prefix
    }
}
