import HTTPModel
import ProxyCore
import Testing

@Suite struct ProxyProtocolTests {
    static let longest = "PROXY UNKNOWN " + String(repeating: "f", count: 91)

    static let lines: [(String, ProxyProtocol.Source?)] = [
        ("PROXY TCP4 192.0.2.1 198.51.100.1 4711 443", .address(address("192.0.2.1"), port: 4711)),
        ("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535", .address(address("255.255.255.255"), port: 65535)),
        ("PROXY TCP6 2001:db8::1 ::1 0 443", .address(address("2001:db8::1"), port: 0)),
        ("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2", .address(address("192.0.2.1"), port: 1)),
        ("PROXY UNKNOWN", .connection), ("PROXY UNKNOWN what ever", .connection), (longest, .connection),
        (longest + "f", nil), ("PROXY", nil), ("PROXY ", nil), ("PROXY UNKNOWNS", nil), ("PROXY unknown", nil),
        ("proxy TCP4 1.1.1.1 1.1.1.1 1 1", nil), ("PROXY UDP4 1.1.1.1 1.1.1.1 1 1", nil),
        ("PROXY TCP4 1.1.1.1 1.1.1.1 1", nil), ("PROXY TCP4 1.1.1.1 1.1.1.1 1 1 ", nil), ("PROXY  TCP4 1.1.1.1 1.1.1.1 1 1", nil),
        ("PROXY TCP4 1.1.1.1  1.1.1.1 1 1", nil), ("PROXY TCP4 ::1 ::1 1 1", nil), ("PROXY TCP6 1.1.1.1 1.1.1.1 1 1", nil),
        ("PROXY TCP6 [::1] ::1 1 1", nil), ("PROXY TCP4 1.1.1 1.1.1.1 1 1", nil), ("PROXY TCP4 01.1.1.1 1.1.1.1 1 1", nil),
        ("PROXY TCP4 1.1.1.1 nowhere 1 1", nil), ("PROXY TCP4 1.1.1.1 1.1.1.1 65536 1", nil),
        ("PROXY TCP4 1.1.1.1 1.1.1.1 1 70000", nil), ("PROXY TCP4 1.1.1.1 1.1.1.1 01 1", nil),
        ("PROXY TCP4 1.1.1.1 1.1.1.1 +1 1", nil), ("PROXY TCP4 1.1.1.1 1.1.1.1 -1 1", nil),
        ("PROXY TCP4 1.1.1.1 1.1.1.1  1", nil),
        ("PROXY TCP4\t1.1.1.1 1.1.1.1 1 1", nil), ("PROXY UNKNOWN \u{0}", nil), ("PROXY UNKNOWN\n", nil),
        ("PROXY UNKNOWN\r", nil),
        ("GET / HTTP/1.1", nil), ("PRI * HTTP/2.0", nil),
    ]

    @Test(arguments: lines)
    func version1(_ line: String, _ source: ProxyProtocol.Source?) {
        let head = bytes(line + "\r\n")
        expect(head, source)
    }

