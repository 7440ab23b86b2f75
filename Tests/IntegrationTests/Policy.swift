import TestSupport
import Testing

/// The CORS and security policy that the integration tests inject, and how to see that a response carries it.
enum Policy {
    static let origin = "https://app.example"
    static let foreignOrigin = "https://evil.example"

    static let rules = """
        request_headers:
          - set: { X-Request-ID: "{request.id}" }
        response_headers:
          - cors:
              allow_origins: [https://app.example]
              allow_credentials: true
              allow_methods: [GET, POST, PUT]
              allow_headers: [Content-Type, X-Custom]
              expose_headers: [X-Request-ID]
              max_age: 10m
          - set: { X-Frame-Options: DENY }
          - set: { X-Content-Type-Options: nosniff, Referrer-Policy: no-referrer }
          - set: { Content-Security-Policy: "default-src 'self'" }
          - set: { Permissions-Policy: "camera=(), microphone=()" }
          - set: { X-Request-ID: "{request.id}" }
          - remove: [Server, X-Powered-By, "X-Debug-*"]
        """

    /// Who asks decides about the CORS part.
    enum Asker {
        case allowedOrigin, foreignOrigin, noOrigin, preflight
    }

    private static let security = [
        ("X-Frame-Options", "DENY"), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
        ("Content-Security-Policy", "default-src 'self'"), ("Permissions-Policy", "camera=(), microphone=()"),
    ]

    private static func cors(_ asker: Asker) -> [(String, String)] {
        let allowed = [("Access-Control-Allow-Origin", origin), ("Access-Control-Allow-Credentials", "true")]
        return switch asker {
        case .allowedOrigin: allowed + [("Access-Control-Expose-Headers", "X-Request-ID")]
        case .preflight:
            allowed + [
                ("Access-Control-Allow-Methods", "GET, POST, PUT"), ("Access-Control-Allow-Headers", "Content-Type, X-Custom"),
                ("Access-Control-Max-Age", "600"),
            ]
        case .foreignOrigin, .noOrigin: []
        }
    }

    /// Each injected field is there exactly once, in the order of the policy, with its value, spelled as configured on HTTP/1 and in
    /// lowercase on HTTP/2; nothing that the policy removes is left; `Vary` is one line that names `Origin` once.
    static func expect(
        on response: RawResponse, for asker: Asker = .allowedOrigin, _ version: HTTPVersion = .http1, _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let expected = FieldList(cors(asker) + security)
        let spelled = version == .http2 ? FieldList(expected.lines.map { ($0.name.lowercased(), $0.value) }) : expected
        let mine = Set((cors(.allowedOrigin) + cors(.preflight) + security).map { $0.0.lowercased() })
        let found = response.fields.lines.filter { mine.contains($0.name.lowercased()) }
        #expect(found == spelled.lines, comment ?? "\(response)", sourceLocation: sourceLocation)
        #expect(
            !response.fields.names.contains { $0.lowercased().hasPrefix("access-control-") && !mine.contains($0.lowercased()) },
            comment ?? "\(response)", sourceLocation: sourceLocation)

        let vary = response.fields.all("Vary")
        let members = vary.joined(separator: ",").split(separator: ",").map { $0.drop { $0 == " " }.lowercased() }
        #expect(
            vary.count == 1 && members.filter { $0 == "origin" }.count == 1, comment ?? "\(response)",
            sourceLocation: sourceLocation)

        #expect(isRequestID(response.fields["X-Request-ID"]), comment ?? "\(response)", sourceLocation: sourceLocation)
        for gone in ["Server", "X-Powered-By", "X-Debug-Token"] {
            #expect(response.fields.all(gone).isEmpty, comment ?? "\(response)", sourceLocation: sourceLocation)
        }
    }

    static func isRequestID(_ text: String?) -> Bool {
        guard let text, (8...64).contains(text.count) else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
    }
}

/// Processes that many suites ask, and none changes.
enum Shared {
    static let app = Result { try FlaskApp.gunicorn() }
    static let deadPort = Result { try DeadPort() }

    /// The policy in front of the app, `/down` in front of nothing, `/late` in front of an app that takes too long.
    static let proxy = Result {
        let app = try Shared.app.get().address
        return try ProxyProcess(
            """
            listen: 127.0.0.1:0
            admin: 127.0.0.1:0
            workers: 1
            access_log: json
            limits: { request_body: 1MB, request_headers: 8KB, request_target: 2KB }
            timeouts: { drain: 5s }
            upstreams:
              app: \(app)
              down: http://127.0.0.1:\(try deadPort.get().port)
              late: { servers: [\(app)], timeouts: { response: 250ms } }
            \(Policy.rules)
            routes:
              - { path: /down/**, upstream: down }
              - { path: /late/**, upstream: late }
              - { path: /slow, upstream: late }
              - { path: /deny, respond: 403 }
              - { path: /robots.txt, respond: { status: 200, content_type: text/plain, body: "none\\n" } }
              - { path: /old/**, redirect: { to: "/new/{path.rest}", status: 308 } }
              - { host: "*.nowhere.example", respond: 404 }
              - { upstream: app }

            """)
    }
}
