import TestSupport
import Testing

/// Requests that come back end after a few hops; a chain of proxies is none of that.
@Suite struct LoopTests {
    @Test(arguments: HTTPVersion.allCases) func aLoopEnds(_ version: HTTPVersion) throws {
        let (there, back) = (Places.scratch("there.sock"), Places.scratch("back.sock"))
        let policy = "response_headers: [{ set: { X-Policy: \"1\" } }]"
        let first = try ProxyProcess(
            "listen: [127.0.0.1:0, \"unix:\(back)\"]\nupstreams: { app: \"unix:\(there)\" }\n\(policy)\n", listeners: 2)
        let second = try ProxyProcess("listen: \"unix:\(there)\"\nupstreams: { app: \"unix:\(back)\" }\n")
        let port = first.ports.max() ?? 0
        let response = try fetch("http://127.0.0.1:\(port)/x", version, [])
        #expect(response.status == 508 && response.fields["X-Policy"] == "1")
        // Somebody noticed, and said why.
        let noticed = try first.accessLog(["status": "508"])
        #expect(noticed["reason"] == "loop_detected" || noticed["upstream"] == "app")
        withExtendedLifetime(second) {}
    }

    /// Two with the same name, in front of an app that learns of both.
    @Test(arguments: HTTPVersion.allCases) func aChainIsNoLoop(_ version: HTTPVersion) throws {
        let origin = try RawOrigin { _ in "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" }
        let inner = try ProxyProcess("listen: 127.0.0.1:0\nupstreams: { app: http://127.0.0.1:\(origin.port) }\n")
        let middle = try ProxyProcess("listen: 127.0.0.1:0\nupstreams: { app: h2c://127.0.0.1:\(inner.port) }\n")
        let outer = try ProxyProcess("listen: 127.0.0.1:0\nvia: edge\nupstreams: { app: http://127.0.0.1:\(middle.port) }\n")
        #expect(try outer.fetch("/x", version, ["-H", "Via: 1.0 far"]).status == 200)
        let received = version == .http1 ? "1.1" : "2"
        #expect(origin.requests.last?.fields.all("Via") == ["1.0 far, \(received) edge, 1.1 letterhead, 2 letterhead"])
        withExtendedLifetime((inner, middle)) {}
    }
}
