import TestSupport
import Testing

/// `config/examples/several-servers.yaml`, as it is.
@Suite struct SeveralServersTests {
    @Test func example() throws {
        let apps = [try MoodyApp("1"), try MoodyApp("2"), try MoodyApp("standby")]
        let chats = [try MoodyApp("chat 1"), try MoodyApp("chat 2")]
        let proxy = try ExampleTests.start(
            "several-servers",
            [
                "APP_1": apps[0].address, "APP_2": apps[1].address, "STANDBY": apps[2].address, "CHAT_1": chats[0].address,
                "CHAT_2": chats[1].address, "INTERVAL": "50ms",
            ])
        let group = Group(proxy: proxy)
        _ = try group.servers { $0.count == 3 && $0.allSatisfy { $0["standing"] as? String == "up" } }
        func ask(_ path: String, _ count: Int, _ arguments: [String] = []) throws -> [String: Int] {
            BalanceTests.count(
                try (0..<count).map { _ in
                    let answer = try proxy.fetch(path, .http1, arguments)
                    #expect(answer.fields["X-Request-ID"] != nil)
                    #expect(answer.fields["Cache-Control"] == (answer.status == 503 ? "no-store" : nil))
                    return answer.status == 200 ? answer.text : "\(answer.status)"
                })
        }
        // Each event loop takes turns by itself.
        let shares = try ask("/", 18)
        #expect(Set(shares.keys) == ["1", "2"] && shares["2"] ?? 0 > shares["1"] ?? 0, "\(shares)")
        for user in ["ada", "grace", "alan"] { #expect(try ask("/chat/1", 3, ["-b", "session=\(user)"]).count == 1) }
        for app in apps[0...1] { app.mood = .sick }
        for app in apps[0...1] { try group.wait(for: "server is left out", of: app) }
        #expect(try ask("/", 3) == ["standby": 3])
        apps[2].mood = .sick
        try group.wait(for: "server is left out", of: apps[2])
        #expect(try ask("/", 2) == ["503": 2])
        apps[1].mood = .well
        try group.wait(for: "server is back", of: apps[1])
        #expect(try ask("/", 3) == ["2": 3])
    }
}
