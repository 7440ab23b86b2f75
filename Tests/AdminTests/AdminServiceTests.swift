import Admin
import HTTPModel
import ProxyCore
import Testing

@Suite struct AdminServiceTests {
    private func answer(
        _ method: String, _ path: String, _ state: Readiness.State, host: String = "localhost:9900", origin: String? = nil,
        actions: AdminActions? = nil
    ) -> (status: UInt16, body: String, head: Fields) {
        let readiness = Readiness()
        readiness.set(state)
        var request = RequestHead()
        request.setMethod(method.utf8.span)
        request.setTarget(path.utf8.span)
        request.setAuthority(host.utf8.span)
        if let origin { request.fields.append("Origin", origin) }
        var response = ResponseHead()
        var body: [UInt8] = []
        AdminService(readiness: readiness, actions: actions).respond(to: request, body: [], into: &response, body: &body)
        return (response.status.rawValue, String(decoding: body, as: UTF8.self), response.fields)
    }

    @Test(arguments: [
        ("GET", "/healthz", Readiness.State.ready, 200, "ok\n"),
        ("GET", "/healthz", .draining, 200, "ok\n"),
        ("GET", "/livez", .starting, 200, "ok\n"),
        ("HEAD", "/readyz", .ready, 200, "ready\n"),
        ("GET", "/readyz", .starting, 503, "starting\n"),
        ("GET", "/readyz", .draining, 503, "draining\n"),
        ("GET", "/readyz?verbose", .ready, 200, "ready\n"),
        ("GET", "/readyz?verbosely", .ready, 200, "ready\n"),
        (
            "GET", "/", .ready, 404,
            "there is /healthz, /livez, /readyz, /metrics, /-/upstreams, /-/csp-reports, and by POST /-/reload and /-/log-level\n"
        ),
        ("POST", "/healthz", .ready, 405, "only GET and HEAD\n"),
    ])
    func answers(method: String, path: String, state: Readiness.State, status: Int, body: String) {
        let answer = answer(method, path, state)
        #expect(answer.status == UInt16(status))
        #expect(answer.body == body)
        #expect(answer.head.text(of: .cacheControl) == "no-store")
        #expect(answer.head.pairs.contains { $0.name == "Allow" } == (status == 405))
    }

    /// A page whose name resolves to this machine learns that the process serves, and no more.
    @Test(arguments: [
        "/-/upstreams", "/-/reload", "/-/log-level", "/metrics", "/readyz?verbose", "/readyz?a=1&verbose=1", "/", "/inspector",
    ])
    func names(path: String) {
        for host in ["evil.example", "evil.example:9900", "127.0.0.1.evil.example", ""] {
            #expect(answer("GET", path, .ready, host: host).status == 421, "\(host)")
        }
        for host in ["127.0.0.1:9900", "[::1]:9900", "letterhead:9900", "proxy.default.svc.cluster.local"] {
            #expect(answer("GET", path, .ready, host: host).status != 421, "\(host)")
        }
        #expect(answer("GET", "/readyz", .ready, host: "evil.example").status == 200)
    }

    /// A page may only change something if it is this address's own, by a name that no other site can have.
    @Test(arguments: [
        ("127.0.0.1:9900", "127.0.0.1:9900", false), ("localhost:9900", "localhost:9900", false),
        ("LOCALHOST.:9900", "localhost.:9900", false), ("a.localhost:9900", "a.localhost:9900", false),
        ("localhost:9900", "a.localhost:9900", true), ("ops.internal:9900", "ops.internal:9900", true),
        ("localhost:9900", "evil.example", true),
    ])
    func pages(host: String, origin: String, isRefused: Bool) {
        let actions = AdminActions(
            reload: { nil }, logLevel: { "info" }, setLogLevel: { _ in true }, metrics: { MetricsSnapshot() },
            process: { ProcessFacts() })
        let answer = answer("POST", "/-/log-level", .ready, host: host, origin: "http://\(origin)", actions: actions)
        #expect(answer.status == (isRefused ? 403 : 200))
    }
}
