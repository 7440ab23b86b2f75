import Diagnosis
import HTTPModel
import HeaderPolicy
import Testing

/// `doctor` where the origin is what does not fit: advice that would help.
@Suite struct DoctorOriginTests {
    /// Examines a server of both schemes, of which the one of http redirects to the one of https.
    private static func redirected(
        _ method: String, _ allowed: String?, allowsCredentials: Bool = true
    ) async throws -> (complaints: [Complaint], explained: String) {
        let cors = [
            FieldText("Access-Control-Allow-Origin", "http://app.example"), FieldText("Access-Control-Allow-Methods", "PUT"),
            FieldText("Access-Control-Allow-Credentials", "true"), FieldText("Vary", "Origin"),
        ]
        let ask: Doctor.Ask = { request in
            let isPage = request.fields.contains(FieldText("Origin", "http://app.example"))
            guard request.url.scheme == .https else {
                let fields = (isPage ? cors : []) + [FieldText("Location", "https://api.example/items")]
                let status = request.method == "OPTIONS" ? 204 : 307
                return .response(FetchResponse(status: status, fields: status == 204 ? cors : fields), body: [])
            }
            let own = allowed.map { [FieldText("Access-Control-Allow-Origin", $0)] } ?? []
            let fields = own + cors.dropFirst().filter { allowsCredentials || !$0.name.hasSuffix("Credentials") }
            return .response(FetchResponse(status: 200, fields: fields), body: [])
        }
        var question = DoctorQuestion(url: try #require(WebURL("http://api.example/items")), origin: "http://app.example")
        (question.method, question.credentials) = (method, .include)
        var doctor = Doctor(question, ask: ask)
        let complaints = await doctor.examine()
        var fetch = PageFetch(origin: question.origin, url: question.url)
        (fetch.method, fetch.credentials) = (method, .include)
        let observed = await ObservedFetch.explained(fetch, isOfPage: true, .http11, ask: ask)
        return (complaints, observed.text(Style(isColored: false)))
    }

    /// After a redirect from one foreign origin to another the browser says `Origin: null`: to name the page's does not help, and
    /// nobody is told to allow `null`.
    @Test(arguments: [
        ("GET", "http://app.example", "it allows http://app.example, not null."),
        ("GET", nil, "it has no Access-Control-Allow-Origin."), ("GET", "*", "it allows `*`, which does not count"),
        ("GET", "null, null", "it has more than one Access-Control-Allow-Origin"),
        ("PUT", "http://app.example", "the preflight's answer allows http://app.example, not null."),
        ("PUT", nil, "the preflight's answer has no Access-Control-Allow-Origin."),
    ])
    func afterARedirect(_ method: String, _ allowed: String?, _ reason: String) async throws {
        let found = try await Self.redirected(method, allowed)
        let complaint = try #require(found.complaints.first)
        #expect(found.complaints.map(\.code) == [.redirectRefused], "\(found.complaints)")
        let loss = "After the redirect from http://api.example to https://api.example the browser says `Origin: null`."
        #expect(complaint.text.hasPrefix(loss) && complaint.text.contains("ask for https://api.example/items itself"))
        #expect(complaint.remedies.count == 4, "\(complaint.remedies)")
        for remedy in complaint.remedies {
            #expect(!remedy.text.contains("app.example") && !remedy.text.contains("null") && remedy.text.contains("https"))
        }
        #expect(found.explained.contains(reason) && found.explained.contains(loss), "\(found.explained)")
    }

    /// Where `null` is allowed without credentials, it is no other origin that is missing.
    @Test func nullWithoutCredentials() async throws {
        let found = try await Self.redirected("GET", "null", allowsCredentials: false)
        #expect(found.complaints.map(\.code) == [.redirectRefused, .allowsNull], "\(found.complaints)")
        #expect(found.complaints[0].remedies.allSatisfy { !$0.text.contains("credentials") })
    }

    /// What looks at the origin and allows nothing does CORS for others: its list lacks this one, and a second proxy is no remedy.
    @Test(arguments: [
        (204, "Origin, Access-Control-Request-Method, Access-Control-Request-Headers", true), (200, "accept, origin", true),
        (403, "Access-Control-Request-Method", true), (404, "Origin", true), (401, "Origin", false), (500, "Origin", false),
        (200, "Cookie", false), (200, nil, false),
    ])
    func preflightOfAnotherOrigin(_ status: Int, _ vary: String?, _ isListed: Bool) async throws {
        var question = DoctorQuestion(url: try #require(WebURL("https://api.example/items")), origin: "https://app.example")
        question.method = "PUT"
        var doctor = Doctor(question) { _ in
            .response(FetchResponse(status: status, fields: vary.map { [FieldText("Vary", $0)] } ?? []), body: [])
        }
        let complaint = try #require(await doctor.examine().first { $0.code == .preflightWithoutCORS })
        #expect(complaint.text.contains("CORS is there: https://app.example is not in its list.") == isListed)
        #expect(complaint.remedies.contains { $0.text.contains("letterhead proxy") } == !isListed, "\(complaint.remedies)")
        if isListed || status == 200 {
            #expect(complaint.remedies.contains { $0.text.hasPrefix("CORS(app, origins=[\"https://app.example\"])") })
        }
        guard isListed else { return }
        #expect(complaint.remedies.contains { $0.text == "`allow_origins: [https://app.example]` in the `cors` rule" })
    }

    /// A cookie that does not go along is not dropped without a word.
    @Test(arguments: PageFetch.Credentials.allCases) func cookies(_ credentials: PageFetch.Credentials) async throws {
        let words = "Cookie is not sent: credentials are \(credentials.rawValue); --credentials include sends it."
        let note = credentials == .include ? nil : words
        var question = DoctorQuestion(url: try #require(WebURL("https://api.example/items")), origin: "https://app.example")
        (question.credentials, question.fields) = (credentials, [FieldText("Cookie", "a=b")])
        let ask: Doctor.Ask = { _ in .response(FetchResponse(status: 200, fields: []), body: []) }
        var doctor = Doctor(question, ask: ask)
        _ = await doctor.examine()
        #expect(doctor.notes == (note.map { [$0] } ?? []))
        var fetch = PageFetch(origin: question.origin, url: question.url)
        (fetch.credentials, fetch.fields) = (credentials, question.fields)
        let observed = await ObservedFetch.explained(fetch, isOfPage: true, .http11, ask: ask)
        #expect(observed.text(Style(isColored: false)).contains(words) == (note != nil))
        let json = observed.json.written().filter { !$0.isWhitespace }
        #expect(json.contains(note == nil ? "\"unsent_fields\":[]" : "\"unsent_fields\":[\"Cookie\"]"), "\(json)")
    }
}
