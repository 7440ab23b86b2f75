import Testing

@testable import ProxyTransport

/// Names of certificates and the names that are asked for.
@Suite struct ServerNameTests {
    @Test(arguments: [
        ("app.example", "app.example", true), ("App.Example", "aPP.example", true), ("app.example", "app.example.", true),
        ("*.example", "app.example", true), ("*.example", "a.app.example", false), ("*.example", "example", false),
        ("*.example", ".example", false), ("*.app.example", "x.app.example", true), ("*", "example", false),
        ("a*.example", "app.example", false), ("app.example", "app.example.org", false), ("app.example", "xapp.example", false),
        ("", "app.example", false), ("*.", "app.", false),
    ])
    func matches(_ pattern: String, _ name: String, _ expected: Bool) {
        #expect(ServerName.matches(Array(pattern.utf8), name) == expected)
    }
}
