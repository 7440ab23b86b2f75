import HTTPModel
import Testing

@testable import HeaderPolicy

@Suite("Rules by what they ask for")
struct RuleIndexTests {
    /// Rules with these conditions, and which of them are visited for a message.
    struct Indexed {
        var names = FieldNames()
        let rules: Shared<CompiledRules>

        init(_ conditions: [Condition?], scope: Template.Scope = .response, first: [Rule] = []) {
            var compiler = RuleCompiler(scope: scope)
            // Of a kind of its own each, so that no two are joined.
            let rules = conditions.enumerated().map {
                Rule(.add([FieldValue(name: Located("Z-\($0)", at: at(1)), value: "1")]), when: $1)
            }
            self.rules = Shared(compiler.compile(first + rules, names: &names))
        }

        func visited(_ asked: Asked, response: [String] = []) -> [Int] {
            let facts = asked.facts(in: names)
            let fields = Fields(lines: response, in: names)
            var cursors: [Range<Int>] = []
            var walk = rules.value.index.walk(facts, fields, isRequest: false, &cursors)
            var found: [Int] = []
            while let rule = walk.next(in: rules.value.index, &cursors) { found.append(rule) }
            return found
        }
    }

    static func paths(_ patterns: [String]) -> Condition? {
        patterns.isEmpty ? nil : when { $0.paths = patterns.map { Located($0, at: at(1)) } }
    }

