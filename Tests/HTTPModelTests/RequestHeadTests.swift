import HTTPModel
import Testing

@Suite struct RequestHeadTests {
    /// The path that rules match; nil where the target is refused.
    static let targets: [(String, String?)] = [
        ("/", "/"), ("/a", "/a"), ("/a/", "/a/"), ("/a/b.c", "/a/b.c"), ("*", "*"), ("/?q", "/"), ("/a?b/../c", "/a"),
        ("//", "/"), ("//a", "/a"), ("/a//b", "/a/b"), ("/a//", "/a/"), ("///a///b///", "/a/b/"),
        ("/.", "/"), ("/./", "/"), ("/a/.", "/a/"), ("/a/./b", "/a/b"), ("/a/..", "/"), ("/a/../", "/"), ("/a/../b", "/b"),
        ("/a/b/../../c", "/c"), ("/a/b/..", "/a/"), ("/.a", "/.a"), ("/..a", "/..a"), ("/a..", "/a.."), ("/...", "/..."),
        ("/1234567/8", "/1234567/8"), ("/123456//8", "/123456/8"), ("/123456/.8", "/123456/.8"), ("/123456/./8", "/123456/8"),
        ("/1234567//", "/1234567/"), ("/12%41567/8", "/12A567/8"), ("/123456789#", nil), ("/?123456789#", nil),
        ("/?12345678#", nil),
        ("/?123456789é", nil), ("/12345678é", nil), ("/?12/../%zz//./?", "/"), ("/123456/../", "/"), ("/a.", "/a."),
        ("/.well-known/x", "/.well-known/x"),
        ("/%61", "/a"), ("/%2f", "/"), ("/a%2Fb", "/a/b"), ("/a/%2e%2e/b", "/b"), ("/a/%2E/b", "/a/b"), ("/%2e", "/"),
        ("/a%3Fb", "/a?b"), ("/a%23b", "/a#b"), ("/%25", "/%"), ("/%2561", "/%61"), ("/%2e%2e%2f", nil), ("/a%20b", "/a b"),
        ("/%C3%A9", "/é"), ("/a+b", "/a+b"), ("/a;p=1", "/a;p=1"), ("/a?%zz", "/a"), ("/a?%00", "/a"),
        ("", nil), ("/..", nil), ("/../a", nil), ("/a/../..", nil), ("/%2e%2e", nil), ("/%", nil), ("/%4", nil), ("/%4/", nil),
        ("/%zz", nil), ("/%00", nil), ("/a%00b", nil), ("/a b", nil), ("/a#b", nil), ("/a?b#c", nil), ("/é", nil),
        ("/\u{7F}", nil),
        ("/\t", nil), ("/\r\n", nil), ("/%2", nil), ("/%-1", nil), ("/a/%2e%2e/%2e%2e/b", nil),
    ]

    @Test(arguments: targets.indices) func givesEveryPathOneMeaning(_ index: Int) {
        let (target, path) = Self.targets[index]
        var head = RequestHead()
        let isSet = head.setTarget(target.utf8.span)
        #expect(isSet == (path != nil))
        guard let path else { return }
        #expect(head.path.text == path)
        #expect(head.target.text == target)
        let cut = target.utf8.firstIndex(of: 0x3F)
        #expect(head.rawPath.text == cut.map { String(target[..<$0]) } ?? target)
        #expect(head.query.text == cut.map { String(target[target.utf8.index(after: $0)...]) } ?? "")
    }

    static let dotSegments = [
        "/a/..", "/a/../", "/a/../b", "/.", "/./", "/./a", "/a/.", "/a/./b", "/1234567/./b", "/1234567/../b", "/123456/.",
        "/a/%2e%2e/b", "/a/%2E%2E/b", "/a/.%2e/b", "/a/%2e./b", "/a/.%2E", "/a/%2e", "/a/%2e/b", "/a/..%2fb", "/a%2f..%2Fb",
        "/a%2F.%2fb",
        "/a/..\\b", "/a\\..\\b", "/a\\../b", "/a/..%5cb", "/a%5C..%5cb", "/a%5c%2e%2E", "/a\\..", "/a\\.", "/a%5c.",
        "/1234567\\..\\b",
        "/\\..\\a", "/..\\a", "/.\\a", "/%2e%5ca",
        "/a/..;/b", "/a/..;x=y/b", "/a/.;/b", "/a/..%3b/b", "/a/..;",
        "/a/b/../c?d", "/a//../b", "/a/..//b",
    ]

