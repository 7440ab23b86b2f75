import HTTPModel
import HeaderPolicy
import ProxyConfig

/// Checks for faults that a single request of a browser would not reveal.
extension Doctor {
    /// Fields that a response has only one line of.
    private static let singles = [
        "Access-Control-Allow-Credentials", "Access-Control-Max-Age", "Content-Type", "Content-Length", "Location",
        "Strict-Transport-Security", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "X-XSS-Protection",
        "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "X-Request-ID", "Server", "Date",
    ]

    mutating func examinePreflight(_ response: FetchResponse, _ version: HTTPVersion) {
        if response.status >= 500 {
            complain(
                .errorStatus, "The preflight itself fails: \(response.status).",
                flask: "a hook raises for OPTIONS, perhaps because it reads a body or a session that is not there", version)
        }
    }

    mutating func examineFields(_ response: FetchResponse, _ url: WebURL, _ version: HTTPVersion) {
        for name in Self.singles {
            let values = response.fields.values(of: name)
            guard values.count > 1 else { continue }
            complain(
                name == "Access-Control-Allow-Credentials" ? .credentialsTwice : .duplicateField,
                name == "Access-Control-Allow-Credentials" ? .error : .warning,
                "\(name) is there \(values.count) times (\(values.joined(separator: " | "))): two layers add it.",
                flask: "headers.add and headers.extend add a line; headers[\"\(name)\"] = … replaces", version)
        }
        let isSecure = url.scheme == .https || url.isLoopback
        for cookie in response.fields.values(of: "Set-Cookie") {
            let name = cookie.prefix { $0 != "=" && $0 != ";" }
            if let second = Self.joined(to: cookie) {
                let one = "response.set_cookie(…) once for each cookie"
                complain(
                    .cookieRefused,
                    "One Set-Cookie line has two cookies, \(name) and behind a comma \(second), which browsers do not keep.",
                    flask: "\(one), or headers.add(\"Set-Cookie\", …): a joined text makes one line",
                    instead: [.fastAPI: one, .django: one, .letterhead: nil], version)
                continue
            }
            if let refusal = CookieVerdict.refusal(of: cookie, isSecure: isSecure, host: url.host) {
                complain(
                    .cookieRefused, "Browsers refuse the cookie \(name): \(refusal.text).",
                    flask: "response.set_cookie(…): \(refusal.fix); the session's are the SESSION_COOKIE_… settings",
                    instead: Self.remedies(of: refusal), version)
            } else if question.credentials == .include, !isSameSite(url), !CookieVerdict.isSentAcross(cookie) {
                let force = CookieVerdict.attributes(of: cookie)?.hasSameSite ?? false ? ", force: true" : ""
                complain(
                    .cookieNotSentAcross, .warning,
                    "The cookie \(name) does not say SameSite=None: browsers will not send it from \(question.origin), another site.",
                    flask:
                        "response.set_cookie(…, samesite=\"None\", secure=True); the session's: SESSION_COOKIE_SAMESITE=\"None\" and "
                        + "SESSION_COOKIE_SECURE=True",
                    instead: [
                        .letterhead: "`cookies: { names: [\(name)], same_site: None, secure: true\(force) }` in response_headers"
                    ],
                    version)
            }
        }
    }

    /// Returns the name of another cookie in the line, behind a comma; nil where there is none. The comma of a date has no name behind it.
    private static func joined(to cookie: String) -> Substring? {
        var rest = cookie[...]
        while let comma = rest.firstIndex(of: ",") {
            rest = rest[comma...].dropFirst()
            guard rest.hasPrefix(" ") || cookie[..<comma].contains(";") else { continue }
            let name = rest.drop { $0 == " " }.prefix { $0 != "=" && $0 != ";" && $0 != "," }
            if name.endIndex < cookie.endIndex, cookie[name.endIndex] == "=", Fields.isName(String(name).utf8.span) {
                return name
            }
        }
        return nil
    }

    private static func remedies(of refusal: CookieVerdict.Refusal) -> [Remedy.Place: String?] {
        let needsSecure = refusal.fix.hasSuffix(" Secure")
        return [
            .fastAPI: "response.set_cookie(…): \(refusal.fix)",
            .django: "response.set_cookie(…), SESSION_COOKIE_… and CSRF_COOKIE_…: \(refusal.fix)",
            .letterhead: needsSecure ? "`cookies: { secure: true }` in response_headers" : nil,
        ]
    }

    private func isSameSite(_ url: WebURL) -> Bool {
        WebURL(question.origin).map {
            $0.scheme == url.scheme && PublicSuffix.site(of: $0.host) == PublicSuffix.site(of: url.host)
        } ?? false
    }

