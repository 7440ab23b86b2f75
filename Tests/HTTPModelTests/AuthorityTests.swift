import HTTPModel
import Testing

@Suite struct AuthorityTests {
    @Test(arguments: [
        ("localhost", true), ("LocalHost", true), ("localhost.", true), ("a.localhost", true), ("A.b.Localhost.", true),
        ("", false), (".", false), ("localhost..", false), ("alocalhost", false), ("localhost.example", false), ("local", false),
        ("127.0.0.1", false), ("localhost:80", false),
    ])
    func namesOfThisMachine(_ host: String, _ expected: Bool) { #expect(Authority.isLocalhost(host.utf8.span) == expected) }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.255.0.9", true), ("::1", true), ("::ffff:127.0.0.1", true), ("128.0.0.1", false),
        ("::", false), ("::2", false), ("0.0.0.0", false), ("1::1", false), ("::127.0.0.1", false),
    ])
    func loopback(_ address: String, _ expected: Bool) { #expect(IPAddress(address.utf8.span)?.isLoopback == expected) }

    private func same(_ one: String, _ other: String, _ scheme: Scheme = .http) -> Bool {
        Authority.isSame(one.utf8.span, other.utf8.span, scheme: scheme)
    }

    @Test(arguments: [
        ("a.example", "a.example"), ("a.example", "A.Example"), ("a.example", "a.example:80"), ("a.example:", "a.example"),
        ("a.example:080", "a.example"), ("a.example.", "a.example"), ("a.example.:80", "A.EXAMPLE"), ("a:8080", "a.:8080"),
        ("[::1]", "[::1]:80"),
        ("[::1]:8080", "[0:0:0:0:0:0:0:1]:8080"), ("[2001:DB8::1]", "[2001:db8:0::1]"), ("127.0.0.1:80", "127.0.0.1"),
    ])
    func isSame(_ one: String, _ other: String) {
        #expect(same(one, other))
        #expect(same(other, one))
    }

    @Test(arguments: [
        ("a.example", "b.example"), ("a.example", "a.example:81"), ("a.example", "a.example:443"),
        ("a.example:8080", "a.example:8081"), ("a.example..", "a.example"),
        (".a", "a"), ("[::1]", "[::2]"), ("[::1]", "::1"), ("a", "a.example"), ("", "a"), ("a:65535", "a:65534"),
        ("a:99999", "a:99998x"),
    ])
    func isAnother(_ one: String, _ other: String) {
        #expect(!same(one, other))
        #expect(!same(other, one))
    }

    @Test func theSchemeHasItsPort() {
        #expect(same("a:443", "a", .https))
        #expect(!same("a:80", "a", .https))
        #expect(!same("a:443", "a"))
    }

    @Test(arguments: [("a.", "a"), ("a", "a"), (".", "."), ("", ""), ("a..", "a.")])
    func closingDots(_ host: String, _ without: String) {
        let text = Authority.withoutClosingDot(host.utf8.span).text
        #expect(text == without)
    }
}
