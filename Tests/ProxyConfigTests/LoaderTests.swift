import Foundation
import HeaderPolicy
import ProxyCore
import Testing

@testable import ProxyConfig

struct LoaderTests {
    @Test(arguments: [
        ("0", Quantity.Outcome.value(0)), ("0s", .value(0)), ("500ms", .value(500)), ("2s", .value(2_000)),
        ("10m", .value(600_000)),
        ("1h", .value(3_600_000)), ("1d", .value(86_400_000)), ("1m30s", .value(90_000)), ("1H 5S", .malformed),
        ("5 s", .value(5_000)),
        ("30", .noUnit(30)), ("-1s", .negative), ("-5", .negative), ("", .malformed), ("s", .malformed), ("1.5s", .value(1_500)),
        ("0.5s", .value(500)),
        ("1.25m30s", .value(105_000)), ("0.001s", .value(1)), ("0.0001s", .malformed), ("1.5ms", .malformed), ("1.s", .malformed),
        (".5s", .malformed), ("1.5", .malformed), ("365.000000001d", .malformed), ("365.5d", .tooLarge),
        ("1.0000000000s", .malformed),
        ("1s2", .malformed), ("366d", .tooLarge), ("9999999999999999999999", .tooLarge), ("9223372036854775807d", .tooLarge),
        ("١s", .malformed), ("365d", .value(31_536_000_000)), ("200d200d", .tooLarge),
    ])
    func durations(_ text: String, _ outcome: Quantity.Outcome) {
        #expect(Quantity.duration(text) == outcome)
    }

    @Test(arguments: [
        ("512", Quantity.Outcome.noUnit(512)), ("64KB", .value(65_536)), ("64k", .value(65_536)), ("64KiB", .value(65_536)),
        ("16MB", .value(16 << 20)), ("1GiB", .value(1 << 30)), ("1TB", .value(1 << 40)), ("2TB", .tooLarge), ("7B", .value(7)),
        ("99999999999999999999GB", .tooLarge), ("-1KB", .negative), ("16XB", .malformed), ("MB", .malformed),
        ("1.5MB", .value(1_572_864)), ("0.5KB", .value(512)), ("1.5", .malformed), ("0.3KB", .malformed),
    ])
    func sizes(_ text: String, _ outcome: Quantity.Outcome) {
        #expect(Quantity.size(text) == outcome)
    }

    @Test(
        arguments: [
            ("lisen", "listen"), ("lsiten", "listen"), ("LISTEN", "listen"), ("amdin", "admin"), ("upstream", "upstreams"),
            ("zzz", nil), ("", nil),
            ("a-much-longer-word-than-any-key", nil), ("ad-nim", nil),
        ] as [(String, String?)])
    func suggestions(_ word: String, _ key: String?) {
        #expect(closest(to: word, among: ["listen", "admin", "upstreams"]) == key)
    }

