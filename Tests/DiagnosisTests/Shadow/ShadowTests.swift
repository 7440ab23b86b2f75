import Diagnosis
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore
import Testing

/// Rules in shadow: nothing of them is sent, and what they would do is what they do once they are enforced.
@Suite struct ShadowTests {
    static func compiled(_ text: String) throws -> CompiledConfiguration {
        try ConfigurationLoader(environment: [:]) { _ in [] }.read(text: text, file: "a.yaml").compiled()
    }

    static func play(
        _ question: DiffQuestion, on configuration: CompiledConfiguration, isTraced: Bool = false
    ) throws -> SimulatedExchange {
        let exchange = try SimulatedExchange(
            question.question.request, on: configuration, unixSeconds: question.question.unixSeconds, isTraced: isTraced)
        exchange.receive(question.answer)
        return exchange
    }

    /// What enforcing changes, as `letterhead diff` finds it by running both policies. Where an app would be asked that was not, nobody
    /// knows what it would say.
    private static func changes(
        _ question: DiffQuestion, _ without: CompiledConfiguration, _ enforced: CompiledConfiguration
    ) throws -> Set<ShadowDifference> {
        let (old, new) = (try question.play(on: without), try question.play(on: enforced))
        let asksMore = old.exchanges.last?.exchange.upstream == nil && new.exchanges.last?.exchange.upstream != nil
        var changes: Set<ShadowDifference> = []
        for one in PolicyDifference.between(old, new) where one.field != ":body" {
            if asksMore, one.field != ":source", one.field != ":upstream" { continue }
            let difference = FieldDifference(field: one.field, change: one.change, old: one.old, new: one.new)
            changes.insert(ShadowDifference(one.part == .request ? .request : .response, difference))
        }
        return changes
    }

