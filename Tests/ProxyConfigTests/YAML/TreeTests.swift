import HeaderPolicy
import ProxyCore
import Testing

@testable import ProxyConfig

/// What a text's events are made into.
struct TreeTests {
    private static func read(_ text: String, _ limits: TreeLimits = TreeLimits()) -> (root: Node?, reading: Reading) {
        let substitution = Substitution(environment: ["HOME": "/root"], readFile: { _ in [] }, folder: "")
        let reading = Reading(text: text, file: "x", substitution: substitution)
        return (TreeReader(reading, limits: limits).read(), reading)
    }

    private static func errors(_ text: String, _ limits: TreeLimits = TreeLimits()) -> [String] {
        read(text, limits).reading.sorted.map { "\($0.location.line):\($0.location.column)+\($0.width) \($0.message)" }
    }

    /// The tree in one line.
    private static func shown(_ node: Node?) -> String {
        switch node?.content {
        case nil: "nil"
        case .scalar(let scalar): scalar.isPlain ? scalar.text : "'\(scalar.text)'"
        case .list(let items): "[" + items.map(shown).joined(separator: " ") + "]"
        case .table(let entries): "{" + entries.map { "\($0.key)=\(shown($0.value))" }.joined(separator: " ") + "}"
        case .invalid: "?"
        }
    }

    @Test(arguments: [
        ("a: 1\nb: [x, 'y', \"z\\u00e9\"]\n", "{a=1 b=[x 'y' 'zé']}"),
        ("a: |\n  one\n  two\nb: >-\n  one\n  two\n", "{a='one\ntwo\n' b='one two'}"),
        ("a: one\n  two\nb:\nc: ''\n", "{a=one two b= c=''}"),
        ("a: !!str 1\nb: ! x\nc: !!map {d: !!seq []}\n", "{a=1 b=x c={d=[]}}"),
        ("\u{FEFF}a: 1\r\nb: 2\r\n", "{a=1 b=2}"),
        ("--- \na: ${HOME}\n...\n", "{a=/root}"),
        // Aliases: of all kinds, shadowed, as keys, of keys.
        ("a: &a {b: &b 1}\nc: *a\nd: [*b, *a]\n", "{a={b=1} c={b=1} d=[1 {b=1}]}"),
        ("a: &a 1\nb: &a 2\nc: *a\n", "{a=1 b=2 c=2}"),
        ("a: &a x\n*a : 1\n&k key: *k\n", "{a=x x=1 key=key}"),
        ("a: &a\n  - &b [1]\n  - *b\n", "{a=[[1] [1]]}"),
        // Merge keys: what is written wins, then the first that is merged in; the place in the order is that of `<<`.
        ("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n", "{a={x=1 y=2} b={x=1 y=3}}"),
        ("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {z: 0, <<: [*b, *a]}\n", "{a={x=1} b={x=2 y=2} c={z=0 x=2 y=2}}"),
        ("a: &a {x: 1}\nb: {<<: *a, <<: {y: 2}}\n", "{a={x=1} b={x=1 y=2}}"),
        ("a: {'<<': 1}\n", "{a={<<=1}}"),
        ("a: {<<: {<<: {x: 1}, y: 2}}\n", "{a={x=1 y=2}}"),
    ])
    func trees(_ text: String, _ tree: String) {
        let (root, reading) = Self.read(text)
        #expect(Self.shown(root) == tree)
        #expect(reading.sorted.isEmpty, "\(reading.sorted)")
    }

