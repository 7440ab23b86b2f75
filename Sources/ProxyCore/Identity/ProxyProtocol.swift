public import HTTPModel

/// Reads the header with which a load balancer begins a connection to name the client: PROXY protocol, versions 1 (a line of
/// text) and 2 (binary), as in HAProxy's specification. Anything that deviates from it is refused.
public enum ProxyProtocol {
    /// The largest length in bytes of a version 1 header, with its CR LF.
    static let lineLimit = 107
    /// The largest number of bytes after the first 16 of a version 2 header: addresses and type-length-values.
    static let blockLimit = 4096

    public enum Source: Sendable, Hashable {
        /// The connection's own peer: the header says `UNKNOWN`, or the balancer speaks for itself (`LOCAL`), as in its health
        /// checks.
        case connection
        case address(IPAddress, port: UInt16)
        /// A Unix socket, which has no address.
        case unix
    }

    public enum Outcome: Sendable, Hashable {
        /// The bytes so far may become a header.
        case needMore
        /// The header takes that many bytes; the following ones are the client's.
        case header(length: Int, source: Source)
        case failed
    }

    private static var signature: [UInt8] { [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A] }

    /// - Parameter bytes: all bytes that have come on the connection.
    public static func read(_ bytes: Span<UInt8>) -> Outcome {
        guard !bytes.isEmpty else { return .needMore }
        return bytes[0] == 0x50 ? readLine(bytes) : readBlock(bytes)
    }

    /// Whether the bytes begin with `start`, as far as there are bytes.
    private static func agrees(_ bytes: Span<UInt8>, with start: Span<UInt8>) -> Bool {
        let count = min(bytes.count, start.count)
        return bytes.extracting(0..<count).equals(start.extracting(0..<count))
    }

    // MARK: Version 1

    /// Reads `PROXY TCP4 192.0.2.1 198.51.100.1 4711 443`, or `PROXY UNKNOWN` followed by anything.
    private static func readLine(_ bytes: Span<UInt8>) -> Outcome {
        let start = "PROXY ".utf8.span
        guard agrees(bytes, with: start) else { return .failed }
        guard bytes.count > start.count else { return .needMore }
        var end = start.count
        while end < bytes.count, 0x20...0x7E ~= bytes[end] { end &+= 1 }
        guard end &+ 2 <= lineLimit else { return .failed }
        guard end < bytes.count else { return .needMore }
        guard bytes[end] == 0x0D else { return .failed }
        guard end &+ 1 < bytes.count else { return .needMore }
        guard bytes[end &+ 1] == 0x0A, let source = source(ofLine: bytes.extracting(start.count..<end)) else { return .failed }
        return .header(length: end &+ 2, source: source)
    }

    private static func source(ofLine line: Span<UInt8>) -> Source? {
        var words: [Range<Int>] = []
        var start = 0
        for index in 0...line.count where index == line.count || line[index] == 0x20 {
            words.append(start..<index)
            start = index &+ 1
        }
        guard let family = words.first else { return nil }
        if line.extracting(family).equals("UNKNOWN".utf8.span) { return .connection }
        let isV4 = line.extracting(family).equals("TCP4".utf8.span)
        guard isV4 || line.extracting(family).equals("TCP6".utf8.span), words.count == 5,
            let address = self.address(line.extracting(words[1]), isV4: isV4),
            self.address(line.extracting(words[2]), isV4: isV4) != nil,
            let port = port(line.extracting(words[3])), self.port(line.extracting(words[4])) != nil
        else { return nil }
        return .address(address, port: port)
    }

    private static func address(_ text: Span<UInt8>, isV4: Bool) -> IPAddress? {
        var hasColon = false
        for index in text.indices {
            if text[index] == 0x5B { return nil }
            if text[index] == 0x3A { hasColon = true }
        }
        return hasColon == isV4 ? nil : IPAddress(text)
    }

    private static func port(_ text: Span<UInt8>) -> UInt16? {
        guard 1...5 ~= text.count, text.count == 1 || text[0] != 0x30 else { return nil }
        var port = 0
        for index in text.indices {
            guard Octet.isDigit(text[index]) else { return nil }
            port = port &* 10 &+ Int(text[index] &- 0x30)
        }
        return UInt16(exactly: port)
    }

    // MARK: Version 2

    private static func readBlock(_ bytes: Span<UInt8>) -> Outcome {
        guard agrees(bytes, with: signature.span) else { return .failed }
        guard bytes.count >= 16 else { return .needMore }
        let length = number(bytes, at: 14)
        guard length <= blockLimit else { return .failed }
        guard bytes[12] == 0x20 || bytes[12] == 0x21 else { return .failed }
        guard bytes.count >= 16 &+ length else { return .needMore }
        let block = bytes.extracting(16..<16 &+ length)
        // For LOCAL, and for a PROXY that names no family, the receiver ignores what follows.
        guard bytes[12] == 0x21, bytes[13] != 0x00 else { return .header(length: 16 &+ length, source: .connection) }
        guard let source = source(ofBlock: block, family: bytes[13]) else { return .failed }
        return .header(length: 16 &+ length, source: source)
    }

    /// Returns the source. Only streams are accepted, because datagrams do not carry HTTP/1 or HTTP/2.
    private static func source(ofBlock block: Span<UInt8>, family: UInt8) -> Source? {
        switch family {
        case 0x11:
            guard hasExtensions(block, behind: 12) else { return nil }
            let address = UInt32(number(block, at: 0)) << 16 | UInt32(number(block, at: 2))
            return .address(IPAddress(v4: address), port: UInt16(number(block, at: 8)))
        case 0x21:
            guard hasExtensions(block, behind: 36) else { return nil }
            let address = IPAddress(high: word(block, at: 0), low: word(block, at: 8))
            return .address(address, port: UInt16(number(block, at: 32)))
        case 0x31: return hasExtensions(block, behind: 216) ? .unix : nil
        default: return nil
        }
    }

    /// Whether the addresses are complete, and type-length-values fill the rest exactly.
    private static func hasExtensions(_ block: Span<UInt8>, behind start: Int) -> Bool {
        var at = start
        while at &+ 3 <= block.count { at &+= 3 &+ number(block, at: at &+ 1) }
        return at == block.count
    }

    /// Returns the number in two bytes, in big-endian order.
    private static func number(_ bytes: Span<UInt8>, at start: Int) -> Int { Int(bytes[start]) << 8 | Int(bytes[start &+ 1]) }

    private static func word(_ bytes: Span<UInt8>, at start: Int) -> UInt64 {
        (start..<start &+ 8).reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
    }
}
