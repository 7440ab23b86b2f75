import HTTPModel
import ProxyCore
import Testing

@Suite struct PathPrefixTests {
    @Test(
        arguments: [
            ("/app", .atStart), ("/app/", .atStart), ("/app?a=b", .atStart), ("/app/x", .atStart), ("/app/x%20y?q", .atStart),
            ("/app/a/../x", .atStart), ("/app/a//b", .atStart), ("/app/x?u=/app/../y", .atStart),
            ("/", .absent), ("/apple", .absent), ("/ap", .absent), ("/x/app", .absent), ("/App/x", .absent),
            ("/app%2e/x", .absent),
            ("/app/../x", .absent), ("/app/%2e%2e/x", .absent), ("*", .absent),
            ("/%61pp/x", .ambiguous), ("/./app/x", .ambiguous), ("//app/x", .ambiguous), ("/x/../app/x", .ambiguous),
            ("/app//x", .ambiguous), ("/app//evil.example/x", .ambiguous), ("/app%2Fx", .ambiguous),
            ("/app/../app/x", .ambiguous),
            ("/app/x/../../app/y", .ambiguous), ("/app/%2e%2e/app/x", .ambiguous),
        ] as [(String, PathPrefix.Place)])
    func places(_ target: String, _ place: PathPrefix.Place) {
        #expect(PathPrefix("/app").place(in: request(target == "*" ? "OPTIONS" : "GET", target)) == place)
    }
}
