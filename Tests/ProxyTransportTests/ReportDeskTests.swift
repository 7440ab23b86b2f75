import HTTPModel
import HeaderPolicy
import ProxyCore
import TestSupport
import Testing

@testable import ProxyTransport

@Suite struct ReportDeskTests {
    /// A reload keeps the limits of the routes that stay, and nothing of those that go.
    @Test func reload() throws {
        let desk = ReportDesk(sink: nil)
        var collector = ReportCollector()
        collector.rate = 1
        let client = IPAddress(v4: 0x7F00_0001)
        func isRefused(_ route: String) -> Bool {
            desk.take(client, of: collector, on: Array(route.utf8), now: 1_000_000_000) != .pass
        }
        for route in ["stays", "goes"] { while !isRefused(route) {} }
        var configuration = NameTests.configuration(port: 1)
        configuration.routes = [Route(.reports(collector), location: SourceLocation(file: "test.yaml", line: 1, column: 1))]
        configuration.routes[0].name = "stays"
        desk.keepLimits(of: try CompiledConfiguration(configuration))
        #expect(isRefused("stays"))
        #expect(!isRefused("goes"))
    }
}
