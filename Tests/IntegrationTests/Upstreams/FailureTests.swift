import Foundation
import TestSupport
import Testing

/// Servers that fail, hang, reset, and come back.
@Suite struct FailureTests {
    typealias Mood = MoodyApp.Mood

    static let elsewhere: [(Mood, String, Int)] = [
        // Nothing of the answer came, and the method may be repeated.
        (.resets, "GET", 200), (.resets, "PUT", 200), (.resets, "DELETE", 200), (.resets, "POST", 502), (.resets, "PATCH", 502),
        (.hangs, "GET", 200), (.hangs, "POST", 504),
        // Something came: nobody knows what was done.
        (.stutters, "GET", 502), (.babbles, "GET", 502),
        // An answer is an answer.
        (.answers(503), "GET", 503),
    ]

    /// One of two servers behaves so: what becomes of the requests that it gets.
    @Test(arguments: elsewhere)
    func whatGoesElsewhere(_ mood: Mood, _ method: String, _ status: Int) throws {
        let (bad, good) = (try MoodyApp("bad", mood), try MoodyApp("good"))
        let group = try Group([bad, good], "ejection: off", timeouts: "response: 250ms")
        let answers = try group.ask(4, method, body: method == "GET" ? "" : "some body")
        let expected = status == 200 ? ["good": 4] : ["good": 2, "\(status)": 2]
        #expect(BalanceTests.count(answers) == expected)
        #expect(bad.served == 2 && good.served == (status == 200 ? 4 : 2))
    }

    /// The log says which server answered, and that it was not the first; with one server, or none that answers, which it was.
    @Test func theLogNamesTheServer() throws {
        let good = try MoodyApp("good")
        let dead = try DeadPort()
        let group = try Group(["http://127.0.0.1:\(dead.port)", good.address], "ejection: off")
        #expect(try group.ask(2) == ["good", "good"])
        let entry = try group.proxy.accessLog(["retries": "1"])
        #expect(entry["upstream_address"] == "127.0.0.1:\(good.port)" && entry["status"] == "200", "\(entry)")
        let alone = try Group(["http://127.0.0.1:\(dead.port)"])
        #expect(try alone.ask() == ["502"])
        let failed = try alone.proxy.accessLog(["status": "502"])
        #expect(failed["upstream_address"] == "127.0.0.1:\(dead.port)" && failed["retries"] == nil, "\(failed)")
    }

    /// A large body cannot be kept, so it cannot be sent twice.
    @Test func largeBodies() throws {
        let (bad, good) = (try MoodyApp("bad", .resets), try MoodyApp("good"))
        let group = try Group([bad, good], "ejection: off")
        let answers = try (0..<4).map { _ in
            try fetch(group.proxy.url, .http1, ["-T", "-", "-H", "Expect:"], input: [UInt8](repeating: 97, count: 300_000)).status
        }
        #expect(answers.filter { $0 == 200 }.count == 2 && answers.filter { $0 == 502 }.count == 2)
    }

    /// What was never sent goes on whatever it is; and dead servers are soon left alone.
    @Test(arguments: ["GET", "POST"])
    func deadServers(_ method: String) throws {
        let dead = [try DeadPort(), try DeadPort()]
        let app = try MoodyApp("good")
        let group = try Group(dead.map { "http://127.0.0.1:\($0.port)" } + [app.address], "ejection: { failures: 3 }")
        #expect(BalanceTests.count(try group.ask(60, method, body: method == "GET" ? "" : "b")) == ["good": 60])
        let servers = try group.servers { $0.last?["requests"] as? Int == 60 }
        // One of three may be out: the other one is tried and given up, each time.
        #expect(servers.map { $0["standing"] as? String }.filter { $0 == "ejected" }.count == 1, "\(servers)")
        #expect((servers.map { $0["connect_failures"] as? Int ?? 0 }.min() ?? 0) < 10)
    }

    /// A server whose requests fail is left out, and nobody notices.
    @Test func ejection() throws {
        let (bad, good) = (try MoodyApp("bad", .resets), try MoodyApp("good"))
        let group = try Group([bad, good], "ejection: { failures: 3, duration: 1h }", workers: 2)
        #expect(BalanceTests.count(try group.ask(30)) == ["good": 30])
        #expect(bad.served < 8)
    }

    /// A server whose requests fail is left out, comes back after its time, is left out for longer, and comes back for good.
    @Test func ejectionAndReturn() throws {
        let (bad, good) = (try MoodyApp("bad", .resets), try MoodyApp("good"))
        let group = try Group([bad, good], "ejection: { failures: 3, duration: 300ms }", workers: 2)
        #expect(Set(try group.askUntilOut(bad)) == ["good"])
        let entry = try group.wait(for: "server is left out", of: bad)
        #expect(entry["standing"] == "ejected" && entry["upstream"] == "app")
        #expect(bad.served >= 3 && bad.served < 8)
        try group.wait(for: "server is back", of: bad)
        #expect(Set(try group.askUntilOut(bad, time: 2)) == ["good"])
        bad.mood = .well
        try group.wait(for: "server is back", of: bad, time: 2)
        #expect(BalanceTests.count(try group.ask(20)) == ["good": 10, "bad": 10])
        #expect(try group.servers().first?["ejections"] as? Int == 2)
    }

