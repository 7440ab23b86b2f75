import HTTPModel
import ProxyCore
import Testing

@Suite struct UpgradeOfferTests {
    @Test(
        arguments: [
            (["websocket"], "websocket"), (["WebSocket"], "WebSocket"), (["h2c"], ""), (["H2C"], ""),
            (["h2c, websocket"], "websocket"),
            (["websocket,h2c"], "websocket"), (["foo/1 , bar/2.0,,"], "foo/1, bar/2.0"), (["a", "b, h2c", "c/1"], "a, b, c/1"),
            (["HTTP/2.0, SHTTP/1.3, IRC/6.9, RTA/x11"], "HTTP/2.0, SHTTP/1.3, IRC/6.9, RTA/x11"), (["TLS/1.0"], "TLS/1.0"),
            (["h2c/1"], ""), ([""], ""), ([], ""), ([","], ""), (["a b, c"], "c"), (["/1, a/, a//b, d"], "d"),
            (["\"a, b\", c"], "c"),
        ] as [([String], String)])
    func lists(_ values: [String], _ offer: String) {
        #expect(text(UpgradeOffer.list(fields(values.map { "Upgrade: \($0)" }))) == offer)
    }

    /// Nobody offers so many, and an app that chooses them all is not compared for minutes.
    @Test(.timeLimit(.minutes(5))) func many() {
        let all = (0..<10_000).map { "p\($0)" }.joined(separator: ",")
        let offer = UpgradeOffer.list(fields(["Upgrade: \(all)"]))
        #expect(offer.count <= 1_026 && text(offer).hasPrefix("p0, p1, p2"))
        #expect(UpgradeOffer.choice(fields(["Upgrade: \(String(repeating: "p0,", count: 20_000))"]), of: offer) == nil)
    }

    @Test(
        arguments: [
            ("websocket", ["websocket"], "websocket"), ("websocket", ["WebSocket"], "WebSocket"), ("a, b/1", ["b/1"], "b/1"),
            ("a, b/1, c", ["c, a"], "c, a"), ("a, b", ["a", "b"], "a, b"), ("a, b", ["a,"], "a"),
            ("a, b/1", ["b"], nil), ("a, b", ["c"], nil), ("a, b", ["a, c"], nil), ("a", [], nil), ("a", [""], nil),
            ("", ["a"], nil),
            ("websocket", ["h2c"], nil), ("a", ["a b"], nil),
        ] as [(String, [String], String?)])
    func chooses(_ offer: String, _ values: [String], _ choice: String?) {
        #expect(UpgradeOffer.choice(fields(values.map { "Upgrade: \($0)" }), of: bytes(offer)).map(text) == choice)
    }
}
