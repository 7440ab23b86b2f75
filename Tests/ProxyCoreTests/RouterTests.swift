import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

@Suite struct RouterTests {
    static func route(_ hosts: [String] = [], _ paths: [String] = [], _ methods: [String] = []) -> Route {
        var route = Route(.upstream("app"), location: SourceLocation(file: "test.yaml", line: 1, column: 1))
        route.hosts = located(hosts)
        route.paths = located(paths)
        route.methods = located(methods)
        return route
    }

    static func router(_ routes: [Route], listeners: [Listener] = []) throws(PolicyErrors) -> Router {
        var names = FieldNames.standard
        return try Router(routes: routes, listeners: listeners, names: &names)
    }

    static func refuses(_ routes: [Route]) -> Bool {
        do throws(PolicyErrors) {
            _ = try router(routes)
            return false
        } catch {
            return true
        }
    }

    static func match(_ router: borrowing Router, _ head: RequestHead, listener: Int = 0, client: String = "") -> Int? {
        var facts = ExchangeFacts()
        facts.request = head
        facts.clientIP = IPAddress(client.utf8.span) ?? .unspecified
        return router.match(facts, listener: listener, method: head.methodToken)
    }

    static let routes = [
        route(["api.example.com"], ["/v1/**"]),  // 0
        route(["*.example.com"], ["/v1/**"], ["GET", "PURGE"]),  // 1
        route([], ["/old/**"]),  // 2
        route([], ["/robots.txt", "/favicon.ico"]),  // 3
        route([], ["/users/*/files/**"]),  // 4
        route([], ["/users/me/files/a"]),  // 5: the one before is first
        route([], ["/upload"], ["POST", "PUT"]),  // 6
        route([], ["/upload"]),  // 7
        route([], ["/img-*.png"]),  // 8
        route(["only.example"]),  // 9
        route([], ["/"]),  // 10
        route([], ["/a/b/c/**", "/d/**"]),  // 11
        route([], ["/a/**"]),  // 12
        route(["[2001:db8::1]"]),  // 13
    ]

    @Test(
        arguments: [
            ("GET", "api.example.com", "/v1/x", 0), ("GET", "API.Example.COM:8080", "/v1", 0),
            ("GET", "api.example.com.", "/v1/", 0),
            ("GET", "www.example.com", "/v1/x", 1), ("GET", "a.b.example.com", "/v1/x", 1),
            ("PURGE", "www.example.com", "/v1/x", 1),
            ("POST", "www.example.com", "/v1/x", nil), ("purge", "www.example.com", "/v1/x", nil),
            ("GET", "example.com", "/v1/x", nil), ("GET", ".example.com", "/v1/x", nil), ("GET", "xexample.com", "/v1/x", nil),
            ("GET", "api.example.com", "/v1x", nil), ("GET", "", "/v1/x", nil),
            ("GET", "h", "/old", 2), ("GET", "h", "/old/", 2), ("GET", "h", "/old/a/b", 2), ("GET", "h", "/older", nil),
            ("GET", "h", "/robots.txt", 3), ("GET", "h", "/robots.txt?x", 3), ("GET", "h", "/favicon.ico", 3),
            ("GET", "h", "/robots.txt/", nil), ("GET", "h", "/Robots.txt", nil), ("GET", "h", "/x/../robots%2Etxt", 3),
            ("GET", "h", "/users/me/files/a", 4), ("GET", "h", "/users/me/files", 4), ("GET", "h", "/users/me", nil),
            ("POST", "h", "/upload", 6), ("GET", "h", "/upload", 7),
            ("GET", "h", "/img-1.png", 8), ("GET", "h", "/img-1.gif", nil), ("GET", "h", "/img-1/2.png", nil),
            ("GET", "only.example", "/whatever", 9), ("OPTIONS", "only.example", "*", 9), ("OPTIONS", "h", "*", nil),
            ("GET", "h", "/", 10), ("GET", "only.example", "/", 9),
            ("GET", "h", "/a/b/c", 11), ("GET", "h", "/a/b/c/d", 11), ("GET", "h", "/a/b", 12), ("GET", "h", "/a", 12),
            ("GET", "h", "/d/e", 11), ("GET", "[2001:db8::1]:80", "/x", 13), ("GET", "[2001:DB8::1]", "/x", 13),
        ] as [(String, String, String, Int?)])
    func matches(_ method: String, _ host: String, _ target: String, _ expected: Int?) throws {
        let router = try Self.router(Self.routes)
        let head = request(method, target, host: host)
        let found = Self.match(router, head)
        #expect(found == expected)
    }

