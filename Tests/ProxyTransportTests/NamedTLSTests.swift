import HeaderPolicy
import ProxyCore
import TestSupport
import Testing

@testable import ProxyTransport

/// A name that is looked up is what a certificate has to be for, wherever the name leads.
@Suite struct NamedTLSTests {
    @Test(arguments: [("app.internal", true), ("other.example", false)], [Upstream.Scheme.https, .h2])
    func theNameIsVerified(_ site: (name: String, isGood: Bool), _ scheme: Upstream.Scheme) async throws {
        let authority = try CertificateAuthority()
        let certificate = try authority.site(site.name)
        let app = try ProxyProcess(
            """
            listen: { bind: 127.0.0.1:0, tls: { certificates: [{ certificate: \(certificate.path), key: \(certificate.key) }] } }
            routes: [{ path: /**, respond: { status: 200, body: hello } }]

            """)
        let place = SourceLocation(file: "test.yaml", line: 1, column: 1)
        var configuration = NameTests.configuration(port: app.port)
        var tls = UpstreamTLS(location: place)
        tls.authorities = Located(authority.certificate.path, at: place)
        configuration.upstreams[0].scheme = scheme
        configuration.upstreams[0].tls = tls
        configuration.upstreams[0].host = site.name
        var check = HealthCheck()
        // One check is enough; more of them would keep the machine from other tests.
        check.interval = 2_000
        configuration.upstreams[0].healthCheck = check
        let server = try await Server(
            Provision(CompiledConfiguration(configuration)), accessLog: nil, lookup: { _ in ["127.0.0.1"] })
        guard case .tcp(_, let port) = try await server.listen()[0] else { throw Disappointment("no port") }
        try await NameTests.wait(server, for: ["127.0.0.1:\(app.port)"])
        while server.upstreamSnapshots[0].servers[0].member.standing == .unchecked {
            try await Task.sleep(for: .milliseconds(1))
        }
        let snapshot = server.upstreamSnapshots[0].servers[0]
        #expect(snapshot.member.standing == (site.isGood ? .up : .down))
        #expect(snapshot.record.checkFailure == (site.isGood ? nil : "its certificate is not for app.internal"), "\(snapshot)")
        #expect(try NameTests.ask(port, 2) == [site.isGood ? "hello" : "503"])
        await server.shutDown()
    }
}
