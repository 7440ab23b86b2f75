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
            ("/app/%2fx", .ambiguous), ("/app/%2Fevil.example/x", .ambiguous), ("/app/\\x", .ambiguous),
            ("/app/%5cx", .ambiguous),
            ("/app/%5Cevil.example", .ambiguous), ("/app/%2f", .ambiguous), ("/app%5cx", .absent), ("/app/x%2fy", .atStart),
            ("/app/x//y", .atStart), ("/app/%20x", .atStart),
            ("/app/x/../../app/y", .ambiguous), ("/app/%2e%2e/app/x", .ambiguous),
        ] as [(String, PathPrefix.Place)])
    func places(_ target: String, _ place: PathPrefix.Place) {
        #expect(PathPrefix("/app").place(in: request(target == "*" ? "OPTIONS" : "GET", target)) == place)
    }
}