    /// Columns count characters, and widths are those of what stands there.
    @Test(arguments: [
        ("a: 1\nb: 2\na: 3\n", ["3:1+1 `a` is written twice in this mapping"]),
        (
            "{ é: 1, \"é\": 2, 'é': 3 }",
            ["1:9+3 `é` is written twice in this mapping", "1:17+3 `é` is written twice in this mapping"]
        ),
        ("? a\n: 1\n? \"\\x61\"\n: 2\n", ["3:3+6 `a` is written twice in this mapping"]),
        (
            "a: {x: 1}\n\"a\" : 2\n&k a: 3\n",
            ["2:1+3 `a` is written twice in this mapping", "3:1+4 `a` is written twice in this mapping"]
        ),
        ("'👍🏽': [*x]\n", ["1:8+2 `*x` is an alias in YAML, and there is no anchor `&x` above it"]),
        ("a: [&a [*a]]\n", ["1:9+2 `*a` is an alias in YAML, and there is no anchor `&a` above it"]),
        ("a: !!str &x ${NONE}\n", ["1:13+7 the environment variable `NONE` is not set"]),
        ("a: &x '-${NONE}'\n", ["1:9+7 the environment variable `NONE` is not set"]),
        ("a: \"\\t${NONE}\"\n", ["1:4+11 the environment variable `NONE` is not set"]),
        ("a: |\n  ${NONE}\n", ["1:4+1 the environment variable `NONE` is not set"]),
        (
            "*.a: 1\nb: [*.c, ok, &x *.d]\n",
            [
                "1:1+3 an unquoted `*` begins an alias in YAML", "2:5+3 an unquoted `*` begins an alias in YAML",
                "2:17+3 an unquoted `*` begins an alias in YAML",
            ]
        ),
        (
            "a: *\nb: [1\n",
            [
                "1:4+1 an unquoted `*` begins an alias in YAML", "2:6+1 the list that begins on line 2 lacks a `,` or `]`",
            ]
        ),
        ("{a: 1}: 2\n", ["1:1+1 a key must be a text"]),
        ("a: &a [1]\n*a : 2\n", ["2:1+1 a key must be a text"]),
        (
            "a: !x [!y 1, {b: [2]}]\nc: 3\nc: 4\n",
            [
                "1:4+1 the tag `!x` has no meaning here", "3:1+1 `c` is written twice in this mapping",
            ]
        ),
        ("a: {<<: [1, {x: 1}]}\n", ["1:10+1 `<<` takes in a mapping, not `1`"]),
        ("a: 1\n--- \nb: 2\n", ["2:1+1 the file holds more than one YAML document"]),
        ("a: &.x 1\n", ["1:4+1 an unquoted `&` begins an anchor in YAML"]),
        ("%YAML 3.0\n---\na: 1\n", ["1:1+1 found incompatible YAML document"]),
        ("# nothing", []), ("", []),
        (String(repeating: "[", count: 100_000), ["1:66+1 this is nested more than 64 levels deep"]),
        (String(repeating: "- ", count: 70) + "a", ["1:131+1 this is nested more than 64 levels deep"]),
    ])
    func errors(_ text: String, _ errors: [String]) {
        #expect(Self.errors(text) == errors)
    }

    /// Each costs a reading of the text.
    @Test func asterisksAreLimited() {
        let limit = TreeLimits().asterisks
        let some = (0..<limit).map { "- *.\($0)\n" }.joined()
        #expect(Self.errors(some).count == limit)
        #expect(Self.read(some).root != nil)
        #expect(Self.read(some + "- *.more\n").root == nil)
        #expect(Self.errors(some + "- *.more\n").count == limit + 1)
    }