    /// `${ORIGINS}` stands for a list wherever one may stand, if it is all of the value.
    @Test func listsFromVariables() throws {
        let loader = ConfigurationLoader(environment: [
            "ORIGINS": "https://a.example, https://b.example,\n\thttps://c.example,", "REGEX": "regex:https://a{1,2}[.]example",
            "ONE": "X-A",
            "PEERS": "private,192.0.2.7", "AT": "127.0.0.1:8080, 127.0.0.1:8081", "NONE": " , ",
        ]) { _ in [] }
        let whole = loader.read(
            text: """
                listen: ${AT}
                trusted_proxies: ${PEERS}
                upstreams: { app: http://127.0.0.1:5000 }
                response_headers:
                  - cors: { allow_origins: "${ORIGINS}", expose_headers: "${NONE}" }
                  - cors: { allow_origins: [https://x.example, "${ORIGINS}", "${REGEX}"], expose_headers: "${ONE}" }
                  - set: { X-B: "${PEERS}" }
                """, file: "letterhead.yaml")
        let mixed = "upstreams: { app: http://127.0.0.1:5000 }\nresponse_headers: [{ remove: \"X-${ONE}, X-C\" }]"
        #expect(loader.read(text: mixed, file: "x.yaml").configuration == nil, "a text with a reference in it is one text")
        let configuration = try #require(whole.configuration)
        #expect(configuration.listeners.map(\.bind.value.description) == ["127.0.0.1:8080", "127.0.0.1:8081"])
        #expect(configuration.trustedProxies.count == 10)
        let policies = configuration.responseHeaders.compactMap { rule -> CORSPolicy? in
            rule.action as? CORSPolicy
        }
        let listed = ["https://a.example", "https://b.example", "https://c.example"]
        #expect(
            policies.map { $0.allowOrigins.map(\.value) } == [
                listed, ["https://x.example"] + listed + ["regex:https://a{1,2}[.]example"],
            ])
        #expect(policies.map { $0.exposeHeaders.map(\.value) } == [[], ["X-A"]])
    }

    @Test(arguments: [
        ("600", 600), ("10m", 600), ("1.5m", 90), ("0", 0), ("1500ms", nil), ("99999999999999999", nil), ("-5", nil),
        ("31536001", nil),
    ])
    func secondsThatTheFieldCounts(_ text: String, _ seconds: Int?) {
        let read = Self.loader.read(
            text: """
                upstreams: { app: http://127.0.0.1:5000 }
                response_headers: [{ cors: { allow_origins: https://a.example, max_age: \(text) } }]
                """, file: "letterhead.yaml")
        guard let policy = read.configuration?.responseHeaders.first?.action as? CORSPolicy else {
            #expect(seconds == nil)
            return
        }
        #expect(policy.maxAge?.value == seconds)
    }

    @Test func everyInterfaceIsOfBothVersions() throws {
        for text in [":8080", "8080", "[::]:8080"] {
            let read = Self.loader.read(
                text: "listen: \"\(text)\"\nupstreams: { app: http://127.0.0.1:5000 }", file: "letterhead.yaml")
            #expect(try #require(read.configuration).listeners.map(\.bind.value) == [.tcp(host: "::", port: 8080)])
        }
    }

    static let loader = ConfigurationLoader(environment: [:]) { path in
        switch path {
        case "latin1.yaml": return Array("# ok\nadmin: ".utf8) + [0xE9, 0x0A]
        case "replacement.yaml": return Array("# \u{FFFD}\nadm: x".utf8) + [0xFF]
        case "large.yaml": return Array(repeating: 0x23, count: ConfigurationLoader.sizeLimit + 1)
        case "good.yaml": return Array("upstreams: { app: http://127.0.0.1:5000 }".utf8)
        default: throw CocoaError(.fileNoSuchFile)
        }
    }

    @Test(arguments: [
        ("latin1.yaml", "latin1.yaml:2:8: error: this is not UTF-8"),
        ("replacement.yaml", "replacement.yaml:2:7: error: this is not UTF-8"),
        ("large.yaml", "large.yaml:1:1: error: the configuration is larger than 8MB"),
        ("none.yaml", "none.yaml:1:1: error: cannot read the configuration: "),
    ])
    func unreadableFiles(_ path: String, _ start: String) {
        do {
            _ = try Self.loader.load(path: path)
            Issue.record("no error")
        } catch {
            #expect(error.description.hasPrefix(start), "\(error)")
        }
    }

    @Test func aFileLoads() throws {
        #expect(try Self.loader.load(path: "good.yaml").routes.count == 1)
    }

    /// Policies that use one another, and ones that are used often, stand for no more rules than there is room for.
    @Test(.timeLimit(.minutes(5)), arguments: [(1, 30, 1), (10_000, 1, 51)])
    func policiesCannotGrow(_ rules: Int, _ levels: Int, _ uses: Int) {
        var text =
            "upstreams: { app: http://127.0.0.1:5000 }\npolicies:\n  p0: [\(repeatElement("{ set: { A: a } }", count: rules).joined(separator: ", "))]\n"
        for level in 1..<levels {
            text += "  p\(level): [{ use: [p\(level - 1), p\(level - 1), p\(level - 1), p\(level - 1)] }]\n"
        }
        text += "routes:\n"
        for _ in 0..<uses { text += "  - { upstream: app, response_headers: [{ use: p\(levels - 1) }] }\n" }
        let found = Self.loader.read(text: text, file: "x").diagnostics.filter { $0.severity == .error }
        #expect(found.count == 1)
        #expect(found.first?.message.hasSuffix("00 rules") == true)
    }

    /// Keys made of aliases double with each level: comparing what they stand for would take for ever.
    @Test(.timeLimit(.minutes(5))) func aliasesCannotGrow() {
        var keys = "a0: &a0 [x, x]\n"
        for index in 1...40 { keys += "a\(index): &a\(index) { ? [*a\(index - 1), *a\(index - 1)] : x }\n" }
        #expect(Self.loader.read(text: keys, file: "x").configuration == nil)
    }

    /// What is cut short or damaged gives diagnostics within the text, and never a trap.
    @Test(arguments: GoldenTests.names)
    func damage(_ name: String) throws {
        let text = try String(contentsOf: GoldenTests.folder.appending(path: name), encoding: .utf8)
        let input = Array(
            text.prefix(upTo: text.firstRange(of: String(repeating: "-", count: 40))?.lowerBound ?? text.endIndex).unicodeScalars)
        let damages: [Unicode.Scalar] = ["\"", "{", "}", "[", ":", "*", "&", "\t", "\n", "$", "#", "-", "\u{1F389}"]
        let step = max(1, input.count / 12)
        for index in stride(from: 0, to: min(input.count, 4_000), by: step) {
            var cut = ""
            cut.unicodeScalars.append(contentsOf: input[..<index])
            expectPlaces(cut)
            var changed = input
            changed[index] = damages[index / step % damages.count]
            var damaged = ""
            damaged.unicodeScalars.append(contentsOf: changed)
            expectPlaces(damaged)
        }
    }

    private func expectPlaces(_ text: String) {
        let source = SourceText(text)
        for diagnostic in GoldenTests.loader.read(text: text, file: "x").diagnostics {
            let place = Place(line: diagnostic.location.line, column: diagnostic.location.column)
            #expect(place.line >= 1 && place.column >= 1 && source.clamp(place) == place, "\(diagnostic)\n\(text)")
        }
    }
}
