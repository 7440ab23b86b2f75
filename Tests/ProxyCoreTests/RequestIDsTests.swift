import HTTPModel
import HeaderPolicy
import ProxyCore
import Testing

@Suite struct RequestIDsTests {
    static func ids(_ pattern: String? = nil) throws -> RequestIDs {
        var policy = RequestIDPolicy()
        policy.accept = pattern.map { located([$0])[0] }
        var random = SplitMix64(seed: 1)
        return try RequestIDs(policy, seededBy: &random)
    }

    static func assign(_ lines: [String], pattern: String? = nil) throws -> String {
        var ids = try ids(pattern)
        var facts = ExchangeFacts()
        facts.requestID = bytes("left over from another exchange")
        facts.request = request("GET", "/", lines)
        ids.assign(to: &facts)
        return text(facts.requestID)
    }

    static func isFresh(_ id: String) -> Bool {
        id.utf8.count == 32 && id.allSatisfy { "0123456789abcdef".contains($0) }
    }

    @Test("A fresh id is the next 128 bits of the generator") func fresh() throws {
        var seeds = SplitMix64(seed: 1)
        var random = Xoshiro256(seededBy: &seeds)
        var ids = try Self.ids()
        for _ in 0..<300 {
            var facts = ExchangeFacts()
            facts.request = request("GET", "/", [])
            ids.assign(to: &facts)
            let digits = [random.next(), random.next()].map { String($0, radix: 16) }
            #expect(text(facts.requestID) == digits.map { String(repeating: "0", count: 16 - $0.count) + $0 }.joined())
        }
    }

    @Test(
        arguments: [
            (["X-Request-ID: abcdefgh"], nil), (["x-request-id: Az09_-Az09_-"], nil),
            (["X-Request-ID: \(String(repeating: "a", count: 64))"], nil),
            (["X-Request-ID: req-42"], "req-[0-9]+"), (["X-Request-ID: a b"], ".*"),
        ] as [([String], String?)])
    func takesTheClients(_ lines: [String], _ pattern: String?) throws {
        #expect(try Self.assign(lines, pattern: pattern) == lines[0].split(separator: ": ")[1])
    }

    @Test(
        arguments: [
            ([], nil), (["X-Request-ID:"], nil), (["X-Request-ID: abcdefg"], nil), (["X-Request-ID: abcd efgh"], nil),
            (["X-Request-ID: \(String(repeating: "a", count: 65))"], nil), (["X-Request-ID: abcdefgh\u{E9}"], nil),
            (["X-Request-ID: <script>x"], nil), (["X-Request-ID: abcdefgh", "X-Request-ID: abcdefgh"], nil),
            (["X-Request-ID: req-42x"], "req-[0-9]+"), (["X-Request-ID: xreq-42"], "req-[0-9]+"),
            (["X-Request-ID:"], ".*"), (["X-Request-ID: \(String(repeating: "a", count: 201))"], ".*"),
        ] as [([String], String?)])
    func makesAFreshOne(_ lines: [String], _ pattern: String?) throws {
        let id = try Self.assign(lines, pattern: pattern)
        #expect(Self.isFresh(id), "\(id)")
    }

    @Test func freshOnesDiffer() throws {
        var ids = try Self.ids()
        var facts = ExchangeFacts()
        var seen: Set<[UInt8]> = []
        for _ in 0..<10_000 {
            ids.assign(to: &facts)
            seen.insert(facts.requestID)
        }
        #expect(seen.count == 10_000)
    }

    @Test func refusesWhatIsNoPattern() {
        do {
            _ = try Self.ids("[a")
            Issue.record("took a broken pattern")
        } catch {
            #expect((error as? PolicyErrors)?.errors.map(\.location.line) == [1])
        }
    }

    /// Event loops are seeded apart and give out different ids.
    @Test func seedsMakeADifference() throws {
        var seen: Set<[UInt8]> = []
        for seed in 0..<100 {
            var random = SplitMix64(seed: UInt64(seed))
            var ids = try RequestIDs(RequestIDPolicy(), seededBy: &random)
            var facts = ExchangeFacts()
            ids.assign(to: &facts)
            seen.insert(facts.requestID)
        }
        #expect(seen.count == 100)
    }
}
