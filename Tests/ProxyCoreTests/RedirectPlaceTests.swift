import Foundation
import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

/// A redirect leads where the configuration says, whatever path and query the link has, and whatever the client sends besides.
@Suite struct RedirectPlaceTests {
    /// The `Location` of `path: /old/**`, or nil where there is none.
    private static func location(_ template: String, _ target: String, host: String = "app.example", _ fields: [String] = [])
        throws -> String?
    {
        var facts = ExchangeFacts()
        facts.request = request("GET", target, host: host, fields)
        facts.request.scheme = .https
        let rest = try PathPattern("/old/**").rest(of: facts.request.path)
        facts.setPathRest(try #require(rest))
        var names = FieldNames.standard
        let compiled = try Template(located([template])[0], scope: .request, names: &names)
        var response = ResponseHead()
        var scratch: [UInt8] = []
        guard LocalReply.writeRedirect(compiled, 308, varied: [], facts: facts, into: &response, scratch: &scratch) else {
            return nil
        }
        return response.fields.firstIndex(of: .location).map { response.fields.value(at: $0).text }
    }

    @Test(
        arguments: [
            ("/new/{path.rest}", "/old/a/b", "/new/a/b"),
            ("/new/{path.rest}", "/old/javascript:alert(1)", "/new/javascript:alert(1)"),
            ("/{path.rest}", "/old//evil.example", "/evil.example"), ("/{path.rest}", "/old/%2fevil.example", "/evil.example"),
            ("/{path.rest}", "/old/\\evil.example", "/%5Cevil.example"),
            ("/{path.rest}", "/old/%5c%5cevil.example", "/%5C%5Cevil.example"),
            ("/{path.rest}", "/old/javascript:x", "/javascript:x"), ("/{path.rest}", "/old/", "/"),
            ("{path.rest}", "/old/a/b:c", "a/b:c"), ("{path.rest}", "/old/a?b:c", "a"), ("{path.rest}", "/old/1a:b", "1a:b"),
            ("{path}", "/old/a", "/old/a"), ("{path}", "//old/a", "/old/a"), ("{uri}", "/old/a?b=//c", "/old/a?b=//c"),
            ("https://{host}{uri}", "//old/a", "https://app.example//old/a"),
            ("https://{host}{uri}", "/old/@evil", "https://app.example/old/@evil"),
            ("https://new.example/{path.rest}?{query}", "/old/a?b", "https://new.example/a?b"),
            ("https://new.example?{query}", "/old/a?@evil.example/", "https://new.example?@evil.example/"),
            ("//{host}{path}", "/old/a", "//app.example/old/a"),
            ("{scheme}://{authority}/{path.rest}", "/old/a", "https://app.example/a"),
            ("app:{path.rest}", "/old/a", "app:a"),
        ] as [(String, String, String)])
    func leads(_ template: String, _ target: String, _ location: String) throws {
        #expect(try Self.location(template, target) == location)
    }

    @Test(
        arguments: [
            ("{path.rest}", "/old/javascript:alert(1)"), ("{path.rest}", "/old/JavaScript:alert"),
            ("{path.rest}", "/old/data:text"),
            ("{path.rest}", "/old/https:evil.example"), ("{path.rest}", "/old/https:%2f%2fevil.example"),
            ("{path.rest}", "/old/a+b.c-1:x"),
            ("/{path}", "/old/a"), ("/{uri}", "/old/a"), ("{uri}", "//old/a"), ("{uri}", "/\\old/../old/a"),
            ("/{query}", "/old/a?/evil.example"),
            ("/{query}", "/old/a?\\evil.example"), ("{query}", "/old/a?//evil.example"), ("{query}", "/old/a?javascript:x"),
            ("https://new.example{path.rest}", "/old/.evil.example"), ("https://new.example{path.rest}", "/old/@evil.example"),
            ("https://{path.rest}", "/old/evil.example"), ("https:{path}", "/old/a"), ("https:{path.rest}", "/old/evil.example"),
            ("//{path.rest}", "/old/evil.example"), ("java{path.rest}", "/old/script:x"),
        ] as [(String, String)])
    func refuses(_ template: String, _ target: String) throws {
        #expect(try Self.location(template, target) == nil)
    }

    /// What a cookie or a field brings, by what it is; nil where the answer is 400.
    @Test(
        arguments: [
            ("/{_}?{query}", "a/b", "/a/b"), ("/{_}?{query}", "/evil.example", nil), ("/{_}", "//evil.example", nil),
            ("/{_}?{query}", "\\evil.example", "/%5Cevil.example"), ("/{_}", "\\\\evil.example", "/%5C%5Cevil.example"),
            ("/{_}?{query}", "\t/evil.example", "/%09/evil.example"), ("/x/{_}", "a b\"<>\u{e9}", "/x/a%20b%22%3C%3E%C3%A9"),
            ("/{_}/home", "", nil), ("/{_}/home", "de", "/de/home"), ("/a/{_}", "/b", "/a//b"), ("/?to={_}", "//b", "/?to=//b"),
            ("/{_}{query}", "/", nil), ("{path}{_}", "x", "/old/x"), ("/x#{_}", "//b", "/x#//b"),
            ("{scheme}://{_}.site.example/", "shop", "https://shop.site.example/"),
            ("{scheme}://{_}.site.example/", "evil.example/", nil), ("{scheme}://{_}.site.example/", "evil.example?", nil),
            ("{scheme}://{_}.site.example/", "evil.example#", nil), ("{scheme}://{_}.site.example/", "\\", nil),
            ("{scheme}://{_}.site.example/", "a:b@evil", nil), ("{scheme}://{_}.site.example/", "evil.example:443/", nil),
            ("{scheme}://{_}.site.example/", "", nil), ("{scheme}://{_}.site.example/", "a:1", nil),
            ("https://site.example{_}", ".evil.example", nil), ("https://site.example{_}", "/a", "https://site.example/a"),
            ("https://site.example:{_}/", "1@evil", nil), ("https://www.{_}/", "b.example", "https://www.b.example/"),
            ("https://{_}/a", "b.example:8443", "https://b.example:8443/a"), ("https://{_}/a", "[::1]", "https://[::1]/a"),
            ("https://{_}/a", "", nil), ("https://{_}/a", "u@b", nil), ("//{_}/a", "b.example", "//b.example/a"),
            ("https:{_}", "evil.example", nil), ("java{_}", "script:x", nil), ("java{_}:x", "script", nil),
            ("https://{host}:{_}{uri}", "8443", "https://app.example:8443/old/"), ("https://{host}:{_}{uri}", "84@b", nil),
            ("https:{_}/x", "2130706433", nil),
            // Who begins with it leaves all of it to the client.
            ("{_}", "https://b.example/", "https://b.example/"), ("{_}", "/b c", "/b%20c"), ("{_}/x", "//b", "//b/x"),
            ("{_}/{path.rest}", "https://b.example", "https://b.example/"), ("{_}{path}", "//b", "//b/old/"),
        ] as [(String, String, String?)])
    func whatClientsSend(_ template: String, _ value: String, _ location: String?) throws {
        let cookie = try Self.location(template.replacing("_}", with: "request.cookie.c}"), "/old/", ["Cookie: a=b; c=\(value)"])
        #expect(cookie == location)
        // Blanks around a field's value are none of it.
        guard !value.hasPrefix("\t") else { return }
        let field = try Self.location(
            template.replacing("_}", with: "request.header.User-Agent}"), "/old/", ["User-Agent: \(value)"])
        #expect(field == location)
    }

    /// An empty `Location` leads to where the client already is.
    @Test(arguments: [("{query}", "/old/a"), ("?{query}", "/old/a"), ("{path.rest}", "/old/"), ("{request.cookie.c}", "/old/")])
    func leadsSomewhere(_ template: String, _ target: String) throws {
        #expect(try Self.location(template, target) == nil)
    }
}
