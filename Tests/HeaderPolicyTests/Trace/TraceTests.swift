import HTTPModel
import HeaderPolicy
import Testing

/// What a trace tells. (That it comes to what the stage comes to is looked at by every test of the stage.)
@Suite struct TraceTests {
    struct Case: Sendable {
        var rules: [Rule]
        var app: [String] = []
        var asked = Asked()
        /// One for each rule, and then the result with its makers.
        var told: [String]
    }

    static let cases: [Case] = [
        Case(
            rules: [.set("A", "1"), .set("B", "2")], app: ["A: 0"],
            told: ["applied -A: 0 +A: 1", "applied +B: 2", "A: 1 by 0", "B: 2 by 1"]),
        Case(
            rules: [.set("A", "1", if: .absent)], app: ["A: 0"],
            told: ["withoutEffect · A is there already, and the rule says `if: absent`", "A: 0"]),
        Case(
            rules: [.set("A", "1", if: .present)],
            told: ["withoutEffect · there is no A, and the rule says `if: present`"]),
        Case(rules: [.set("A", "1")], app: ["A: 1"], told: ["applied -A: 1 +A: 1", "A: 1 by 0"]),
        Case(
            rules: [.set("A", "1", when: when { $0.statuses = ["5xx"] })], told: ["not applied: the status is 200"]),
        Case(
            rules: [.set("A", "1", when: when { $0.paths = ["/api/**"] })], asked: Asked(target: "/home"),
            told: ["not applied: the path is /home"]),
        Case(
            rules: [.set("A", "1", when: when { $0.methods = ["POST"] })], told: ["not applied: the method is GET"]),
        Case(
            rules: [
                .set("A", "1", when: when { $0.responseHeaders = [FieldTest(name: "Content-Type", test: .equals(["x"]))] })
            ], app: ["Content-Type: text/html"], told: ["not applied: Content-Type is text/html", "Content-Type: text/html"]),
        Case(
            rules: [
                .set("A", "1", when: Condition(location: at(1), [.query(FieldTest(name: "a b", test: .equals(["x"])))])),
                .set("A", "1", when: Condition(location: at(1), [.query(FieldTest(name: "c", test: .present))])),
            ], asked: Asked(target: "/?a+b=%31&a%20b=2"),
            told: ["not applied: a b is 1 | 2", "not applied: the query has no c"]),
        Case(
            rules: [.set("A", "1", when: when { $0.not = [when { $0.methods = ["GET"] }] })],
            told: ["not applied: what it excludes is the case"]),
        Case(
            rules: [.stop(), .set("A", "1")], told: ["stopped", "not reached because of 0"]),
        Case(
            rules: [.remove("Server", "X-Debug-*", "Via")], app: ["Server: s", "X-Debug-A: 1", "X-Debug-B: 2"],
            told: ["applied -Server: s -X-Debug-A: 1 -X-Debug-B: 2 · there is no Via"]),
        Case(
            rules: [.rename("X-Old", "X-New")], app: ["X-Old: 1", "B: 2"],
            told: ["applied -X-Old: 1 +X-New: 1", "X-New: 1 by 0", "B: 2"]),
        Case(
            rules: [.edit("Location", "^http:", "https:"), .edit("Location", "^ftp:", "x")], app: ["Location: http://a/"],
            told: [
                "applied -Location: http://a/ +Location: https://a/",
                "withoutEffect · `^ftp:` matches nothing in Location: https://a/", "Location: https://a/ by 0",
            ]),
        Case(
            rules: [.cookies(removing: "a"), .cookies(removing: "a")], app: ["Set-Cookie: a=1", "Set-Cookie: b=1"],
            told: ["applied -Set-Cookie: a=1", "withoutEffect · no cookie is called so", "Set-Cookie: b=1"]),
        Case(
            rules: [.merge("Vary", "Origin"), .merge("Vary", "Cookie")], app: ["Vary: Cookie", "B: 2"],
            told: [
                "applied -Vary: Cookie +Vary: Cookie, Origin", "withoutEffect · Vary has these members already", "B: 2",
                "Vary: Cookie, Origin by 0",
            ]),
        Case(
            rules: [.set("A", "{request.header.x-none}"), .set("B", "{response.header.bad}")],
            told: [
                "withoutEffect · A was not written: its value is empty for this message",
                "withoutEffect · B was not written: its value is empty for this message", "end +Vary: x-none",
                "Vary: x-none by 0",
            ]),
        Case(
            rules: [.cors { $0.allowOrigins = ["https://app.example"] }],
            told: ["applied +Vary: Origin · the request has no Origin, so that nothing is granted", "Vary: Origin by 0"]),
        Case(
            rules: [.cors { $0.allowOrigins = ["https://app.example"] }], asked: Asked(fields: ["Origin: https://evil.example"]),
            told: [
                "applied +Vary: Origin · the origin https://evil.example is not among `allow_origins`", "Vary: Origin by 0",
            ]),
        Case(
            rules: [.cors { $0.allowOrigins = ["*"] }], app: ["Access-Control-Allow-Origin: x"],
            asked: Asked(fields: ["Origin: https://a.example"]),
            told: [
                "applied -Access-Control-Allow-Origin: x +Access-Control-Allow-Origin: *", "Access-Control-Allow-Origin: * by 0",
            ]),
        // A name with `_` in place of `-` is another field to all but what removes.
        Case(
            rules: [.edit("X-A", "a", "b")], app: ["X_A: a"], told: ["withoutEffect · there is no X-A", "X_A: a"]),
        Case(
            rules: [.edit("X-A", "a", "b")], app: ["X_A: a", "X-A: c"],
            told: ["withoutEffect · `a` matches nothing in X-A: c", "X_A: a", "X-A: c"]),
        Case(
            rules: [.set("X-A", "1", if: .present)], app: ["X_A: a"],
            told: ["withoutEffect · there is no X-A, and the rule says `if: present`", "X_A: a"]),
        Case(
            rules: [.set("X-A", "1", if: .absent)], app: ["X_A: a"], told: ["applied -X_A: a +X-A: 1", "X-A: 1 by 0"]),
        Case(
            rules: [.merge("X-A", "1", if: .absent)], app: ["X_A: a"], told: ["applied +X-A: 1", "X_A: a", "X-A: 1 by 0"]),
        Case(
            rules: [.add("X-A", "1", if: .absent)], app: ["x-a: a"],
            told: ["withoutEffect · X-A is there already, and the rule says `if: absent`", "x-a: a"]),
        Case(
            rules: [.rename("X-A", "X-B")], app: ["X_A: a"], told: ["withoutEffect · there is no X-A", "X_A: a"]),
        Case(
            rules: [.remove("X-A", "X-Debug-*", "X-None")], app: ["X_A: a", "X_Debug_B: b"],
            told: ["applied -X_A: a -X_Debug_B: b · there is no X-None"]),
        Case(
            rules: [.add("Link", "</a>"), .add("Link", "</b>")], app: ["Link: </0>"],
            told: ["applied +Link: </a>", "applied +Link: </b>", "Link: </0>", "Link: </a> by 0", "Link: </b> by 1"]),
    ]

