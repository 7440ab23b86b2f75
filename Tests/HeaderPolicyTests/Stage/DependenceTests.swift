import HTTPModel
import HeaderPolicy
import Testing

/// No response depends on a field of the request that its `Vary` does not name: whatever a rule asks of the request, and whether or not
/// the answer was yes.
@Suite struct DependenceTests {
    struct Case: Sendable {
        var rules: [Rule]
        var app: [String] = []
        var asked = Asked()
        var dependence = Dependence()
        /// The values of all lines.
        var vary: [String]
        var source = ExchangeFacts.Source.upstream
    }

    static let mobile = when { $0.requestHeaders = [FieldTest(name: "User-Agent", test: .matches("Mobile"))] }
    static let withoutCookie = when { $0.requestHeaders = [FieldTest(name: "Cookie", test: .absent)] }
    static func onPath(_ path: Located<String>, _ condition: Condition) -> Condition {
        var condition = condition
        condition.paths = [path]
        return condition
    }

    static let cases: [Case] = [
        // A condition that holds, and one that does not.
        Case(
            rules: [.set("X-A", "1", when: mobile)], asked: Asked(fields: ["User-Agent: Mobile"]), vary: ["User-Agent"]),
        Case(rules: [.set("X-A", "1", when: mobile)], vary: ["User-Agent"]),
        Case(rules: [.remove("X-A", when: mobile)], vary: ["User-Agent"]),
        Case(rules: [.rename("X-A", "X-B", when: withoutCookie)], vary: ["Cookie"]),
        Case(rules: [.stop(when: mobile), .set("X-A", "1")], asked: Asked(fields: ["User-Agent: Mobile"]), vary: ["User-Agent"]),
        // Turned round.
        Case(rules: [.set("X-A", "1", when: when { $0.not = [mobile] })], vary: ["User-Agent"]),
        Case(
            rules: [.set("X-A", "1", when: when { $0.not = [when { $0.not = [withoutCookie] }, mobile] })],
            vary: ["Cookie, User-Agent"]),
        // What does not depend on the request decides first.
        Case(rules: [.set("X-A", "1", when: onPath("/api/**", mobile))], vary: []),
        Case(rules: [.set("X-A", "1", when: onPath("/api/**", mobile))], asked: Asked(target: "/api/x"), vary: ["User-Agent"]),
        Case(
            rules: [
                .set(
                    "X-A", "1",
                    when: when {
                        $0.statuses = ["404"]
                        $0.requestHeaders = mobile.requestHeaders
                    })
            ], vary: []),
        Case(
            rules: [
                .set(
                    "X-A", "1",
                    when: when {
                        $0.not = [when { $0.paths = ["/"] }]
                        $0.requestHeaders = mobile.requestHeaders
                    })
            ], vary: []),
        Case(rules: [.stop(), .set("X-A", "1", when: mobile)], vary: []),
        // Placeholders, whether or not they bring something.
        Case(rules: [.set("X-A", "{request.header.Save-Data}")], vary: ["Save-Data"]),
        Case(
            rules: [.add("X-A", "{request.header.Save-Data} {request.header.DPR}")], asked: Asked(fields: ["DPR: 2"]),
            vary: ["Save-Data, DPR"]),
        Case(rules: [.set("X-A", "{request.cookie.theme}")], asked: Asked(fields: ["Cookie: theme=x"]), vary: ["Cookie"]),
        Case(rules: [.merge("X-A", "{request.cookie.theme}"), .set("X-B", "{request.cookie.lang}")], vary: ["Cookie"]),
        Case(rules: [.set("X-A", "{request.header.DPR}", if: .absent)], app: ["X-A: own"], vary: []),
        Case(rules: [.set("X-A", "{request.header.DPR}", if: .absent)], vary: ["DPR"]),
        Case(rules: [.set("X-A", "{request.header.Host} {method} {path} {client.ip} {scheme} {request.id}")], vary: []),
        // A sample by a cookie; one by the address is none of a field, unless peers are believed.
        Case(
            rules: [.set("X-A", "1", when: when { $0.sample = Sample(percent: 50, key: .cookie("id"), location: at(1)) })],
            vary: ["Cookie"]),
        Case(
            rules: [.set("X-A", "1", when: when { $0.sample = Sample(percent: 50, key: .clientAddress, location: at(1)) })],
            vary: []),
        // What trusted proxies say.
        Case(
            rules: [.set("X-A", "{client.ip}")], dependence: Dependence(believesPeers: true),
            vary: ["X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, Forwarded"]),
        Case(
            rules: [.set("X-A", "1", when: when { $0.schemes = ["https"] })], dependence: Dependence(believesPeers: true),
            vary: ["X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, Forwarded"]),
        Case(
            rules: [.set("X-A", "1", when: when { $0.clientIPs = ["10.0.0.0/8"] })], dependence: Dependence(believesPeers: true),
            vary: ["X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, Forwarded"]),
        Case(rules: [.set("X-A", "1", when: when { $0.schemes = ["https"] })], vary: []),
        // One that asks for both names each once.
        Case(
            rules: [.set("X-A", "{scheme} {client.ip}")], dependence: Dependence(believesPeers: true),
            vary: ["X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, Forwarded"]),
        Case(rules: [.set("X-A", "1")], dependence: Dependence(always: ["Letterhead-Debug"]), vary: ["Letterhead-Debug"]),
        // What decided between routes.
        Case(rules: [], dependence: Dependence(routes: [onPath("/beta/**", mobile)]), vary: []),
        Case(
            rules: [], asked: Asked(target: "/beta/x"), dependence: Dependence(routes: [onPath("/beta/**", mobile)]),
            vary: ["User-Agent"]),
        Case(
            rules: [.remove("Vary")], asked: Asked(target: "/beta/x"),
            dependence: Dependence(routes: [onPath("/beta/**", mobile)]), vary: ["User-Agent"]),
        // With what others say, in one line; what is there is not said again, and a star says all.
        Case(rules: [.set("X-A", "1", when: mobile)], app: ["Vary: accept-encoding"], vary: ["accept-encoding, User-Agent"]),
        Case(rules: [.set("X-A", "1", when: mobile)], app: ["Vary: A, user-agent"], vary: ["A, user-agent"]),
        Case(rules: [.set("X-A", "1", when: mobile)], app: ["Vary: A", "Vary: User-Agent"], vary: ["A", "User-Agent"]),
        Case(rules: [.set("X-A", "1", when: mobile)], app: ["Vary: A", "Vary: B"], vary: ["A, B, User-Agent"]),
        Case(rules: [.set("X-A", "1", when: mobile)], app: ["Vary: *"], vary: ["*"]),
        // A rule that takes Vary away does not make the response depend on less.
        Case(rules: [.set("X-A", "1", when: mobile), .remove("Vary")], app: ["Vary: A"], vary: ["User-Agent"]),
        Case(rules: [.set("X-A", "1", when: mobile), .set("Vary", "B"), .stop()], app: ["Vary: A"], vary: ["B, User-Agent"]),
        Case(rules: [.remove("Va*"), .set("X-A", "1", when: mobile)], app: ["Vary: A"], vary: ["User-Agent"]),
        Case(
            rules: [.cors { $0.allowOrigins = ["https://a.example", "https://b.example"] }, .set("Vary", "B")],
            vary: ["B, Origin"]),
        Case(rules: [.cors { $0.allowOrigins = ["*"] }, .set("Vary", "B")], vary: ["B"]),
        Case(rules: [.set("Vary", "B")], app: ["Vary: Accept"], vary: ["B, Accept"], source: .proxy),
        Case(
            rules: [.set("Vary", "B")], dependence: Dependence(always: ["Letterhead-Debug"]), vary: ["B, Letterhead-Debug"]),
        // A preflight: all that its answer depends on.
        Case(
            rules: [
                .cors {
                    $0.allowOrigins = ["https://app.example"]
                    $0.allowPrivateNetwork = Located(true, at: at(1))
                }
            ], asked: .preflight(),
            vary: [
                "Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network"
            ]),
    ]

