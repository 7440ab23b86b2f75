import HTTPModel
import HeaderPolicy
import Testing

@Suite("Actions")
struct ActionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var rules: [Rule]
        var app: [String]
        var expected: [String]
        var testDescription: String { name }

        init(_ name: String, _ rules: [Rule], _ app: [String], _ expected: [String]) {
            self.name = name
            self.rules = rules
            self.app = app
            self.expected = expected
        }
    }

    static let cases = [
        Case("set appends", [.set("X-A", "1")], ["Date: now"], ["Date: now", "X-A: 1"]),
        Case("set replaces all lines and moves", [.set("x-a", "3")], ["X-A: 1", "B: 2", "X-a: 2"], ["B: 2", "x-a: 3"]),
        Case("set again moves", [.set("A", "1"), .set("B", "2"), .set("a", "3")], [], ["B: 2", "a: 3"]),
        Case(
            "set of several, in order",
            [Rule(.set([FieldValue(name: "B", value: "1"), FieldValue(name: "A", value: "2")]))], [], ["B: 1", "A: 2"]),
        Case("set of nothing", [.set("X-A", "")], ["X-A: 1"], ["X-A: "]),
        Case("blanks around a value", [.set("X-A", "  a b\t")], [], ["X-A: a b"]),
        Case("set if absent: there", [.set("X-A", "2", if: .absent)], ["x-a: 1"], ["x-a: 1"]),
        Case("set if absent: not there", [.set("X-A", "2", if: .absent)], [], ["X-A: 2"]),
        Case("set if present: there", [.set("X-A", "2", if: .present)], ["x-a: 1"], ["X-A: 2"]),
        Case("set if present: not there", [.set("X-A", "2", if: .present)], [], []),
        Case(
            "if is asked of each field",
            [
                Rule(.set([FieldValue(name: "A", value: "9"), FieldValue(name: "B", value: "9")]), if: .absent)
            ], ["A: 1"], ["A: 1", "B: 9"]),
        Case("add", [.add("Link", "<a>"), .add("Link", "<b>")], ["Link: <0>"], ["Link: <0>", "Link: <a>", "Link: <b>"]),
        Case("add if absent adds one", [.add("A", "1", if: .absent), .add("A", "2", if: .absent)], [], ["A: 1"]),
        Case(
            "add if absent adds all lines of a list",
            [
                Rule(
                    .add([
                        FieldValue(name: "A", value: "1"), FieldValue(name: "A", value: "2 {method}"),
                        FieldValue(name: "B", value: "3"),
                        FieldValue(name: "B", value: "4"),
                    ]), if: .absent)
            ], ["B: 0"], ["B: 0", "A: 1", "A: 2 GET"]),
        Case(
            "add if present adds all lines of a list",
            [Rule(.add([FieldValue(name: "A", value: "1"), FieldValue(name: "A", value: "2")]), if: .present)], ["A: 0"],
            ["A: 0", "A: 1", "A: 2"]),
        Case(
            "merge spares the commas of links", [.merge("Link", "</c,d>; rel=x, </a,b>; rel=y")],
            ["Link: </a,b>; rel=y", "link: </b,b>; rel=y, </c>"],
            ["Link: </a,b>; rel=y, </b,b>; rel=y, </c>, </c,d>; rel=x"]),
        Case(
            "merge into one line of links", [.merge("Link", "</c,d>; rel=x")], ["Link: </a,d>; rel=x"],
            ["Link: </a,d>; rel=x, </c,d>; rel=x"]),
        Case(
            "a nonce that caches would keep leaves what is there",
            [.set("X-P", "own"), .set("X-P", "n {nonce}"), .set("X-Q", "n {nonce}")],
            ["Cache-Control: public, max-age=60", "X-Q: app"], ["Cache-Control: public, max-age=60", "X-Q: app", "X-P: own"]),
        Case(
            "a nonce that caches do not keep", [.set("X-P", "own"), .set("X-P", "n{nonce}")], ["Cache-Control: private"],
            ["Cache-Control: private", "X-P: n"]),
        Case(
            "a nonce that shared caches may keep", [.set("X-P", "n{nonce}")], ["Cache-Control: max-age=60"],
            ["Cache-Control: max-age=60"]),
        Case(
            "a nonce that is checked each time", [.set("X-P", "n{nonce}")], ["Cache-Control: max-age=0"],
            ["Cache-Control: max-age=0", "X-P: n"]),
        Case(
            "a nonce where only a field is private", [.set("X-P", "n{nonce}")], [#"Cache-Control: public, private="A""#],
            [#"Cache-Control: public, private="A""#]),
        Case("a link that never ends", [.merge("Link", "</b>")], ["Link: </a, </b", "Link: <"], ["Link: </a, </b, <, </b>"]),
        Case("brackets are nothing elsewhere", [.merge("X-L", "b")], ["X-L: <a, b>", "X-L: c"], ["X-L: <a, b>, c, b"]),
        Case(
            "merge makes one line at the end", [.merge("Vary", "Accept")], ["vary: a", "X: y", "Vary: b,c"],
            ["X: y", "Vary: a, b, c, Accept"]),
        Case(
            "merge knows members in any case", [.merge("Vary", "origin, X")], ["Vary: Origin, ORIGIN ,,x", "vary: X"],
            ["Vary: Origin, x"]),
        Case(
            "merge of what is there moves a single line as it is", [.merge("Vary", "b, B, a")], ["Vary: A,b,", "X: y"],
            ["X: y", "Vary: A,b,"]),
        Case(
            "merge moves a single line in the rule's spelling", [.merge("Vary", "a")], ["vary: A,b", "X: y"],
            ["X: y", "Vary: A, b"]),
        Case(
            "merge puts the rest behind a single line", [.merge("Vary", "c, d")], ["vary: A,b", "X: y"],
            ["X: y", "Vary: A,b, c, d"]),
        Case("merge of some", [.merge("Vary", "c, a")], ["vary: A,b"], ["Vary: A, b, c"]),
        Case("merge into an empty line", [.merge("Vary", "a")], ["Vary:"], ["Vary: a"]),
        Case("merge into a line of commas", [.merge("Vary", "a")], ["Vary: , ,"], ["Vary: a"]),
        Case("merge of a star", [.merge("Vary", "a, *")], ["Vary: b"], ["Vary: *"]),
        Case("merge into nothing", [.merge("Vary", "A , B")], [], ["Vary: A, B"]),
        Case("Vary: * stays", [.merge("Vary", "Origin")], ["Vary: *"], ["Vary: *"]),
        Case("Vary: * among others stays", [.merge("Vary", "Origin")], ["Vary: Accept, *"], ["Vary: *"]),
        Case("star is a member elsewhere", [.merge("X-List", "b")], ["X-List: *"], ["X-List: *, b"]),
        Case("merge spares quoted commas", [.merge("X-L", "b")], [#"X-L: "a, b", c="\",b""#], [#"X-L: "a, b", c="\",b", b"#]),
        Case("merge into an unclosed string", [.merge("X-L", "b")], [#"X-L: "a, b"#], [#"X-L: "a, b"#]),
        Case("an unclosed string hides nothing", [.merge("Vary", "b, c")], [#"Vary: x"a, B"#], [#"Vary: x"a, B, c"#]),
        Case(
            "a directive replaces its like", [.merge("Cache-Control", "max-age=60")], ["Cache-Control: public, Max-Age=0"],
            ["Cache-Control: public, max-age=60"]),
        Case(
            "public replaces private", [.merge("Cache-Control", "public, max-age=1")],
            ["Cache-Control: private, no-cache", "Cache-Control: max-age=2"], ["Cache-Control: no-cache, public, max-age=1"]),
        Case(
            "what is private of single fields stays", [.merge("Cache-Control", "public")],
            [#"Cache-Control: private="Set-Cookie", max-age=2"#], [#"Cache-Control: private="Set-Cookie", max-age=2, public"#]),
        Case(
            "a directive that is there stays", [.merge("Cache-Control", "no-store")], ["Cache-Control: no-store, max-age=0"],
            ["Cache-Control: no-store, max-age=0"]),
        Case("merge into an escape at the end", [.merge("X-L", "b")], [#"X-L: "a\"#], [#"X-L: "a\, b"#]),
        Case("links differ by case", [.merge("Link", "</app.js>")], ["Link: </App.js>"], ["Link: </App.js>, </app.js>"]),
        Case("a link that is there", [.merge("Link", "</a>")], ["Link: </b>, </a>"], ["Link: </b>, </a>"]),
        Case(
            "the app's own links stay", [.merge("Link", "</z>")],
            ["Link: </A>; rel=next", "Link: </a>; rel=next, </a>; rel=next"],
            ["Link: </A>; rel=next, </a>; rel=next, </a>; rel=next, </z>"]),
        Case("members differ by case", [.merge("Cache-Tag", "abc, ABC, abc")], ["Cache-Tag: Abc"], ["Cache-Tag: Abc, abc, ABC"]),
        Case(
            "members differ by case, from a placeholder", [.merge("Cache-Tag", "{method}, get")],
            ["Cache-Tag: Get", "Cache-Tag: Get"],
            ["Cache-Tag: Get, Get, GET, get"]),
        Case("the app's own members stay", [.merge("Via", "1.1 b")], ["Via: 1.1 a", "Via: 1.1 a"], ["Via: 1.1 a, 1.1 a, 1.1 b"]),
        Case("methods differ by case", [.merge("Allow", "get")], ["Allow: GET"], ["Allow: GET, get"]),
        Case(
            "words do not", [.merge("Accept-CH", "dpr"), .merge("Content-Language", "EN"), .merge("Accept-Ranges", "Bytes")],
            ["Accept-CH: DPR, Width", "Content-Language: en", "Accept-Ranges: bytes"],
            ["Accept-CH: DPR, Width", "Content-Language: en", "Accept-Ranges: bytes"]),
        Case("merge if present", [.merge("Vary", "A", if: .present)], [], []),
        Case("merge of a name with _", [.merge("X_L", "b")], ["X_L: a", "x_l: c", "X-L: d"], ["X-L: d", "X_L: a, c, b"]),
        Case("remove", [.remove("Server", "X-Powered-By")], ["server: x", "A: 1", "X-POWERED-BY: y", "Server: z"], ["A: 1"]),
        Case(
            "remove by prefix", [.remove("X-Debug-*")], ["x-debug-a: 1", "X-Debug: 2", "X-DEBUG-: 3", "X_Debug_B: 4"],
            ["X-Debug: 2"]),
        Case(
            "remove takes aliases", [.remove("X-Request-ID")], ["X_Request_Id: 1", "X-Request_ID: 2", "X-Request-Id: 3", "X: 4"],
            ["X: 4"]),
        Case("remove of an alias takes the name", [.remove("X_User")], ["X-User: 1", "x_user: 2", "X-Other: 3"], ["X-Other: 3"]),
        Case("set takes aliases", [.set("X-User", "me")], ["X_User: you"], ["X-User: me"]),
        Case("set with _ is seen by a later set", [.set("X_User", "1"), .set("X-User", "2")], [], ["X-User: 2"]),
        Case("names with _ keep to themselves", [.set("X-User", "2", if: .absent)], ["X_Other: 1"], ["X_Other: 1", "X-User: 2"]),
        Case(
            "rename in place", [.rename("X-Legacy", "X-Modern")], ["x-legacy: 1", "A: 2", "X-Legacy: 3"],
            ["X-Modern: 1", "A: 2", "X-Modern: 3"]),
        Case("rename replaces nothing", [.rename("A", "B")], ["B: 1", "A: 2"], ["B: 1", "B: 2"]),
        Case("rename changes the spelling", [.rename("x-a", "X-A")], ["x-a: 1"], ["X-A: 1"]),
        Case(
            "rename from a name with _", [.rename("X_A", "X-A")], ["X_A: 1", "X-B: 2", "x_a: 3"], ["X-A: 1", "X-B: 2", "X-A: 3"]),
        Case("rename to a name with _", [.rename("X-A", "X_A"), .remove("X-A")], ["X-A: 1"], []),
        Case("edit", [.edit("Location", "^http://", "https://")], ["Location: http://a/"], ["Location: https://a/"]),
        Case(
            "edit every line, in place", [.edit("L", "a(.)", "$1-$1")], ["L: ab", "M: ab", "L: xac"],
            ["L: b-b", "M: ab", "L: xc-c"]),
        Case("edits in order", [.edit("L", "a", "b"), .edit("L", "b", "c")], ["L: ab"], ["L: cc"]),
        Case("edit can empty a value", [.edit("Server", ".*", "")], ["Server: x"], ["Server: "]),
        Case(
            "edit does not join cookies", [.edit("Set-Cookie", "x", "y")], ["Set-Cookie: x", "Set-Cookie: ax"],
            ["Set-Cookie: y", "Set-Cookie: ay"]),
        Case("stop", [.set("A", "1"), .stop(), .set("B", "2")], [], ["A: 1"]),
        Case("stop when", [.stop(when: when { $0.statuses = ["5xx"] }), .set("B", "2")], [], ["B: 2"]),
        Case(
            "rules see those before", [.remove("A"), .set("B", "1", if: .absent), .rename("B", "C"), .edit("C", "1", "2")],
            ["A: 1"], ["C: 2"]),
        Case("braces", [.set("X", "{{a}}")], [], ["X: {a}"]),
        Case("8-bit text", [.set("X", "grün")], [], ["X: grün"]),
    ]

    @Test("What each does", arguments: cases)
    func table(_ entry: Case) throws {
        var stage = try StageUnderTest(response: entry.rules)
        #expect(stage.response(entry.app) == entry.expected)
        #expect(stage.response(entry.app) == entry.expected, "the second message is like the first")
    }

    @Test("Requests have the same actions")
    func requests() throws {
        var stage = try StageUnderTest(request: [
            .set("Host", "app.internal"), .set("X-Request-ID", "7"), .remove("X-Debug-*"), .merge("Accept-Encoding", "br"),
            .rename("X-A", "X-B"),
        ])
        let asked = Asked(fields: ["X_Request_ID: evil", "Accept-Encoding: gzip", "x-debug-1: 1", "X-A: 1"])
        #expect(stage.request(asked) == ["X-B: 1", "Host: app.internal", "X-Request-ID: 7", "Accept-Encoding: gzip, br"])
    }

    @Test("Scopes keep their order, and names their spelling")
    func order() throws {
        let global = Rule.set("x-GLOBAL", "1")
        let route = Rule.set("X-route", "2")
        var stage = try StageUnderTest(response: [global, .set("L", "1"), route])
        #expect(stage.response(["eTaG: x"]) == ["eTaG: x", "x-GLOBAL: 1", "L: 1", "X-route: 2"])
    }
}
