import HTTPModel
import Testing

/// What browsers make of a reference (WHATWG URL); the expected values are those of `new URL(reference, base).href`.
struct WebURLTests {
    @Test(arguments: [
        ("../b", "https://a.example/b"), ("./", "https://a.example/x/"), ("..", "https://a.example/"),
        ("../../../b", "https://a.example/b"), ("%2E%2e/b", "https://a.example/b"), ("b/.", "https://a.example/x/b/"),
        ("/c/../d?e=/../f", "https://a.example/d?e=/../f"), ("/my file.txt", "https://a.example/my%20file.txt"),
        ("/caf\u{e9}?q=\u{e9}'", "https://a.example/caf%C3%A9?q=%C3%A9%27"),
        ("/a\"<>`{}^b", "https://a.example/a%22%3C%3E%60%7B%7D%5Eb"),
        ("/a%20b%zz", "https://a.example/a%20b%zz"), ("  /b\t\n ", "https://a.example/b"), ("/b#c", "https://a.example/b"),
        ("?n=1", "https://a.example/x/y?n=1"), ("", "https://a.example/x/y?q=1"), ("#top", "https://a.example/x/y?q=1"),
        ("\\\\b.example\\c?\\", "https://b.example/c?\\"), ("//b.example", "https://b.example/"),
        ("HTTP://B.example:80/c", "http://b.example:80/c"), ("http:\\\\b.example", "http://b.example/"),
        ("b//c", "https://a.example/x/b//c"),
    ])
    func resolved(_ reference: String, _ expected: String) throws {
        let base = try #require(WebURL("https://a.example/x/y?q=1"))
        #expect(base.resolving(reference)?.description == expected)
    }

    @Test(arguments: ["mailto:a@b.example", "//", "https://", "data:,x", "https:// b"])
    func leadsOutside(_ reference: String) throws {
        let base = try #require(WebURL("https://a.example/x"))
        #expect(base.resolving(reference) == nil)
    }
}
