/// A route of the proxy with its policy: as it is configured, and what it means, said a second time by hand.
struct CORSRoute: Sendable {
    /// Also the first segment of its path, unless it stands in front of the Flask app.
    var name: String
    /// `{port}` is the port of the pages. Nil: the route has no `cors` at all.
    var origins: [String]?
    /// Whom the origins let in.
    var allowed: Set<Asker> = []
    var hasCredentials = false
    var methods: [String] = []
    var headers: [String] = []
    /// Methods and headers are those that hold where nothing is written.
    var leavesOut = false
    var exposed: [String] = []
    var maxAge: String?
    var forwardsPreflights = false
    var keepsOwn = false
    /// A rule of the same route before it, as it is written.
    var earlier: String?
    var target = Target.app

    enum Target: Sendable, Hashable {
        case app, down
        /// A path of the Flask app, with the status that it gives to those methods; to others but `OPTIONS` it is 405.
        case flask(String, Int, [String])
        case respond(Int, String)
        /// To the same path below another route.
        case redirect(Int, String)
    }

    static let forbidden = Target.respond(403, "no entry")

    static let all: [CORSRoute] = [
        CORSRoute(name: "bare"),
        CORSRoute(name: "exact", origins: ["http://127.0.0.1:{port}"], allowed: [.page]),
        CORSRoute(
            name: "open", origins: ["http://127.0.0.1:{port}"], allowed: [.page], hasCredentials: true,
            methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], headers: ["echo"], leavesOut: true),
        CORSRoute(
            name: "credentials", origins: ["https://app.example", "http://127.0.0.1:{port}"], allowed: [.page],
            hasCredentials: true, methods: ["GET", "POST", "PUT"], headers: ["Content-Type", "X-Custom"],
            exposed: ["X-Public", "X-Request-ID"], maxAge: "10m"),
        CORSRoute(
            name: "pattern", origins: ["http://*.localhost:*"], allowed: [.shop, .branch], hasCredentials: true,
            methods: ["PUT", "DELETE"], headers: ["echo"], exposed: ["X-Public"], maxAge: "0s"),
        CORSRoute(
            name: "narrow", origins: ["http://*.shop.localhost:{port}"], allowed: [.branch], methods: ["PUT"],
            headers: ["X-CUSTOM", "x-other", "content-type"]),
        CORSRoute(
            name: "regex", origins: [#"regex:http://(127\.0\.0\.1|[a-z]+\.localhost):[0-9]+"#], allowed: [.page, .shop],
            hasCredentials: true, methods: ["OPTIONS", "PUT"], headers: ["X-Custom"]),
        CORSRoute(
            name: "star", origins: ["*"], allowed: Set(Asker.allCases), methods: ["*"], headers: ["*"], exposed: ["*"]),
        CORSRoute(
            name: "listed", origins: ["*"], allowed: Set(Asker.allCases), methods: ["GET", "DELETE"],
            headers: ["X-Custom", "Authorization"], exposed: ["X-Public"], maxAge: "1m"),
        CORSRoute(
            name: "null", origins: ["null", "http://shop.localhost:{port}"], allowed: [.sandbox, .shop],
            methods: ["PUT", "POST"],
            headers: ["Content-Type"], exposed: ["X-Secret"]),
        CORSRoute(
            name: "near-misses",
            origins: [
                "https://127.0.0.1:{port}", "http://127.0.0.1", "http://127.0.0.1:1", "http://localhost:{port}",
                "http://*.hop.localhost:*", "http://*.eu.shop.localhost:{port}",
                "https://*.localhost:*", "regex:http://127", #"regex:http://shop\.localhost"#,
            ],
            hasCredentials: true, methods: ["GET", "POST", "PUT"], headers: ["echo"], exposed: ["X-Public"], maxAge: "10m"),
        CORSRoute(
            name: "forwarded", origins: ["http://127.0.0.1:{port}", "null"], allowed: [.page, .sandbox], methods: ["PUT"],
            headers: ["X-Custom"], exposed: ["X-Public"], forwardsPreflights: true),
        CORSRoute(
            name: "kept", origins: ["http://127.0.0.1:{port}"], allowed: [.page], hasCredentials: true,
            methods: ["PUT", "DELETE"], headers: ["X-Custom", "X-Other"], exposed: ["X-Public"], keepsOwn: true),
        CORSRoute(
            name: "kept-forwarded", origins: ["http://127.0.0.1:{port}"], allowed: [.page], methods: ["PUT", "DELETE"],
            headers: ["X-Custom", "X-Other"], exposed: ["X-Public"], forwardsPreflights: true, keepsOwn: true),
        CORSRoute(
            name: "down", origins: ["http://127.0.0.1:{port}", "http://*.localhost:*"], allowed: [.page, .shop, .branch],
            hasCredentials: true, methods: ["PUT"], headers: ["X-Custom"], exposed: ["X-Request-ID"], target: .down),
        CORSRoute(
            name: "forbidden", origins: ["http://*.localhost:{port}"], allowed: [.shop, .branch], methods: ["PUT"],
            headers: ["X-Custom"], exposed: ["X-Request-ID"], target: forbidden),
        CORSRoute(
            name: "moved", origins: ["*"], allowed: Set(Asker.allCases), methods: ["PUT"], headers: ["X-Custom"],
            target: .redirect(308, "credentials")),
        CORSRoute(
            name: "overruled", origins: ["http://127.0.0.1:{port}"], allowed: [.page], methods: ["PUT"],
            earlier: "cors: { allow_origins: ['*'], allow_methods: ['*'], allow_headers: ['*'], expose_headers: ['*'] }"),
        flask("/echo", 200, ["GET", "HEAD", "POST", "PUT", "DELETE"]),
        flask("/boom", 500),
        flask("/notfound", 404),
        flask("/cors-own", 200),
    ]

