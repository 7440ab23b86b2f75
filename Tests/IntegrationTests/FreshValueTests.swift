import Foundation
import TestSupport
import Testing

/// Values that are new in each exchange: the nonce, the trace, the timing; and the `Host` that a rule writes.
@Suite struct FreshValueTests {
    static let stand = Result {
        let origin = try RawOrigin { request in
            let cache =
                switch request.target {
                case "/shared": "Cache-Control: public, max-age=60\r\n"
                case "/proxies": "Cache-Control: s-maxage=60\r\n"
                default: "Cache-Control: no-cache\r\n"
                }
            return "HTTP/1.1 200 OK\r\n\(cache)Content-Length: 0\r\n\r\n"
        }
        let proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            upstreams: { app: http://127.0.0.1:\(origin.port) }
            trusted_proxies: [127.0.0.0/8]
            request_headers:
              - set: { X-Nonce: "{nonce}", Traceparent: "{traceparent}", Host: inside.example }
            response_headers:
              - set: { Content-Security-Policy: "script-src 'nonce-{nonce}'" }
              - set: { Server-Timing: "proxy;dur={timing.proxy}, app;dur={timing.upstream}" }
            """)
        return (origin, proxy)
    }

    func ask(_ target: String, _ version: HTTPVersion, _ arguments: [String] = []) throws -> (RawResponse, seen: RawRequest) {
        let (origin, proxy) = try Self.stand.get()
        let response = try fetch(proxy.url + target, version, arguments)
        return (response, try #require(origin.requests.last { $0.target == target }))
    }

    @Test(arguments: HTTPVersion.allCases)
    func nonce(_ version: HTTPVersion) throws {
        var nonces: Set<String> = []
        for attempt in 0..<3 {
            let (response, seen) = try ask("/page\(attempt)-\(version)", version)
            let nonce = try #require(seen.fields["X-Nonce"])
            #expect(nonce.count == 32)
            #expect(response.fields.all("Content-Security-Policy") == ["script-src 'nonce-\(nonce)'"])
            nonces.insert(nonce)
        }
        #expect(nonces.count == 3)
    }

    /// From a shared cache everybody would get the same nonce.
    @Test(arguments: ["/shared", "/proxies"])
    func noNonceForSharedCaches(_ target: String) throws {
        #expect(try ask(target, .http1).0.fields.all("Content-Security-Policy").isEmpty)
    }

    @Test func traceGoesOn() throws {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        let seen = try ask("/traced", .http1, ["-H", "traceparent: 00-\(trace)-00f067aa0ba902b7-01"]).seen
        let parts = try #require(seen.fields["Traceparent"]).split(separator: "-")
        #expect(parts.count == 4 && parts[1] == trace && parts[2] != "00f067aa0ba902b7" && parts[3] == "01")
    }

    /// The name of the trace in a response is that of the app, whoever asks and whether a rule writes it or not.
    @Test(arguments: [false, true], [false, true])
    func traceIsThatOfTheApp(_ isWritten: Bool, _ isTrusted: Bool) throws {
        let origin = try RawOrigin { _ in UpstreamTests.ok }
        let proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            upstreams: { app: http://127.0.0.1:\(origin.port) }
            \(isTrusted ? "trusted_proxies: [127.0.0.0/8]" : "")
            \(isWritten ? "request_headers: [{ set: { traceparent: \"{traceparent}\" } }]" : "")
            response_headers: [{ set: { X-Trace: "{traceparent}" } }]
            """)
        let sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let response = try proxy.fetch("/traced", .http1, ["-H", "traceparent: \(sent)", "-H", "tracestate: a=b"])
        let seen = try #require(origin.requests.last)
        let trace = try #require(response.fields["X-Trace"])
        #expect(seen.fields.all("traceparent") == [trace])
        #expect((trace == sent) == !isWritten && trace.hasPrefix(sent.prefix(35)) == (!isWritten || isTrusted))
        #expect(seen.fields.all("tracestate") == (isWritten && !isTrusted ? [] : ["a=b"]))
        #expect(try proxy.accessLog(["path": "/traced"])["trace_id"] == String(trace.dropFirst(3).prefix(32)))
    }

    @Test func timingAndHost() throws {
        let (response, seen) = try ask("/timed", .http2)
        let timing = try #require(response.fields["Server-Timing"])
        #expect(timing.wholeMatch(of: /proxy;dur=[0-9.]+, app;dur=[0-9.]+/) != nil)
        #expect(seen.fields.all("Host") == ["inside.example"])
    }
}