    @Test(arguments: cases.indices)
    func isNamed(_ index: Int) throws {
        let row = Self.cases[index]
        var stage = try StageUnderTest(response: row.rules, dependence: row.dependence)
        let lines = stage.response(row.app, asked: row.asked) { $0.source = row.source }
        #expect(lines.filter { $0.hasPrefix("Vary:") }.map { String($0.dropFirst(6)) } == row.vary, "row \(index): \(lines)")
    }

    /// An app speaks of the fields that it was sent; caches go by those that these were made of.
    @Test(
        arguments: [
            ([.set("X-Kind", "phone", when: mobile)], "Vary: X-Kind", ["X-Kind, User-Agent"]),
            ([.set("X-Kind", "phone", when: mobile)], "Vary: Accept", ["Accept"]),
            ([.set("X-Kind", "phone", when: mobile)], "Vary: *", ["*"]), ([.set("X-Kind", "phone", when: mobile)], "A: 1", []),
            ([.set("X-Kind", "phone")], "Vary: X-Kind", ["X-Kind"]),
            ([.rename("X-Old", "X-New")], "Vary: X-New", ["X-New, X-Old"]),
            ([.set("X-A", "{request.cookie.a}"), .set("X-B", "{request.header.X-A}")], "Vary: x-b", ["x-b, X-A, Cookie"]),
            ([.remove("Cookie", when: mobile)], "Vary: Cookie", ["Cookie, User-Agent"]),
        ] as [([Rule], String, [String])])
    func forwarded(_ rules: [Rule], _ app: String, _ vary: [String]) throws {
        var stage = try StageUnderTest(request: rules, response: [.set("X-R", "1")])
        #expect(stage.response([app]).filter { $0.hasPrefix("Vary:") }.map { String($0.dropFirst(6)) } == vary)
        guard app != "Vary: *" else { return }
        var taking = try StageUnderTest(request: rules, response: [.remove("Vary")])
        let left = taking.response([app]).filter { $0.hasPrefix("Vary:") }
        #expect(left.isEmpty == (vary.first?.contains(",") != true), "\(left)")
    }