    /// Checks the answers to origins that nobody can have allowed.
    mutating func examineForeign(_ main: FetchResponse, _ version: HTTPVersion) async {
        guard main.status < 500, let foreign = await answer(to: Self.foreignOrigin, version) else { return }
        let allowed = foreign.fields.combined("Access-Control-Allow-Origin")
        let hasCredentials = foreign.fields.combined("Access-Control-Allow-Credentials") == "true"
        if allowed == Self.foreignOrigin, hasCredentials {
            complain(
                .reflectsAnyOrigin, "Every origin is allowed, with credentials: any page acts as the user who visits it.",
                flask:
                    "CORS(app, origins=[\"\(question.origin)\"], …): with supports_credentials and no origins, Flask-CORS says "
                    + "back whatever origin asks", version)
        }
        checkVary(main, isConstant: allowed == main.fields.combined("Access-Control-Allow-Origin"), version)
        // If everybody is allowed, allowing `null` adds nothing.
        guard question.origin != "null", allowed != Self.foreignOrigin, allowed != "*",
            let sandboxed = await answer(to: "null", version),
            sandboxed.fields.combined("Access-Control-Allow-Origin") == "null"
        else { return }
        complainOfNull(version)
    }

    mutating func complainOfNull(_ version: HTTPVersion) {
        complain(
            .allowsNull, "The origin `null` is allowed: every sandboxed frame has it, whoever made it.",
            flask: "leave \"null\" out of the origins", version)
    }

    /// Returns the server's response to a page of another origin; nil when it does not answer.
    private func answer(to origin: String, _ version: HTTPVersion) async -> FetchResponse? {
        let method = ["GET", "HEAD"].contains(question.method) ? question.method : "OPTIONS"
        var fields = [FieldText("Origin", origin)]
        if method == "OPTIONS" { fields.append(FieldText("Access-Control-Request-Method", question.method)) }
        let request = DoctorRequest(method: method, url: question.url, fields: fields, version: version)
        if case .response(let response, _) = await ask(request) { return response }
        return nil
    }

    /// - Parameter isConstant: whether every origin gets the same answer, so that the response does not vary.
    mutating func checkVary(_ response: FetchResponse, isConstant: Bool, _ version: HTTPVersion) {
        let allowed = response.fields.values(of: "Access-Control-Allow-Origin")
        guard allowed == [question.origin], !isConstant else { return }
        let vary = response.fields.values(of: "Vary").flatMap { $0.split(separator: ",") }
            .map { $0.lowercased().filter { $0 != " " } }
        guard !vary.contains("origin"), !vary.contains("*") else { return }
        complain(
            .varyMissing, .warning,
            "The response names \(question.origin) and has no `Vary: Origin`: a cache may serve it to another page, which then cannot "
                + "read it.",
            flask:
                "response.vary.add(\"Origin\"); Flask-CORS does it by itself only for several origins, unless vary_header=False",
            version)
    }

    /// Requests a path that does not exist, to check whether errors have the same fields as other responses.
    mutating func examineMissing(_ main: FetchResponse, _ version: HTTPVersion) async {
        guard main.status < 400 else { return }
        var url = question.url
        let path = question.url.path
        url.target = path[...(path.lastIndex(of: "/") ?? path.startIndex)] + "letterhead-doctor-not-there"
        let request = DoctorRequest(method: "GET", url: url, fields: [FieldText("Origin", question.origin)], version: version)
        guard case .response(let response, _) = await ask(request), response.status >= 400 else { return }
        // A page of the same origin needs no CORS.
        let isOwn = question.origin == question.url.origin
        let lasting = isOwn ? Self.lasting.filter { !$0.hasPrefix("Access-Control-") } : Self.lasting
        let lost = lasting.filter { main.fields.combined($0) != nil && response.fields.combined($0) == nil }
        if !lost.isEmpty { complain(lost: lost, status: response.status, url.target, version) }
    }

    /// The fields that errors should have as well as other responses.
    static let lasting = [
        "Access-Control-Allow-Origin", "Strict-Transport-Security", "Content-Security-Policy", "X-Frame-Options",
        "X-Content-Type-Options", "Referrer-Policy",
    ]

    mutating func complain(lost: [String], status: Int, _ target: String, _ version: HTTPVersion) {
        complain(
            .droppedOnErrors, .warning,
            "Errors lose headers: the \(status) of \(target) has no \(lost.joined(separator: ", ")). In nginx, "
                + "`add_header` needs `always`.",
            flask: "headers that a view or @cross_origin sets are not on error pages: use after_request or CORS(app)", version)
    }
}