    /// Answers count where the configuration says so, and are passed on all the same.
    @Test func answersThatCount() throws {
        let (bad, good) = (try MoodyApp("bad", .answers(503)), try MoodyApp("good"))
        let group = try Group([bad, good], "ejection: { failures: 3, status: [502, 503], duration: 1h }")
        let answers = try group.ask(20)
        #expect(answers.filter { $0 == "503" }.count < 6 && answers.filter { $0 == "503" }.count >= 3)
        let plain = try Group([bad, good])
        #expect(BalanceTests.count(try plain.ask(20)) == ["503": 10, "good": 10])
    }

    /// When all fail, the requests that are sent again stay a share of all.
    @Test func aBudgetForRetries() throws {
        let apps = [try MoodyApp("a", .resets), try MoodyApp("b", .resets), try MoodyApp("c", .resets)]
        let group = try Group(apps, "ejection: off, retries: { attempts: 2, budget: 20%, min_per_second: 0 }")
        #expect(BalanceTests.count(try group.ask(100)) == ["502": 100])
        let sent = apps.reduce(0) { $0 + $1.served }
        #expect((110...121).contains(sent), "\(sent)")
        let all = try Group(apps, "ejection: off, retries: { attempts: 2, budget: 100%, min_per_second: 100 }")
        let before = apps.reduce(0) { $0 + $1.served }
        #expect(BalanceTests.count(try all.ask(10)) == ["502": 10])
        #expect(apps.reduce(0) { $0 + $1.served } - before == 30)
        let off = try Group(apps, "ejection: off, retries: off")
        #expect(BalanceTests.count(try off.ask(10)) == ["502": 10])
        #expect(apps.reduce(0) { $0 + $1.served } - before == 40)
    }

    static let check = "health_check: { path: /healthz, interval: 50ms, timeout: 300ms, unhealthy_threshold: 2 }"

    /// A server that fails its checks gets nothing from the first request on, and is back an interval after it is well.
    @Test(arguments: [Mood.sick, .answers(404), .hangs, .resets, .babbles])
    func checks(_ mood: Mood) throws {
        let (bad, good) = (try MoodyApp("bad", mood), try MoodyApp("good"))
        let group = try Group([bad, good], Self.check, workers: 2)
        try group.wait(for: "server is left out", of: bad)
        let served = bad.served
        #expect(BalanceTests.count(try group.ask(20)) == ["good": 20])
        #expect(bad.served == served)
        let servers = try group.servers { $0.first?["standing"] as? String == "down" }
        #expect(servers[0]["check_failure"] as? String != nil && servers[1]["check_failure"] == nil)
        let moment = Date()
        bad.mood = .well
        try group.wait(for: "server is back", of: bad)
        // An interval, the timeout of a check that hangs, and a busy machine.
        #expect(Date().timeIntervalSince(moment) < 5)
        #expect(BalanceTests.count(try group.ask(20)) == ["good": 10, "bad": 10])
    }

    /// What answers only its checks well is not trusted with requests before the first check has passed.
    @Test func nothingBeforeTheFirstCheck() throws {
        let (bad, good) = (try MoodyApp("bad", .hangs), try MoodyApp("good"))
        let group = try Group([bad, good], "health_check: { path: /healthz, interval: 1m, timeout: 1m }")
        _ = try group.servers { $0.last?["standing"] as? String == "up" }
        #expect(try group.servers().first?["standing"] as? String == "unchecked")
        #expect(BalanceTests.count(try group.ask(20)) == ["good": 20] && bad.served == 0)
    }

    /// No server at all: 503 with the policy, and the log says why. When one is back, so is the site.
    @Test(arguments: [1, 2])
    func allDown(_ count: Int) throws {
        let apps = try (0..<count).map { try MoodyApp("\($0)", .sick) }
        let group = try Group(apps, Self.check)
        for app in apps { try group.wait(for: "server is left out", of: app) }
        let refused = try group.proxy.fetch("/x", .http2, ["-H", "Origin: \(Policy.origin)"])
        #expect(refused.status == 503 && refused.fields["retry-after"] == "1")
        #expect(refused.text.contains("None of the servers behind this site can answer"), "\(refused)")
        Policy.expect(on: refused, for: .allowedOrigin, .http2)
        #expect(try group.proxy.accessLog(["status": "503"])["reason"] == "no_healthy_server")
        apps[0].mood = .well
        try group.wait(for: "server is back", of: apps[0])
        #expect(try group.ask(3) == ["0", "0", "0"])
        #expect(apps.reduce(0) { $0 + $1.served } == 3)
    }

    /// A server that is removed from the hand of others by ejection of all but one still serves: better than nobody.
    @Test func theLastOneStays() throws {
        let apps = [try MoodyApp("a", .resets), try MoodyApp("b", .resets)]
        let group = try Group(apps, "ejection: { failures: 1, duration: 1h, max_ejected: 100% }, retries: off")
        #expect(BalanceTests.count(try group.ask(20)) == ["502": 20])
        for app in apps { app.mood = .well }
        #expect(try !group.ask(20).contains("502"))
        #expect(apps.map(\.served).min() ?? 0 <= 2)
    }
}
