import HTTPModel
import ProxyCore
import Testing

/// Which differences of rules in shadow are logged.
@Suite struct ShadowSamplerTests {
    private static func kind(_ field: String, _ change: FieldDifference.Change = .added, route: String = "r")
        -> ShadowSampler.Kind
    {
        ShadowSampler.Kind(route: bytes(route), ShadowKind(.response, change, field))
    }

    @Test func firstOfEachKindThenOneASecond() {
        var sampler = ShadowSampler()
        let second = ShadowSampler.interval
        func take(_ kind: ShadowSampler.Kind, _ now: UInt64) -> Int? { sampler.take(kind, now: now) }
        #expect(take(Self.kind("X-A"), 5) == 0)
        #expect(take(Self.kind("X-A"), 6) == nil)
        #expect(take(Self.kind("X-A", .removed), 6) == 1)
        #expect(take(Self.kind("X-A", route: "s"), 6) == 0)
        for _ in 0..<7 { #expect(take(Self.kind("X-A"), 5 + second) == nil) }
        #expect(take(Self.kind("X-A"), 6 + second) == 7)
        #expect(take(Self.kind("X-A", route: "s"), 7 + second) == nil)
        #expect(take(Self.kind("X-A"), 7 + 2 * second) == 1)
    }

    @Test func forgetsNoLimit() {
        var sampler = ShadowSampler()
        for number in 0..<5_000 { _ = sampler.take(Self.kind("X-\(number)"), now: 1) }
        let late = sampler.take(Self.kind("X-9999"), now: 2)
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
        #expect(found(["A: 1"], ["B: 1"]) == [#"removed A ["1"] []"#, #"added B [] ["1"]"#])
    }
}
