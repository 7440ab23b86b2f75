import HTTPModel
import HeaderPolicy
import Testing

@testable import ProxyCore

@Suite struct RequestKeyTests {
    static func hash(_ key: Balance.Key, _ lines: [String], client: String = "192.0.2.1") -> UInt64? {
        var facts = ExchangeFacts()
        facts.request = request("GET", "/", host: "a", lines)
        facts.clientIP = address(client)
        return RequestKey(key, names: .standard).hash(of: facts)
    }

    /// Which cookie counts; nil where there is none.
    @Test(arguments: [
        (["Cookie: s=abc"], "abc"), (["Cookie: a=1; s=abc; b=2"], "abc"), (["Cookie: a=1;s=abc"], "abc"),
        (["Cookie: xs=no; s=abc"], "abc"), (["Cookie: sx=no", "Cookie: s=abc"], "abc"), (["Cookie: s=abc; s=def"], "abc"),
        (["Cookie: a=1"], nil), (["Cookie: s"], nil), (["Cookie: s="], nil), (["Cookie: S=abc"], nil), ([], nil),
        (["Cookie: ; ;s=abc;"], "abc"), (["Cookie: s=a=b"], "a=b"),
    ])
    func cookies(_ lines: [String], _ value: String?) {
        #expect(Self.hash(.cookie("s"), lines) == value.map { ConsistentHash.of($0.utf8.span) })
    }

    @Test(arguments: [
        (["User-Agent: a"], "a"), (["User-Agent: a", "User-Agent: b"], "a"), (["user-agent: a"], "a"), (["User-Agent:"], nil),
        ([], nil),
    ])
    func fields(_ lines: [String], _ value: String?) {
        #expect(Self.hash(.field("User-Agent"), lines) == value.map { ConsistentHash.of($0.utf8.span) })
    }

    @Test func clients() {
        let hashes = (0..<256).map { Self.hash(.clientIP, [], client: "192.0.2.\($0)") }
        #expect(Set(hashes).count == 256)
        #expect(Self.hash(.clientIP, [], client: "192.0.2.7") == hashes[7])
    }
}
