import Foundation
import HTTPModel
import Testing

@testable import Diagnosis

/// What a page saw, from what was recorded of it.
@Suite struct HARJudgeTests {
    static func judge(_ text: String) -> [JudgedEntry] {
        var scan = HARScan(source: JSONStreamTests.source(Array(text.utf8), by: 4_096))
        var judged: [JudgedEntry] = []
        while let next = scan.next() { judged += next }
        return judged
    }

    static func recording(_ name: String) throws -> String {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Recordings")
        return try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    /// What Chromium's page saw of its 30 fetches, each with its name behind the question mark; and by which check it failed.
    static let saw: [(name: String, kind: RecordedVerdict.Kind, code: String?)] = [
        ("simple", .readable, nil), ("star", .readable, nil), ("exposed", .readable, nil), ("text", .readable, nil),
        ("error", .readable, nil), ("gone", .readable, nil), ("head", .readable, nil), ("put", .readable, nil),
        ("json", .readable, nil), ("field", .readable, nil), ("bearer", .readable, nil), ("cookie", .readable, nil),
        ("cookie-put", .readable, nil), ("moved", .readable, nil), ("opaque", .opaque, nil), ("by-hand", .opaqueRedirect, nil),
        ("own", .sameOrigin, nil), ("missing", .refused, "allow_origin_missing"), ("crash", .refused, "allow_origin_missing"),
        ("other", .refused, "allow_origin_differs"), ("twice", .refused, "allow_origin_twice"),
        ("star-cookie", .refused, "star_with_credentials"), ("no-yes", .refused, "allow_credentials_missing"),
        ("preflight-404", .refused, "preflight_status"), ("preflight-bare", .refused, "allow_origin_missing"),
        ("preflight-moved", .refused, "preflight_redirect"), ("method", .refused, "method_not_allowed"),
        ("field-not", .refused, "header_not_allowed"), ("moved-bare", .refused, "allow_origin_missing"),
        ("hung-up", .refused, "network"),
    ]

    /// As Chromium exports it, and as mitmproxy does, which sees no request that the browser did not send.
    @Test(arguments: ["chromium.har", "mitmproxy.har"]) func saysWhatThePageSaw(_ file: String) throws {
        let judged = Self.judge(try Self.recording(file))
        for (name, kind, code) in Self.saw {
            let entries = judged.filter { $0.entry.url.hasSuffix("/x?\(name)") }
            let one = try #require(entries.last { $0.request.asker == .page } ?? entries.last, "\(name)")
            #expect(one.verdict.kind == kind && one.verdict.code == code, "\(name): \(one.verdict.reason)")
        }
        #expect(judged.map(\.entry.number) == Array(1...judged.count))
    }

    /// After a redirect from one foreign origin to another the page's own is of no use.
    @Test func originsThatAreLost() throws {
        func entry(_ url: String, _ origin: String, _ status: Int) -> String {
            #"""
            {"request":{"method":"GET","url":"\#(url)","headers":[{"name":"Origin","value":"\#(origin)"}]},
             "response":{"status":\#(status),"headers":[{"name":"Access-Control-Allow-Origin","value":"http://app.example"},
              {"name":"Location","value":"https://api.example/x"}]}}
            """#
        }
        let judged = Self.judge(
            HARReaderTests.har(
                entry("http://api.example/x", "http://app.example", 307) + "," + entry("https://api.example/x", "null", 200)))
        let first = try #require(judged.first)
        let loss = "After the redirect from http://api.example to https://api.example the browser says `Origin: null`."
        #expect(first.verdict.reason == "it allows http://app.example, not null. " + loss)
        #expect(first.observed.complaints.map(\.code).first == .redirectRefused, "\(first.observed.complaints)")
    }

    // MARK: Single entries

    private struct Entry {
        var method = "GET"
        var url = "https://api.example/x"
        var request: [String: String] = ["Origin": "https://app.example"]
        var status = 200
        var response: [String: String] = [:]
        var more = ""
        var error: String?

        var json: String {
            func fields(_ fields: [String: String]) -> String {
                fields.map { #"{"name":"\#($0.key)","value":"\#($0.value)"}"# }.joined(separator: ",")
            }
            let error = error.map { #","_error":"\#($0)""# } ?? ""
            return #"{"request":{"method":"\#(method)","url":"\#(url)","headers":[\#(fields(request))]},"#
                + #""response":{"status":\#(status),"headers":[\#(fields(response))]\#(error)}\#(more)}"#
        }
    }

    private static func verdicts(_ entries: [Entry]) -> [String] {
        judge(HARReaderTests.har(entries.map(\.json).joined(separator: ","))).map { one in
            [one.verdict.kind.rawValue, one.verdict.code].compactMap { $0 }.joined(separator: " ")
        }
    }

    private static let own = ["Access-Control-Allow-Origin": "https://app.example", "Content-Type": "x"]
    private static let star = ["Access-Control-Allow-Origin": "*"]

    private static let single: [(Entry, String)] = [
        (Entry(response: own), "readable"), (Entry(response: ["Server": "x"]), "refused allow_origin_missing"),
        // Cookies are left out, and the failure shows that the page asked with credentials.
        (Entry(response: own, error: "net::ERR_FAILED"), "refused allow_credentials_missing"),
        (Entry(response: star, error: "net::ERR_FAILED"), "refused star_with_credentials"),
        (
            Entry(response: own.merging(["Access-Control-Allow-Credentials": "true"]) { $1 }, error: "net::ERR_FAILED"),
            "refused network"
        ),
        (Entry(response: own, error: "net::ERR_ABORTED"), "refused network"),
        (Entry(request: ["origin": "https://app.example", "Cookie": ""], response: star), "refused star_with_credentials"),
        (Entry(status: 0), "refused network"), (Entry(status: 0, error: "net::ERR_CONNECTION_REFUSED"), "refused network"),
        // Who asked.
        (Entry(request: ["Referer": "https://app.example/p"], response: own, more: #","_resourceType":"fetch""#), "readable"),
        (
            Entry(request: ["Referer": "https://app.example/p"], response: ["A": "b"], more: #","_resourceType":"image""#),
            "opaque"
        ),
        (Entry(request: [:], response: ["A": "b"], more: #","_resourceType":"document""#), "navigation"),
        (Entry(request: ["Sec-Fetch-Mode": "navigate"], response: ["A": "b"]), "navigation"),
        (Entry(request: ["Upgrade-Insecure-Requests": "1"], response: ["A": "b"]), "navigation"),
        (Entry(request: ["Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"], response: ["A": "b"]), "same_origin"),
        (Entry(request: ["Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Site": "cross-site"], response: ["A": "b"]), "opaque"),
        (
            Entry(
                request: ["Sec-Fetch-Mode": "no-cors", "Referer": "https://app.example/"],
                response: ["Cross-Origin-Resource-Policy": "same-origin"]), "refused resource_policy"
        ),
        (
            Entry(
                request: ["Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Site": "same-site"],
                response: ["Cross-Origin-Resource-Policy": "same-origin"]), "no_page"
        ),
        // A page of https asks http.
        (Entry(url: "http://api.example/x", status: 0, error: "net::ERR_FAILED"), "refused mixed_content"),
        (Entry(url: "http://api.example/x", response: own), "readable"),
        (Entry(url: "http://api.example/x", status: 0, error: "net::ERR_CONNECTION_REFUSED"), "refused network"),
        (Entry(url: "http://192.168.1.20/x", status: 0, error: "net::ERR_FAILED"), "refused network"),
        (Entry(request: [:], response: ["A": "b"]), "no_page"),
        (Entry(request: ["User-Agent": "curl/8"], response: ["A": "b"]), "no_page"),
        (Entry(url: "wss://api.example/", status: 101), "no_page"), (Entry(url: "data:text/plain,x"), "no_page"),
        // The page had the response, and failed to read its body.
        (Entry(response: own, error: "net::ERR_CONTENT_LENGTH_MISMATCH"), "body_broken"),
        (Entry(response: own, error: "cut off: upstream_closed"), "body_broken"),
        (Entry(response: ["A": "b"], error: "net::ERR_INCOMPLETE_CHUNKED_ENCODING"), "refused allow_origin_missing"),
        (Entry(status: 0, error: "net::ERR_CONNECTION_RESET"), "refused network"),
        (
            Entry(
                request: ["Sec-Fetch-Mode": "no-cors", "Referer": "https://app.example/"], response: ["A": "b"],
                error: "net::ERR_CONTENT_LENGTH_MISMATCH"), "body_broken"
        ),
        // A WebSocket under a URL of http, as proxies record it; over HTTP/2 without a key, by CONNECT.
        (Entry(request: ["Origin": "https://app.example", "Sec-WebSocket-Key": "x"], status: 403), "no_page"),
        (Entry(request: ["Origin": "https://app.example", "sec-websocket-version": "13"], response: own), "no_page"),
        (Entry(status: 101, response: ["Server": "x"]), "no_page"), (Entry(method: "CONNECT", response: own), "no_page"),
        (Entry(response: own, more: #","_resourceType":"websocket""#), "no_page"),
        // A page without an origin, or one behind a redirect to a third.
        (Entry(request: ["Origin": "null"], response: ["Access-Control-Allow-Origin": "null"]), "readable"),
        // What was taken out is not made up.
        (Entry(response: [:]), "unknown"), (Entry(response: ["Access-Control-Allow-Origin": "[REDACTED]"]), "unknown"),
        (Entry(response: ["Access-Control-Allow-Origin": ""]), "unknown"),
        (Entry(response: ["access-control-allow-origin": "***"], error: "net::ERR_FAILED"), "refused"),
        (Entry(request: ["Origin": "", "Referer": ""], response: own, more: #","_resourceType":"xhr""#), "no_page"),
        (Entry(status: 304, response: ["ETag": "x"]), "unknown"), (Entry(status: 304, response: own), "readable"),
        // Its preflight was not recorded, and it was sent.
        (Entry(method: "PUT", response: own), "readable"),
        (
            Entry(method: "PUT", request: ["Origin": "https://app.example", "Cookie": "a"], response: own),
            "refused allow_credentials_missing"
        ),
        (Entry(method: "PUT", status: 0, error: "net::ERR_FAILED"), "refused network"),
        (Entry(method: "TRACE", response: own), "refused forbidden_method"),
    ]

    @Test(arguments: single.indices) func judges(_ index: Int) {
        let (entry, verdict) = Self.single[index]
        #expect(Self.verdicts([entry]) == [verdict], "\(entry.json)")
    }

    // MARK: Entries that belong together

    private static func preflight(
        _ method: String, _ names: String? = nil, status: Int = 204, answer: [String: String]
    ) -> Entry {
        var request = ["Origin": "https://app.example", "Access-Control-Request-Method": method]
        request["Access-Control-Request-Headers"] = names
        return Entry(method: "OPTIONS", request: request, status: status, response: answer)
    }

    private static let puts = own.merging(["Access-Control-Allow-Methods": "PUT"]) { $1 }
    private static let unsent = Entry(
        method: "PUT", request: ["X-A": "1", "Referer": "https://app.example/"], status: 0, error: "net::ERR_FAILED")

    private static let together: [(String, [Entry], [String])] = [
        ("before", [preflight("PUT", answer: puts), Entry(method: "PUT", response: own)], ["allowed", "readable"]),
        (
            "behind", [unsent, preflight("PUT", "x-a", answer: puts)],
            ["refused header_not_allowed", "refused header_not_allowed"]
        ),
        (
            "of another method", [preflight("DELETE", answer: puts), Entry(method: "PUT", response: own)],
            ["refused method_not_allowed", "readable"]
        ),
        (
            "a simple one beside one with a field",
            [
                preflight("GET", "x-a", status: 403, answer: own), Entry(response: own),
                Entry(
                    request: ["X-A": "1", "Referer": "https://app.example/"], status: 0, error: "net::ERR_FAILED"),
            ], ["refused preflight_status", "readable", "refused preflight_status"]
        ),
        (
            "credentials that no preflight shows", [preflight("PUT", answer: puts), unsentWith([:])],
            ["refused allow_credentials_missing", "refused allow_credentials_missing"]
        ),
        ("the request never came", [preflight("PUT", answer: puts)], ["refused allow_credentials_missing"]),
        (
            "it came, and the server hung up",
            [preflight("PUT", answer: puts), Entry(method: "PUT", status: 0, error: "server closed connection")],
            ["allowed", "refused network"]
        ),
        ("sanitized", [preflight("[redacted]", answer: puts)], ["unknown"]),
        (
            "followed",
            [
                Entry(status: 302, response: own.merging(["Location": "/y"]) { $1 }), Entry(url: "https://other.example/z"),
                Entry(url: "https://api.example/y", response: ["Server": "x"]),
            ], ["refused allow_origin_missing", "unknown", "refused allow_origin_missing"]
        ),
        (
            "to a third origin, as null",
            [
                Entry(status: 302, response: own.merging(["Location": "https://c.example/"]) { $1 }),
                Entry(url: "https://c.example/", request: ["Origin": "null"], response: own),
            ], ["refused allow_origin_differs", "refused allow_origin_differs"]
        ),
        ("by hand", [Entry(status: 302, response: own.merging(["Location": "/y"]) { $1 })], ["opaque_redirect"]),
        (
            "by hand, and broken off",
            [Entry(status: 302, response: own.merging(["Location": "/y"]) { $1 }, error: "net::ERR_ABORTED")],
            ["opaque_redirect"]
        ),
        (
            "unwanted", [Entry(status: 302, response: own.merging(["Location": "/y"]) { $1 }, error: "net::ERR_FAILED")],
            ["refused allow_credentials_missing"]
        ),
        (
            "its own, with its cookies, and on to another without",
            [
                Entry(
                    url: "https://app.example/d", request: ["Referer": "https://app.example/", "Cookie": "a=b"], status: 302,
                    response: ["Location": "https://bucket.example/x"], more: #","_resourceType":"fetch""#),
                Entry(url: "https://bucket.example/x", response: ["Access-Control-Allow-Origin": "*"]),
            ], ["readable", "readable"]
        ),
        (
            "its own, and on to another with cookies",
            [
                Entry(
                    url: "https://app.example/d", request: ["Referer": "https://app.example/", "Cookie": "a=b"], status: 302,
                    response: ["Location": "https://bucket.example/x"], more: #","_resourceType":"fetch""#),
                Entry(
                    url: "https://bucket.example/x", request: ["Origin": "https://app.example", "Cookie": "c=d"],
                    response: ["Access-Control-Allow-Origin": "*"]),
            ], ["refused star_with_credentials", "refused star_with_credentials"]
        ),
        (
            "Authorization, which the export leaves out",
            [
                preflight("GET", "authorization", answer: own),
                Entry(
                    request: ["Referer": "https://app.example/"], status: 0, more: #","_resourceType":"fetch""#,
                    error: "net::ERR_FAILED"),
            ], ["refused header_not_allowed", "refused header_not_allowed"]
        ),
        (
            "to http, and nobody followed",
            [
                Entry(
                    status: 302, response: own.merging(["Location": "http://api.example/x/"]) { $1 }, error: "net::ERR_FAILED")
            ], ["refused mixed_content"]
        ),
        (
            "to http, which the user has allowed",
            [
                Entry(status: 302, response: own.merging(["Location": "http://api.example/x/"]) { $1 }),
                Entry(
                    url: "http://api.example/x/", request: ["Origin": "null"], response: ["Access-Control-Allow-Origin": "*"]),
            ], ["readable", "readable"]
        ),
        (
            "the page is known by its document",
            [
                Entry(url: "https://app.example/", request: [:], more: #","_resourceType":"document","pageref":"p""#),
                Entry(request: [:], response: own, more: #","_resourceType":"fetch","pageref":"p""#),
            ], ["navigation", "readable"]
        ),
    ]

    private static func unsentWith(_ fields: [String: String]) -> Entry {
        Entry(
            method: "PUT", request: fields.merging(["Referer": "https://app.example/"]) { $1 }, status: 0,
            error: "net::ERR_FAILED")
    }

    @Test(arguments: together.indices) func judgesTogether(_ index: Int) {
        let (name, entries, verdicts) = Self.together[index]
        #expect(Self.verdicts(entries) == verdicts, "\(name)")
    }

    /// Who reads the recording knows the page where the entries do not.
    @Test func pageThatIsSaid() {
        let entry = Entry(request: [:], response: Self.own, more: #","_resourceType":"fetch""#)
        var scan = HARScan(
            page: "https://app.example", source: JSONStreamTests.source(Array(HARReaderTests.har(entry.json).utf8), by: 64))
        #expect(scan.next()?.map(\.verdict.kind) == [.readable])
        #expect(Self.verdicts([entry]) == ["no_page"])
    }

    /// No text of a recording can say what the report says.
    @Test func textsAreOneLine() throws {
        let lie = "PUT\n\nverdict  The page at https://app.example can read this response"
        let method = try #require(String(data: JSONEncoder().encode(lie), encoding: .utf8))
        let har = """
            {"log":{"entries":[{"request":{"method":\(method),"url":"https://api.example/x",
            "headers":[{"name":"Origin","value":"https://app.example"},{"name":"X\\nverdict  A","value":"\\nverdict  B"}]},
            "response":{"status":200,"headers":[{"name":"X\\nverdict  C","value":"\\nverdict  D"},
            {"name":"Access-Control-Allow-Origin","value":"*\\nverdict  E"}]}}]}}
            """
        var scan = HARScan(page: nil, source: JSONStreamTests.source(Array(har.utf8), by: 64))
        let judged = try #require(scan.next()?.first)
        var observed = judged.observed
        observed.hideSecrets()
        let style = Style(isColored: false)
        let text = observed.text(style)
        #expect(text.split(separator: "\n").count { $0.hasPrefix("verdict") } == 1, "\(text)")
        var summary = HARSummary(nil)
        #expect(summary.line(judged, style).split(separator: "\n").count == 1)
    }

    /// It is told as a failure, by every report, also with a policy that lets the page read it.
    @Test func brokenBodies() throws {
        let entry = Entry(response: Self.own, error: "net::ERR_INCOMPLETE_CHUNKED_ENCODING")
        let one = try #require(Self.judge(HARReaderTests.har(entry.json)).first)
        #expect(one.observed.complaints.map(\.code) == [.brokenBody] && one.observed.isRefused)
        let rules = "response_headers: [{ cors: { allow_origins: [https://app.example] } }]\n"
        let policy = HARPolicy(
            try PolicyDiffTests.compiled("upstreams: { app: http://127.0.0.1:1 }\n" + rules), listener: 0, unixSeconds: 1)
        #expect(policy.explanation(of: one)?.verdict?.isFailure == true)
        for policy in [policy, nil] {
            var summary = HARSummary(policy)
            let line = summary.line(one, Style(isColored: false))
            let reason = "the page reads status and headers; the body breaks off (net::ERR_INCOMPLETE_CHUNKED_ENCODING)."
            #expect(summary.hasRefusals && line.contains("  broken  ") && line.contains(reason), "\(line)")
            #expect(line.contains("policy  broken") == (policy != nil), "\(line)")
        }
    }

    /// A WebSocket lacks what other responses of its address have, which is no fault.
    @Test func webSocketsAreNoFault() {
        let page = Entry(response: Self.own.merging(["X-Frame-Options": "DENY"]) { $1 })
        let socket = Entry(
            request: ["Origin": "https://app.example", "Sec-WebSocket-Key": "x"], status: 403, response: ["A": "b"])
        var examination = HARExamination()
        let recording = HARReaderTests.har([page, socket].map(\.json).joined(separator: ","))
        for one in Self.judge(recording) { examination.take(one) }
        examination.finish()
        #expect(examination.isEmpty, "\(examination.text(Style(isColored: false)))")
    }

    /// However many there are, each is judged once, in order, and finds its preflight.
    @Test func many() {
        let pair = [Self.preflight("PUT", status: 403, answer: Self.puts), Self.unsentWith([:])]
        let judged = Self.verdicts((0..<900).flatMap { _ in pair })
        #expect(judged.count == 1_800 && Set(judged) == ["refused preflight_status"])
    }

    /// Also where one is judged before the other.
    @Test(arguments: [511, 512, 1_023]) func apart(_ before: Int) {
        let other = Entry(url: "https://api.example/other", response: Self.own)
        let pair = [Entry(method: "PUT", response: Self.own), Self.preflight("PUT", answer: Self.puts)]
        let judged = Self.verdicts(
            [Entry](repeating: other, count: before) + pair + [Entry](repeating: other, count: 2_048 - before))
        #expect(judged[before] == "readable" && judged[before + 1] == "allowed")
    }

    @Test(arguments: [
        ("/orders", "https://a.example/orders?x", true), ("*orders", "https://a/orders", true),
        ("*orders", "https://a/orders?x", false),
        ("https://*/x*", "https://a/x?y", true), ("https://*/x", "http://a/x", false), ("*", "", true), ("a*a", "a", false),
        ("*a*b*", "xbxa", false), ("*a*b*", "xaxb", true),
    ])
    func patterns(_ pattern: String, _ url: String, _ isMatch: Bool) { #expect(URLPattern(pattern).matches(url) == isMatch) }
}
