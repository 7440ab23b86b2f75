import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

@Suite struct FreshValuesTests {
    static let trace = "0af7651916cd43dd8448eb211c80319c"
    static let parent = "b7ad6b7169203331"

    static func traceparent(_ lines: [String], isWritten: Bool = true, trusted: Bool) -> [String] {
        var facts = ExchangeFacts()
        facts.request = request("GET", "/", lines)
        var random = SplitMix64(seed: 7)
        FreshValues.traceparent(for: &facts, isWritten: isWritten, peerIsTrusted: trusted, random: &random)
        return text(facts.traceparent).split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    }

    static func isTraceparent(_ parts: [String]) -> Bool {
        parts.count == 4 && parts[0] == "00" && parts.map(\.count) == [2, 32, 16, 2]
            && parts.joined().allSatisfy { "0123456789abcdef".contains($0) } && parts[1].contains { $0 != "0" }
            && parts[2].contains { $0 != "0" }
    }

    /// Also from a later version, of which only the known part is read.
    @Test(arguments: ["00-\(trace)-\(parent)-01", "cc-\(trace)-\(parent)-01-what-the-future-brings", "00-\(trace)-\(parent)-00"])
    func goesOn(_ value: String) {
        let made = Self.traceparent(["Traceparent: \(value)"], trusted: true)
        #expect(Self.isTraceparent(made))
        #expect(made[1] == Self.trace && made[2] != Self.parent)
        #expect(made[3] == value.split(separator: "-")[3])
        #expect(Self.traceparent(["Traceparent: \(value)"], trusted: false)[1] != Self.trace)
    }

    @Test(
        arguments: [
            [], [""], ["00-\(trace)-\(parent)"], ["00-\(trace)-\(parent)-0"], ["00-\(trace)-\(parent)-01-"],
            ["ff-\(trace)-\(parent)-01"], ["00-\(trace.uppercased())-\(parent)-01"],
            ["00-\(String(repeating: "0", count: 32))-\(parent)-01"], ["00-\(trace)-0000000000000000-01"],
            ["00_\(trace)-\(parent)-01"], ["00-\(trace)-\(parent)-0g"], ["cc-\(trace)-\(parent)-01x"],
            ["00-\(trace)-\(parent)-01", "00-\(trace)-\(parent)-01"],
        ])
    func beginsAnew(_ values: [String]) {
        let made = Self.traceparent(values.map { "traceparent: \($0)" }, trusted: true)
        #expect(Self.isTraceparent(made))
        #expect(made[1] != Self.trace && made[3] == "00")
    }

    /// Where no rule writes the field, the app gets what the client sent, whoever that is.
    @Test(arguments: [false, true])
    func isWhatTheAppGets(_ trusted: Bool) {
        let made = Self.traceparent(["Traceparent: 00-\(Self.trace)-\(Self.parent)-01"], isWritten: false, trusted: trusted)
        #expect(made == ["00", Self.trace, Self.parent, "01"])
        let fresh = Self.traceparent(["Traceparent: nothing"], isWritten: false, trusted: trusted)
        #expect(Self.isTraceparent(fresh) && fresh[1] != Self.trace)
    }

    /// A `tracestate` belongs to its trace.
    @Test(arguments: [
        (["Traceparent: 00-\(trace)-\(parent)-01", "Tracestate: a=b"], true, true),
        (["Traceparent: 00-\(trace)-\(parent)-01", "Tracestate: a=b"], false, false),
        (["Traceparent: nothing", "Tracestate: a=b", "tracestate: c=d"], true, false),
    ])
    func traceState(_ lines: [String], _ trusted: Bool, _ isKept: Bool) {
        var facts = ExchangeFacts()
        facts.request = request("GET", "/", lines)
        FreshValues.dropTraceState(of: &facts, peerIsTrusted: trusted)
        #expect(facts.request.fields.pairs.contains { $0.name.lowercased() == "tracestate" } == isKept)
    }

    @Test func nonces() {
        var random = SplitMix64(seed: 1)
        var seen: Set<String> = []
        for _ in 0..<1000 {
            var facts = ExchangeFacts()
            facts.nonce = bytes("left over")
            FreshValues.nonce(for: &facts, random: &random)
            let nonce = text(facts.nonce)
            #expect(nonce.count == 32 && nonce.allSatisfy(\.isHexDigit))
            seen.insert(nonce)
        }
        #expect(seen.count == 1000)
    }
}
