import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

@testable import Admin

@Suite struct InspectorTests {
    private static let place = SourceLocation(file: "x.yaml", line: 1, column: 1)

    static func configuration(entries: Int? = 3) throws -> CompiledConfiguration {
        var source = Configuration()
        source.listeners = [Listener(bind: Located(.tcp(host: "127.0.0.1", port: 0), at: place))]
        source.routes = [Route(.respond(FixedResponse(status: 200)), location: place)]
        if let entries {
            source.inspector = InspectorPolicy(location: place)
            source.inspector?.entries = entries
        }
        return try CompiledConfiguration(source)
    }

    static func exchange(_ target: String, on configuration: CompiledConfiguration) -> InspectedExchange {
        var facts = ExchangeFacts()
        facts.request.setMethod("GET".utf8.span)
        facts.request.setTarget(target.utf8.span)
        return InspectedExchange(
            facts, on: configuration, listener: 0, route: 0, requestTrace: nil, responseTrace: nil, rules: nil)
    }

    private static let writing = Inspector.Writing(
        exchange: { "\($0) \($1.target)" }, policy: { _ in "{}" },
        har: Inspector.Writing.HAR(head: "<", foot: ">") { $0.target })

    private func ask(
        _ path: String, host: String = "127.0.0.1:9900", _ fields: [(String, String)] = [], isOn: Bool = true,
        admin: SocketTarget = .tcp(host: "ops.internal", port: 9900)
    ) async throws -> (status: UInt16, fields: [(name: String, value: String)], body: String) {
        let ring = ExchangeRing(try Self.configuration(entries: isOn ? 3 : nil))
        let service = AdminService(readiness: Readiness(), inspector: Inspector(ring, at: admin, writing: Self.writing))
        var request = RequestHead()
        request.setMethod("GET".utf8.span)
        request.setTarget(path.utf8.span)
        request.setAuthority(host.utf8.span)
        for (name, value) in fields { request.fields.append(name, value) }
        if let work = service.work(for: request, body: []) {
            let answer = await work()
            return (answer.head.status.rawValue, answer.head.fields.pairs, String(decoding: answer.body, as: UTF8.self))
        }
        var response = ResponseHead()
        var body: [UInt8] = []
        service.respond(to: request, body: [], into: &response, body: &body)
        return (response.status.rawValue, response.fields.pairs, String(decoding: body, as: UTF8.self))
    }

    /// Whatever name an attacker points at the machine, the page is not its origin's.
    @Test(arguments: [
        ("127.0.0.1:9900", 200), ("[::1]:9900", 200), ("192.0.2.7", 200), ("localhost", 200), ("LOCALHOST:9900", 200),
        ("letterhead.localhost:9900", 200), ("ops.internal:9900", 200), ("OPS.internal", 200),
        ("evil.example:9900", 421), ("127.0.0.1.evil.example", 421), ("localhost.evil.example", 421), ("", 421),
        ("a-name-without-a-dot", 200), ("ops.internal.evil.example", 421), ("1.2.3", 421),
    ])
    func answersItsOwnHost(_ host: String, _ status: Int) async throws {
        for path in ["/inspector", "/inspector/policy", "/inspector/script.js"] {
            let answer = try await ask(path, host: host)
            #expect(Int(answer.status) == status, "\(path)")
            #expect(status == 200 || !answer.body.contains("{"))
        }
    }

    @Test(arguments: [
        ("/inspector", "cross-site", 200), ("/inspector", "none", 200), ("/inspector/policy", "same-origin", 200),
        ("/inspector/policy", "none", 200), ("/inspector/policy", "cross-site", 403), ("/inspector/policy", "same-site", 403),
        ("/inspector/script.js", "cross-site", 403), ("/inspector/nothing", "same-origin", 404),
    ])
    func otherSites(_ path: String, _ site: String, _ status: Int) async throws {
        let answer = try await ask(path, [("Sec-Fetch-Site", site), ("Origin", "https://evil.example")])
        #expect(Int(answer.status) == status)
        #expect(!answer.fields.contains { $0.name.lowercased().hasPrefix("access-control-") })
    }

    /// Browsers without `Sec-Fetch-Site` send the origin of a page that reads.
    @Test(arguments: [("http://127.0.0.1:9900", 200), ("https://evil.example", 403), ("null", 403)])
    func otherOrigins(_ origin: String, _ status: Int) async throws {
        let answer = try await ask("/inspector/policy", host: "127.0.0.1:9900", [("Origin", origin)])
        #expect(Int(answer.status) == status)
    }

    @Test(arguments: ["/inspector", "/inspector/style.css", "/inspector/script.js", "/inspector/policy", "/inspector/none"])
    func isProtected(_ path: String) async throws {
        let fields = try await ask(path).fields
        func value(_ name: String) -> String? { fields.first { $0.name == name }?.value }
        #expect(value("Content-Security-Policy")?.contains("default-src 'none'; script-src 'self'; style-src 'self';") == true)
        #expect(value("Content-Security-Policy")?.contains("require-trusted-types-for 'script'") == true)
        #expect(value("X-Frame-Options") == "DENY" && value("Cache-Control") == "no-store")
        #expect(value("Cross-Origin-Resource-Policy") == "same-origin" && value("X-Content-Type-Options") == "nosniff")
        #expect(fields.filter { $0.name == "Content-Type" }.count == 1)
    }