    @Test("An index visits every rule that matches, once, in order, and few others")
    func agrees() throws {
        let segments = ["a", "b", "ab", "*", "a*", "*b", "a*b", "**"]
        var patterns = ["/", "/**", "/a/", "regex:^/a", "regex:b$", "regex:\\bb"]
        for first in segments {
            for second in segments where first != "**" { patterns.append("/\(first)/\(second)") }
            patterns.append("/\(first)")
        }
        var state: UInt64 = 7
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return Int(state >> 33) % bound
        }
        let targets = ["*", "/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/ab/a", "/b/a/", "/c", "/c/c/c", "/aXb/ab", "/aXb/aab/"]
        for _ in 0..<60 {
            let rules = (0..<random(40)).map { _ in (0..<random(4)).map { _ in patterns[random(patterns.count)] } }
            let index = Indexed(rules.map(Self.paths))
            for target in targets {
                let facts = Asked(target: target).facts(in: index.names)
                let matching = try rules.indices.filter { rule in
                    try rules[rule].isEmpty || rules[rule].contains { try PathPattern($0).matches(facts.request.path) }
                }
                let visited = index.visited(Asked(target: target))
                #expect(visited == Set(visited).sorted(), "each once, in order")
                #expect(Set(visited).isSuperset(of: matching), "\(target)")
            }
        }
    }

    @Test("A thousand rules on a thousand paths: only those of the path are visited")
    func thousand() {
        let index = Indexed((0..<1000).map { Self.paths([$0 % 2 == 0 ? "/p\($0)" : "/p\($0)/**"]) } + [nil])
        #expect(index.visited(Asked(target: "/p7/x")) == [7, 1000])
        #expect(index.visited(Asked(target: "/p8")) == [8, 1000])
        #expect(index.visited(Asked(target: "/p8/")) == [1000])
        #expect(index.visited(Asked(target: "/" + String(repeating: "x/", count: 4000))) == [1000])
    }

    struct Form: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var condition: @Sendable (Int) -> Condition
        var asked = Asked()
        var response: [String] = []
        /// The rules that are visited, of a thousand.
        var visited = [7]
    }

    static let forms: [Form] = [
        Form(
            testDescription: "path behind a star", condition: { n in when { $0.paths = [text("/*/p\(n)/**")] } },
            asked: Asked(target: "/any/p7/x")),
        Form(
            testDescription: "path behind a start and a star", condition: { n in when { $0.paths = [text("/api/*/p\(n)")] } },
            asked: Asked(target: "/api/any/p7")),
        Form(
            testDescription: "start of a segment", condition: { n in when { $0.paths = [text("/p\(n)-*/x")] } },
            asked: Asked(target: "/p7-a/x")),
        Form(
            testDescription: "end of a segment", condition: { n in when { $0.paths = [text("/*.p\(n)")] } },
            asked: Asked(target: "/a.p7")),
        Form(
            testDescription: "expression of paths", condition: { n in when { $0.paths = [text("regex:^/p\(n)/[0-9]+$")] } },
            asked: Asked(target: "/p7/42")),
        Form(
            testDescription: "host", condition: { n in when { $0.hosts = [text("h\(n).example")] } },
            asked: Asked(authority: "H7.example:80")),
        Form(
            testDescription: "wildcard of hosts", condition: { n in when { $0.hosts = [text("*.h\(n).example")] } },
            asked: Asked(authority: "a.b.h7.example.")),
        Form(
            testDescription: "value of the request",
            condition: { n in
                when { $0.requestHeaders = [FieldTest(name: "X-Tenant", test: .equals([text("t\(n)"), text("u\(n)")]))] }
            }, asked: Asked(fields: ["X-Tenant: u7"])),
        Form(
            testDescription: "expression of the request",
            condition: { n in
                when { $0.requestHeaders = [FieldTest(name: "User-Agent", test: .matches(text("bot-\(n)/[0-9]+")))] }
            }, asked: Asked(fields: ["User-Agent: x bot-7/1 y bot-9/2"]), visited: [7, 9]),
        Form(
            testDescription: "value of the query",
            condition: { n in
                Condition(location: at(1), [.query(FieldTest(name: "t", test: .equals([text("a \(n)"), text("b\(n)")])))])
            }, asked: Asked(target: "/?t=a+9&s=b3&t=b7"), visited: [7, 9]),
        Form(
            testDescription: "expression of the query",
            condition: { n in Condition(location: at(1), [.query(FieldTest(name: "t", test: .matches(text("^a\(n)/"))))]) },
            asked: Asked(target: "/?x&t=a7%2F")),
        Form(
            testDescription: "value of the response",
            condition: { n in when { $0.responseHeaders = [FieldTest(name: "X-App", test: .equals([text("a\(n)")]))] } },
            response: ["X-App: a9", "X-App: a7"], visited: [7, 9]),
        Form(
            testDescription: "expression of the response",
            condition: { n in when { $0.responseHeaders = [FieldTest(name: "Location", test: .matches(text("^/l\(n)/")))] } },
            response: ["Location: /l7/x"]),
    ]

    static func text(_ text: String) -> Located<String> { Located(text, at: at(1)) }

    @Test("Of a thousand rules of any form few are visited", arguments: forms)
    func few(_ form: Form) {
        let index = Indexed((0..<1000).map { form.condition($0) })
        // What only says on which fields the response depends is there once, before all others.
        let own = index.rules.value.rules.indices.filter { !index.isDependence($0) }
        #expect(index.rules.value.rules.count <= 1001)
        let visited = index.visited(form.asked, response: form.response)
        #expect(visited.compactMap { own.firstIndex(of: $0) } == form.visited)
    }

    @Test("A field that a rule changes is not looked up: what it is shows only when its turn comes")
    func changed() {
        let test = { (name: Located<String>) in
            when { $0.requestHeaders = [FieldTest(name: name, test: .equals(["never"]))] }
        }
        let index = Indexed([test("X-A"), test("X-B")], scope: .request, first: [.set("X-A", "1")])
        #expect(index.visited(Asked(fields: ["X-A: x", "X-B: x"])) == [0, 1])
        let prefix = Indexed([test("X-A"), test("Y-B")], scope: .request, first: [.remove("X-*")])
        #expect(prefix.visited(Asked(fields: ["X-A: x", "Y-B: x"])).contains(1))
    }
}

extension RuleIndexTests.Indexed {
    /// It only says what the response depends on.
    func isDependence(_ rule: Int) -> Bool {
        rules.value.rules[rule].operations.allSatisfy { rules.value.operations[Int($0)].kind == .vary }
    }
}
