import Foundation
import TestSupport
import Testing

/// `config/examples/realistic.yaml`, every kind of response that it speaks of, and the whole list of fields that each leaves with.
@Suite struct RealisticPolicyTests {
    enum Route: String, Sendable, CaseIterable { case web = "/", api = "/api/", embed = "/embed/", internals = "/internal/" }
    enum Asker: Sendable, CaseIterable { case allowed, foreign, none }

    /// What comes of a request: from the app, with or without fields of its own, or from the proxy.
    enum Outcome: Sendable, Hashable {
        case app(status: Int, isTalkative: Bool)
        case preflight, tooLarge, tooManyFields, badAnswer, noAnswer, forbidden

        var status: Int {
            switch self {
            case .app(let status, _): status
            case .preflight: 204
            case .tooLarge: 413
            case .tooManyFields: 431
            case .badAnswer: 502
            case .noAnswer: 504
            case .forbidden: 403
            }
        }
        /// The part of the path that makes the app do so.
        var name: String {
            switch self {
            case .app(let status, let isTalkative): "\(isTalkative ? "talk" : "quiet")\(status)"
            case .badAnswer: "garbage"
            case .noAnswer: "hang"
            default: "x"
            }
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var route: Route
        var outcome: Outcome
        var asker: Asker
        var method = "GET"
        var version: HTTPVersion

        var testDescription: String {
            "\(version.rawValue) \(method) \(route.rawValue)\(outcome.name) \(outcome.status) \(asker)"
        }

        var ask: Ask {
            var ask = Ask(method: method, target: route.rawValue + outcome.name)
            switch asker {
            case .allowed: ask.fields.append(("Origin", "https://app.example"))
            case .foreign: ask.fields.append(("Origin", "https://evil.example"))
            case .none: break
            }
            ask.fields.append(("X-Request-ID", "realistic-0123"))
            if outcome == .preflight { ask.fields.append(("Access-Control-Request-Method", "DELETE")) }
            if outcome == .tooManyFields { ask.fields.append(("X-Fat", String(repeating: "x", count: 9000))) }
            if outcome == .tooLarge { ask.body = String(repeating: "x", count: (1 << 20) + 1) }
            if method == "POST", ask.body.isEmpty { ask.body = "body" }
            return ask
        }
    }

    static let cases: [Case] = HTTPVersion.allCases.flatMap { version in
        Asker.allCases.flatMap { asker in
            func make(_ route: Route, _ outcome: Outcome, _ method: String = "GET") -> Case {
                Case(route: route, outcome: outcome, asker: asker, method: method, version: version)
            }
            var cases = [
                make(.internals, .forbidden), make(.internals, .forbidden, "POST"), make(.internals, .preflight, "OPTIONS"),
            ]
            for route in [Route.web, .api, .embed] {
                for status in [200, 204, 302, 304, 404, 500] {
                    cases.append(make(route, .app(status: status, isTalkative: true)))
                    cases.append(make(route, .app(status: status, isTalkative: false)))
                }
                for method in ["HEAD", "POST", "OPTIONS"] {
                    cases.append(make(route, .app(status: 200, isTalkative: true), method))
                }
                cases += [make(route, .badAnswer), make(route, .noAnswer, "POST"), make(route, .tooManyFields)]
                cases += [make(route, .tooLarge, "POST"), make(route, .preflight, "OPTIONS")]
            }
            // Which of the origins asks for a preflight that is none is not asked twice.
            return cases.filter { $0.outcome != .preflight || asker != .none }
        }
    }

    /// What the app says of itself in a talkative mood.
    static let talk: [(String, String)] = [
        ("Server", "gunicorn"), ("Content-Type", "text/plain"), ("x-powered-by", "Flask"), ("X-Own", "kept"),
        ("X-Backend-Version", "7"), ("Content-Security-Policy", "default-src 'none'"), ("X-Frame-Options", "ALLOWALL"),
        ("Access-Control-Allow-Origin", "*"), ("access-control-allow-credentials", "false"), ("Vary", "Cookie"),
        ("vary", "Accept"),
        ("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Secure; SameSite=Strict"), ("Link", "</own>; rel=next"),
        ("Cache-Control", "public"), ("X-Request-ID", "the-apps-own"), ("Strict-Transport-Security", "max-age=0"),
    ]

