import HTTPModel
import Testing

@Suite struct AddressTests {
    static func address(_ text: String) -> IPAddress? { IPAddress(text.utf8.span) }
    static func block(_ text: String) -> CIDR? { CIDR(text.utf8.span) }

    @Test(arguments: [
        ("a", true), ("a.example", true), ("A.Example:8080", true), ("a:", true), ("a:0", true), ("a:65535", true),
        ("127.0.0.1", true),
        ("127.0.0.1:80", true), ("[::1]", true), ("[::1]:443", true), ("[2001:db8::1]:80", true), ("[::ffff:192.0.2.1]", true),
        ("a_b", true), ("a~b!$&'()*+;=", true), ("xn--bcher-kva.example", true), ("a.", true), ("00000:00080", true),
        ("", false), (":80", false), (":", false), ("a b", false), ("a,b", false), ("a@b", false), ("a/b", false), ("a?b", false),
        ("a#b", false), ("a\\b", false), ("a:b", false), ("a:+1", false), ("a:65536", false),
        ("a:99999999999999999999999", false),
        ("a:80:80", false), ("a%41", false), ("é", false), ("[", false), ("[]", false), ("[:]", false), ("[::1", false),
        ("::1", false),
        ("[::1]x", false), ("[::1]:x", false), ("[g::]", false), ("[fe80::1%25eth0]", false), ("[::1][::2]", false),
        ("a[::1]", false),
        ("[1.2.3.4]", false), ("[:::]", false), ("[1]", false), ("a\u{00}", false), ("a\tb", false), ("a|b", false),
        ("{a}", false),
        ("a\"", false), ("<a>", false), ("a`", false), ("a^b", false),
    ])
    func authorities(_ text: String, _ isValid: Bool) {
        let found = Authority.isValid(text.utf8.span)
        #expect(found == isValid)
    }

    @Test(arguments: [
        ("0.0.0.0", 0x0000_FFFF_0000_0000 as UInt64), ("192.0.2.1", 0x0000_FFFF_C000_0201),
        ("255.255.255.255", 0x0000_FFFF_FFFF_FFFF),
        ("::ffff:192.0.2.1", 0x0000_FFFF_C000_0201), ("::", 0), ("::1", 1), ("[::1]", 1), ("0:0:0:0:0:0:0:1", 1), ("::0:1", 1),
        ("::1.2.3.4", 0x0102_0304), ("::aBcD:0", 0xABCD_0000), ("0:0:0:0:1:2:3:4", 0x0001_0002_0003_0004),
        ("0:0:0:0:1:2:3::", 0x0001_0002_0003_0000),
    ])
    func addressesWithLowBits(_ text: String, _ low: UInt64) {
        #expect(Self.address(text) == IPAddress(high: 0, low: low))
    }

    @Test(arguments: [
        ("2001:db8::1", 0x2001_0DB8_0000_0000 as UInt64, 1 as UInt64), ("1::", 0x0001_0000_0000_0000, 0),
        ("1:2:3:4:5:6:7:8", 0x0001_0002_0003_0004, 0x0005_0006_0007_0008),
        ("fe80::1:0:0:0", 0xFE80_0000_0000_0000, 0x0001_0000_0000_0000),
        ("1:2:3:4:5:6:1.2.3.4", 0x0001_0002_0003_0004, 0x0005_0006_0102_0304),
        ("::2:3:4:5:6:7:8", 0x0000_0002_0003_0004, 0x0005_0006_0007_0008),
    ])
    func addresses(_ text: String, _ high: UInt64, _ low: UInt64) {
        #expect(Self.address(text) == IPAddress(high: high, low: low))
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.256", "01.2.3.4", "1.2.3.04", "1.2.3.4 ", " 1.2.3.4", "1..2.3",
        "1.2.3.", ".1.2.3",
        "0x1.2.3.4", "1.2.3.4:80", "1.2.3.4/8", "a.b.c.d", "+1.2.3.4", "1.2.3.0001", ":", ":::", "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1::2::3", "12345::", "g::", "::1%eth0", "[::1", "::1]", "[]", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "::1.2.3.4:5", ":1::",
        "1:",
        "1:2:3:4:5:6:7:", "1::2:3:4:5:6:7:8", "::1:2:3:4:5:6:7:8", "example.com", "[1.2.3.4]", "[1.2.3.4",
    ])
    func notAddresses(_ text: String) {
        #expect(Self.address(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.1.2.3/8", "10.9.9.9", true),
        ("0.0.0.0/0", "8.8.8.8", true),
        ("0.0.0.0/0", "::1", false), ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
        ("192.0.2.0/31", "192.0.2.1", true),
        ("192.0.2.0/31", "192.0.2.2", false), ("192.0.2.1/32", "192.0.2.1", true), ("::/0", "1.2.3.4", true),
        ("::/0", "2001:db8::1", true),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false), ("::1/128", "::1", true),
        ("::1/128", "::2", false), ("2001:db8::/65", "2001:db8::7fff:0:0:1", true),
        ("2001:db8::/65", "2001:db8::8000:0:0:1", false),
        ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("2001:db8::/64", "2001:db8:0:0:ffff::", true),
        ("2001:db8::/64", "2001:db8:0:1::", false),
    ])
    func blocks(_ block: String, _ address: String, _ isInside: Bool) throws {
        let cidr = try #require(Self.block(block))
        let inside = try #require(Self.address(address))
        #expect(cidr.contains(inside) == isInside)
    }

    @Test(arguments: [
        "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/8/8", "::/129", "::/0000", "10/8", "a/8",
    ])
    func notBlocks(_ text: String) {
        #expect(Self.block(text) == nil)
    }
}

@Suite struct HTTPDateTests {
    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (-1, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (86_399, "Thu, 01 Jan 1970 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"), (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"),
        (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ])
    func dates(_ seconds: Int, _ expected: String) {
        let bytes = HTTPDate.bytes(unixSeconds: seconds)
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
        #expect(bytes.count == 29)
    }
}
