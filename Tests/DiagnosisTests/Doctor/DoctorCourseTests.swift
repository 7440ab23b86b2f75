import Diagnosis
import HTTPModel
import HeaderPolicy
import ProxyConfig
import Testing

/// `doctor` on servers made of a table: what is said of the way to an answer, and advice that fits what was found.
@Suite struct DoctorCourseTests {
    /// What a server answers to a method and a path; everything is allowed unless it says otherwise.
    private static func doctor(
        _ method: String, _ answers: [String: (Int, [FieldText])], scheme: String = "https"
    ) async throws -> (complaints: [Complaint], steps: [String]) {
        var question = DoctorQuestion(url: try #require(WebURL("\(scheme)://api.example/items")), origin: "https://app.example")
        question.method = method
        let cors = [
            FieldText("Access-Control-Allow-Origin", "https://app.example"), FieldText("Access-Control-Allow-Methods", "PUT"),
            FieldText("Vary", "Origin"),
        ]
        var doctor = Doctor(question) { request in
            let found = answers["\(request.method) \(request.url.path)"] ?? (request.method == "OPTIONS" ? (204, []) : (404, []))
            let isForeign = !request.fields.contains(FieldText("Origin", "https://app.example"))
            let own = found.1.contains { $0.name.hasPrefix("Access-Control-") || $0.value == "bare" }
            return .response(FetchResponse(status: found.0, fields: found.1 + (own || isForeign ? [] : cors)), body: [])
        }
        let complaints = await doctor.examine()
        return (complaints, doctor.steps.map(\.text))
    }

    private static func to(_ location: String) -> [FieldText] { [FieldText("Location", location)] }

    @Test func redirectThatEndsInAnError() async throws {
        let found = try await Self.doctor("PUT", ["PUT /items": (302, Self.to("/login")), "PUT /login": (405, [])])
        #expect(found.complaints.map(\.code) == [.redirectedToError] && found.complaints.hasErrors)
        #expect(found.complaints[0].text.contains("ends in 405"))
        #expect(found.complaints[0].text.contains("PUT https://api.example/items 302, "))
        #expect(found.complaints[0].text.contains("PUT https://api.example/login 405"))
        #expect(found.steps.last == "PUT https://api.example/login 405")
        #expect(found.complaints[0].remedies.contains { $0.text.contains("401") })
    }

    @Test(
        arguments: [
            ("GET", ["GET /items": (302, to("/login?next=/items")), "GET /login": (200, [])], [DoctorCode.redirectedToLogin]),
            ("GET", ["GET /items": (302, to("/auth/login")), "GET /auth/login": (200, [])], [.redirectedToLogin]),
            (
                "GET", ["GET /items": (302, to("/accounts/Login.aspx?a")), "GET /accounts/Login.aspx": (200, [])],
                [.redirectedToLogin]
            ),
            ("GET", ["GET /items": (302, to("/authors/7")), "GET /authors/7": (200, [])], []),
            ("GET", ["GET /items": (302, to("/blog/login-pages?login")), "GET /blog/login-pages": (200, [])], []),
            ("GET", ["GET /items": (301, to("/items/")), "GET /items/": (200, [])], []),
            ("GET", ["GET /items": (308, to("/things")), "GET /things": (503, [])], [.redirectedToError]),
            ("PUT", ["PUT /items": (303, to("/done")), "GET /done": (200, [])], []), ("GET", ["GET /items": (404, [])], []),
            ("POST", ["POST /items": (301, to("/items/")), "GET /items/": (200, [])], [.bodyLost]),
            ("POST", ["POST /items": (302, to("/items/")), "GET /items/": (200, [])], [.bodyLost]),
            (
                "POST", ["POST /items": (303, to("//api.example:8443/items")), "GET /items": (200, [])],
                [.bodyLost, .redirectRefused]
            ),
            ("POST", ["POST /items": (301, to("/things")), "GET /things": (404, [])], [.bodyLost, .redirectedToError]),
            ("POST", ["POST /items": (308, to("/items/")), "POST /items/": (200, [])], []),
            ("POST", ["POST /items": (302, to("/done")), "GET /done": (200, [])], []),
            ("POST", ["POST /items": (302, to("/items")), "GET /items": (200, [])], []),
            ("PUT", ["PUT /items": (302, to("/items/")), "PUT /items/": (200, [])], []),
            ("PUT", ["PUT /items": (303, to("/items/")), "GET /items/": (200, [])], [.bodyLost]),
            ("GET", ["GET /items": (500, [])], [.errorStatus]), ("TRACE", [:], [.requestRefused]),
            ("GET", ["GET /items": (302, to("/items"))], [.redirectRefused]),
        ] as [(String, [String: (Int, [FieldText])], [DoctorCode])])
    func course(_ method: String, _ answers: [String: (Int, [FieldText])], _ codes: [DoctorCode]) async throws {
        let found = try await Self.doctor(method, answers)
        #expect(found.complaints.map(\.code) == codes, "\(found.complaints)")
    }

    /// What a POST that became a GET is told, by finding or by note, and in `explain` as well.
    @Test(arguments: [(301, "/items/", true), (303, "/items/", true), (302, "/done", false), (307, "/items/", nil)])
    func turnIntoGET(_ status: Int, _ location: String, _ isLoss: Bool?) async throws {
        let ask: Doctor.Ask = { request in
            let isFirst = request.url.path == "/items"
            let allowed = request.fields.values(of: "Origin") == ["https://app.example"] ? ["https://app.example"] : []
            let fields = allowed.map { FieldText("Access-Control-Allow-Origin", $0) } + [FieldText("Vary", "Origin")]
            let answer = FetchResponse(status: isFirst ? status : 200, fields: fields + (isFirst ? Self.to(location) : []))
            return .response(answer, body: [])
        }
        var question = DoctorQuestion(url: try #require(WebURL("https://api.example/items")), origin: "https://app.example")
        question.method = "POST"
        var doctor = Doctor(question, ask: ask)
        let complaints = await doctor.examine()
        #expect(complaints.map(\.code) == (isLoss == true ? [.bodyLost] : []) && !complaints.hasErrors, "\(complaints)")
        #expect(doctor.notes.contains { $0.contains("became a GET at https://api.example/done") } == (isLoss == false))
        var fetch = PageFetch(origin: question.origin, url: question.url)
        fetch.method = "POST"
        let observed = await ObservedFetch.explained(fetch, isOfPage: true, .http11, ask: ask)
        let text = observed.text(Style(isColored: false))
        #expect(text.contains("warning[LD035] The POST became a GET and its body is lost") == (isLoss == true), "\(text)")
        #expect(text.contains("APPEND_SLASH: ask for https://api.example/items/") == (isLoss == true))
    }

    /// What a redirect is for decides what is advised against it.
    @Test(arguments: [
        ("/items/", "Only the slash", ["strict_slashes", "redirect_slashes", "APPEND_SLASH"]),
        ("https://api.example/items", "leads to https", ["Talisman", "HTTPSRedirectMiddleware", "SECURE_SSL_REDIRECT"]),
        ("/accounts/login/", "leads to a login", ["@login_required", "CORSMiddleware", "CorsMiddleware"]),
        ("/elsewhere", "is redirected (302 to /elsewhere)", ["ask for /elsewhere at once"]),
    ])
    func adviceFits(_ location: String, _ sentence: String, _ remedies: [String]) async throws {
        let found = try await Self.doctor(
            "PUT", ["OPTIONS /items": (302, Self.to(location) + [FieldText("X", "bare")]), "PUT /items": (200, [])],
            scheme: location.hasPrefix("https:") ? "http" : "https")
        let complaint = try #require(found.complaints.first)
        #expect(complaint.code == .redirectOnPreflight && complaint.text.contains(sentence), "\(complaint)")
        let advice = complaint.remedies.map(\.text).joined(separator: "\n")
        for remedy in remedies { #expect(advice.contains(remedy), "\(advice)") }
        for other in ["slashes", "APPEND_SLASH"] where location != "/items/" { #expect(!advice.contains(other), "\(advice)") }
    }

    /// A redirect from https to http is not followed, and the reason is an app that does not know how it is reached.
    @Test func redirectToHTTP() async throws {
        let question = DoctorQuestion(url: try #require(WebURL("https://api.example/items")), origin: "https://app.example")
        let cors = FieldText("Access-Control-Allow-Origin", "https://app.example")
        var doctor = Doctor(question) { request in
            .response(
                FetchResponse(
                    status: request.url.path == "/items" ? 308 : 200,
                    fields: [cors] + (request.url.path == "/items" ? Self.to("http://api.example/items/") : [])), body: [])
        }
        let complaint = try #require(await doctor.examine().first { $0.code == .redirectRefused })
        #expect(complaint.text.contains("mixed content") && complaint.text.contains("does not know that it is served over https"))
        #expect(complaint.remedies.contains { $0.text.contains("ProxyFix") })
        #expect(complaint.remedies.contains { $0.text.contains("SECURE_PROXY_SSL_HEADER") })
    }

    /// The same on this machine, where browsers follow: what comes of it is not told beside it.
    @Test func redirectToHTTPOnThisMachine() async throws {
        let question = DoctorQuestion(
            url: try #require(WebURL("https://localhost:8443/items")), origin: "https://localhost:3000")
        var doctor = Doctor(question) { request in
            guard request.url.scheme == .https else { return .response(FetchResponse(status: 400, fields: []), body: []) }
            let cors = FieldText("Access-Control-Allow-Origin", "https://localhost:3000")
            let fields = [cors, FieldText("Vary", "Origin")] + Self.to("http://localhost:8443/items/")
            return .response(FetchResponse(status: 308, fields: fields), body: [])
        }
        let complaints = await doctor.examine()
        #expect(complaints.map(\.code) == [.redirectRefused], "\(complaints)")
        #expect(complaints.first?.remedies.contains { $0.text.contains("ProxyFix") } == true)
    }

    /// Starlette answers 400 and lists what it allows; what it does not is the fault, and not the status.
    @Test(
        arguments: [
            ("PUT", [], "GET", "", true, DoctorCode.methodNotAllowed),
            ("PUT", ["X-A"], "GET, PUT", "X-B", true, .fieldNotAllowed),
            ("PUT", ["X-A"], "PUT", "x-a", true, .preflightStatus), ("PUT", [], "", "", true, .preflightStatus),
            ("PUT", [], "GET, PUT", "", false, .originMissing),
        ] as [(String, [String], String, String, Bool, DoctorCode)])
    func refusalsThatList(
        _ method: String, _ names: [String], _ methods: String, _ fields: String, _ isListed: Bool, _ code: DoctorCode
    ) async throws {
        var question = DoctorQuestion(url: try #require(WebURL("https://api.example/items")), origin: "https://app.example")
        question.method = method
        question.fields = names.map { FieldText($0, "1") }
        var doctor = Doctor(question) { request in
            guard request.method == "OPTIONS" else { return .response(FetchResponse(status: 200, fields: []), body: []) }
            var all = [FieldText("Access-Control-Max-Age", "600"), FieldText("Access-Control-Allow-Methods", methods)]
            if !fields.isEmpty { all.append(FieldText("Access-Control-Allow-Headers", fields)) }
            if isListed { all.append(FieldText("Access-Control-Allow-Origin", "https://app.example")) }
            return .response(FetchResponse(status: 400, fields: all), body: [])
        }
        let complaint = try #require(await doctor.examine().first)
        #expect(complaint.code == code, "\(complaint)")
    }

    /// A page of the server's own origin needs no CORS, on errors either.
    @Test func ownOrigin() async throws {
        let question = DoctorQuestion(url: try #require(WebURL("https://api.example/items")), origin: "https://api.example")
        var doctor = Doctor(question) { request in
            let fields = [FieldText("Access-Control-Allow-Origin", "https://app.example"), FieldText("X-Frame-Options", "DENY")]
            let isFound = request.url.path == "/items"
            return .response(FetchResponse(status: isFound ? 200 : 404, fields: isFound ? fields : []), body: [])
        }
        let complaints = await doctor.examine()
        #expect(
            complaints.map(\.code) == [.droppedOnErrors] && complaints[0].text.contains("has no X-Frame-Options."),
            "\(complaints)")
    }

    /// A page of https cannot ask http, however right the answer; this machine is an exception.
    @Test(arguments: [("http://api.example/", true), ("http://127.0.0.1:5000/", false), ("https://api.example/", false)])
    func mixedContent(_ url: String, _ isRefused: Bool) async throws {
        let question = DoctorQuestion(url: try #require(WebURL(url)), origin: "https://app.example")
        let ask: Doctor.Ask = { request in
            let fields = request.fields.values(of: "Origin") == ["https://app.example"] ? ["https://app.example"] : []
            let allowed = fields.map { FieldText("Access-Control-Allow-Origin", $0) } + [FieldText("Vary", "Origin")]
            return .response(FetchResponse(status: 200, fields: allowed), body: [])
        }
        var doctor = Doctor(question, ask: ask)
        #expect(await doctor.examine().map(\.code) == (isRefused ? [.requestRefused] : []))
        let observed = await ObservedFetch.explained(
            PageFetch(origin: question.origin, url: question.url), isOfPage: true, .http11, ask: ask)
        #expect(observed.isRefused == isRefused)
    }

    /// Headers that are right do not help where the body breaks off.
    @Test func brokenBody() async throws {
        let question = DoctorQuestion(url: try #require(WebURL("https://api.example/")), origin: "https://api.example")
        let ask: Doctor.Ask = { _ in
            var response = FetchResponse(status: 200, fields: [FieldText("Access-Control-Allow-Origin", "https://app.example")])
            response.isBroken = true
            return .response(response, body: [])
        }
        var doctor = Doctor(question, ask: ask)
        #expect(await doctor.examine().map(\.code) == [.brokenBody])
        let fetch = PageFetch(origin: "https://app.example", url: question.url)
        let observed = await ObservedFetch.explained(fetch, isOfPage: true, .http11, ask: ask)
        let text = observed.text(Style(isColored: false))
        #expect(observed.isRefused && text.contains("reads status, and fails to read the body, which breaks off"), "\(text)")
        #expect(observed.json.written().contains(#""kind": "body_broken""#) && observed.complaints.map(\.code) == [.brokenBody])
    }

    /// A cookie of http is refused if it is Secure, except on this machine; one of another scheme does not go across.
    @Test(arguments: [
        ("http://127.0.0.1:5000/", "http://localhost:3000", DoctorCode?.none), ("http://[::1]/", "http://localhost:3000", nil),
        ("http://127.0.0.1.example/", "http://localhost:3000", .cookieRefused),
        ("http://api.app.example/", "https://app.example", .cookieNotSentAcross),
        ("http://api.app.example/", "http://app.example", nil),
    ])
    func cookies(_ url: String, _ origin: String, _ code: DoctorCode?) async throws {
        var question = DoctorQuestion(url: try #require(WebURL(url)), origin: origin)
        question.credentials = .include
        let isAcross = origin.hasSuffix("app.example")
        var doctor = Doctor(question) { _ in
            .response(
                FetchResponse(
                    status: 200,
                    fields: [FieldText("Set-Cookie", isAcross ? "a=b; SameSite=Lax" : "a=b; Secure; SameSite=None")]), body: [])
        }
        let found = await doctor.examine().map(\.code).filter { [.cookieRefused, .cookieNotSentAcross].contains($0) }
        #expect(found == (code.map { [$0] } ?? []))
    }

    @Test(arguments: [
        (401, "asks for a login"), (404, "no route has this path"), (500, "the app fails for OPTIONS"),
        (405, "answers OPTIONS itself"),
    ])
    func adviceFitsThePreflight(_ status: Int, _ text: String) async throws {
        let found = try await Self.doctor("PUT", ["OPTIONS /items": (status, []), "PUT /items": (200, [])])
        let complaint = try #require(found.complaints.first { $0.code == .preflightStatus })
        #expect(complaint.remedies.contains { $0.text.contains(text) }, "\(complaint)")
    }

    @Test(arguments: [
        ("a=b; SameSite=None", "Secure", true), ("a=b; Domain=other.example", "leave out Domain", false),
    ])
    func adviceFitsTheCookie(_ cookie: String, _ fix: String, _ isLetterheads: Bool) async throws {
        let found = try await Self.doctor("GET", ["GET /items": (200, [FieldText("Set-Cookie", cookie)])])
        let complaint = try #require(found.complaints.first { $0.code == .cookieRefused })
        for remedy in complaint.remedies where remedy.place != .letterhead { #expect(remedy.text.contains(fix), "\(remedy)") }
        #expect(complaint.remedies.contains { $0.place == .letterhead } == isLetterheads)
    }

    /// What is told may bring a full stop of its own.
    @Test func oneFullStop() async throws {
        let question = DoctorQuestion(url: try #require(WebURL("https://api.example/")), origin: "https://app.example")
        var doctor = Doctor(question) { _ in .failure("the certificate has expired.") }
        let complaints = await doctor.examine()
        #expect(
            complaints.map(\.text) == ["There is no answer from https://api.example over HTTP/1.1: the certificate has expired."])
    }

    /// Nothing of a server's words steers a terminal, whether there are colours or not; and secrets are left out.
    @Test(arguments: [true, false]) func saysNothingThatSteers(_ isColored: Bool) async throws {
        let evil = "/x\u{1B}]0;title\u{7}\u{9B}31m\u{202E}?token=s3cret"
        let found = try await Self.doctor(
            "PUT", ["OPTIONS /items": (302, Self.to(evil) + [FieldText("X", "bare")]), "PUT /items": (200, [])])
        let style = Style(isColored: isColored)
        let text = style.safe(found.complaints.text(style))
        let rest = ["0", "1", "2", "31", "32", "33"].reduce(text) { $0.replacing("\u{1B}[\($1)m", with: "") }
        #expect(text.contains("\u{1B}[31m") == isColored)
        #expect(
            rest.unicodeScalars.allSatisfy {
                $0 == "\n" || $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) && $0 != "\u{202E}"
            })
        #expect(rest.contains("\\u{1b}]0;title\\u{7}") && !rest.contains("s3cret"))
    }

    /// Of a whole report only the report's own colours are left.
    @Test func reportsAreSafe() {
        let report = "a\u{1B}[31mred\u{1B}[0m \u{1B}[2J\u{1B}]52;c;x\u{7}\r\n\ttab"
        #expect(Style(isColored: true).safe(report) == "a\u{1B}[31mred\u{1B}[0m \\u{1b}[2J\\u{1b}]52;c;x\\u{7}\\u{d}\n\ttab")
        #expect(Style(isColored: false).safe(report).contains("a\\u{1b}[31mred"))
        #expect(Style(isColored: true).red("a\u{1B}[2Jb") == "\u{1B}[31ma\\u{1b}[2Jb\u{1B}[0m")
    }

    /// Where a redirect leads that the page may not follow is said, and asked with GET whatever the page asks with.
    @Test(
        arguments: [
            (
                ["GET /items": (302, bare("/a")), "GET /a": (301, bare("/b")), "GET /b": (500, [])],
                "https://api.example/a 301, https://api.example/b 500."
            ),
            (["GET /items": (302, bare("/login")), "GET /login": (200, [])], "https://api.example/login 200."),
            (["GET /items": (302, bare("/items"))], "https://api.example/items 302, https://api.example/items 302"),
        ] as [([String: (Int, [FieldText])], String)])
    func tellsWhereARedirectLeads(_ answers: [String: (Int, [FieldText])], _ course: String) async throws {
        for method in ["GET", "PUT"] {
            let found = try await Self.doctor(
                method, answers.merging(["OPTIONS /items": answers["GET /items"] ?? (200, [])]) { first, _ in first })
            let complaint = try #require(found.complaints.first)
            #expect(complaint.code == (method == "GET" ? .redirectLosesCORS : .redirectOnPreflight))
            #expect(complaint.text.contains("Who follows it gets: \(course)"), "\(complaint.text)")
        }
    }

    private static func bare(_ location: String) -> [FieldText] { to(location) + [FieldText("X", "bare")] }

    @Test(arguments: [
        (
            403, "<h1>Forbidden</h1> CSRF verification failed. Request aborted.",
            "CSRF_TRUSTED_ORIGINS = [\"https://app.example\"]"
        ),
        (400, "Invalid HTTP_HOST header: 'api.example'", "add it to ALLOWED_HOSTS"), (403, "Forbidden", nil), (200, "CSRF", nil),
    ])
    func knowsTheRefusalsOfDjango(_ status: Int, _ body: String, _ words: String?) async throws {
        let question = DoctorQuestion(url: try #require(WebURL("https://api.example/items")), origin: "https://app.example")
        var doctor = Doctor(question) { _ in
            let fields = [FieldText("Access-Control-Allow-Origin", "https://app.example"), FieldText("Vary", "Origin")]
            return .response(FetchResponse(status: status, fields: fields), body: Array(body.utf8))
        }
        _ = await doctor.examine()
        #expect(doctor.notes.first?.contains(words ?? "") == words.map { _ in true } && doctor.notes.count <= 1)
    }

    /// What a page cannot see from the headers: a name of this machine that is another site, and an origin that nobody should allow.
    @Test(arguments: [
        (
            "http://127.0.0.1:3000", "http://localhost:8080/me",
            "Open the page as http://localhost:3000, or let it ask http://127.0.0.1:8080."
        ),
        ("http://localhost:3000", "http://127.0.0.1:8080/", "Open the page as http://127.0.0.1:3000"),
        ("http://localhost:3000", "https://localhost:8443/", "Serve page and app both by https, and under the one name"),
        ("http://127.0.0.1:3000", "https://localhost:8443/", "both by https, and under the one name localhost."),
        ("http://localhost:3000", "http://localhost:8080/", nil), ("http://127.0.0.1:3000", "http://127.0.0.1:5000/", nil),
        ("https://app.example", "https://api.example/", nil), ("null", "http://localhost:5000/", "`python3 -m http.server 3000`"),
    ])
    func knowsSitesOfThisMachine(_ origin: String, _ url: String, _ words: String?) async throws {
        var question = DoctorQuestion(url: try #require(WebURL(url)), origin: origin)
        question.credentials = .include
        let doctor = Doctor(question) { _ in .failure("not asked") }
        #expect(doctor.notes.contains { $0.contains(words ?? "") } == (words != nil), "\(doctor.notes)")
        question.credentials = .omit
        guard origin != "null" else { return }
        #expect(!Doctor(question) { _ in .failure("not asked") }.notes.contains { $0.contains("two sites") })
    }

    /// To have `null` allowed is no advice.
    @Test func nobodyIsToldToAllowNull() async throws {
        let question = DoctorQuestion(url: try #require(WebURL("https://api.example/items")), origin: "null")
        var doctor = Doctor(question) { _ in .response(FetchResponse(status: 200, fields: []), body: []) }
        let complaints = await doctor.examine()
        #expect(complaints.map(\.code) == [.originMissing])
        #expect(complaints.flatMap(\.remedies).isEmpty, "\(complaints)")
    }

    @Test(arguments: [
        ("OPTIONS", 401, "asks the preflight for a login", "browsers send no credentials"),
        ("OPTIONS", 403, "asks the preflight for a login", "browsers send no credentials"),
        ("OPTIONS", 500, "the app fails for OPTIONS", "the traceback is in its log"),
        ("OPTIONS", 404, "https://app.example is not allowed, or nothing here does CORS", "no route has this path"),
        ("OPTIONS", 200, "https://app.example is not allowed, or nothing here does CORS", "make_response"),
        ("GET", 500, "the app failed, and nothing added CORS headers to the failure", "traceback"),
    ])
    func saysWhoFailed(_ method: String, _ status: Int, _ why: String, _ remedy: String) async throws {
        let found = try await Self.doctor(
            method == "GET" ? "GET" : "PUT", ["\(method) /items": (status, [FieldText("X", "bare")])])
        let complaint = try #require(found.complaints.first { [.preflightWithoutCORS, .errorBehindCORS].contains($0.code) })
        #expect(complaint.text.contains(why), "\(complaint.text)")
        #expect(complaint.remedies.contains { $0.text.contains(remedy) }, "\(complaint.remedies)")
    }

    @Test(arguments: [
        ("no connection (Connection refused)", "http", "Nothing listens there: start the app"),
        ("no connection (no address for api.example)", "http", "Is the name right?"),
        ("TLS: its certificate does not lead to a trusted authority", "https", "With `-k` any certificate is taken"),
        ("closed without an answer", "http", "Perhaps it speaks https there"),
        ("what answered does not speak this protocol: the HTTP version is neither", "https", "Perhaps it speaks http there"),
    ])
    func silenceHasAdvice(_ failure: String, _ scheme: String, _ advice: String) async throws {
        let question = DoctorQuestion(url: try #require(WebURL("\(scheme)://api.example/")), origin: "\(scheme)://app.example")
        var doctor = Doctor(question) { _ in .failure(failure) }
        let complaints = await doctor.examine()
        #expect(complaints.map(\.code) == [.unreachable] && complaints[0].text.contains("\(failure). \(advice)"), "\(complaints)")
    }

    /// Who has the header twice is not told to add it once more, and a header that is not allowed is told by its name in every place.
    @Test func remediesName() async throws {
        let twice = FieldText("Access-Control-Allow-Origin", "https://app.example")
        let found = try await Self.doctor("GET", ["GET /items": (200, [twice, twice])])
        let remedies = try #require(found.complaints.first { $0.code == .originTwice }).remedies
        #expect(remedies.count == 4 && remedies.allSatisfy { !$0.text.contains("add_middleware") }, "\(remedies)")
        var question = DoctorQuestion(url: try #require(WebURL("https://api.example/items")), origin: "https://app.example")
        question.fields = [FieldText("X-CSRFToken", "a")]
        var doctor = Doctor(question) { _ in
            .response(
                FetchResponse(status: 200, fields: [FieldText("Access-Control-Allow-Origin", "https://app.example")]), body: [])
        }
        let refused = try #require(await doctor.examine().first { $0.code == .fieldNotAllowed })
        #expect(refused.remedies.count == 4 && refused.remedies.allSatisfy { $0.text.contains("x-csrftoken") }, "\(refused)")
    }

    @Test func aCircleIsShort() async throws {
        let found = try await Self.doctor("GET", ["GET /items": (302, Self.to("/items"))])
        let text = try #require(found.complaints.first { $0.code == .redirectRefused }).text
        #expect(text.contains("GET https://api.example/items 302 (21 times).") && text.utf8.count < 200, "\(text)")
    }
}