    @Test func isOffUnlessAsked() async throws {
        for path in ["/inspector", "/inspector/policy", "/inspector/events"] {
            let answer = try await ask(path, isOn: false)
            #expect(answer.status == 404 && answer.body.contains("the inspector is off"))
        }
    }

    @Test func icon() async throws {
        let answer = try await ask("/inspector/icon.svg", [("Sec-Fetch-Site", "same-origin")])
        #expect(answer.status == 200 && answer.fields.contains { $0 == ("Content-Type", "image/svg+xml; charset=utf-8") })
        #expect(answer.body.hasPrefix("<svg xmlns=") && !answer.body.contains("<script"))
        #expect(InspectorPage.html.contains(#"<link rel="icon" type="image/svg+xml" href="/inspector/icon.svg">"#))
    }

    /// Nothing in the page can turn a text into markup, and nothing comes from elsewhere.
    @Test func pageIsPlain() {
        for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "javascript:"] {
            #expect(!InspectorScript.text.contains(word), "\(word)")
        }
        for text in [InspectorPage.html, InspectorStyle.css, InspectorScript.text] {
            #expect(!text.contains("//cdn") && !text.contains("http://") && !text.contains("https://"))
        }
        #expect(!InspectorPage.html.contains("style=") && !InspectorPage.html.contains("onclick"))
    }

    @Test func ringIsBounded() throws {
        let configuration = try Self.configuration()
        let ring = ExchangeRing(configuration)
        for number in 1...10 { ring.take(Self.exchange("/\(number)", on: configuration)) }
        #expect(ring.exchanges(after: 0, limit: 99).map(\.exchange.target) == ["/8", "/9", "/10"])
        #expect(ring.exchanges(after: 0, limit: 2).map(\.number) == [8, 9])
        #expect(ring.exchanges(after: 9, limit: 2).map(\.number) == [10])
        // Of another process.
        #expect(ring.exchanges(after: 1_000, limit: 99).map(\.number) == [8, 9, 10])
        #expect(ring.counts.taken == 10)
        let long = Self.exchange("/" + String(repeating: "x", count: 2_000), on: try Self.configuration(entries: 2_000))
        #expect(long.weight > 2_000 && long.weight < 10_000)
    }

    @Test func streamGoesOn() throws {
        let configuration = try Self.configuration()
        let ring = ExchangeRing(configuration)
        let stream = InspectorStream(ring, writing: Self.writing, after: 0)
        #expect(String(decoding: stream.next(), as: UTF8.self).hasPrefix("event: counts\ndata: {\"all\":0,"))
        #expect(stream.next().isEmpty)
        var counts = ExchangeCounts()
        counts.count(status: 503, source: .proxy)
        ring.add(counts)
        ring.take(Self.exchange("/a", on: configuration))
        let text = String(decoding: stream.next(), as: UTF8.self)
        #expect(text.hasPrefix("id: 1\ndata: 1 /a\n\nevent: counts\n"))
        #expect(text.hasSuffix("data: {\"all\":1,\"statuses\":[0,0,0,0,0,1],\"local\":1,\"taken\":1}\n\n"))
        #expect(stream.next().isEmpty)
    }

    /// What is kept as a whole, and bit by bit for whoever records.
    @Test(
        arguments: [
            ("/inspector/har", "</8,\n/9,\n/10>", nil), ("/inspector/entries", "", "10"),
            ("/inspector/entries?after=8", "/9\n/10\n", "10"), ("/inspector/entries?after=10", "", "10"),
            ("/inspector/entries?after=99", "/8\n/9\n/10\n", "10"), ("/inspector/entries?after=-1", "", "10"),
            ("/inspector/entries?after=x", "", "10"),
        ] as [(String, String, String?)])
    func givesRecordings(_ target: String, _ expected: String, _ last: String?) throws {
        let configuration = try Self.configuration()
        let ring = ExchangeRing(configuration)
        for number in 1...10 { ring.take(Self.exchange("/\(number)", on: configuration)) }
        var request = RequestHead()
        request.setMethod("GET".utf8.span)
        request.setTarget(target.utf8.span)
        request.setAuthority("127.0.0.1".utf8.span)
        var response = ResponseHead()
        var body: [UInt8] = []
        let inspector = Inspector(ring, at: .tcp(host: "127.0.0.1", port: 1), writing: Self.writing)
        if let answer = inspector.work(for: request)?() {
            (response, body) = (answer.head, answer.body)
        } else {
            inspector.respond(to: request, into: &response, body: &body)
        }
        #expect(String(decoding: body, as: UTF8.self) == expected && response.status == 200)
        #expect(response.fields.pairs.first { $0.name == "Letterhead-Last" }?.value == last)
    }

    /// As many pages look on as may, and each that goes makes room.
    @Test func readersAreCounted() throws {
        let ring = ExchangeRing(try Self.configuration())
        let inspector = Inspector(ring, at: .tcp(host: "127.0.0.1", port: 1), writing: Self.writing)
        var request = RequestHead()
        request.setMethod("GET".utf8.span)
        request.setTarget("/inspector/events".utf8.span)
        request.setAuthority("127.0.0.1".utf8.span)
        var streams: [any LocalStream] = []
        while let stream = inspector.stream(for: request) { streams.append(stream) }
        #expect(streams.count == 16)
        streams.removeLast()
        #expect(inspector.stream(for: request) != nil)
    }
}
