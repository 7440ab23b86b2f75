import HTTPModel
import Testing

@testable import HeaderPolicy

/// Promises of the stage that no table of one action shows.
@Suite("Promises of the stage")
struct StagePromiseTests {
    static let everything: [Rule] = [
        .cors {
            $0.allowOrigins = ["https://app.example", "https://*.app.example", #"regex:https://x[0-9]*\.example"#]
            $0.allowHeaders = ["echo"]
        },
        .set("X-A", "1"), .add("X-Echo", "{request.header.X-In}{response.header.X-Out}{path}{query}"),
        .merge("Vary", "A, B"), .merge("X-List", "{response.header.X-Out}"), .rename("X-Out", "X-New"),
        .edit("X-New", "(a|[^b])*", "<$1>"), .remove("X-Debug-*", "X-User"), .set("X_User", "2"),
        Rule(.cookies(Self.cookies)), .set("Last", "1"),
    ]

    static var cookies: CookiePolicy {
        var cookies = CookiePolicy(location: at(1))
        cookies.secure = Located(true, at: at(1))
        return cookies
    }

    /// Every line is a name, `": "`, a value without controls and CRLF, and serializing gives just these.
    static func check(_ fields: Fields) {
        var wire: [UInt8] = []
        fields.serialize(into: &wire)
        var expected: [UInt8] = []
        for index in fields.indices {
            let isClean = Fields.isName(fields.name(at: index)) && Fields.isValue(fields.value(at: index))
            #expect(isClean)
            expected +=
                Array(copying: fields.name(at: index)) + [0x3A, 0x20] + Array(copying: fields.value(at: index)) + [13, 10]
        }
        #expect(wire == expected)
    }

    @Test("No byte from app or client breaks a message", arguments: 0...255 as ClosedRange<UInt8>)
    func anyByte(byte: UInt8) throws {
        var stage = try StageUnderTest(
            request: Self.everything.filter { rule in
                !rule.action.isPolicy && !rule.action.writtenFields.contains { $0.value.value.contains("response") }
            }, response: Self.everything)
        for value in [[byte], [0x61, byte, 0x62], Array(repeating: byte, count: 300), [byte, 0x2C, byte, 0x22, 0x2C]] {
            var facts = Asked(method: "OPTIONS", target: "/a").facts(in: stage.names)
            for name in ["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers", "X-In", "Cookie", "X_User"]
            {
                facts.request.fields.append(
                    stage.names.id(of: name.utf8.span), name: name.utf8.span, value: value.span)
            }
            facts.pathRest = value
            facts.requestID = value
            facts.isPreflight = byte % 2 == 0
            var head = ResponseHead()
            for name in ["X-Out", "Vary", "X-List", "Set-Cookie", "Access-Control-Allow-Origin", "X-Debug-a", "X_User"] {
                head.fields.append(stage.names.id(of: name.utf8.span), name: name.utf8.span, value: value.span)
            }
            stage.policy.applyToResponse(&head, facts: facts, scratch: &stage.scratch)
            Self.check(head.fields)
            #expect(head.fields.lines.contains("Last: 1"))
            var forwarded = facts.request.fields
            stage.policy.applyToRequest(&forwarded, facts: facts, scratch: &stage.scratch)
            Self.check(forwarded)
            #expect(!forwarded.lines.contains { $0.hasPrefix("X-User") })
        }
    }

    @Test("Thousands of lines, and values of 64 KiB", .timeLimit(.minutes(1)))
    func large() throws {
        var stage = try StageUnderTest(response: Self.everything)
        let long = String(repeating: "a,b;\"", count: 13_000)
        var lines = ["X-Out: \(long)", "Vary: \(long)", "Vary: \(long)", "Set-Cookie: \(long)"]
        for number in 0..<3000 {
            lines += ["X_User: \(number)", "x-debug-\(number): 1", "Vary: v\(number)", "X-List: \(number)"]
        }
        var head = ResponseHead()
        head.fields = Fields(lines: lines, in: stage.names)
        let asked = Asked(fields: ["Origin: https://\(String(repeating: "a.", count: 30_000))app.example", "X-In: \(long)"])
        stage.policy.applyToResponse(&head, facts: asked.facts(in: stage.names), scratch: &stage.scratch)
        Self.check(head.fields)
        #expect(head.fields.lines.contains("Last: 1"))
        #expect(head.fields.lines.filter { $0.hasPrefix("Vary") }.count == 1)
        #expect(!head.fields.lines.contains { $0.hasPrefix("x-debug") })
    }

    @Test("Once its memory has grown, a static policy takes no more")
    func steady() throws {
        var stage = try StageUnderTest(response: [
            .cors { $0.allowOrigins = ["https://app.example"] }, .set("A", "1"), .set("B", "2", if: .absent),
            .set("C", "3", when: when { $0.paths = ["/api/**"] }), .merge("Vary", "X, Y"), .merge("Vary", "Z"),
            .rename("X-Old", "X-New"), .remove("Server", "X-Debug-*"),
        ])
        let app = Fields(lines: ["Server: x", "Vary: a", "vary: b", "X-Old: 1", "X-Debug-1: 1", "X-Own: 1"], in: stage.names)
        let facts = Asked(target: "/api/x", fields: ["Origin: https://app.example"]).facts(in: stage.names)
        var head = ResponseHead()
        func run() {
            head.fields.removeAll()
            for index in app.indices { head.fields.append(lineAt: index, of: app) }
            stage.policy.applyToResponse(&head, facts: facts, scratch: &stage.scratch)
        }
        for _ in 0..<1000 { run() }
        let before = stage.scratch.capacity
        for _ in 0..<2000 { run() }
        #expect(stage.scratch.capacity == before)
        #expect(
            head.fields.lines == [
                "X-New: 1", "X-Own: 1", "Access-Control-Allow-Origin: https://app.example", "A: 1", "B: 2", "C: 3",
                "Vary: a, b, Origin, X, Y, Z",
            ])
    }

    @Test("Neighbouring static rules are one block")
    func blocks() throws {
        var names = FieldNames.standard
        var compiler = RuleCompiler(scope: .response)
        let rules = compiler.compile(
            [
                .set("A", "1"), .set("B", "2"), .set("a", "3"), .set("C", "4", if: .absent), .set("D", "5"),
                .set("E", "6", when: when { $0.schemes = ["http"] }), .set("F", "7"), .set("G_H", "8"),
            ], names: &names)
        #expect(rules.rules.count == 7)
        #expect(rules.operations.map { $0.lines.count } == [2, 1, 1, 1, 1, 1, 1])
    }

    @Test(
        "The nearest known word",
        arguments: [
            ("methd", "method"), ("hsot", "host"), ("pathes", "path"), ("xyzzy", nil), ("", nil),
        ])
    func suggestions(word: String, expected: String?) {
        #expect(Suggestion.nearest(to: word, among: ["method", "host", "path"]) == expected)
    }
}

extension StageScratch {
    /// The bytes that it holds on to, roughly.
    fileprivate var capacity: Int { value.capacity + cursors.capacity + list.capacity }
}
