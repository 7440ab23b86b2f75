import TestSupport
import Testing

/// gRPC's own client and server, with the proxy between them.
@Suite struct GRPCTests {
    static let expected = [
        "unary olleh OK here 42 policy",
        "request id True",
        "client stream 50 500 OK policy",
        "server stream 200 OK policy",
        "both True end OK policy",
        "refused PERMISSION_DENIED 'not for you: ä%' policy",
        "missing UNIMPLEMENTED 'Method not found!' policy",
        "half one DATA_LOSS lost the rest policy",
        "deadline DEADLINE_EXCEEDED",
        "held started CANCELLED",
        "large 12000000",
        "many 160 True",
        "down UNAVAILABLE 'The application behind this site could not be reached.' policy",
        "no route UNIMPLEMENTED 'There is nothing at this address.' policy",
        "late UNAVAILABLE 'The application behind this site took too long to answer.' policy",
    ]

    @Test(arguments: [false, true])
    func everyKindOfCall(_ isTLS: Bool) throws {
        let certificates = try Certificates.shared.get()
        let server = try ChildProcess(
            Places.python("python"),
            [Places.integration("clients/grpc_server.py")] + (isTLS ? [certificates.server.key, certificates.server.path] : []))
        defer { server.stop() }
        let port = try server.line(.output) { Int($0) }
        let address = isTLS ? "h2://localhost:\(port)" : "h2c://127.0.0.1:\(port)"
        let tls = isTLS ? ", tls: { ca: \(certificates.authority) }" : ""
        let patient = ", timeouts: { connect: 1m }"
        let proxy = try ProxyProcess(
            """
            listen: 127.0.0.1:0
            upstreams:
              app: { servers: "\(address)"\(tls)\(patient) }
              late: { servers: "\(address)", timeouts: { response: 250ms }\(tls) }
              down: h2c://127.0.0.1:\(try Shared.deadPort.get().port)
            \(Policy.rules)
            routes:
              - { path: /test.Service/**, upstream: app }
              - { path: /late.Service/**, upstream: late }
              - { path: /down.Service/**, upstream: down }

            """)
        let client = try run(Places.python("python"), [Places.integration("clients/grpc_client.py"), "\(proxy.port)"])
        let lines = client.text.split(separator: "\n").map(String.init)
        #expect(client.status == 0, "\(client)")
        for (line, expected) in zip(lines, Self.expected) { #expect(line == expected) }
        #expect(lines.count == Self.expected.count)
        // The app saw the deadline, and that the client went away.
        _ = try server.line(.output) { $0 == "deadline True" ? true : nil }
        _ = try server.line(.output) { $0 == "cancelled" ? true : nil }
    }
}
