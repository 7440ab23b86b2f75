import ProxyCore
import Testing

/// Which hosts belong on a TLS connection (421 for the others).
@Suite struct MisdirectedTests {
    private static let client = TLSClient(
        version: "TLSv1.3", cipher: "x", serverName: bytes("site.example"), subject: [], certificate: [], chain: [],
        names: ["site.example", "www.site.example.", "*.wild.example"])

    @Test(arguments: [
        "site.example", "SITE.example", "site.example.", "www.site.example", "www.site.example.", "a.wild.example",
        "A.WILD.example.", "",
    ])
    func belong(_ host: String) {
        let isServed = Self.client.serves(host.utf8.span)
        #expect(isServed)
    }

    @Test(arguments: [
        "other.example", "site.example..", "x.site.example", "wild.example", "a.b.wild.example", ".wild.example", ".",
    ])
    func doNot(_ host: String) {
        let isServed = Self.client.serves(host.utf8.span)
        #expect(!isServed)
    }
}
