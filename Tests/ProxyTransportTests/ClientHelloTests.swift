import Testing

@testable import ProxyTransport

struct ClientHelloTests {
    static func vector(_ width: Int, _ bytes: [UInt8]) -> [UInt8] {
        (0..<width).reversed().map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) } + bytes
    }

    static func hello(_ extensions: [(UInt16, [UInt8])]) -> [UInt8] {
        let list = extensions.flatMap { [UInt8($0.0 >> 8), UInt8($0.0 & 0xFF)] + vector(2, $0.1) }
        let body =
            [3, 3] + [UInt8](repeating: 7, count: 32) + vector(1, []) + vector(2, [0x13, 1]) + vector(1, [0]) + vector(2, list)
        return [1] + vector(3, body)
    }

    static func name(_ text: String) -> (UInt16, [UInt8]) { (0, vector(2, [0] + vector(2, Array(text.utf8)))) }
    static func protocols(_ names: String...) -> (UInt16, [UInt8]) {
        (16, vector(2, names.flatMap { vector(1, Array($0.utf8)) }))
    }

    /// The message in records of so many bytes.
    static func records(_ message: [UInt8], of size: Int = 1 << 14) -> [UInt8] {
        stride(from: 0, to: message.count, by: size).flatMap {
            [0x16, 3, 1] + vector(2, Array(message[$0..<min($0 + size, message.count)]))
        }
    }

    static func read(_ bytes: [UInt8]) -> ClientHello.Reading { ClientHello.read(bytes.span) }

    static let good = hello([(0x7A7A, []), name("WWW.Site.Example."), (43, [2, 3, 4]), protocols("h2", "http/1.1")])
    static let expected = ClientHello(
        serverName: Array("www.site.example".utf8), protocols: [Array("h2".utf8), Array("http/1.1".utf8)])

    @Test(arguments: [1, 2, 3, 5, 50, 1 << 14]) func inRecordsOfAnySize(_ size: Int) {
        let bytes = Self.records(Self.good, of: size)
        #expect(Self.read(bytes) == .hello(Self.expected))
        // Cut anywhere, it waits.
        for count in 0..<bytes.count { #expect(Self.read(Array(bytes[..<count])) == .needMore) }
        // What follows does not matter.
        #expect(Self.read(bytes + [0x80, 1]) == .hello(Self.expected))
    }

    @Test func withoutExtensions() {
        var message = Self.hello([])
        #expect(Self.read(Self.records(message)) == .hello(ClientHello()))
        message.removeLast(2)
        message[3] -= 2
        #expect(Self.read(Self.records(message)) == .hello(ClientHello()))
    }

    @Test(
        arguments: [
            ([0x80, 0x2E], .other), ([0x17, 3, 3, 0, 1], .other), (Array("GET / HTTP/1.1".utf8), .text), (Array("p".utf8), .text),
            ([0x16], .needMore), ([0x16, 3, 1, 0, 0], .other), ([0x16, 3, 1, 0x40, 1], .other), ([0x16, 2, 0, 0, 4], .other),
            (records([2, 0, 0, 0]), .other), (records([1, 0, 0, 0]), .other), (records([1, 0, 0, 0x7F, 1]), .needMore),
            (records([1, 0xFF, 0xFF, 0xFF]), .other), (records(hello([(0, [0, 5, 0])])), .other),
            (records(hello([(16, [0, 1, 0])])), .other),
            (records(hello([(0, vector(2, [0] + vector(2, [0x61])) + [0])])), .other),
        ] as [([UInt8], ClientHello.Reading)])
    func others(_ bytes: [UInt8], _ expected: ClientHello.Reading) { #expect(Self.read(bytes) == expected) }

    /// No byte of it, whatever it becomes, makes the reading trap.
    @Test func damage() {
        let bytes = Self.records(Self.good, of: 40)
        for index in bytes.indices {
            for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
                var damaged = bytes
                damaged[index] = value
                _ = Self.read(damaged)
            }
        }
    }

    @Test func cipherSuites() {
        let hello: [UInt8] = [0x16, 3, 3, 0, 60, 2, 0, 0, 56, 3, 3] + [UInt8](repeating: 1, count: 32) + [2, 9, 9, 0x13, 2, 0]
        #expect(HandshakeOutlet.suite(in: hello.span) == 0x1302)
        #expect(HandshakeOutlet.name(of: 0x1302) == "TLS_AES_256_GCM_SHA384")
        for count in 0..<hello.count - 1 { #expect(HandshakeOutlet.suite(in: hello.span.extracting(0..<count)) == 0) }
    }
}
