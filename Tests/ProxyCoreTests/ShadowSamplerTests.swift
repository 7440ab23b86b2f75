import HTTPModel
import ProxyCore
import Testing

/// Which differences of rules in shadow are logged.
@Suite struct ShadowSamplerTests {
    private static func kind(_ field: String, _ change: FieldDifference.Change = .added) -> ShadowKind {
        ShadowKind(.response, change, field)
    }

    @Test func whatIsNewThenOneExchangeASecond() {
        var sampler = ShadowSampler()
        let second = ShadowSampler.interval
        func take(_ kinds: [ShadowKind], _ now: UInt64, route: String = "r") -> Int? {
            sampler.take(kinds, on: bytes(route), now: now)
        }
        let both = [Self.kind("X-A"), Self.kind("X-B")]
        #expect(take(both, 5) == 0)
        #expect(take(both, 6) == nil)
        #expect(take([Self.kind("X-B")], 6) == nil)
        // Something new beside what is known.
        #expect(take([Self.kind("X-A"), Self.kind("X-A", .removed)], 6) == 3)
        #expect(take(both, 6, route: "s") == 0)
        for _ in 0..<7 { #expect(take(both, 5 + second) == nil) }
        #expect(take(both, 6 + second) == 14)
        #expect(take(both, 7 + second, route: "s") == nil)
        #expect(take(both, 7 + 2 * second) == 2)
    }

    @Test func moreThanAreLogged() {
        var sampler = ShadowSampler()
        let kinds = (0..<40).map { Self.kind("X-\($0)") }
        var took: [Int?] = []
        for now in [0, ShadowSampler.interval] { took.append(sampler.take(kinds, on: [], now: now)) }
        #expect(took == [0, 8])
    }

    @Test func remembersSoManyKinds() {
        var sampler = ShadowSampler()
        for number in 0..<5_000 { _ = sampler.take([Self.kind("X-\(number)")], on: [], now: 1) }
        let late = sampler.take([Self.kind("X-9999")], on: [], now: 2)
        #expect(late == nil)
    }

    @Test func differences() {
        func found(_ old: [String], _ new: [String]) -> [String] {
            FieldDifference.between(fields(old), fields(new)).map {
                "\($0.change.rawValue) \($0.field) \($0.old) \($0.new)"
            }
        }
        #expect(found(["A: 1", "B: 2"], ["B: 2", "A: 1"]) == [])
        #expect(found(["A: 1"], ["a: 1"]) == [#"changed a ["A: 1"] ["a: 1"]"#])
        #expect(
            found(["Set-Cookie: a", "Set-Cookie: b"], ["Set-Cookie: b", "Set-Cookie: a"]) == [
                #"changed Set-Cookie ["a", "b"] ["b", "a"]"#
            ])
        #expect(found(["A: 1", "A: 2"], ["A: 1"]) == [#"changed A ["1", "2"] ["1"]"#])
        // Equal for Unicode, and not the same bytes.
        #expect(found(["A: e\u{301}"], ["A: \u{E9}"]).count == 1)
        #expect(found(["A: 1"], ["B: 1"]) == [#"removed A ["1"] []"#, #"added B [] ["1"]"#])
    }
}