    /// The oracle: the fields that must leave, in order, without those that frame the message.
    static func expected(_ one: Case) -> FieldList {
        var lines: [(String, String)] = []
        var isTalkative = false
        if case .app(_, true) = one.outcome { isTalkative = true }
        if isTalkative {
            lines = [
                ("Content-Type", "text/plain"), ("X-Own", "kept"), ("X-App-Version", "7"),
                ("Content-Security-Policy", "default-src 'none'"), ("Set-Cookie", "a=1; Path=/; Secure; HttpOnly; SameSite=Lax"),
                ("Set-Cookie", "b=2; Secure; SameSite=Strict; HttpOnly"), ("Link", "</own>; rel=next"),
            ]
            if one.route != .api { lines.append(("Cache-Control", "public")) }
        }
        // What the proxy says of a failure is not kept by a cache, unless a rule says otherwise.
        var varied: [String] = []
        switch one.outcome {
        case .app, .preflight: break
        case .forbidden: lines.append(("Cache-Control", "no-store"))
        default:
            if one.route != .api { lines.append(("Cache-Control", "no-store")) }
            // The form of an error page is the client's choice, and that of gRPC is one for POST over HTTP/2.
            varied = one.method == "POST" && one.version == .http2 ? ["Accept", "Content-Type"] : ["Accept"]
        }
        if one.asker == .allowed {
            lines += [("Access-Control-Allow-Origin", "https://app.example"), ("Access-Control-Allow-Credentials", "true")]
            lines +=
                one.outcome == .preflight
                ? [
                    ("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE"), ("Access-Control-Allow-Headers", "Content-Type"),
                    ("Access-Control-Max-Age", "600"),
                ] : [("Access-Control-Expose-Headers", "X-Request-ID")]
        }
        if isTalkative { varied = ["Cookie", "Accept"] }
        let vary = (varied + ["Origin"]).joined(separator: ", ")
        let asked = one.outcome == .preflight ? ", Access-Control-Request-Method, Access-Control-Request-Headers" : ""
        lines.append(("Vary", vary + asked))
        if !isTalkative { lines.append(("Content-Security-Policy", "default-src 'self'")) }
        lines += [
            ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"), ("X-Content-Type-Options", "nosniff"),
        ]
        if one.route != .embed { lines.append(("X-Frame-Options", "DENY")) }
        lines += [
            ("Referrer-Policy", "strict-origin-when-cross-origin"),
            ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"), ("X-Request-ID", "realistic-0123"),
            ("Link", "</app.css>; rel=preload; as=style"), ("Link", "</app.js>; rel=preload; as=script"),
        ]
        if one.route == .api { lines.append(("Cache-Control", "no-store")) }
        if one.route == .embed { lines.append(("X-Frame-Options", "SAMEORIGIN")) }
        return FieldList(lines).spelled(for: one.version)
    }

    static let proxy = Result {
        let origin = try RawOrigin { connection, _, origin in
            while let request = try origin.request(on: connection) {
                let name = request.target.split(separator: "/").last ?? ""
                guard let status = Int(name.filter(\.isNumber)) else {
                    if name == "garbage" { return try connection.send("HTTP/1.1 what\r\n\r\n") }
                    _ = try connection.isClosedByPeer()
                    return
                }
                let fields = name.hasPrefix("talk") ? talk.map { "\($0.0): \($0.1)\r\n" }.joined() : ""
                let body = [204, 304].contains(status) ? "" : "Content-Length: 2\r\n"
                let content = body.isEmpty || request.method == "HEAD" ? "" : "ok"
                try connection.send("HTTP/1.1 \(status) Some\r\n\(fields)\(body)\r\n\(content)")
            }
        }
        var text = try String(contentsOfFile: "\(Places.repository)/config/examples/realistic.yaml", encoding: .utf8)
        for (written, replacement) in [
            ("0.0.0.0:8080", "127.0.0.1:0"), ("127.0.0.1:5000", "127.0.0.1:\(origin.port)"),
            ("127.0.0.1:5001", "127.0.0.1:\(origin.port)"),
            ("127.0.0.1:5002", "127.0.0.1:\(origin.port)"), ("response: 10s", "response: 1500ms"),
        ] {
            guard text.contains(written) else { throw Disappointment("the example does not say \(written)") }
            text = text.replacing(written, with: replacement)
        }
        return (origin, try ProxyProcess(text))
    }

    @Test func isShort() throws {
        let text = try String(contentsOfFile: "\(Places.repository)/config/examples/realistic.yaml", encoding: .utf8)
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 41)
        #expect(Self.cases.count >= 118)
    }

    @Test(arguments: cases)
    func wholeList(_ one: Case) throws {
        let response = try #require(try one.ask.send(port: try Self.proxy.get().1.port, one.version))
        #expect(response.status == one.outcome.status)
        var framing: Set = ["connection", "date", "content-length", "transfer-encoding"]
        // The proxy's own replies say what they are made of.
        if case .app = one.outcome {} else { framing.insert("content-type") }
        let found = FieldList(
            response.fields.lines.filter { !framing.contains($0.name.lowercased()) }.map { ($0.name, $0.value) })
        #expect(found == Self.expected(one), "\(response)")
        if case .app = one.outcome {
            let mine = try Self.proxy.get().0.requests.last { $0.target == one.ask.target }
            #expect(mine?.fields.all("X-Request-ID") == ["realistic-0123"])
        }
    }
}
