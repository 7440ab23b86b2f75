import HTTPModel
import Testing

@testable import HeaderPolicy

private let here = SourceLocation(file: "letterhead.yaml", line: 7, column: 3)

private func at<Value: Sendable>(_ value: Value) -> Located<Value> { Located(value, at: here) }

/// `secure http_only same_site=Lax names=a*,b force` as a policy.
private func policy(_ text: String) -> CookiePolicy {
    var policy = CookiePolicy(location: here)
    for word in text.split(separator: " ") {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let value = parts.count > 1 ? parts[1] : "true"
        switch parts[0] {
        case "secure": policy.secure = at(value == "true")
        case "http_only": policy.httpOnly = at(value == "true")
        case "partitioned": policy.partitioned = at(value == "true")
        case "prefix": policy.prefix = at(value == "true")
        case "same_site": policy.sameSite = at(value)
        case "path": policy.path = at(value)
        case "domain": policy.domain = at(value)
        case "names": policy.names = value.split(separator: ",", omittingEmptySubsequences: false).map { at(String($0)) }
        case "force": policy.force = true
        case "remove": policy.remove = at(value == "true")
        default: Issue.record("no such word: \(word)")
        }
    }
    return policy
}

@Suite struct CookieTests {
    /// Policy, cookie, what it becomes; nil: not a byte changes.
    @Test(
        arguments: [
            // Missing attributes are added, in this order.
            ("secure http_only same_site=Lax", "a=b", "a=b; Secure; HttpOnly; SameSite=Lax"),
            (
                "secure http_only same_site=Lax path=/x domain=x.example partitioned", "a=b",
                "a=b; Path=/x; Domain=x.example; Secure; HttpOnly; SameSite=Lax; Partitioned"
            ),
            ("secure", "a=b;", "a=b; Secure"),
            ("secure", "a=b; ; ", "a=b; Secure"),
            ("secure", "a=b;;x;", "a=b;;x; Secure"),
            // What is there stays, byte for byte.
            ("secure http_only same_site=Lax", "a=b; secure;HTTPONLY ; samesite = lax", nil),
            ("secure http_only", "a=b;SECURE", "a=b;SECURE; HttpOnly"),
            ("secure", "a=b; Secure=no", nil),
            (
                "http_only", "a=b; Priority=High; Max-Age=0;x-y ; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
                "a=b; Priority=High; Max-Age=0;x-y ; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly"
            ),
            // SameSite: what the app wrote stays, be it weaker or stricter.
            ("same_site=Lax", "a=b; SameSite=Strict", nil),
            ("same_site=Lax", "a=b; SameSite=None; Secure", nil),
            ("secure http_only same_site=Lax", "a=b; SameSite=None", "a=b; SameSite=None; Secure; HttpOnly"),
            ("same_site=Strict", "a=b; samesite = NONE ;Secure", nil),
            ("same_site=Strict", "a=b; SameSite=Lax", nil),
            ("same_site=None secure", "a=b; SameSite=Lax", "a=b; SameSite=Lax; Secure"),
            ("same_site=None secure", "a=b; Secure; SameSite=Strict", nil),
            ("same_site=None secure", "a=b", "a=b; Secure; SameSite=None"),
            ("same_site=Lax", "a=b; SameSite=Nonsense; Path=/", "a=b; SameSite=Lax; Path=/"),
            ("same_site=Lax", "a=b; SameSite; Path=/", "a=b; SameSite=Lax; Path=/"),
            ("same_site=Lax", "a=b; SameSite=", "a=b; SameSite=Lax"),
            // Of several attributes the last counts in browsers, and one that they do not know is none.
            ("same_site=Lax", "a=b; SameSite=Strict; X; SameSite=None", nil),
            ("same_site=Lax", "a=b; SameSite=None; SameSite=Lax", nil),
            ("same_site=Lax", "a=b; SameSite=Lax; SameSite=lax", nil),
            ("same_site=Lax", "a=b; SameSite=Strict; SameSite=x", "a=b; SameSite=Lax"),
            ("same_site=Lax", "a=b; SameSite=x; SameSite=Strict", nil),
            ("same_site=Strict force", "a=b; SameSite=Strict; SameSite=None; Secure", "a=b; SameSite=Strict; Secure"),
            ("same_site=Lax force", "a=b; Secure; SameSite=None", "a=b; Secure; SameSite=Lax"),
            ("same_site=None secure force", "a=b; SameSite=Strict", "a=b; SameSite=None; Secure"),
            ("secure", "a=b; SameSite=Strict; SameSite=None", "a=b; SameSite=Strict; SameSite=None; Secure"),
            // Path and Domain.
            ("path=/x", "a=b; Path=/y", nil),
            ("path=/x", "a=b; Path=", "a=b; Path=/x"),
            ("path=/x", "a=b; Path=rel; Secure", "a=b; Path=/x; Secure"),
            ("path=/x", "a=b; Path=/y; Path", "a=b; Path=/x"),
            ("path=/x force", "a=b; Path=/y; Path=/z; Secure", "a=b; Path=/x; Secure"),
            ("path=/x force", "a=b; Path=/x", nil),
            ("domain=x.example", "a=b; Domain=y.example", nil),
            ("domain=x.example", "a=b; Domain=; Secure", "a=b; Domain=x.example; Secure"),
            ("domain=x.example force", "a=b; domain=y.example", "a=b; Domain=x.example"),
            // Force overrides, but not into a cookie that browsers refuse.
            ("same_site=Lax force", "a=b; SameSite=Strict", "a=b; SameSite=Lax"),
            ("secure=false force", "a=b; Secure; Path=/; secure", "a=b; Path=/"),
            ("secure=false force", "a=b; Secure; SameSite=None", nil),
            ("secure=false same_site=Lax force", "a=b; Secure; SameSite=None", "a=b; SameSite=Lax"),
            ("secure=false force", "a=b; Secure; Partitioned", nil),
            ("secure=false partitioned=false force", "a=b; Secure; Partitioned", "a=b"),
            ("secure=false force", "__Secure-a=b; Secure", nil),
            ("http_only=false force", "a=b; HttpOnly", "a=b"),
            ("http_only=false force", "a=b", nil),
            // Prefixes.
            ("prefix", "__Host-a=b", "__Host-a=b; Path=/; Secure"),
            ("prefix", "__Host-a=b; Path=/x; Domain=x.example; Secure", "__Host-a=b; Path=/; Secure"),
            ("prefix", "__hOST-a=b; Path=/; Secure", nil),
            ("prefix", "__Secure-a=b; Path=/x; Domain=x.example", "__Secure-a=b; Path=/x; Domain=x.example; Secure"),
            ("prefix", "a=b", nil),
            ("prefix=false", "__Host-a=b", nil),
            ("prefix secure=false force", "__Host-a=b; Path=/; Secure", nil),
            ("path=/x domain=x.example force", "__Host-a=b; Secure; Path=/", nil),
            ("path=/x domain=x.example", "__Host-a=b; Secure", "__Host-a=b; Secure; Path=/"),
            ("prefix http_only", "__Host-a=b; Domain=", "__Host-a=b; Path=/; Secure; HttpOnly"),
            ("prefix", "__Http-a=b", "__Http-a=b; Secure; HttpOnly"),
            ("prefix", "__hTTP-a=b; Path=/x; Domain=x.example", "__hTTP-a=b; Path=/x; Domain=x.example; Secure; HttpOnly"),
            ("prefix", "__Host-Http-a=b", "__Host-Http-a=b; Path=/; Secure; HttpOnly"),
            (
                "prefix", "__host-http-a=b; Path=/x; Domain=x.example; HttpOnly; Secure",
                "__host-http-a=b; Path=/; HttpOnly; Secure"
            ),
            ("prefix", "__Host-Http-a=b; Path=/; Secure; HttpOnly", nil),
            ("prefix", "__HostHttp-a=b", nil), ("prefix", "__Http=b", nil), ("prefix=false", "__Http-a=b", nil),
            ("prefix secure=false http_only=false force", "__Http-a=b; Secure; HttpOnly", nil),
            ("http_only=false force", "__Host-Http-a=b; Secure; HttpOnly; Path=/", nil),
            ("http_only=false force", "__Host-a=b; Secure; HttpOnly; Path=/", "__Host-a=b; Secure; Path=/"),
            ("path=/x domain=x.example force", "__Host-Http-a=b; Secure; HttpOnly; Path=/", nil),
            // Names.
            ("secure names=session", "session=1", "session=1; Secure"),
            ("secure names=session", "Session=1", nil),
            ("secure names=x,s*n", "session=1", "session=1; Secure"),
            ("secure names=s*x", "session=1", nil),
            ("secure names=*_id", "a_id_id=1", "a_id_id=1; Secure"),
            ("secure names=*", "novalue", "novalue; Secure"),
            ("secure names=a", "novalue", nil),
            ("secure names=a", " a = b=c ", "a = b=c; Secure"),
            // Values.
            ("secure", "a=\"x;y\"; Path=/", "a=\"x;y\"; Path=/; Secure"),
            ("secure", "a=\"x; Secure\"", "a=\"x; Secure\"; Secure"),
            ("secure", "a=", "a=; Secure"),
            ("secure", "=b", "=b; Secure"),
            ("secure", "a=b, c=d", "a=b, c=d; Secure"),
            // No cookie: nothing to harden.
            ("secure", "", nil), ("secure", ";", nil), ("secure", "=", nil), ("secure", " = ; Path=/", nil),
            ("secure", "; Secure", nil),
            // An attribute that is too long is no attribute.
            (
                "secure", "a=b; Secure=" + String(repeating: "x", count: 1025),
                "a=b; Secure=" + String(repeating: "x", count: 1025) + "; Secure"
            ),
        ] as [(String, String, String?)])
    func hardens(words: String, cookie: String, result: String?) throws {
        let compiled = try CompiledCookies(policy(words))
        var fields = Fields()
        fields.append("Set-Cookie", cookie)
        var buffer: [UInt8] = [1, 2, 3]
        let changed = compiled.apply(to: &fields, buffer: &buffer)
        let trimmed = String(cookie.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        #expect(changed == (result == nil ? 0 : 1))
        #expect(fields.pairs.map(\.value) == [result ?? trimmed])
        // A second run finds nothing left to do.
        #expect(compiled.apply(to: &fields, buffer: &buffer) == 0)
    }

    @Test func linesStayApartAndInPlace() throws {
        let compiled = try CompiledCookies(policy("secure http_only names=s*"))
        var fields = Fields()
        fields.append("Date", "now")
        fields.append("Set-Cookie", "s1=1")
        fields.append("X", "y")
        fields.append("set-cookie", "t=2")
        fields.append("SET-COOKIE", "s2=3; Secure; HttpOnly")
        fields.append("set-cookie", "s1=1; Path=/")
        var buffer: [UInt8] = []
        #expect(compiled.apply(to: &fields, buffer: &buffer) == 2)
        #expect(
            fields.pairs.map { "\($0): \($1)" } == [
                "Date: now", "Set-Cookie: s1=1; Secure; HttpOnly", "X: y", "set-cookie: t=2",
                "SET-COOKIE: s2=3; Secure; HttpOnly",
                "set-cookie: s1=1; Path=/; Secure; HttpOnly",
            ])
    }