    @Test(
        arguments: [
            (0, "/v1/x/y", "x/y"), (0, "/v1/", ""), (0, "/v1", ""), (3, "/robots.txt", ""), (4, "/users/me/files/a/b", "a/b"),
            (11, "/d/e", "e"), (9, "/d/e", nil), (0, "/other", nil), (99, "/", nil), (-1, "/", nil),
        ] as [(Int, String, String?)])
    func rest(_ route: Int, _ path: String, _ expected: String?) throws {
        let router = try Self.router(Self.routes)
        let range = router.rest(route: route, path: path.utf8.span)
        #expect(range.map { text(Array(path.utf8)[$0].map { $0 }) } == expected)
    }

    /// The first pattern that matches counts, also where some are expressions.
    @Test(
        arguments: [
            (["/a/**", "regex:^/a"], "b/c"), (["regex:^/a", "/a/**"], ""), (["regex:^/b", "/a/**"], "b/c"), (["regex:c$"], ""),
            (["/b/**", "regex:c$"], ""),
        ])
    func restBesideExpressions(_ patterns: [String], _ expected: String) throws {
        let route = Self.route([], patterns)
        let router = try Self.router([route])
        let path = "/a/b/c"
        let range = router.rest(route: 0, path: path.utf8.span)
        #expect(range.map { text(Array(path.utf8)[$0].map { $0 }) } == expected)
    }

    @Test(
        arguments: [
            ("/.git/config", true), ("/a/.env", true), ("/a\n/.git", true), ("/git", false), ("/x.PHP", true),
            ("/x.php/y", false),
            ("/x.phpx", false),
        ])
    func expressions(_ path: String, _ isTaken: Bool) throws {
        let router = try Self.router([
            Self.route([], ["regex:/[.](git|env)", "regex:(?i)[.]php$"]), Self.route([], ["/**"]),
        ])
        let head = request("GET", path.replacing("\n", with: "%0a"), host: "h")
        let found = Self.match(router, head)
        #expect(found == (isTaken ? 0 : 1))
    }

    @Test func wrongExpression() {
        #expect(Self.refuses([Self.route([], ["regex:("])]))
    }

    /// A route for one listener takes nothing that came by another.
    @Test func listener() throws {
        var named = Listener(bind: Located(.unix("/a"), at: SourceLocation(file: "a", line: 1, column: 1)))
        named.name = "local"
        let other = Listener(bind: named.bind)
        var local = Self.route([], ["/admin/**"])
        local.listeners = located(["local"])
        let router = try Self.router([local, Self.route()], listeners: [other, named])
        let head = request("GET", "/admin/x", host: "h")
        let byOther = Self.match(router, head, listener: 0)
        #expect(byOther == 1)
        let byNamed = Self.match(router, head, listener: 1)
        #expect(byNamed == 0)
        #expect(Self.refuses([local]))
    }

