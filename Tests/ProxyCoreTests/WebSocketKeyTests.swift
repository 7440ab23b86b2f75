import HTTPModel
import ProxyCore
import Testing

struct WebSocketKeyTests {
    /// RFC 6455 §1.3, and keys whose length needs another block.
    @Test(arguments: [
        ("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), ("", "Kfh9QIsMVZcl6xEPYxPHzW8SZ8w="),
        ("aaaaaaaaaaaaaaaaaaa", "yzaGyu0mcUukN7CdsSwa30tnCpc="), ("aaaaaaaaaaaaaaaaaaaa", "dUYRM7bOMwDmbriNIPr11x+r3E0="),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "8HfwWs1s8LbcYVpXxbhngE4qbHA="),
    ])
    func answers(_ key: String, _ expected: String) {
        #expect(String(decoding: WebSocketKey.answer(to: Array(key.utf8)), as: UTF8.self) == expected)
    }

    @Test func keysAreFresh() {
        var random = FreshRandom.system
        let keys = Set((0..<100).map { _ in WebSocketKey.fresh(random: &random) })
        #expect(keys.count == 100 && keys.allSatisfy { $0.count == 24 && $0.suffix(2) == [0x3D, 0x3D] })
    }
}
