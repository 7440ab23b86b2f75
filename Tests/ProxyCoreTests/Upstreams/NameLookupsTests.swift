import HTTPModel
import HeaderPolicy
import Testing

@testable import ProxyCore

@Suite struct NameLookupsTests {
    static func server(_ text: String, weight: Int = 1, backup: Bool = false) -> UpstreamServer {
        let place = SourceLocation(file: "test.yaml", line: 1, column: 1)
        var server = UpstreamServer(Located(SocketTarget(text: text) ?? .unix("/bad"), at: place))
        server.weight = weight
        server.isBackup = backup
        return server
    }

    static func shown(_ lookups: NameLookups) -> [String] {
        lookups.roster.map { "\($0.identity)\($0.weight == 1 ? "" : " \($0.weight)")\($0.isBackup ? " backup" : "")" }
    }

    @Test(arguments: [
        "127.0.0.1:80", "[::1]:80", "unix:/app.sock", "localhost:80", "LocalHost:80", "app.localhost:80", "localhost.:80",
    ])
    func hasNothingToLookUp(_ address: String) {
        let lookups = NameLookups([Self.server(address)], interval: 10_000)
        #expect(lookups.isEmpty && lookups.nextMoment == nil)
        #expect(lookups.roster.count == 1 && lookups.roster[0].identity.name == nil)
    }

    @Test func aNameIsAllItsAddresses() {
        var random = SplitMix64(seed: 2)
        var lookups = NameLookups(
            [
                Self.server("app.internal:80", weight: 3), Self.server("10.0.0.9:81", backup: true),
                Self.server("app.internal:82"),
            ],
            interval: 10_000)
        #expect(Self.shown(lookups) == ["app.internal:80 3", "10.0.0.9:81 backup", "app.internal:82"])
        #expect(lookups.begin(now: 0) == ["app.internal"] && lookups.begin(now: 99_999).isEmpty, "once, and not twice at a time")
        #expect(lookups.found("app.internal", ["10.0.0.2", "10.0.0.1", "10.0.0.2"], now: 5, random: &random) == true)
        #expect(
            Self.shown(lookups) == [
                "10.0.0.1:80 (app.internal) 3", "10.0.0.2:80 (app.internal) 3", "10.0.0.9:81 backup",
                "10.0.0.1:82 (app.internal)", "10.0.0.2:82 (app.internal)",
            ])
        // An interval later, or a tenth less.
        let next = lookups.nextMoment ?? 0
        #expect((9_005...10_005).contains(next) && lookups.begin(now: next) == ["app.internal"])
        #expect(
            lookups.found("app.internal", ["10.0.0.1", "10.0.0.2"], now: next, random: &random) == false,
            "the order means nothing")
        _ = lookups.begin(now: .max)
        #expect(lookups.found("app.internal", ["10.0.0.3"], now: 0, random: &random) == true)
        #expect(lookups.roster.count == 3)
    }

    /// What was known stands; a name that was never found is asked for again soon.
    @Test func failures() {
        var random = SplitMix64(seed: 2)
        var lookups = NameLookups([Self.server("app.internal:80")], interval: 10_000)
        _ = lookups.begin(now: 0)
        lookups.failed("app.internal", now: 100)
        #expect(lookups.nextMoment == 1_100 && Self.shown(lookups) == ["app.internal:80"])
        #expect(lookups.isUnresolved(lookups.roster[0].identity))
        _ = lookups.begin(now: 1_100)
        #expect(lookups.found("app.internal", ["10.0.0.1"], now: 1_100, random: &random) == true)
        for attempt in 1...2 {
            _ = lookups.begin(now: .max)
            if attempt == 1 {
                lookups.failed("app.internal", now: 2_000)
            } else {
                #expect(lookups.found("app.internal", [], now: 2_000, random: &random) == false, "no address is no answer")
            }
            #expect(lookups.nextMoment == 12_000 && Self.shown(lookups) == ["10.0.0.1:80 (app.internal)"])
        }
    }

    /// Of two families, the one that the resolver thinks better of; the other one stands by.
    @Test(arguments: [
        (["fd00::2", "10.0.0.1", "fd00::1"], ["[fd00::1]:80 (a.b)", "[fd00::2]:80 (a.b)", "10.0.0.1:80 (a.b) backup"]),
        (["10.0.0.1", "fd00::1"], ["10.0.0.1:80 (a.b)", "[fd00::1]:80 (a.b) backup"]),
        (["fd00::1"], ["[fd00::1]:80 (a.b)"]),
    ])
    func families(_ addresses: [String], _ expected: [String]) {
        var random = SplitMix64(seed: 2)
        var lookups = NameLookups([Self.server("a.b:80")], interval: 10_000)
        #expect(lookups.found("a.b", addresses, now: 0, random: &random) == true)
        #expect(Self.shown(lookups) == expected)
    }

    @Test func thereAreNotEndlesslyMany() {
        var random = SplitMix64(seed: 2)
        var lookups = NameLookups([Self.server("a.b:80")], interval: 10_000)
        #expect(lookups.found("a.b", (0..<1_000).map { "10.0.\($0 / 250).\($0 % 250)" }, now: 0, random: &random) == true)
        #expect(lookups.roster.count == NameLookups.addressLimit)
    }

    @Test func aSuccessorInherits() {
        var random = SplitMix64(seed: 2)
        var former = NameLookups([Self.server("a.b:80")], interval: 10_000)
        _ = former.found("a.b", ["10.0.0.1"], now: 0, random: &random)
        var lookups = NameLookups([Self.server("a.b:90"), Self.server("c.d:80")], interval: 10_000)
        lookups.inherit(former)
        #expect(Self.shown(lookups) == ["10.0.0.1:90 (a.b)", "c.d:80"])
        #expect(Set(lookups.begin(now: 0)) == ["a.b", "c.d"])
    }
}