    private static func flask(_ path: String, _ status: Int, _ methods: [String] = ["GET", "HEAD"]) -> CORSRoute {
        CORSRoute(
            name: "flask\(path)", origins: ["http://*.localhost:*", "http://127.0.0.1:{port}"], allowed: [.page, .shop, .branch],
            hasCredentials: true, methods: ["GET", "PUT", "OPTIONS"], headers: ["Content-Type"], exposed: ["X-Request-ID"],
            maxAge: "10m", target: .flask(path, status, methods))
    }

    static func named(_ name: String) -> CORSRoute? { all.first { $0.name == name } }

    /// Where it is found.
    var path: String { if case .flask(let path, _, _) = target { path } else { "/\(name)/here" } }

    /// The answer of the policy itself.
    func answer(to asker: Asker, origin: String, requested: [String]) -> CORSAnswer {
        guard let origins, allowed.contains(asker) else { return CORSAnswer() }
        return CORSAnswer(
            origin: origins == ["*"] ? "*" : origin, hasCredentials: hasCredentials, methods: methods,
            headers: headers == ["echo"] ? requested : headers, exposed: exposed)
    }

    /// The answer that leaves with a response of the app.
    func answer(to asker: Asker, origin: String, requested: [String] = [], own: OwnAnswer) -> CORSAnswer {
        if origins == nil || (keepsOwn && own != .silent && own != .twice) { return own.answer(to: origin) }
        return answer(to: asker, origin: origin, requested: requested)
    }

    /// The route's part of the configuration.
    func text(port: Int) -> String {
        let action =
            switch target {
            case .app: "upstream: app"
            case .down: "upstream: down"
            case .flask: "upstream: flask"
            case .respond(let status, let body): "respond: { status: \(status), content_type: text/plain, body: \"\(body)\" }"
            case .redirect(let status, let name): "redirect: { to: \"/\(name)/here?{query}\", status: \(status) }"
            }
        guard let origins else { return "  - { path: \(path), \(action) }\n" }
        func list(_ names: [String]) -> String { "[\(names.map { "'\($0)'" }.joined(separator: ", "))]" }
        var lines = ["allow_origins: \(list(origins.map { $0.replacing("{port}", with: "\(port)") }))"]
        if hasCredentials { lines.append("allow_credentials: true") }
        if !leavesOut { lines += ["allow_methods: \(list(methods))", "allow_headers: \(list(headers))"] }
        if !exposed.isEmpty { lines.append("expose_headers: \(list(exposed))") }
        if let maxAge { lines.append("max_age: \(maxAge)") }
        if forwardsPreflights { lines.append("preflight: forward") }
        if keepsOwn { lines.append("upstream: keep") }
        return """
              - path: \(path)
                \(action)
                response_headers:\(earlier.map { "\n      - \($0)" } ?? "")
                  - cors:
            \(lines.map { "          \($0)" }.joined(separator: "\n"))

            """
    }
}