    @Test(arguments: [
        ("secure=false", "would weaken", "force: true"), ("http_only=false", "would weaken", "force: true"),
        ("partitioned=false", "would weaken", "force: true"), ("same_site=Lay", "Strict, Lax or None", "did you mean Lax?"),
        ("same_site=None", "not Secure", "secure: true"), ("same_site=None secure=false force", "not Secure", "secure: true"),
        ("partitioned", "not Secure", "secure: true"), ("path=x", "begin with `/`", "\"/x\""), ("path=/;x", "without `;`", ""),
        ("path=/é", "ASCII", ""), ("domain=.x.example", "ignore the dot", "\"x.example\""),
        ("domain=https://x", "not a domain", "without scheme"), ("domain=", "not a domain", ""),
        ("domain=a..b", "not a domain", ""),
        ("secure names=a=b", "not the name", "session_*"), ("secure names=", "not the name", ""),
        ("names=__Host-x domain=x.example", "has a Domain", "leave out"),
        ("names=__Host-Http-x domain=x.example", "has a Domain", "leave out"),
        ("names=__host-* path=/x", "Path is not /", "path: /"),
    ])
    func refuses(words: String, message: String, suggestion: String) {
        let thrown = #expect(throws: PolicyErrors.self) { try CompiledCookies(policy(words)) }
        #expect(thrown?.errors.count == 1)
        #expect(thrown?.errors.first?.location == here)
        #expect(thrown?.errors.first?.message.contains(message) == true, "\(String(describing: thrown))")
        #expect(
            suggestion.isEmpty || thrown?.errors.first?.suggestion?.contains(suggestion) == true, "\(String(describing: thrown))")
    }

    /// Names, lines of the app or of the client, and what is left of them.
    @Test(arguments: [
        ("a", ["a=1; Path=/", "A=1", "ab=1", " a = 2"], ["A=1", "ab=1"]),
        ("_ga*,b", ["_ga=1", "_ga_x=2;Secure", "b", "c=b"], ["b", "c=b"]),
        ("*", ["a=1", "just a value", ";"], [";"]),
    ])
    func removes(names: String, lines: [String], left: [String]) throws {
        var stage = try StageUnderTest(response: [Rule(.cookies(policy("names=\(names) remove")))])
        let told = stage.response(["X-A: 1"] + lines.map { "Set-Cookie: \($0)" } + ["X-B: 2"])
        #expect(told == ["X-A: 1"] + left.map { "Set-Cookie: \($0)" } + ["X-B: 2"])
    }

    @Test(arguments: [
        ("_ga*", ["_ga=1; sid=2; _ga_X=3"], ["sid=2"]), ("_ga*", ["_ga=1"], []),
        ("_ga*", ["sid=1;x=\"_ga=2\""], ["sid=1;x=\"_ga=2\""]),
        ("b", ["a=1;b=2;c=3"], ["a=1; c=3"]), ("b", ["a=1; b=2;"], ["a=1"]), ("b", ["; b = 2 ;; B=3; b"], ["B=3; b"]),
        ("b", ["b=1", "a=1; b=1", "b=3; b=4"], ["a=1"]), ("b", ["bb=1; ab=2"], ["bb=1; ab=2"]), ("b", [";;"], [";;"]),
    ])
    func removesOfRequests(names: String, lines: [String], left: [String]) throws {
        var stage = try StageUnderTest(request: [Rule(.cookies(policy("names=\(names) remove")))])
        let told = stage.request(Asked(fields: ["X-A: 1"] + lines.map { "Cookie: \($0)" } + ["X-B: 2"]))
        #expect(told == ["X-A: 1"] + left.map { "Cookie: \($0)" } + ["X-B: 2"])
    }

    @Test(arguments: [
        ("remove", "needs `names`"), ("remove=false names=a", "removes nothing"), ("names=a remove secure", "has no attributes"),
        ("names=a remove path=/", "has no attributes"), ("names=a remove force", "has no attributes"),
        ("names= remove", "not the name"),
    ])
    func removesNot(words: String, message: String) {
        let thrown = #expect(throws: PolicyErrors.self) { try StageUnderTest(request: [Rule(.cookies(policy(words)))]) }
        #expect(thrown?.errors.map(\.message).filter { $0.contains(message) }.count == 1, "\(String(describing: thrown))")
    }

    @Test func everyErrorIsFound() {
        let thrown = #expect(throws: PolicyErrors.self) {
            try CompiledCookies(policy("secure=false same_site=x path=y domain=.z"))
        }
        #expect(thrown?.errors.count == 4)
    }

    /// Whatever the app writes as a cookie, the line stays one line and the browser's reading of it never weakens.
    @Test func anyBytes() throws {
        let compiled = try CompiledCookies(policy("secure http_only same_site=Lax prefix path=/"))
        var random = SplitMix64(seed: 11)
        let words = [
            "Secure", "HttpOnly", "SameSite=", "None", "Strict", ";", ";", " ", "=", "Path=/", "Domain=", "__Host-", "\"", ",",
            "é", "\t", "a",
        ]
        for _ in 0..<2000 {
            let value = (0..<Int.random(in: 0...12, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }
                .joined()
            var fields = Fields()
            fields.append("Set-Cookie", value)
            var buffer: [UInt8] = []
            let before = SetCookie(fields.value(at: 0))
            compiled.apply(to: &fields, buffer: &buffer)
            guard let before else {
                #expect(fields.count == 1)
                continue
            }
            let reading = SetCookie(fields.value(at: 0))
            let after = try #require(reading, "\(value)")
            #expect(after.isSecure && after.isHTTPOnly, "\(value)")
            #expect(after.sameSite == before.sameSite ?? .lax, "\(value)")
            #expect(compiled.apply(to: &fields, buffer: &buffer) == 0, "\(value)")
        }
    }
}