    static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    static let v4: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 1, 0x12, 0x67, 1, 187]
    static let v6: [UInt8] =
        [0x20, 1, 0x0D, 0xB8] + Array(repeating: 0, count: 11) + [1] + Array(repeating: 7, count: 16) + [0, 1, 0, 2]
    static let unix = Array(repeating: UInt8(0x2F), count: 216)

    /// Command, family, what follows.
    static let blocks: [(UInt8, UInt8, [UInt8], ProxyProtocol.Source?)] = [
        (0x21, 0x11, v4, .address(address("192.0.2.1"), port: 4711)),
        (0x21, 0x11, v4 + [4, 0, 0], .address(address("192.0.2.1"), port: 4711)),
        (0x21, 0x11, v4 + [4, 0, 2, 9, 9, 0x20, 0, 1, 7], .address(address("192.0.2.1"), port: 4711)),
        (0x21, 0x11, v4 + [4, 0x0F, 0xF1] + Array(repeating: 0, count: 4081), .address(address("192.0.2.1"), port: 4711)),
        (0x21, 0x21, v6, .address(address("2001:db8::1"), port: 1)),
        (0x21, 0x31, unix, .unix), (0x21, 0x31, unix + [1, 0, 0], .unix),
        (0x20, 0x00, [], .connection), (0x20, 0x11, v4, .connection), (0x20, 0x11, [1], .connection),
        (0x21, 0x00, [1], .connection),
        (0x21, 0x11, [], nil), (0x21, 0x11, v4.dropLast(), nil), (0x21, 0x21, v4, nil), (0x21, 0x31, v6, nil),
        (0x21, 0x11, v4 + [4], nil), (0x21, 0x11, v4 + [4, 0], nil), (0x21, 0x11, v4 + [4, 0, 1], nil),
        (0x21, 0x11, v4 + [4, 0xFF, 0xFF, 1], nil), (0x21, 0x11, v4 + Array(repeating: 0, count: 4085), nil),
        (0x21, 0x12, v4, nil), (0x21, 0x22, v6, nil), (0x21, 0x32, unix, nil), (0x21, 0x10, v4, nil), (0x21, 0x41, v4, nil),
        (0x22, 0x11, v4, nil), (0x11, 0x11, v4, nil), (0x01, 0x11, v4, nil), (0x31, 0x11, v4, nil),
    ]

    @Test(arguments: blocks)
    func version2(_ block: (UInt8, UInt8, [UInt8], ProxyProtocol.Source?)) {
        let (command, family, rest, source) = block
        let length = [UInt8(truncatingIfNeeded: rest.count >> 8), UInt8(truncatingIfNeeded: rest.count)]
        expect(Self.signature + [command, family] + length + rest, source)
    }

    /// Whole, with the client's bytes behind it, and in every part: a part of a good one is never refused, of a bad one never taken.
    private func expect(_ head: [UInt8], _ source: ProxyProtocol.Source?) {
        let whole = source.map { ProxyProtocol.Outcome.header(length: head.count, source: $0) } ?? .failed
        #expect(ProxyProtocol.read(head.span) == whole)
        let followed = head + bytes("GET / HTTP/1.1\r\n")
        #expect(ProxyProtocol.read(followed.span) == whole)
        var failed = false
        for count in 0..<head.count where count < 300 {
            let part = Array(head[..<count])
            let outcome = ProxyProtocol.read(part.span)
            #expect(outcome == .needMore || (source == nil && outcome == .failed), "\(count) bytes")
            if failed { #expect(outcome == .failed, "\(count) bytes") }
            failed = outcome == .failed
        }
    }

    @Test func whatIsNoHeaderIsRefusedAtTheFirstByteThatSaysSo() {
        let starts = [
            bytes("G"), bytes("PRI"), [0x16], bytes("PROXY " + String(repeating: "A", count: 100)),
            // A length over the limit is not waited for.
            Self.signature + [0x21, 0x11, 0x10, 0x01],
        ]
        for start in starts { #expect(ProxyProtocol.read(start.span) == .failed) }
    }

    @Test func anyBytesComeToAnOutcome() {
        var random = SplitMix64(seed: 1)
        for _ in 0..<20_000 {
            var head =
                Bool.random(using: &random)
                ? Self.signature + [0x21, 0x11, 0, 15] + Self.v4 + [4, 0, 0] : bytes(Self.lines[0].0 + "\r\n")
            for _ in 0..<3 { head[Int.random(in: 0..<head.count, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            head.removeLast(Int.random(in: 0...3, using: &random))
            if case .header(let length, _) = ProxyProtocol.read(head.span) { #expect(length <= head.count) }
        }
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
        ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("0:0:1:0:0:0:0:1", "0:0:1::1"), ("::ffff:192.0.2.1", "192.0.2.1"),
        ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
    ])
    func addressesAsText(_ written: String, _ canonical: String) {
        #expect(text(address(written).text) == canonical)
    }
}