    static let noDotSegments = [
        "/", "*", "/a", "/.a", "/..a", "/a.", "/a..", "/...", "/a/.../b", "/....", "/a/..../b", "/.well-known/x", "/a..b",
        "/a/b..c/d", "/a.b",
        "/a/.b.", "/a/..b..", "/a?b=/../c", "/a?..", "/?/./", "/a?b=%2e%2e%2f", "/a?..\\", "/a/%2eb", "/a/b%2e", "/a/%2e%2e%2e/b",
        "/a/%252e%252e/b",
        "/a/%c0%ae%c0%ae/b", "/a;..", "/a;/b", "/a\\b", "/a%5cb", "/a%2fb", "/a//b", "/a/.%20/b", "/a/..%20/b", "/a/...;/b",
        "/a%2e%2e", "/a:..",
    ]

    @Test func dotSegmentsAreKnownHoweverTheyAreSpelled() {
        for (targets, expected) in [(Self.dotSegments, true), (Self.noDotSegments, false)] {
            for target in targets {
                var head = RequestHead()
                let isSet = head.setTarget(target.utf8.span)
                #expect(isSet && head.hasDotSegment == expected, "\(target)")
                head.removeAll()
                #expect(!head.hasDotSegment)
            }
        }
    }

    @Test(arguments: [
        ("a", "a"), ("a:80", "a"), ("a:", "a"), ("[::1]", "[::1]"), ("[::1]:443", "[::1]"), ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1:8080", "127.0.0.1"), ("80", "80"), ("a.b-1", "a.b-1"), ("", ""),
    ])
    func hostnameIsTheAuthorityWithoutItsPort(_ authority: String, _ hostname: String) {
        var head = RequestHead()
        head.setAuthority(authority.utf8.span)
        #expect(head.authority.text == authority)
        #expect(head.hostname.text == hostname)
        head.fields.append("X", "y")
        head.fields.append("Host", authority)
        head.setAuthority(fromLine: 1)
        #expect(head.authority.text == authority)
        #expect(head.hostname.text == hostname)
    }

    @Test(arguments: [
        ("GET", Method.get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("DELETE", .delete), ("CONNECT", .connect),
        ("OPTIONS", .options), ("TRACE", .trace), ("PATCH", .patch), ("get", .other), ("GETS", .other), ("GE", .other),
        ("PROPFIND", .other), ("PUTT", .other), ("OPTION", .other), ("X", .other),
    ])
    func knowsMethods(_ token: String, _ method: Method) {
        var head = RequestHead()
        let isSet = head.setMethod(token.utf8.span)
        #expect(isSet)
        #expect(head.method == method)
        #expect(head.methodToken.text == token)
        if method != .other { #expect(method.token == token) }
    }

    @Test(arguments: ["", " ", "G T", "GET\r\n", "G(", "É"]) func refusesMethods(_ token: String) {
        var head = RequestHead()
        let isSet = head.setMethod(token.utf8.span)
        #expect(!isSet && head.methodToken.text.isEmpty)
    }

    @Test func removingAllForgetsEverything() {
        var head = RequestHead()
        head.setMethod("POST".utf8.span)
        head.setTarget("/%61?q".utf8.span)
        head.setAuthority("a".utf8.span)
        head.fields.append("A", "b")
        head.version = .http2
        head.scheme = .https
        head.removeAll()
        #expect(head.method == .get && head.version == .http11 && head.scheme == .http)
        #expect(head.methodToken.text + head.target.text + head.path.text + head.query.text == "")
        #expect(head.authority.text + head.hostname.text == "" && head.fields.isEmpty)
    }
}
