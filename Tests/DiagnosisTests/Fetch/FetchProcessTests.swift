import Diagnosis
import HTTPModel
import HeaderPolicy
import Testing

/// The Fetch standard, check by check. That Chromium agrees is looked at by the browser tests.
@Suite struct FetchProcessTests {
    struct Case: Sendable {
        var name: String
        var change: @Sendable (inout PageFetch) -> Void = { _ in }
        var preflight: FetchResponse?
        var response = FetchResponse(status: 200, fields: [])
        var verdict: String
        var preflightFor: [String] = []
    }

    static let origin = "https://app.example"

    private static func fields(_ lines: String...) -> [FieldText] {
        lines.map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return FieldText(String(parts[0]), parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
    }

    private static func answer(_ status: Int = 200, _ lines: String...) -> FetchResponse {
        FetchResponse(
            status: status,
            fields: lines.map { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                return FieldText(String(parts[0]), String(parts[1].drop { $0 == " " }))
            })
    }

    private static let own = "Access-Control-Allow-Origin: https://app.example"
    private static let credentials = "Access-Control-Allow-Credentials: true"

    static let cases: [Case] = [
        Case(name: "no answer to CORS", verdict: "allow_origin_missing"),
        Case(name: "own origin", response: answer(200, own), verdict: "readable"),
        Case(name: "star", response: answer(200, "Access-Control-Allow-Origin: *"), verdict: "readable"),
        Case(
            name: "another", response: answer(200, "Access-Control-Allow-Origin: https://b.example"),
            verdict: "allow_origin_differs"),
        Case(name: "twice", response: answer(200, own, own), verdict: "allow_origin_twice"),
        Case(name: "two in one", response: answer(200, own + ", *"), verdict: "allow_origin_twice"),
        Case(name: "with a slash", response: answer(200, own + "/"), verdict: "allow_origin_differs"),
        Case(name: "a 500 with CORS", response: answer(500, own), verdict: "readable"),
        Case(
            name: "credentials, not allowed", change: { $0.credentials = .include }, response: answer(200, own),
            verdict: "allow_credentials_missing"),
        Case(
            name: "credentials, allowed", change: { $0.credentials = .include }, response: answer(200, own, credentials),
            verdict: "readable"),
        Case(
            name: "credentials, capital", change: { $0.credentials = .include },
            response: answer(200, own, "Access-Control-Allow-Credentials: True"), verdict: "allow_credentials_missing"),
        Case(
            name: "credentials and star", change: { $0.credentials = .include },
            response: answer(200, "Access-Control-Allow-Origin: *", credentials), verdict: "star_with_credentials"),
        Case(
            name: "PUT", change: { $0.method = "put" }, preflight: answer(204, own, "Access-Control-Allow-Methods: PUT"),
            response: answer(200, own), verdict: "readable", preflightFor: ["PUT"]),
        Case(
            name: "patch is case-sensitive", change: { $0.method = "patch" },
            preflight: answer(204, own, "Access-Control-Allow-Methods: PATCH"), verdict: "preflight method_not_allowed",
            preflightFor: ["patch"]),
        Case(
            name: "POST needs no leave", change: { $0.fields = fields("Content-Type: application/json") },
            preflight: answer(200, own, "Access-Control-Allow-Headers: X-A , content-TYPE"), response: answer(200, own),
            verdict: "readable", preflightFor: ["content-type"]),
        Case(
            name: "a field that is not listed", change: { $0.fields = fields("X-B: 1", "X-A: 1") },
            preflight: answer(200, own, "Access-Control-Allow-Headers: X-A"), verdict: "preflight header_not_allowed",
            preflightFor: ["x-a", "x-b"]),
        Case(
            name: "star covers it", change: { $0.fields = fields("X-B: 1") },
            preflight: answer(200, own, "Access-Control-Allow-Headers: *"), response: answer(200, own), verdict: "readable",
            preflightFor: ["x-b"]),
        Case(
            name: "star does not cover Authorization", change: { $0.fields = fields("Authorization: Basic x") },
            preflight: answer(200, own, "Access-Control-Allow-Headers: *"), verdict: "preflight header_not_allowed",
            preflightFor: ["authorization"]),
        Case(
            name: "in Chromium it does",
            change: {
                $0.fields = fields("Authorization: Basic x")
                $0.starCoversAuthorization = true
            },
            preflight: answer(200, own, "Access-Control-Allow-Headers: *"), response: answer(200, own), verdict: "readable",
            preflightFor: ["authorization"]),
        Case(
            name: "star with credentials is a name",
            change: {
                $0.credentials = .include
                $0.method = "PUT"
            },
            preflight: answer(200, own, credentials, "Access-Control-Allow-Methods: *"),
            verdict: "preflight method_not_allowed", preflightFor: ["PUT"]),
        Case(
            name: "a preflight of 404", change: { $0.method = "PUT" }, preflight: answer(404, own),
            verdict: "preflight preflight_status", preflightFor: ["PUT"]),
        Case(
            name: "a preflight that is redirected", change: { $0.method = "PUT" },
            preflight: answer(308, own, "Location: /items/"), verdict: "preflight preflight_redirect", preflightFor: ["PUT"]),
        Case(
            name: "a preflight without CORS", change: { $0.method = "DELETE" }, preflight: answer(200, "Allow: GET"),
            verdict: "preflight allow_origin_missing", preflightFor: ["DELETE"]),
        Case(
            name: "a list that is none", change: { $0.method = "PUT" },
            preflight: answer(200, own, "Access-Control-Allow-Methods: PUT; POST"),
            verdict: "preflight allow_methods_malformed", preflightFor: ["PUT"]),
        Case(name: "no-cors", change: { $0.mode = .noCORS }, verdict: "opaque"),
        Case(
            name: "no-cors, kept", change: { $0.mode = .noCORS },
            response: answer(200, "Cross-Origin-Resource-Policy: same-origin"), verdict: "resource_policy"),
        Case(
            name: "no-cors PUT",
            change: {
                $0.mode = .noCORS
                $0.method = "PUT"
            }, verdict: "forbidden_method"),
        Case(
            name: "own origin of a path alone", change: { ($0.origin, $0.isForeign) = ("https://api.example", true) },
            verdict: "allow_origin_missing"),
        Case(
            name: "own site of a path alone, kept",
            change: { ($0.origin, $0.isForeign, $0.mode) = ("https://api.example", true, .noCORS) },
            response: answer(200, "Cross-Origin-Resource-Policy: same-site"), verdict: "resource_policy"),
        Case(name: "a navigation", change: { $0.mode = .navigate }, verdict: "opaque"),
        Case(
            name: "a navigation, kept from others", change: { $0.mode = .navigate },
            response: answer(200, "Cross-Origin-Resource-Policy: same-origin"), verdict: "opaque"),
        Case(
            name: "a navigation within", change: { ($0.mode, $0.origin) = (.navigate, "https://api.example") },
            verdict: "same_origin"),
        Case(
            name: "a user in the URL", change: { $0.url = WebURL("https://u:p@api.example/x") ?? $0.url },
            response: answer(200, own),
            verdict: "url_with_user"),
        Case(
            name: "a user in the URL, no-cors",
            change: { ($0.url, $0.mode) = (WebURL("https://u@api.example/x") ?? $0.url, .noCORS) }, verdict: "url_with_user"),
        Case(
            name: "a user in the URL of a navigation",
            change: { ($0.url, $0.mode) = (WebURL("https://u@api.example/x") ?? $0.url, .navigate) }, verdict: "opaque"),
        Case(name: "TRACE", change: { $0.method = "TRACE" }, verdict: "forbidden_method"),
        Case(name: "same origin", change: { $0.origin = "https://api.example" }, verdict: "same_origin"),
        Case(
            name: "same origin, port written", change: { $0.url = WebURL("https://api.example:443/x") ?? $0.url },
            verdict: "allow_origin_missing"),
        Case(
            name: "a redirect by hand", change: { $0.redirect = .manual }, response: answer(302, own, "Location: /x"),
            verdict: "opaque_redirect"),
        Case(
            name: "a redirect, unwanted", change: { $0.redirect = .error }, response: answer(302, own, "Location: /x"),
            verdict: "redirect_unwanted"),
        Case(name: "a redirect without CORS", response: answer(302, "Location: /x"), verdict: "allow_origin_missing"),
        Case(
            name: "a redirect that names a user", response: answer(302, own, "Location: https://u:p@api.example/"),
            verdict: "redirect_with_user"),
        Case(name: "a redirect out of http", response: answer(302, own, "Location: ftp://x/"), verdict: "redirect_malformed"),
        Case(name: "redirects without end", response: answer(302, own, "Location: /x"), verdict: "too_many_redirects"),
        Case(
            name: "a redirect to http", response: answer(302, own, "Location: http://api.example/items/"),
            verdict: "mixed_content"),
        Case(
            name: "a redirect to http, without CORS", change: { $0.mode = .noCORS },
            response: answer(302, "Location: http://api.example/items/"), verdict: "mixed_content"),
        Case(
            name: "a redirect to http, of a page of http", change: { $0.origin = "http://app.example" },
            response: answer(302, "Access-Control-Allow-Origin: *", "Location: http://api.example/"),
            verdict: "too_many_redirects"),
        Case(
            name: "a redirect to http of this machine",
            response: answer(302, "Access-Control-Allow-Origin: *", "Location: http://127.0.0.1:5000/"),
            verdict: "too_many_redirects"),
        Case(
            name: "a redirect to a name like an address of this machine",
            response: answer(302, own, "Location: http://127.0.0.1.example/"), verdict: "mixed_content"),
        Case(
            name: "a redirect to http, for a whole page", change: { $0.mode = .navigate },
            response: answer(302, "Location: http://api.example/items/"), verdict: "too_many_redirects"),
        Case(
            name: "a sandboxed page", change: { $0.origin = "null" }, response: answer(200, "Access-Control-Allow-Origin: null"),
            verdict: "readable"),
    ]

    @Test(arguments: cases.indices)
    func judges(_ index: Int) throws {
        let one = Self.cases[index]
        var fetch = PageFetch(origin: Self.origin, url: try #require(WebURL("https://api.example/items")))
        one.change(&fetch)
        var process = FetchProcess(fetch)
        var step = process.begin()
        while case .send(let hop) = step {
            step = process.received(hop.isPreflight ? try #require(one.preflight, "\(one.name)") : one.response)
        }
        guard case .done(let verdict) = step else { return }
        let code = verdict.failure.map { ($0.isPreflight ? "preflight " : "") + $0.code } ?? verdict.kind.rawValue
        #expect(code == one.verdict, "\(one.name)")
        #expect(verdict.preflightReasons == one.preflightFor, "\(one.name)")
    }

    /// What decides is the origin of each response, not that of the first URL.
    @Test(arguments: [
        ("https://api.example/a", "https://app.example/b", "opaque"),
        ("https://app.example/a", "https://api.example/b", "resource_policy"),
    ])
    func resourcePolicyAfterRedirect(_ first: String, _ second: String, _ outcome: String) throws {
        var fetch = PageFetch(origin: Self.origin, url: try #require(WebURL(first)))
        fetch.mode = .noCORS
        var process = FetchProcess(fetch)
        _ = process.begin()
        _ = process.received(Self.answer(302, "Location: \(second)"))
        let step = process.received(Self.answer(200, "Cross-Origin-Resource-Policy: same-origin"))
        guard case .done(let verdict) = step else {
            Issue.record("another request")
            return
        }
        #expect(verdict.failure?.code ?? verdict.kind.rawValue == outcome)
    }

    @Test(arguments: [
        ("", false, ["Cache-Control", "content-type"]), ("X-A", false, ["Cache-Control", "X-A", "content-type"]),
        ("*", false, ["Cache-Control", "X-A", "content-type", "X-B"]), ("*", true, ["Cache-Control", "content-type"]),
    ])
    func readableFields(_ exposed: String, _ hasCredentials: Bool, _ names: [String]) throws {
        var fetch = PageFetch(origin: Self.origin, url: try #require(WebURL("https://api.example/items")))
        fetch.credentials = hasCredentials ? .include : .omit
        var process = FetchProcess(fetch)
        _ = process.begin()
        let fields = Self.fields(
            "Cache-Control: x", "X-A: 1", "content-type: text/plain", "Set-Cookie: a=b", "X-B: 2",
            "Access-Control-Allow-Origin: https://app.example", "Access-Control-Allow-Credentials: true",
            "Access-Control-Expose-Headers: \(exposed)")
        guard case .done(let verdict) = process.received(FetchResponse(status: 200, fields: fields)) else { return }
        #expect(verdict.readable.filter { !$0.hasPrefix("Access-Control-") } == names)
        #expect(verdict.hidden.contains("Set-Cookie"))
    }

    @Test(
        arguments: [
            ("/b", "https://a.example/b"), ("b?x", "https://a.example/x/b?x"), ("?q", "https://a.example/x/y?q"),
            ("//b.example/c", "https://b.example/c"), ("http://c.example", "http://c.example/"),
            ("#f", "https://a.example/x/y?z"),
            ("mailto:a@b", nil),
        ] as [(String, String?)])
    func resolves(_ reference: String, _ url: String?) throws {
        let base = try #require(WebURL("https://a.example/x/y?z"))
        #expect(base.resolving(reference)?.description == url)
    }
}
