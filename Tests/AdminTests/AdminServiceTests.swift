import Admin
import HTTPModel
import Testing

@Suite struct AdminServiceTests {
    private func answer(_ method: String, _ path: String, _ state: Readiness.State, host: String = "localhost:9900") -> (
        status: UInt16, body: String, head: Fields
    ) {
        let readiness = Readiness()
        readiness.set(state)
        var request = RequestHead()
        request.setMethod(method.utf8.span)
        request.setTarget(path.utf8.span)
        request.setAuthority(host.utf8.span)
        var response = ResponseHead()
        var body: [UInt8] = []
        AdminService(readiness: readiness).respond(to: request, body: [], into: &response, body: &body)
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
    @Test(arguments: ["/-/upstreams", "/-/reload", "/-/log-level", "/metrics", "/readyz?verbose", "/", "/inspector"])
    func names(path: String) {
        for host in ["evil.example", "evil.example:9900", "127.0.0.1.evil.example", ""] {
            #expect(answer("GET", path, .ready, host: host).status == 421, "\(host)")
        }
        for host in ["127.0.0.1:9900", "[::1]:9900", "letterhead:9900", "proxy.default.svc.cluster.local"] {
            #expect(answer("GET", path, .ready, host: host).status != 421, "\(host)")
        }
        #expect(answer("GET", "/readyz", .ready, host: "evil.example").status == 200)
    }
}
