import Diagnosis
import HTTPModel
import HeaderPolicy
import Testing

/// `doctor` names the cause, and not what stands beside it.
@Suite struct DoctorAdviceTests {
    static let origin = "https://app.example"
    static let own = FieldText("Access-Control-Allow-Origin", origin)

    /// Examines a server that gives every request the same answer, preflights 204.
    static func doctor(
        _ status: Int, _ fields: [FieldText], _ change: (inout DoctorQuestion) -> Void = { _ in }
    ) async throws -> [Complaint] {
        var question = DoctorQuestion(url: try #require(WebURL("https://api.example/items")), origin: origin)
        change(&question)
        var doctor = Doctor(question) { request in
            .response(FetchResponse(status: request.method == "OPTIONS" ? 204 : status, fields: fields), body: [])
        }
        return await doctor.examine()
    }

    /// An error is to blame only where nothing of CORS is there; elsewhere it stands beside what is wrong with CORS.
    @Test(
        arguments: [
            (500, [], [DoctorCode.errorBehindCORS]), (500, [own], [.credentialsMissing, .errorStatus]),
            (500, [FieldText("Access-Control-Allow-Origin", "*")], [.starWithCredentials, .errorStatus]),
            (500, [FieldText("Access-Control-Allow-Origin", "https://b.example")], [.originDiffers, .errorStatus]),
            (500, [own, own], [.originTwice, .errorStatus]),
            (500, [FieldText("Vary", "Origin")], [.originMissing, .errorStatus]),
            (503, [FieldText("Access-Control-Allow-Credentials", "true")], [.originMissing, .errorStatus]),
            (200, [FieldText("Vary", "Accept, origin")], [.originMissing]),
            (404, [FieldText("Vary", "Origin")], [.originMissing]),
            (404, [], [.droppedOnErrors]), (500, [FieldText("Vary", "Cookie")], [.errorBehindCORS]),
        ] as [(Int, [FieldText], [DoctorCode])])
    func errorsBesideCORS(_ status: Int, _ fields: [FieldText], _ codes: [DoctorCode]) async throws {
        let complaints = try await Self.doctor(status, fields) { $0.credentials = .include }
        #expect(Array(complaints.map(\.code).prefix(codes.count)) == codes, "\(complaints)")
        var fetch = PageFetch(origin: Self.origin, url: try #require(WebURL("https://api.example/items")))
        fetch.credentials = .include
        let observed = await ObservedFetch.explained(fetch, isOfPage: true, .http11) { _ in
            .response(FetchResponse(status: status, fields: fields), body: [])
        }
        #expect(Array(observed.complaints.map(\.code).prefix(codes.count)) == codes, "\(observed.complaints)")
        guard codes == [.originMissing, .errorStatus] else { return }
        #expect(complaints[0].text.contains("shows that CORS is there: https://app.example is not in its list."))
        #expect(complaints[0].remedies.allSatisfy { !$0.text.contains("letterhead proxy") })
    }

    /// What a proxy says for an app that is down sends nobody to look for a traceback.
    @Test(arguments: [(500, false), (501, false), (502, true), (503, true), (504, true), (505, false)])
    func wordsOfAProxy(_ status: Int, _ isProxys: Bool) async throws {
        for fields in [[], [Self.own]] {
            let complaint = try #require(try await Self.doctor(status, fields).first)
            #expect(complaint.code == (fields.isEmpty ? .errorBehindCORS : .errorStatus))
            #expect(complaint.text.contains("a proxy's word for an app that does not answer") == isProxys, "\(complaint.text)")
            guard fields.isEmpty else { continue }
            #expect(complaint.text.contains("the app failed") == !isProxys)
            #expect(complaint.remedies.contains { $0.text.contains("traceback") } == !isProxys, "\(complaint.remedies)")
        }
    }

    /// What a page should not send is not to be allowed: the page takes it out.
    @Test(arguments: [
        ("Access-Control-Allow-Origin", true), ("x-frame-options", true), ("X-CSRFToken", false), ("X-Access-Control", false),
    ])
    func headersOfResponses(_ name: String, _ isOfResponses: Bool) async throws {
        let complaints = try await Self.doctor(200, [Self.own, FieldText("Vary", "Origin")]) {
            $0.fields = [FieldText(name, "*")]
        }
        let complaint = try #require(complaints.first { $0.code == .fieldNotAllowed })
        #expect(complaint.text.contains("Take it out of the `fetch` call.") == isOfResponses, "\(complaint.text)")
        #expect(complaint.remedies.isEmpty == isOfResponses, "\(complaint.remedies)")
    }

    /// A page that sends credentials is not sent from one error to the next.
    @Test(
        arguments: [
            ([], DoctorCode.originMissing), ([FieldText("Access-Control-Allow-Origin", "https://b.example")], .originDiffers),
            ([FieldText("Access-Control-Allow-Origin", "*")], .starWithCredentials),
            ([FieldText("Vary", "Origin")], .originMissing),
        ] as [([FieldText], DoctorCode)])
    func credentials(_ fields: [FieldText], _ code: DoctorCode) async throws {
        for mode in [PageFetch.Credentials.include, .sameOrigin] where code != .starWithCredentials || mode == .include {
            for method in ["GET", "PUT"] where fields.isEmpty || method == "GET" {
                let complaints = try await Self.doctor(200, fields) { ($0.credentials, $0.method) = (mode, method) }
                let wanted = method == "GET" ? code : .preflightWithoutCORS
                let complaint = try #require(complaints.first { $0.code == wanted }, "\(complaints)")
                #expect(complaint.remedies.count == 4)
                for remedy in complaint.remedies {
                    #expect(remedy.text.lowercased().contains("credentials") == (mode == .include), "\(remedy)")
                }
            }
        }
    }

    /// Errors that are made outside of what adds the CORS headers, in the words of each kind of app.
    @Test(arguments: [401, 403, 404, 405]) func errorsWithoutCORS(_ status: Int) async throws {
        let complaint = try #require(try await Self.doctor(status, []).first)
        #expect(complaint.code == .droppedOnErrors)
        let advice = Dictionary(uniqueKeysWithValues: complaint.remedies.map { ($0.place, $0.text) })
        #expect(advice[.fastAPI]?.contains("as the last one that is added") == true, "\(advice)")
        #expect(advice[.django]?.contains("CorsMiddleware first in MIDDLEWARE") == true)
        #expect(advice[.flask]?.contains("abort(") == true && advice[.flask]?.contains("CORS(app, origins=") == true)
    }

    /// A list in one line is another mistake than two lines.
    @Test(
        arguments: [
            (["https://app.example, https://b.example"], DoctorCode.malformedOrigin, "allows a list"),
            (["https://app.example https://b.example"], .malformedOrigin, "only one origin counts there"),
            (["https://app.example, https://app.example"], .originTwice, "two layers add it."),
            (["https://app.example, *"], .originTwice, "two layers add it, or"),
            (["https://app.example", "https://app.example"], .originTwice, "two layers add it."),
            (["https://app.example", "https://b.example"], .originTwice, "or one adds a line for each origin"),
        ] as [([String], DoctorCode, String)])
    func lists(_ lines: [String], _ code: DoctorCode, _ words: String) async throws {
        let complaints = try await Self.doctor(200, lines.map { FieldText("Access-Control-Allow-Origin", $0) })
        #expect(complaints.first?.code == code && complaints.first?.text.contains(words) == true, "\(complaints)")
    }

    /// Not every cookie is the session's.
    @Test(arguments: [("id=1; Path=/", ""), ("id=1; SameSite=Lax", ", force: true")])
    func cookiesAcross(_ cookie: String, _ force: String) async throws {
        let complaints = try await Self.doctor(200, [Self.own, FieldText("Set-Cookie", cookie)]) { $0.credentials = .include }
        let complaint = try #require(complaints.first { $0.code == .cookieNotSentAcross })
        for remedy in complaint.remedies where remedy.place != .letterhead {
            #expect(remedy.text.contains("set_cookie(") && remedy.text.lowercased().contains("samesite=\"none\""), "\(remedy)")
        }
        let words = "`cookies: { names: [id], same_site: None, secure: true\(force) }`"
        #expect(complaint.remedies.contains { $0.text.hasPrefix(words) }, "\(complaint.remedies)")
    }

    @Test(
        arguments: [
            ("a=1; Path=/, b=2; Path=/", "b"), ("a=1, b=2", "b"), ("a=1; Path=/,b=2", "b"),
            ("a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT, b=2", "b"), ("a=1; Expires=Wed, 09 Jun 2027 10:18:14 GMT; Path=/", nil),
            ("a=1,b=2; Path=/", nil), ("a={\"x\":1, \"y\"=2}", nil), ("a=1; Path=/,b", nil),
        ] as [(String, String?)])
    func cookiesInOneLine(_ line: String, _ name: String?) async throws {
        let complaints = try await Self.doctor(200, [Self.own, FieldText("Set-Cookie", line)])
        let found = complaints.first { $0.code == .cookieRefused }
        #expect(
            found?.text
                == name.map { "One Set-Cookie line has two cookies, a and behind a comma \($0), which browsers do not keep." })
    }

    /// A method in small letters in the list is not the method.
    @Test(arguments: [("get, put", true), ("GET, POST", false)]) func caseOfMethods(_ list: String, _ isCase: Bool) async throws {
        let complaints = try await Self.doctor(200, [Self.own, FieldText("Access-Control-Allow-Methods", list)]) {
            $0.method = "PUT"
        }
        let complaint = try #require(complaints.first { $0.code == .methodNotAllowed })
        #expect(complaint.text.contains("only \(list): methods are case-sensitive") == isCase, "\(complaint.text)")
    }
}