    /// The list, its items, keys and what is not read: all count.
    @Test func valuesAreLimited() {
        var limits = TreeLimits()
        limits.values = 1_000
        let items = String(repeating: "1,", count: 500)
        #expect(
            Self.errors("[{ a: 1 },\n\(items)!x [\(items)1]]", limits) == [
                "2:1001+1 the tag `!x` has no meaning here", "2:1995+1 the file holds more than 1000 values",
            ])
        #expect(Self.errors("[{ a: 1 },\n\(items)\(items)]", limits) == ["2:1993+1 the file holds more than 1000 values"])
    }

    /// A few lines stand for few values; what is long may repeat more.
    @Test func aliasesAreLimited() {
        var limits = TreeLimits()
        limits.aliases = 2_000
        let list = String(repeating: "1,", count: 99)
        let bomb = "a: &a [\(list)1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,\n*b, *b]\nd: *a\n"
        #expect(Self.errors(bomb, limits) == ["4:1+2 the aliases of this file expand to more than 2000 values"])
        let long = "x: [\(String(repeating: "2,", count: 500))2]\n"
        #expect(Self.errors(long + bomb, limits).isEmpty)
        limits.values = 3_000
        #expect(Self.errors(long + bomb, limits) == ["5:5+2 the aliases of this file expand to more than 3000 values"])
    }

    /// As the standard limits let twenty thousand routes pass that share a policy, a hundredth of them lets two hundred pass.
    @Test func manyRoutes() throws {
        var limits = TreeLimits()
        limits.values /= 100
        limits.aliases /= 100
        let policy = "[ { set: { X-A: a, X-B: b } }, { merge: { Vary: Origin } }, { remove: [Server, X-Powered-By] } ]"
        var text = "upstreams: { app: http://127.0.0.1:5000 }\nroutes:\n"
        text += "  - { host: first.example, upstream: app, response_headers: &common \(policy) }\n"
        for index in 1..<200 {
            text += "  - { host: h\(index).example, path: /p\(index)/**, upstream: app, response_headers: *common }\n"
        }
        let (root, reading) = Self.read(text, limits)
        #expect(reading.sorted.isEmpty)
        guard case .table(let entries) = root?.content else {
            Issue.record("no tree")
            return
        }
        #expect(entries.last?.value.items.count == 200)
    }

    /// The value that somebody who does not know YAML's punctuation has written around a column, and how it is quoted.
    @Test(arguments: [
        ("a: { b: c, d }", 12, "\"c, d\""), ("a: { b: c, d, e: f }", 12, "\"c, d\""), ("a: { b: c, d: e }", 9, "\"c\""),
        ("a: { b: c, d: e }", 15, "\"e\""), ("a: { b: 'c, d', e }", 9, "\"c, d, e\""), ("a: { b: \"c\" d }", 13, "'\"c\" d'"),
        ("a: { b: it's, d }", 15, "\"it's, d\""), ("a: { b: it's \"so\", d }", 22, "'it''s \"so\", d'"),
        ("a: { b: [c, d]e, f }", 9, "\"[c, d]e, f\""), ("a: [b, c*, d]", 8, "\"c*\""), ("- a: [ { b: *c } ]", 13, "\"*c\""),
        ("a: b: c", 5, "\"b: c\""), ("a: b # c", 4, "\"b\""), ("- @a", 3, "\"@a\""), ("a: { b: x{1,2}, c: d }", 10, "\"x{1,2}\""),
        ("a: { b: {c}, d: e }", 4, nil), ("a: {}", 4, nil), ("", 1, nil),
        ("a:", 3, nil), ("a: }}}]]],,", 5, "\"}}}]]],,\""), ("a: [[[[", 7, nil),
    ])
    func meantValue(_ line: String, _ column: Int, _ quoted: String?) {
        #expect(SourceText(line).meantValue(at: Place(line: 1, column: column))?.quoted == quoted)
    }

    /// Whatever stands on a line, there is an end to looking at it.
    @Test func meantValuesOfNonsense() {
        var random = FreshRandom.system
        let letters = Array("{}[],:#'\"\\ -ab".unicodeScalars)
        for _ in 0..<200 {
            let line = (0..<24).compactMap { _ in letters.randomElement(using: &random) }.string
            let source = SourceText(line)
            for column in 1...25 {
                guard let meant = source.meantValue(at: Place(line: 1, column: column)) else { continue }
                #expect(line.contains(meant.text) && meant.place.column + meant.place.width <= 25, "\(line)")
            }
        }
    }
}
