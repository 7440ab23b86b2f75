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
        ("30", .noUnit(30)), ("-1s", .negative), ("-5", .negative), ("", .malformed), ("s", .malformed), ("1.5s", .malformed),
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
        ("1.5MB", .malformed),
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

    /// Keys made of aliases double with each level: comparing what they stand for would take for ever.
    @Test(.timeLimit(.minutes(1))) func aliasesCannotGrow() {
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
