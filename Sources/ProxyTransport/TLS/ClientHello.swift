import HTTPModel

/// What a client says before anything is encrypted (RFC 8446 §4.1.2): as much of it as chooses a certificate.
///
/// Whatever is wrong with it is left to the TLS library, which refuses it with the right alert: `other`.
struct ClientHello: Equatable {
    /// In lower case, without a closing dot; empty where none is named.
    var serverName: [UInt8] = []
    /// Empty where the client names none (no ALPN).
    var protocols: [[UInt8]] = []

    enum Reading: Equatable {
        case needMore
        case hello(ClientHello)
        /// Letters: a request in clear.
        case text
        case other
    }

    /// Bytes that may wait for the end of a hello.
    static let limit = 64 << 10

    /// - Parameter bytes: everything that has come so far.
    static func read(_ bytes: Span<UInt8>) -> Reading {
        guard !bytes.isEmpty else { return .needMore }
        if (0x41...0x5A).contains(bytes[0] & 0xDF) { return .text }
        guard bytes[0] == 0x16 else { return .other }
        var message: [UInt8] = []
        var record = 0
        while true {
            guard bytes.count - record >= 5 else { return .needMore }
            guard bytes[record] == 0x16, bytes[record + 1] == 3 else { return .other }
            let length = Int(bytes[record + 3]) << 8 | Int(bytes[record + 4])
            guard length > 0, length <= 1 << 14 else { return .other }
            let end = min(bytes.count, record + 5 + length)
            message.append(copying: bytes.extracting(record + 5..<end))
            if let whole = size(of: message) {
                guard whole > 0, whole <= limit else { return .other }
                if message.count >= whole { return parse(message.span.extracting(4..<whole)) }
            }
            guard end == record + 5 + length else { return .needMore }
            record = end
        }
    }

    /// How many bytes the message has, its header included; 0 where it is no hello, nil where that is not known yet.
    private static func size(of message: [UInt8]) -> Int? {
        guard let type = message.first else { return nil }
        guard type == 1 else { return 0 }
        guard message.count >= 4 else { return nil }
        return 4 + (Int(message[1]) << 16 | Int(message[2]) << 8 | Int(message[3]))
    }

    private static func parse(_ body: Span<UInt8>) -> Reading {
        var reader = Reader(bytes: body)
        var hello = ClientHello()
        // Version and random; session id; cipher suites; compression methods.
        guard reader.take(34) != nil, reader.vector(1) != nil, reader.vector(2) != nil, reader.vector(1) != nil else {
            return .other
        }
        guard !reader.isAtEnd else { return .hello(hello) }
        guard let extensions = reader.vector(2) else { return .other }
        var list = Reader(bytes: body.extracting(extensions))
        while !list.isAtEnd {
            guard let kind = list.number(2), let range = list.vector(2) else { return .other }
            let content = body.extracting(extensions).extracting(range)
            let isGood =
                switch kind {
                case 0: hello.readServerName(content)
                case 16: hello.readProtocols(content)
                default: true
                }
            if !isGood { return .other }
        }
        return .hello(hello)
    }

    /// RFC 6066 §3.
    private mutating func readServerName(_ content: Span<UInt8>) -> Bool {
        var reader = Reader(bytes: content)
        guard let list = reader.vector(2), reader.isAtEnd else { return false }
        var names = Reader(bytes: content.extracting(list))
        while !names.isAtEnd {
            guard let kind = names.number(1), let range = names.vector(2) else { return false }
            guard kind == 0 else { continue }
            let name = content.extracting(list).extracting(range)
            serverName = []
            for index in name.indices { serverName.append(name[index] &+ ((0x41...0x5A).contains(name[index]) ? 0x20 : 0)) }
            if serverName.last == 0x2E { serverName.removeLast() }
        }
        return true
    }

    /// RFC 7301 §3.1.
    private mutating func readProtocols(_ content: Span<UInt8>) -> Bool {
        var reader = Reader(bytes: content)
        guard let list = reader.vector(2), reader.isAtEnd else { return false }
        var names = Reader(bytes: content.extracting(list))
        while !names.isAtEnd {
            guard let range = names.vector(1), !range.isEmpty else { return false }
            protocols.append(Array(copying: content.extracting(list).extracting(range)))
        }
        return true
    }

    /// Numbers and vectors in the presentation language of TLS (RFC 8446 §3).
    private struct Reader: ~Escapable {
        let bytes: Span<UInt8>
        var position = 0

        @_lifetime(copy bytes)
        init(bytes: Span<UInt8>) { self.bytes = bytes }

        var isAtEnd: Bool { position == bytes.count }

        @_lifetime(self: copy self)
        mutating func take(_ count: Int) -> Range<Int>? {
            guard bytes.count - position >= count else { return nil }
            position += count
            return position - count..<position
        }

        @_lifetime(self: copy self)
        mutating func number(_ width: Int) -> Int? {
            guard let range = take(width) else { return nil }
            var value = 0
            for index in range { value = value << 8 | Int(bytes[index]) }
            return value
        }

        /// The range of the bytes behind their number.
        @_lifetime(self: copy self)
        mutating func vector(_ width: Int) -> Range<Int>? {
            guard let count = number(width) else { return nil }
            return take(count)
        }
    }
}