    /// Requests vary by nothing, and no rule is counted for what it did not do.
    @Test func requestsAndCounts() throws {
        var stage = try StageUnderTest(
            request: [.set("X-A", "{request.header.DPR}", when: Self.mobile)], response: [.set("X-B", "1", when: Self.mobile)])
        stage.scratch = StageScratch(slots: stage.policy.countedRules.count)
        #expect(stage.request(Asked(fields: ["DPR: 2", "User-Agent: Mobile"])).filter { $0.hasPrefix("Vary") } == [])
        #expect(stage.response() == ["Vary: User-Agent"])
        #expect(stage.policy.countedRules == [["t.yaml:1"], [], ["t.yaml:1"]])
        #expect(stage.scratch.hits == [1, 0, 0])
    }

    /// Who asks is told which rule it was that made the response depend on the field.
    @Test func isTold() throws {
        var names = FieldNames.standard
        let rules: [Rule] = [.set("X-A", "1"), .set("X-B", "1", when: Self.mobile)]
        _ = try CompiledPolicy(requestRules: [], responseRules: rules, names: &names)
        let traced = try TracedPolicy(requestRules: [], responseRules: rules, names: names)
        var head = ResponseHead(status: 200)
        var scratch = StageScratch()
        let trace = traced.applyToResponse(&head, facts: Asked().facts(in: names), scratch: &scratch)
        #expect(trace.after.last?.name == "Vary" && trace.after.last?.maker == .rule(1))
        guard case .unmet = trace.steps[1].outcome else { return #expect(Bool(false), "\(trace.steps[1])") }
        #expect(trace.steps[1].changes.isEmpty && trace.closing?.maker == .rule(1) && trace.closing?.changes.count == 1)
    }

    /// What the app says ahead loses what it would lose in the final response, as far as that is known, and nothing else.
    @Test(
        arguments: [
            ([.remove("Server", "X-Debug-*")], ["A: 1", "Link: </a>", "Access-Control-Allow-Origin: *"]),
            ([.cors { $0.allowOrigins = ["https://a.example"] }], ["A: 1", "Server: s", "X-Debug-A: 1", "Link: </a>"]),
            (
                [
                    .cors {
                        $0.allowOrigins = ["https://a.example"]
                        $0.upstream = .keep
                    }, .set("A", "2"), .add("B", "1"), .rename("A", "C"),
                ], ["A: 1", "Server: s", "X-Debug-A: 1", "Link: </a>", "Access-Control-Allow-Origin: *"]
            ),
            ([.remove("A", when: onPath("/other", when { _ in }))], all),
            ([.remove("A", when: onPath("/", when { _ in }))], Array(all[1...])),
            ([.remove("A", when: when { $0.sources = ["upstream"] })], Array(all[1...])),
            ([.remove("A", when: when { $0.sources = ["proxy"] })], all),
            ([.remove("A", when: onPath("/", when { _ in }).and(when { $0.sources = ["upstream"] }))], Array(all[1...])),
            ([.remove("A", when: onPath("/", when { _ in }).and(when { $0.sources = ["proxy"] }))], all),
            ([.remove("A", when: when { $0.statuses = ["404"] })], all),
            ([.remove("A", when: when { $0.not = [mobile] })], Array(all[1...])), ([.remove("A", when: mobile)], all),
            ([.stop(), .remove("A")], all), ([.stop(when: when { $0.statuses = ["404"] }), .remove("A")], Array(all[1...])),
        ] as [([Rule], [String])])
    func interim(_ rules: [Rule], _ expected: [String]) throws {
        var names = FieldNames.standard
        let policy = try CompiledPolicy(requestRules: [], responseRules: rules, names: &names)
        var head = ResponseHead(status: 103)
        head.fields = Fields(lines: Self.all, in: names)
        var scratch = StageScratch()
        policy.applyToInterim(&head, facts: Asked().facts(in: names), scratch: &scratch)
        #expect(head.fields.lines == expected)
    }

    static let all = ["A: 1", "Server: s", "X-Debug-A: 1", "Link: </a>", "Access-Control-Allow-Origin: *"]
}
