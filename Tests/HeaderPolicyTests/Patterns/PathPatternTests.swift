import HTTPModel
import HeaderPolicy
import Testing

@Suite("Path patterns")
struct PathPatternTests {
    /// Pattern, path, and what `**` stands for; nil where the path does not match.
    static let cases: [(String, String, String?)] = [
        ("/", "/", ""), ("/", "/a", nil), ("/", "", nil), ("/", "*", nil),
        ("/a", "/a", ""), ("/a", "/a/", nil), ("/a", "/A", nil), ("/a", "/ab", nil), ("/a/", "/a/", ""), ("/a/", "/a", nil),
        ("/api/**", "/api", ""), ("/api/**", "/api/", ""), ("/api/**", "/api/x", "x"), ("/api/**", "/api/x/y/", "x/y/"),
        ("/api/**", "/apix", nil), ("/api/**", "/ap", nil), ("/api/**", "/API/x", nil),
        ("/**", "/", ""), ("/**", "/a/b", "a/b"), ("/**", "", ""), ("/**", "*", nil),
        ("/*", "/a", ""), ("/*", "/", nil), ("/*", "/a/b", nil), ("/*", "/a/", nil),
        ("/u/*/posts", "/u/7/posts", ""), ("/u/*/posts", "/u//posts", nil), ("/u/*/posts", "/u/7/8/posts", nil),
        ("/u/*/**", "/u/7", ""), ("/u/*/**", "/u/7/a/b", "a/b"), ("/u/*/**", "/u/", nil), ("/u/*/**", "/u", nil),
        ("/img/*.png", "/img/a.png", ""), ("/img/*.png", "/img/.png", ""), ("/img/*.png", "/img/a.png.png", ""),
        ("/img/*.png", "/img/a/b.png", nil), ("/img/*.png", "/img/a.jpg", nil), ("/img/a*", "/img/a", ""),
        ("/img/a*b*c", "/img/abbc", ""), ("/img/a*b*c", "/img/ac", nil), ("/f*/x", "/foo/x", ""), ("/f*/x", "/f/o/x", nil),
        ("/v*/**", "/v1/a", "a"), ("/v*/**", "/v/", ""), ("/v*/**", "/w", nil), ("/é/*", "/é/ü", ""),
    ]

    @Test("What matches", arguments: cases)
    func matches(pattern: String, path: String, rest: String?) throws {
        let pattern = try PathPattern(pattern)
        let bytes = Array(path.utf8)
        #expect(pattern.matches(bytes.span) == (rest != nil))
        #expect(pattern.rest(of: bytes.span).map { bytes.span.extracting($0).text } == rest)
        if rest != nil { #expect(bytes.starts(with: pattern.literalPrefix)) }
    }

    @Test(
        "What they start with",
        arguments: [
            ("/a/b", "/a/b", true), ("/api/**", "/api", false), ("/api/*/x", "/api", false), ("/img/a*", "/img", false),
            ("/**", "", false), ("/", "/", true), ("/a/", "/a/", true),
        ])
    func prefixes(text: String, prefix: String, isExact: Bool) throws {
        let pattern = try PathPattern(text)
        #expect(pattern.literalPrefix == Array(prefix.utf8))
        #expect(pattern.isExact == isExact)
    }

    @Test(
        "What is refused",
        arguments: [
            ("api", "does not start with a slash"), ("", "does not start with a slash"), ("/a?b", "has a `?`"),
            ("/a#b", "has a `#`"), ("/a%20b", "decoded path"), ("/a//b", "can never match"), ("/a/../b", "can never match"),
            ("/./a", "can never match"), ("/a/**/b", "only be the last segment"), ("/a**", "only be the last segment"),
            ("/a/***", "only be the last segment"), ("/a\r", "control character"),
        ])
    func refuses(text: String, message: String) {
        let error = #expect(throws: PatternError.self) { try PathPattern(text) }
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }
}

@Suite("Host patterns")
struct HostPatternTests {
    @Test(
        "What matches",
        arguments: [
            ("a.example", "A.Example", true), ("a.example", "a.example.", true), ("a.example", "b.a.example", false),
            ("*.a.example", "b.a.example", true), ("*.A.example", "c.b.a.EXAMPLE", true), ("*.a.example", "a.example", false),
            ("*.a.example", ".a.example", false), ("*.a.example", "xa.example", false), ("[::1]", "[::1]", true),
            ("127.0.0.1", "127.0.0.1", true), ("a.example.", "a.example", true), ("a", "", false), ("a", ".", false),
        ])
    func matches(pattern: String, host: String, expected: Bool) throws {
        #expect(try HostPattern(pattern).matches(host.utf8.span) == expected)
    }

    @Test(
        "What is refused",
        arguments: [
            ("", "empty"), ("*", "every host"), ("a.*.example", "first label"), ("*a.example", "first label"),
            ("a.example:80", "port"), ("https://a.example", "URL"), ("a/b", "path"), ("a b", "not a host name"),
            ("*.", "empty"),
        ])
    func refuses(text: String, message: String) {
        let error = #expect(throws: PatternError.self) { try HostPattern(text) }
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }
}
