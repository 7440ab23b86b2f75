/// The 24 bytes with which an HTTP/2 connection begins (RFC 9113 §3.4).
enum Preface {
    enum Match { case different, prefix, whole }

    static func compare(_ bytes: Span<UInt8>) -> Match {
        let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8.span
        for index in 0..<min(bytes.count, preface.count) where bytes[index] != preface[index] { return .different }
        return bytes.count >= preface.count ? .whole : .prefix
    }
}