    @Test(
        arguments: [
            ("GET", "10.1.2.3", "curl", 2), ("GET", "192.0.2.1", "curl", 0), ("GET", "10.1.2.3", "BadBot/1", 1),
            ("GET", "", "", 0),
        ])
    func conditions(_ method: String, _ client: String, _ agent: String, _ expected: Int) throws {
        let place = SourceLocation(file: "a", line: 1, column: 1)
        let inside = Condition(location: place, [.any(.clientIP, located(["10.0.0.0/8"]))])
        let outside = Condition(location: place, [.not(inside)])
        var bots = Condition(location: place)
        bots.requestHeaders = [
            FieldTest(name: Located("User-Agent", at: place), test: .matches(Located("(?i)badbot", at: place)))
        ]
        var (first, second) = (Self.route(), Self.route())
        first.condition = outside
        second.condition = bots
        let router = try Self.router([first, second, Self.route()])
        let head = request(method, "/", host: "h", ["User-Agent: \(agent)"])
        let found = Self.match(router, head, client: client)
        #expect(found == expected)
    }

    @Test func noConditionOnTheResponse() {
        var condition = Condition(location: SourceLocation(file: "a", line: 1, column: 1))
        condition[.status] = located(["404"])
        var route = Self.route()
        route.condition = condition
        #expect(Self.refuses([route]))
    }

    @Test func noRoutes() throws {
        let head = request()
        let found = try Self.match(Self.router([]), head)
        #expect(found == nil)
    }

    @Test func reportsEveryError() {
        let wrong = [
            Self.route(["a.example", "http://b"], ["v1"]), Self.route([], ["/**/x"], ["GET", "G T", "post"]), Self.route(["*"]),
        ]
        do {
            _ = try Self.router(wrong)
            Issue.record("took wrong routes")
        } catch {
            #expect(error.errors.map(\.location.line) == [2, 1, 1, 2, 3, 1])
            #expect(error.errors[4].suggestion == "write POST")
        }
    }

    /// The index finds what trying every route in order finds.
    @Test(arguments: 0..<40) func agreesWithTryingAll(_ seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let hosts = ["a.test", "b.a.test", "*.a.test", "*.test", "c.test"]
        let segments = ["x", "y", "*", "x*", "*y"]
        let routes = (0..<60).map { _ in
            Self.route(
                (0..<Int.random(in: 0...2, using: &random)).map { _ in hosts[Int.random(in: 0..<5, using: &random)] },
                (0..<Int.random(in: 0...3, using: &random)).map { _ in
                    let path = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                        "/" + segments[Int.random(in: 0..<5, using: &random)]
                    }
                    guard Int.random(in: 0..<6, using: &random) > 0 else {
                        return ["regex:^/x", "regex:y$", "regex:/xy?/", "regex:\\bz"][Int.random(in: 0..<4, using: &random)]
                    }
                    return path.joined() + ["", "/**", "/"][path.isEmpty ? 1 : Int.random(in: 0..<3, using: &random)]
                },
                [[], [], ["GET"], ["POST", "X"]][Int.random(in: 0..<4, using: &random)])
        }
        // The later half of the routes would never be reached behind one that takes everything.
        let router = try Self.router(routes.filter { !($0.hosts.isEmpty && $0.paths.isEmpty && $0.methods.isEmpty) })
        let tried = routes.filter { !($0.hosts.isEmpty && $0.paths.isEmpty && $0.methods.isEmpty) }
        for _ in 0..<300 {
            let method = ["GET", "POST", "X", "Y"][Int.random(in: 0..<4, using: &random)]
            let host = ["a.test", "B.A.test", "d.a.test.", "q.test:1", "test", "c.test"][Int.random(in: 0..<6, using: &random)]
            let path = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                "/" + ["x", "y", "xy", "z"][Int.random(in: 0..<4, using: &random)]
            }
            let head = request(method, path.joined() + (Bool.random(using: &random) ? "/" : ""), host: host)
            let expected = try tried.firstIndex { try Self.holds($0, head) }
            let found = Self.match(router, head)
            #expect(found == expected)
        }
    }

    static func holds(_ route: Route, _ head: RequestHead) throws -> Bool {
        try (route.hosts.isEmpty || route.hosts.contains { try HostPattern($0.value).matches(head.hostname) })
            && (route.paths.isEmpty || route.paths.contains { try PathPattern($0.value).matches(head.path) })
            && (route.methods.isEmpty || route.methods.contains { head.methodToken.equals($0.value) })
    }
}