    @Test(arguments: cases.indices)
    func tells(_ index: Int) throws {
        let one = Self.cases[index]
        let stage = try StageUnderTest(response: one.rules)
        var head = ResponseHead(status: 200)
        head.fields = Fields(lines: one.app, in: stage.names)
        var scratch = StageScratch()
        let trace = stage.traced.applyToResponse(&head, facts: one.asked.facts(in: stage.names), scratch: &scratch)
        let end = trace.closing.map { ["end" + $0.changes.map(Self.text).joined()] } ?? []
        #expect(trace.steps.map(Self.text) + end + trace.after.map(Self.text) == one.told)
    }

    private static func text(_ line: StageTrace.Line) -> String {
        if case .rule(let number) = line.maker {
            "\(line.name): \(line.value) by \(number)"
        } else {
            "\(line.name): \(line.value)"
        }
    }

    private static func text(_ step: StageTrace.Step) -> String {
        var text =
            switch step.outcome {
            case .applied: "applied"
            case .withoutEffect: "withoutEffect"
            case .stopped: "stopped"
            case .unmet(let unmet): "not applied: \(unmet.found)"
            case .notReached(let other): "not reached because of \(other)"
            case .inShadow: "in shadow"
            }
        text += step.changes.map(Self.text).joined()
        return text + step.notes.map { " · \($0)" }.joined()
    }

    private static func text(_ change: StageTrace.Change) -> String {
        switch change {
        case .added(let line): " +\(line.name): \(line.value)"
        case .removed(let line): " -\(line.name): \(line.value)"
        case .moved(let line): " =\(line.name): \(line.value)"
        case .replaced(let old, let new):
            old.map { " -\($0.name): \($0.value)" }.joined() + " +\(new.name): \(new.value)"
        }
    }

    @Test func whoTookAFieldAway() throws {
        let stage = try StageUnderTest(response: [.set("A", "1"), .remove("Server"), .set("B", "1")])
        var head = ResponseHead(status: 200)
        head.fields = Fields(lines: ["Server: s"], in: stage.names)
        var scratch = StageScratch()
        let trace = stage.traced.applyToResponse(&head, facts: Asked().facts(in: stage.names), scratch: &scratch)
        #expect(trace.remover(of: "server") == 1)
        #expect(trace.remover(of: "A") == nil)
    }
}
