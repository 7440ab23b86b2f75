import Foundation
import TestSupport
import Testing

@testable import letterhead

/// `/metrics`, read by Prometheus' own parser.
@Suite struct MetricsTests {
    static func samples(_ proxy: ProxyProcess) throws -> [String: Double] {
        let client = try run(
            Places.python("python"), [Places.integration("clients/metrics.py"), proxy.adminURL + "/metrics"])
        guard client.status == 0 else { throw Disappointment(client.errors) }
        return try JSONDecoder().decode([String: Double].self, from: Data(client.output))
    }

    static func configuration(_ origin: RawOrigin, more: String = "") -> String {
        """
        listen: 127.0.0.1:0
        admin: 127.0.0.1:0
        workers: 2
        upstreams:
          app: http://127.0.0.1:\(origin.port)
          down: http://127.0.0.1:1
        response_headers:
          - set: { X-All: "1" }
          - { name: 'a "quoted" rule', set: { X-Fixed: "1" }, when: { path: /fixed } }
          - { name: absent, set: { Content-Type: text/plain }, if: absent }
          - { name: never, set: { X-Never: "1" }, when: { path: /never } }
          - { name: dropped, set: { X-Dropped: "{request.header.x-bytes}" }, when: { path: /fixed } }
        \(more)
        routes:
          - { name: fixed, path: /fixed, respond: 201 }
          - { name: broken, path: /down, upstream: down }
          - { name: app, path: /**, upstream: app, method: [GET, HEAD, POST] }

        """
    }

    @Test func countsWhatHappened() throws {
        let origin = try RawOrigin { request in
            request.target == "/missing"
                ? "HTTP/1.1 404 Not Found\r\nContent-Type: a/b\r\nContent-Length: 3\r\n\r\nno\n" : UpstreamTests.ok
        }
        let file = Places.scratch("letterhead.yaml")
        try Self.configuration(origin).write(toFile: file, atomically: true, encoding: .utf8)
        let proxy = try ProxyProcess(file: file)
        for _ in 0..<3 { #expect(try proxy.fetch("/fixed", .http1).status == 201) }
        for _ in 0..<2 { #expect(try proxy.fetch("/missing", .http2).status == 404) }
        #expect(try proxy.fetch("/down").status == 502)
        #expect(try proxy.fetch("/post", .http1, ["-d", "12345"]).status == 200)
        #expect(try proxy.fetch("/none", .http1, ["-X", "DELETE"]).status == 405)
        let before = try Self.samples(proxy)
        func expect(_ expected: [String: Double], _ samples: [String: Double]) {
            for (name, value) in expected { #expect(samples[name] == value, "\(name): \(samples[name] ?? -1)") }
        }
        let traffic: [String: Double] = [
            "letterhead_requests_total{code=201,method=GET,route=fixed}": 3,
            "letterhead_requests_total{code=404,method=GET,route=app}": 2,
            "letterhead_requests_total{code=200,method=POST,route=app}": 1,
            "letterhead_requests_total{code=502,method=GET,route=broken}": 1,
            "letterhead_requests_total{code=405,method=DELETE,route=}": 1,
            "letterhead_request_duration_seconds_count{route=fixed}": 3,
            "letterhead_request_body_bytes_total{route=app}": 5,
            "letterhead_upstream_responses_total{code=404,upstream=app}": 2,
            "letterhead_upstream_response_duration_seconds_count{upstream=app}": 3,
            "letterhead_upstream_failures_total{reason=connect_failed,upstream=down}": 1,
            "letterhead_local_replies_total{reason=respond}": 3, "letterhead_local_replies_total{reason=method_not_allowed}": 1,
            "letterhead_protocol_requests_total{protocol=HTTP/1.1}": 6,
            "letterhead_protocol_requests_total{protocol=HTTP/2}": 2,
            #"letterhead_rule_hits_total{rule=a "quoted" rule}"#: 3, "letterhead_rule_hits_total{rule=never}": 0,
            "letterhead_rule_hits_total{rule=\(file):8}": 8,
            "letterhead_requests_in_flight{}": 0, "letterhead_event_loops{}": 2, "letterhead_ready{}": 1,
            "letterhead_config_reloads_total{result=success}": 0, "letterhead_dropped_fields_total{}": 0,
        ]
        expect(traffic, before)
        #expect(before.keys.contains("letterhead_build_info{version=\(Letterhead.version)}"))
        #expect(before["letterhead_rule_hits_total{rule=absent}"].map { $0 >= 3 && $0 < 8 } == true)
        for name in ["cpu_seconds_total", "resident_memory_bytes", "open_fds", "max_fds", "start_time_seconds"] {
            #expect(before["process_\(name){}"].map { $0 > 0 } == true, "\(name)")
        }

        // A reload forgets nothing that keeps its name; a bad one is counted.
        try Self.configuration(origin, more: "  - set: { X-More: \"1\" }").write(toFile: file, atomically: true, encoding: .utf8)
        #expect(try fetch(proxy.adminURL + "/-/reload", .http1, ["-X", "POST"]).status == 200)
        try "nonsense".write(toFile: file, atomically: true, encoding: .utf8)
        #expect(try fetch(proxy.adminURL + "/-/reload", .http1, ["-X", "POST"]).status == 422)
        #expect(try proxy.fetch("/fixed").status == 201)
        var after = traffic
        after["letterhead_requests_total{code=201,method=GET,route=fixed}"] = 4
        after["letterhead_request_duration_seconds_count{route=fixed}"] = 4
        after["letterhead_local_replies_total{reason=respond}"] = 4
        after["letterhead_protocol_requests_total{protocol=HTTP/1.1}"] = 7
        after[#"letterhead_rule_hits_total{rule=a "quoted" rule}"#] = 4
        after["letterhead_rule_hits_total{rule=\(file):8}"] = 9
        after["letterhead_config_reloads_total{result=success}"] = 1
        after["letterhead_config_reloads_total{result=failure}"] = 1
        after["letterhead_config_last_reload_successful{}"] = 0
        expect(after, try Self.samples(proxy))
    }

    /// While everything goes on, nothing is counted twice or lost, and what is open is seen.
    @Test func underLoad() throws {
        let origin = try RawOrigin { _ in UpstreamTests.ok }
        let proxy = try ProxyProcess(SteadyClients.configuration("0", port: "127.0.0.1:0", app: origin.port))
        let outcome = try SteadyClients.run(against: "\(proxy.port)") {
            for _ in 0..<3 {
                let samples = try Self.samples(proxy)
                #expect(samples.filter { $0.key.hasPrefix("letterhead_connections{") }.values.reduce(0, +) >= 3)
            }
        }
        let samples = try Self.samples(proxy)
        #expect(outcome.failed == 0)
        let total = samples.filter { $0.key.hasPrefix("letterhead_requests_total{") }.values.reduce(0, +)
        #expect(total >= Double(outcome.requests) && total <= Double(outcome.requests + 16))
        #expect(samples["letterhead_requests_in_flight{}"] == 0)
    }
}
