import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

/// A redirect leads where the configuration says, whatever path and query the link has.
@Suite struct RedirectPlaceTests {
    /// The `Location` of `path: /old/**`, or nil where there is none.
    private static func location(_ template: String, _ target: String, host: String = "app.example") throws -> String? {
        var facts = ExchangeFacts()
        facts.request = request("GET", target, host: host)
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
}
