import TestSupport
import Testing

/// Several servers behind one name: who gets what.
@Suite struct BalanceTests {
    static func count(_ answers: [String]) -> [String: Int] { answers.reduce(into: [:]) { $0[$1, default: 0] += 1 } }

    @Test func inTurnByWeight() throws {
        let apps = [try MoodyApp("a"), try MoodyApp("b"), try MoodyApp("c"), try MoodyApp("none")]
        let group = try Group([
            "{ address: \"\(apps[0].address)\", weight: 3 }", apps[1].address, "{ address: \"\(apps[2].address)\" }",
            "{ address: \"\(apps[3].address)\", weight: 0 }",
        ])
        let answers = Self.count(try group.ask(50))
        #expect(answers == ["a": 30, "b": 10, "c": 10])
    }

    /// The server that is busy gets no more than it has.
    @Test(arguments: ["least_requests", "two_choices"])
    func notTheBusyOne(_ balance: String) throws {
        let apps = [try MoodyApp("a", .hangs), try MoodyApp("b")]
        let group = try Group(apps, "balance: \(balance)")
        var waiting: [Connection] = []
        while apps[0].served == 0 {
            let client = try Connection(port: group.proxy.port)
            try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            if try client.hasInput(within: 0.3) { continue }
            waiting.append(client)
        }
        #expect(Self.count(try group.ask(40)) == ["b": 40])
        #expect(apps[0].served == 1)
        withExtendedLifetime(waiting) {}
    }

    @Test(arguments: ["{ hash: { cookie: s } }", "{ hash: { field: X-User } }"])
    func theSameForTheSame(_ balance: String) throws {
        let apps = [try MoodyApp("a"), try MoodyApp("b"), try MoodyApp("c")]
        let group = try Group(apps, "balance: \(balance)", workers: 2)
        let again = try Group(apps, "balance: \(balance)")
        var chosen: [String: Int] = [:]
        for user in 0..<30 {
            let fields = "Cookie: t=1; s=u\(user)\r\nX-User: u\(user)\r\n"
            let answers = Set(try group.ask(3, fields: fields) + group.ask(2, fields: fields) + again.ask(1, fields: fields))
            #expect(answers.count == 1)
            chosen[answers.first ?? "", default: 0] += 1
        }
        #expect(chosen.count == 3, "\(chosen)")
        #expect(Self.count(try again.ask(30)) == ["a": 10, "b": 10, "c": 10], "those without go in turn")
    }

    @Test func oneServerForOneClient() throws {
        let apps = [try MoodyApp("a"), try MoodyApp("b"), try MoodyApp("c")]
        let group = try Group(apps, "balance: { hash: client_ip }", workers: 2)
        #expect(Set(try (0..<10).flatMap { _ in try group.ask(2) }).count == 1)
    }

    @Test func backupsStandIn() throws {
        let (app, backup) = (try MoodyApp("a"), try MoodyApp("backup"))
        let group = try Group(
            [app.address, "{ address: \"\(backup.address)\", backup: true }"],
            "health_check: { path: /healthz, interval: 20ms, unhealthy_threshold: 1 }")
        #expect(Self.count(try group.ask(20)) == ["a": 20])
        app.mood = .sick
        try group.wait(for: "server is left out", of: app)
        #expect(Self.count(try group.ask(20)) == ["backup": 20])
        app.mood = .well
        try group.wait(for: "server is back", of: app)
        #expect(Self.count(try group.ask(20)) == ["a": 20])
    }

    /// A backup that may be asked at once is asked at once, not when the health of others is known.
    @Test func backupsStandInForARequest() throws {
        let backup = try MoodyApp("backup")
        let dead = try DeadPort()
        let group = try Group(["http://127.0.0.1:\(dead.port)", "{ address: \"\(backup.address)\", backup: true }"])
        #expect(Self.count(try group.ask(10, "POST", body: "x")) == ["backup": 10])
    }

    /// HTTP/2 to several servers, each with connections of its own.
    @Test func multiplexed() throws {
        let origins = try (0..<2).map { number in
            try ProxyProcess(
                "listen: 127.0.0.1:0\nworkers: 1\nroutes: [{ path: /**, respond: { status: 200, body: \"\(number)\" } }]\n")
        }
        let group = try Group(origins.map { "h2c://127.0.0.1:\($0.port)" })
        let answers = try (0..<20).map { _ in try group.proxy.fetch("/", .http2).text }
        #expect(Self.count(answers) == ["0": 10, "1": 10])
        origins[1].process.stop()
        #expect(Self.count(try (0..<10).map { _ in try group.proxy.fetch("/", .http2).text }) == ["0": 10])
    }

    /// A server that may have no more connections is full: its requests wait, or go elsewhere.
    @Test func limits() throws {
        let apps = [try MoodyApp("a", .hangs), try MoodyApp("b", .hangs)]
        let group = try Group(apps, "max_connections: 1, max_pending: 0", timeouts: "response: 20s")
        let clients = try (0..<2).map { _ in
            let client = try Connection(port: group.proxy.port)
            try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            return client
        }
        _ = try group.servers { servers in servers.count == 2 && servers.allSatisfy { $0["active"] as? Int == 1 } }
        let refused = try group.proxy.fetch("/x")
        #expect(refused.status == 503)
        #expect(try group.proxy.accessLog(["status": "503"])["reason"] == "upstream_overloaded")
        apps[1].mood = .well
        withExtendedLifetime(clients) {}
    }
}