    @Test func nothingIsSentAndEverythingIsFound() throws {
        var pairs = PolicyPairs(seed: 27)
        let questions = (0..<24).map { _ in pairs.question() }
        var (policies, differing, edges, exchanges) = (0, 0, 0, 0)
        while policies < 80 {
            guard let policy = pairs.nextShadowed() else { continue }
            policies += 1
            for number in 0..<8 {
                let question = questions[(policies * 5 + number * 7) % questions.count]
                let (seen, wanted) = (
                    try WireExchange(question, on: policy.shadow), try WireExchange(question, on: policy.without)
                )
                #expect(seen.response == wanted.response && seen.forwarded == wanted.forwarded)
                let shadow = try Self.play(question, on: policy.shadow)
                let without = try Self.play(question, on: policy.without)
                let found = shadow.shadowDifferences ?? []
                let changes = try Self.changes(question, policy.without, policy.enforced)
                #expect(Set(found) == changes && found.count == changes.count, "\(question.question.request)")
                let counts = shadow.context.shadow.values.first ?? ShadowCounts()
                #expect(counts.differences.values.reduce(0, +) == found.count)
                #expect(
                    (counts.same, counts.different)
                        == (shadow.shadowDifferences == nil ? (0, 0) : found.isEmpty ? (1, 0) : (0, 1)))
                if number < 2 {
                    let traced = try Self.play(question, on: policy.shadow, isTraced: true)
                    #expect(traced.response.fields.texts == without.response.fields.texts)
                    #expect(traced.shadowDifferences == shadow.shadowDifferences)
                }
                exchanges += 1
                if !found.isEmpty { differing += 1 }
                if found.contains(where: { $0.difference.field == ":upstream" }) { edges += 1 }
            }
        }
        #expect(differing > exchanges / 8 && differing < exchanges, "\(differing) of \(exchanges) differ")
        #expect(edges >= 4, "\(edges) preflights would be answered by another")
    }

    private static let frame = "upstreams: { app: http://127.0.0.1:1 }\n"

    private static func told(
        _ configuration: String, _ request: SimulatedRequest, _ fields: [FieldText] = []
    ) throws -> [String] {
        let answer = SimulatedAnswer.response(status: 200, fields: fields)
        let exchange = try play(
            DiffQuestion(ExplainQuestion(request: request, unixSeconds: 784_111_777), answer: answer),
            on: compiled(frame + configuration))
        return try #require(exchange.shadowDifferences).map { one in
            let difference = one.difference
            let (old, new) = (difference.old.joined(separator: " | "), difference.new.joined(separator: " | "))
            return "\(one.part.rawValue) \(difference.change.rawValue) \(difference.field): \(old) → \(new)"
        }
    }

    @Test(
        arguments: [
            ("response_headers: [{ set: { X-A: a }, shadow: true }]", ["response added X-A:  → a"]),
            ("response_headers: [{ remove: Server, shadow: true }]", ["response removed Server: app → "]),
            ("response_headers: [{ set: { Server: b }, shadow: true }]", ["response changed Server: app → b"]),
            ("response_headers: [{ set: { Server: app }, shadow: true }]", []),
            ("request_headers: [{ set: { X-A: a }, shadow: true }]", ["request added X-A:  → a"]),
            (
                "response_headers: [{ set: { X-A: a }, shadow: true }, { set: { X-B: b }, when: { response_header: X-A } }]",
                ["response added X-A:  → a", "response added X-B:  → b"]
            ),
            (
                "response_headers: [{ stop: true, shadow: true }, { set: { X-A: a } }]", ["response removed X-A: a → "]
            ),
            ("response_headers: { shadow: true, rules: [{ set: { X-A: a } }] }", ["response added X-A:  → a"]),
            (
                "policies: { p: [{ set: { X-A: a } }] }\nresponse_headers: [{ use: p, shadow: true }]",
                ["response added X-A:  → a"]
            ),
            (
                "policies: { p: { rules: [{ set: { X-A: a } }], shadow: true } }\nresponse_headers: [{ use: p }]",
                ["response added X-A:  → a"]
            ),
            (
                "response_headers: [{ cookies: { secure: true }, shadow: true }]",
                ["response changed Set-Cookie: a=1 → a=1; Secure"]
            ),
            (
                "response_headers: [{ cookies: { secure: true, shadow: true } }]",
                ["response changed Set-Cookie: a=1 → a=1; Secure"]
            ),
            (
                "response_headers: [{ cors: { allow_origins: [https://a.example], shadow: true } }]",
                ["response added Vary:  → Origin", "response added Access-Control-Allow-Origin:  → https://a.example"]
            ),
            ("response_headers: [{ set: { X-A: a }, when: { status: 5xx }, shadow: true }]", []),
            ("response_headers: [{ set: { X-A: a } }, { set: { X-A: b }, if: absent, shadow: true }]", []),
        ])
    func found(_ configuration: String, _ wanted: [String]) throws {
        var request = SimulatedRequest(authority: "h", target: "/")
        request.fields = [FieldText("Origin", "https://a.example")]
        let told = try Self.told(configuration, request, [FieldText("Server", "app"), FieldText("Set-Cookie", "a=1")])
        #expect(told.sorted() == wanted.sorted())
    }

    /// A preflight that a policy in shadow would answer goes on to the app; one that an enforced policy answers does not, whatever is in
    /// shadow.
    @Test func preflights() throws {
        var request = SimulatedRequest(method: "OPTIONS", authority: "h", target: "/")
        request.fields = [FieldText("Origin", "https://a.example"), FieldText("Access-Control-Request-Method", "PUT")]
        let policy = "{ cors: { allow_origins: [https://a.example] }"
        let answered = try Self.told("response_headers: [\(policy), shadow: true }]", request)
        for line in [
            "request removed :upstream: app → ", "response changed :status: 200 → 204",
            "response changed :source: app → proxy (preflight)",
            "response added Access-Control-Allow-Origin:  → https://a.example",
        ] {
            #expect(answered.contains(line), "\(answered)")
        }
        let passed = try Self.told("response_headers: [{ stop: true, shadow: true }, \(policy) }]", request)
        #expect(passed == ["request added :upstream:  → app", "response changed :source: proxy (preflight) → app"])
        let fixed = try Self.told(
            "response_headers: [{ stop: true, shadow: true }, \(policy) }]\nroutes: [{ respond: 404 }]", request)
        #expect(fixed.contains("response changed :status: 204 → 404"), "\(fixed)")
    }

    /// Values that only a rule in shadow asks for are made for it alone.
    @Test func freshValues() throws {
        let enforced = "request_headers: [{ set: { Traceparent: \"{traceparent}\" } }]\n"
        let shadow = "response_headers: [{ set: { X-N: \"{nonce}\", X-T: \"{traceparent}\" }, shadow: true }]"
        let question = DiffQuestion(
            ExplainQuestion(request: SimulatedRequest(authority: "h", target: "/"), unixSeconds: 1),
            answer: .response(status: 200, fields: []))
        let with = try Self.play(question, on: Self.compiled(Self.frame + enforced + shadow))
        let without = try Self.play(question, on: Self.compiled(Self.frame + enforced))
        #expect(with.forwarded.texts == without.forwarded.texts)
        #expect(with.facts.nonce.isEmpty && with.facts.traceparent == without.facts.traceparent)
        let added = try #require(with.shadowDifferences).map(\.difference)
        #expect(added.map(\.field) == ["X-N", "X-T"] && added[0].new.first?.count == 32)
        #expect(added[1].new == with.forwarded.texts.values(of: "traceparent"))
        let only = try Self.play(question, on: Self.compiled(Self.frame + shadow))
        #expect(only.facts.traceparent.isEmpty && only.shadowDifferences?.count == 2)
    }

    // MARK: What is said

    private static let said = """
        \(frame)response_headers:
          - { cors: { allow_origins: [https://a.example] }, shadow: true, name: soon }
          - set: { X-A: "1" }
        """

    @Test func explain() throws {
        var question = ExplainQuestion(request: SimulatedRequest(authority: "h", target: "/"), unixSeconds: 1)
        question.origin = "https://a.example"
        var explainer = Explainer(question, on: try Self.compiled(Self.said))
        var step = try explainer.next()
        while case .needsAnswer(let one) = step {
            one.exchange.receive(.response(status: 200, fields: []))
            step = try explainer.next()
        }
        guard case .done(let explanation) = step else { return }
        let text = explanation.text(Style(isColored: false))
        for part in [
            "allow_headers echo shadow",
            "in shadow: nothing of it is sent; enforced, it would do this:\n       + Access-Control-Allow-Origin: https://a.example",
            "in shadow, what would differ if those rules were enforced",
            "  + Access-Control-Allow-Origin: https://a.example", "the `cors` rule is in shadow, so it answers nobody",
        ] {
            #expect(text.contains(part), "\(part) in \(text)")
        }
        let json = explanation.json.written()
        #expect(json.contains("\"outcome\": \"in_shadow\"") && json.contains("\"change\": \"added\""), "\(json)")
    }

    @Test func printed() throws {
        let text = EffectivePolicy.describe(try Self.compiled(Self.said).source)
        #expect(text.contains("allow_headers echo shadow  [global, a.yaml:3, “soon”]"), "\(text)")
    }

    @Test func linter() throws {
        func codes(_ rules: String) -> [String] {
            let outcome = ConfigurationLoader(environment: [:]) { _ in [] }.read(
                text: "\(Self.frame)response_headers: [\(rules)]", file: "a.yaml")
            return Linter.findings(of: outcome).map(\.code.rawValue)
        }
        #expect(codes("{ set: { X-A: a } }, { set: { X-A: b } }") == ["LH101"])
        #expect(codes("{ set: { X-A: a } }, { set: { X-A: b }, shadow: true }") == [])
        #expect(codes("{ set: { X-A: a }, shadow: true }, { set: { X-A: b }, if: absent }") == [])
    }

    @Test func policyTest() throws {
        let tests = "tests:\n  - request: { url: /, origin: https://a.example }\n    expect: { headers: { Vary: Origin } }\n"
        let file = try ConfigurationLoader(environment: [:]) { _ in [] }.tests(text: tests, file: "t.yaml")
        let result = try #require(file.tests.first).run(on: try Self.compiled(Self.said))
        #expect(
            result.failures.map(\.message) == [
                "expected Vary: Origin, but there is no Vary; rules in shadow would make Vary \"Origin\""
            ])
        let report = [result].text(Style(isColored: false), inShadow: 1)
        #expect(report.hasSuffix("0 of 1 tests passed\n1 rule is in shadow, and did not act\n"), "\(report)")
    }
}
