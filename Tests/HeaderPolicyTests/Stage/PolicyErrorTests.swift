import HTTPModel
import HeaderPolicy
import Testing

@Suite("What is refused when a policy is compiled")
struct PolicyErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var request: [Rule] = []
        var response: [Rule] = []
        var message: String
        var suggestion: String?
        var testDescription: String { message }
    }

    /// The offending value stands in line 7, everything else in line 1.
    static func bad(_ text: String) -> Located<String> { Located(text, at: at(7, 3)) }

    static func targets(_ name: String, _ message: String, _ suggestion: String? = "remove this rule") -> [Case] {
        let rules: [Rule] = [
            .set(bad(name), "1"), .add(bad(name), "1"), .merge(bad(name), "1"), .remove(bad(name)), .rename(bad(name), "X"),
            .rename("X", bad(name)), .edit(bad(name), "a", "b"),
        ]
        return rules.map { Case(response: [$0], message: message, suggestion: suggestion) }
    }

    static func when(_ message: String, _ suggestion: String? = nil, _ change: (inout Condition) -> Void) -> Case {
        var condition = Condition(location: at(1))
        change(&condition)
        return Case(response: [.set("A", "1", when: condition)], message: message, suggestion: suggestion)
    }

    static func requestWhen(_ key: String, _ change: (inout Condition) -> Void) -> Case {
        var condition = Condition(location: at(1))
        change(&condition)
        return Case(
            request: [.set("A", "1", when: condition)],
            message: "`\(key)` speaks of the response, which is not there yet when a request rule runs",
            suggestion: "move the rule to `response_headers`, or test something of the request")
    }

    static func cors(_ message: String, _ suggestion: String? = nil, _ change: (inout CORSPolicy) -> Void) -> Case {
        var policy = CORSPolicy(location: at(7, 3))
        policy.allowOrigins = ["https://app.example"]
        change(&policy)
        return Case(response: [Rule(.cors(policy))], message: message, suggestion: suggestion)
    }

    static func origin(_ text: String, _ message: String, _ suggestion: String? = nil) -> Case {
        cors(message, suggestion) { $0.allowOrigins = [bad(text)] }
    }

    static func value(_ text: String, _ message: String, _ suggestion: String? = nil) -> Case {
        Case(response: [.set("A", bad(text))], message: message, suggestion: suggestion)
    }

    static let framing = " cannot be changed: it is part of the message's framing, which the proxy sets"
    static let yes = Located(true, at: at(1))

    static let names: [Case] =
        [
            "Content-Length", "transfer-encoding", "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Upgrade",
            "HTTP2-Settings", "Content_Length",
        ].flatMap { targets($0, $0 + framing) }
        + targets(":status", "\":status\" cannot be changed: names with a colon in front are HTTP/2's own", "remove this rule")
        + targets("X-A:", "\"X-A:\" is not the name of a header", "leave out the colon")
        + targets("X-A:b", "\"X-A:b\" is not the name of a header: `:` cannot be in one", "letters, digits and `-` can")
        + targets("X A", "\"X A\" is not the name of a header: a space cannot be in one", "write X-A")
        + targets("", "the name of a header is empty", "write one")
        + targets("Host", "Host is a header of requests")
        + [
            Case(
                response: [.set(bad("X-*"), "1")], message: "\"X-*\": only `remove` takes a wildcard, at the end of a name",
                suggestion: "name each header"),
            Case(
                request: [.remove(bad("Host"))], message: "every request has one Host: it can only be `set`",
                suggestion: "use `set`"),
            Case(
                response: [.remove(bad("*"))], message: "`*` would remove every header",
                suggestion: "write the start of the names, as in \"X-Debug-*\""),
            Case(
                response: [.remove(bad("X-*-Y*"))],
                message: "\"X-*-Y*\" is not the start of a header's name: the one wildcard stands at the end"),
            Case(
                response: [.remove(bad("content_*"))],
                message: "\"content_*\" covers Content-Length, which is part of the message's framing",
                suggestion: "name the headers one by one"),
            Case(
                response: [.remove(bad("T*"))],
                message: "\"T*\" covers Transfer-Encoding, which is part of the message's framing",
                suggestion: "name the headers one by one"),
            Case(
                response: [.merge(bad("set-cookie"), "a")],
                message: "Set-Cookie cannot be merged: each cookie is a line of its own", suggestion: "use `add`"),
            Case(
                response: [.merge(bad("www-authenticate"), "Bearer")],
                message: "www-authenticate cannot be merged: its challenges have commas of their own",
                suggestion: "use `add` for another challenge"),
            Case(
                response: [.merge(bad("Content_Type"), "text/html")],
                message: "Content_Type cannot be merged: it has one value, not a list", suggestion: "use `set`"),
            Case(
                response: [.merge(bad("Expires"), "{time.http}")],
                message: "Expires cannot be merged: it has one value, not a list", suggestion: "use `set`"),
            Case(
                request: [.merge(bad("If-Range"), "\"a\"")],
                message: "If-Range cannot be merged: it has one value, not a list", suggestion: "use `set`"),
            Case(response: [.merge("Vary", bad(" ,, "))], message: "there is nothing to merge into Vary"),
        ]

    static let values: [Case] = [
        value("a {method", "`{` at character 3 of the value is never closed", "close it with `}`, or write `{{` for a brace"),
        value("a} b", "`}` at character 2 of the value closes nothing", "write `}}` for a brace"),
        value("{request.idd}", "there is no placeholder {request.idd}", "did you mean {request.id}?"),
        value("{client_ip}", "there is no placeholder {client_ip}", "did you mean {client.ip}?"),
        value("{request.path}", "there is no placeholder {request.path}", "did you mean {path}?"),
        value("{query.a}", "there is no placeholder {query.a}", "did you mean {query}?"),
        value("{response.status}", "there is no placeholder {response.status}", "did you mean {status}?"),
        value("{cookie.sid}", "there is no placeholder {cookie.sid}", "did you mean {request.cookie.sid}?"),
        value("{header.X-A}", "there is no placeholder {header.X-A}", "did you mean {request.header.X-A}?"),
        value("{remote_ip}", "there is no placeholder {remote_ip}", "did you mean {client.ip}?"),
        value("{env.HOME}", "there is no placeholder {env.HOME}", "did you mean ${HOME}?"),
        value("{http.request.host}", "there is no placeholder {http.request.host}", "did you mean {host}?"),
        value("{http_x_real_ip}", "there is no placeholder {http_x_real_ip}", "did you mean {request.header.X-Real-Ip}?"),
        value("{request.headr.X}", "there is no placeholder {request.headr.X}", "did you mean {request.header.NAME}?"),
        value("{\"a\": 1}", "there is no placeholder {\"a\": 1}", "write `{{` for a brace, or one such as {request.id}"),
        value("{}", "there is no placeholder {}", "write `{{` for a brace, or one such as {request.id}"),
        value("{request.header.}", "there is no placeholder {request.header.}", "did you mean {request.header.NAME}?"),
        value("{request.header.a b}", "\"a b\" in {request.header.a b} is not a name"),
        value(
            "{response.header.Set-Cookie}",
            "{response.header.Set-Cookie} cannot be: Set-Cookie lines are never joined into one value"),
        value(
            "a\r\nB: c", "character 2 of the value is a control character, which no header may carry",
            "take it out; a value is one line"),
        value(
            "é\0", "character 2 of the value is a control character, which no header may carry",
            "take it out; a value is one line"
        ),
        Case(
            request: [.set("A", bad("{status}"))],
            message: "{status} speaks of the response, which is not there yet when a request rule runs",
            suggestion: "use it in `response_headers`"),
        Case(
            request: [.set("A", bad("{response.header.X}"))],
            message: "{response.header.X} speaks of the response, which is not there yet when a request rule runs",
            suggestion: "use it in `response_headers`"),
        Case(response: [.edit("A", bad("("), "b")], message: "the regular expression \"(\" is not valid"),
        Case(response: [.edit("A", "(a)", bad("$2"))], message: "the replacement \"$2\" is not valid"),
        Case(response: [.edit("A", "a", bad("\r\n"))], message: "the replacement"),
        Case(
            response: [Rule(.remove(["A"]), presence: .absent, location: at(7, 3))],
            message: "`if:` depends on the header that a rule writes, and this rule writes none",
            suggestion: "use `when:`, or move `if:` to a `set`, `add` or `merge`"),
        Case(
            request: [Rule(.cors(CORSPolicy(location: at(7, 3))))], message: "`cors` is a policy of responses",
            suggestion: "move it to `response_headers`; preflights are answered from there"),
        Case(
            request: [Rule(.cookies(CookiePolicy(location: at(7, 3))))], message: "`cookies` is a policy of responses",
            suggestion: "move it to `response_headers`; requests know `remove: true` alone"),
    ]

    static let conditions: [Case] = [
        when("\"get\" is not a method: methods are case-sensitive", "write GET") { $0.methods = [bad("get")] },
        when("\"G T\" is not a method", "write one such as GET") { $0.methods = [bad("G T")] },
        when("`*` is every host", "leave out the host") { $0.hosts = [bad("*")] },
        when("the path pattern \"api\" does not start with a slash", "write \"/api\"") { $0.paths = [bad("api")] },
        when("the scheme \"ftp\" is neither http nor https") { $0.schemes = [bad("ftp")] },
        when("\"6000\" is not a status", "write a code (404), a class (5xx) or a range (400-499)") {
            $0.statuses = [bad("6000")]
        },
        when("\"6xx\" is not a status", "write a code (404), a class (5xx) or a range (400-499)") { $0.statuses = [bad("6xx")] },
        when("\"500-999\" is not a status", "write a code (404), a class (5xx) or a range (400-499)") {
            $0.statuses = [bad("500-999")]
        },
        when("\"0xx\" is not a status", "write a code (404), a class (5xx) or a range (400-499)") { $0.statuses = [bad("0xx")] },
        when("\"+20\" is not a status", "write a code (404), a class (5xx) or a range (400-499)") { $0.statuses = [bad("+20")] },
        when("\"500-400\" is not a status", "write a code (404), a class (5xx) or a range (400-499)") {
            $0.statuses = [bad("500-400")]
        },
        when("\"html\" is not a media type", "write it without parameters: \"text/html\", or \"image/*\"") {
            $0.contentTypes = [bad("html")]
        },
        when("\"text/html; charset=utf-8\" is not a media type", "write it without parameters: \"text/html\", or \"image/*\"") {
            $0.contentTypes = [bad("text/html; charset=utf-8")]
        },
        when("the source \"app\" is neither upstream nor proxy") { $0.sources = [bad("app")] },
        when("\"10.0.0.0/33\" is not an IP address or a block of them", "write one such as \"10.0.0.0/8\"") {
            $0.clientIPs = [bad("10.0.0.0/33")]
        },
        when("\"fe80::1%eth0\" is not an IP address or a block of them", "write \"fe80::1\"") {
            $0.clientIPs = [bad("fe80::1%eth0")]
        },
        when("\"010.0.0.1\" is not an IP address or a block of them", "write \"10.0.0.1\"") {
            $0.clientIPs = [bad("010.0.0.1")]
        },
        when("\"::ffff:10.0.0.0/104\" is not an IP address or a block of them", "write \"10.0.0.0/8\"") {
            $0.clientIPs = [bad("::ffff:10.0.0.0/104")]
        },
        when("\"X A\" is not the name of a header: a space cannot be in one", "write X-A") {
            $0.requestHeaders = [FieldTest(name: bad("X A"), test: .present)]
        },
        when("the regular expression \"[\" is not valid") {
            $0.requestHeaders = [FieldTest(name: "X", test: .matches(bad("[")))]
        },
        when("a sample is a percentage from 0 to 100") {
            $0.sample = Sample(percent: 101, key: .clientAddress, location: at(7, 3))
        },
        when("a sample is a percentage from 0 to 100") {
            $0.sample = Sample(percent: .nan, key: .clientAddress, location: at(7, 3))
        },
        when("\"a b\" is not a cookie name") { $0.sample = Sample(percent: 1, key: .cookie("a b"), location: at(7, 3)) },
        when("\"get\" is not a method: methods are case-sensitive", "write GET") {
            var inner = Condition(location: at(1))
            inner.methods = [bad("get")]
            $0.not = [inner]
        },
        requestWhen("status") { $0.statuses = [bad("404")] },
        requestWhen("content_type") { $0.contentTypes = [bad("text/html")] },
        requestWhen("source") { $0.sources = [bad("proxy")] },
        requestWhen("response_header") { $0.responseHeaders = [FieldTest(name: bad("X"), test: .present)] },
    ]

    static let origins: [Case] = [
        cors("`cors` allows no origin", "list them in `allow_origins`, or remove the rule") { $0.allowOrigins = [] },
        cors(
            "`*` with `allow_credentials: true` is refused by every browser",
            "list the origins, or remove `allow_credentials`"
        ) {
            $0.allowOrigins = [bad("*")]
            $0.allowCredentials = yes
        },
        cors(
            "`*` in `allow_headers` with `allow_credentials: true` means a literal star to browsers, not everything",
            "write `echo`, or remove `allow_credentials`"
        ) {
            $0.allowHeaders = [bad("*")]
            $0.allowCredentials = yes
        },
        cors(
            "`*` in `allow_methods` with `allow_credentials: true` means a literal star to browsers, not everything",
            "list the methods, or remove `allow_credentials`"
        ) {
            $0.allowMethods = [bad("*")]
            $0.allowCredentials = yes
        },
        cors(
            "`*` in `expose_headers` with `allow_credentials: true` means a literal star to browsers, not everything",
            "list the headers, or remove `allow_credentials`"
        ) {
            $0.exposeHeaders = [bad("*")]
            $0.allowCredentials = yes
        },
        cors("`max_age` may not be negative", "write 0 to ask before every request") { $0.maxAge = Located(-1, at: at(7, 3)) },
        cors("`echo` allows every header, so it stands alone", "remove the other names, or `echo`") {
            $0.allowHeaders = [bad("echo"), "X-A"]
        },
        cors("\"X A\" is not the name of a header: a space cannot be in one", "write X-A") { $0.allowHeaders = [bad("X A")] },
        cors("\"patch\" is not a method: methods are case-sensitive", "write PATCH") { $0.allowMethods = [bad("patch")] },
        cors("browsers never send TRACE for a page", "remove it") { $0.allowMethods = [bad("TRACE")] },
        origin("app.example", "the origin \"app.example\" has no scheme", "write \"https://app.example\""),
        origin("*.app.example", "the origin \"*.app.example\" has no scheme", "write \"https://*.app.example\""),
        origin(
            "https://app.example, http://localhost:3000",
            "\"https://app.example, http://localhost:3000\" is several origins in one text",
            "write one entry for each: [\"https://app.example\", \"http://localhost:3000\"]"),
        origin(
            "a.example b.example", "\"a.example b.example\" is several origins in one text",
            "write one entry for each: [\"a.example\", \"b.example\"]"),
        origin("//app.example", "the origin \"//app.example\" has no scheme"),
        origin(
            "https://app.example/",
            "the origin \"https://app.example/\" has a path: an origin is scheme, host and port, without even a closing slash",
            "write \"https://app.example\""),
        origin(
            "https://app.example/a?b",
            "the origin \"https://app.example/a?b\" has a path: an origin is scheme, host and port, without even a closing slash",
            "write \"https://app.example\""),
        origin(
            "https://me:pw@app.example", "the origin \"https://me:pw@app.example\" has a user name, which browsers never send",
            "write \"https://app.example\""),
        origin(
            "HTTPS://app.example", "the scheme of the origin \"HTTPS://app.example\" is not in lower case, as browsers send it",
            "write \"https://app.example\""),
        origin("*://app.example", "\"*\" is not the scheme of an origin", "write it out, as in \"https://…\""),
        origin(
            "https://*", "\"https://*\" is every host: any site could read the answers",
            "name the domain, as in \"https://*.app.example\", or write `*` without credentials"),
        origin("https://*:*", "\"https://*:*\" is every host: any site could read the answers"),
        origin("https://app*.example", "in \"https://app*.example\" the star is not a whole first label"),
        origin("https://a.*.example", "in \"https://a.*.example\" the star is not a whole first label"),
        origin(
            "https://*app.example", "in \"https://*app.example\" the star is not a whole first label",
            "write \"https://*.app.example\", or `regex:` with an expression"),
        origin("https://", "the host of the origin \"https://\" is not a host name"),
        origin("https://a b", "the host of the origin \"https://a b\" is not a host name"),
        origin("https://*.", "the host of the origin \"https://*.\" is not a host name"),
        origin(
            "https://a:0", "the port of the origin \"https://a:0\" is not a number from 1 to 65535", "write `:*` for any port"),
        origin(
            "https://a:x", "the port of the origin \"https://a:x\" is not a number from 1 to 65535", "write `:*` for any port"),
        origin("regex:(", "the regular expression \"(\" is not valid"),
    ]

    @Test("With place, message and fix", arguments: [names, values, conditions, origins])
    func table(cases: [Case]) {
        for entry in cases {
            let errors = StageUnderTest.errors(request: entry.request, response: entry.response)
            #expect(errors.count == 1, "\(entry.message): \(errors)")
            guard let error = errors.first else { continue }
            #expect(error.message.hasPrefix(entry.message), "\(error.message)")
            #expect(error.location == at(7, 3), "\(entry.message)")
            if let suggestion = entry.suggestion { #expect(error.suggestion == suggestion) }
        }
    }

    @Test("All errors are told, in the order of the rules")
    func all() {
        let errors = StageUnderTest.errors(
            request: [.set("Connection", "1")],
            response: [.set("A b", "{x"), .set("B", "ok"), .remove("*", "Upgrade"), .cors { $0.allowOrigins = ["a", "b"] }])
        #expect(
            errors.map { String($0.message.prefix(14)) } == [
                "Connection can", "\"A b\" is not t", "`{` at charact", "`*` would remo", "Upgrade cannot", "the origin \"a\"",
                "the origin \"b\"",
            ])
    }

    @Test("What is only warned of")
    func warnings() throws {
        let stage = try StageUnderTest(response: [
            .cors {
                $0.allowOrigins = ["null"]
                $0.allowCredentials = Self.yes
                $0.maxAge = Located(86_401, at: at(7, 3))
            }
        ])
        #expect(stage.policy.warnings.map(\.location) == [at(1), at(7, 3)])
    }
}
