import HTTPModel
import ProxyCore
import Testing

@Suite struct HopByHopTests {
    struct Case: Sendable {
        var before: [String]
        var after: [String]
        var acceptsTrailers = false
    }

    static let cases: [Case] = [
        Case(before: ["Accept: */*", "Cookie: a=1"], after: ["Accept: */*", "Cookie: a=1"]),
        Case(before: [], after: []),
        Case(
            before: [
                "A: 1", "Connection: keep-alive", "Keep-Alive: timeout=5", "Proxy-Connection: x", "Transfer-Encoding: chunked",
                "TE: gzip", "Trailer: A", "Upgrade: websocket", "HTTP2-Settings: AA", "B: 2",
            ],
            after: ["A: 1", "B: 2"]),
        Case(before: ["connection: Close", "TE: Trailers"], after: [], acceptsTrailers: true),
        Case(before: ["TE: gzip, trailers", "Host: a"], after: ["Host: a"], acceptsTrailers: true),
        Case(before: ["TE: trailersx"], after: []),
        Case(
            before: ["X-Request-ID: 1", "Connection: close, x-request-id", "X-Other: 2"],
            after: ["X-Other: 2"]),
        Case(
            before: ["Connection: a", "A: 1", "Connection: ,, b ,", "b: 2", "B: 3", "c: 4"],
            after: ["c: 4"]),
        // What frames and directs the message stays.
        Case(
            before: ["Host: a", "Content-Length: 3", "Connection: host, content-length, Cookie", "Cookie: a"],
            after: ["Host: a", "Content-Length: 3"]),
        Case(before: ["Connection: ", "A: 1"], after: ["A: 1"]),
        Case(before: ["X-Frame-Options: DENY", "Connection: X-Frame-Options"], after: []),
        Case(before: ["Connection: X-Frame", "X-Frame-Options: DENY"], after: ["X-Frame-Options: DENY"]),
        Case(before: ["Connection: connection, te", "TE: trailers"], after: [], acceptsTrailers: true),
    ]

    @Test(arguments: cases) func strips(_ sample: Case) {
        var list = fields(sample.before)
        let result = HopByHop.strip(&list)
        #expect(lines(list) == sample.after)
        #expect(result.acceptsTrailers == sample.acceptsTrailers && !result.hasTooManyNominations)
    }

    /// What `Connection` nominates goes all the same.
    @Test(arguments: [
        ([], ["A: 1"], ["A: 1"]), (["Trailer: A"], ["A: 1"], ["Trailer: A", "A: 1"]),
        (["Trailer: A", "Connection: trailer"], ["A: 1"], ["A: 1"]),
    ])
    func trailersPass(_ first: [String], _ rest: [String], _ after: [String]) {
        var list = fields(first + rest)
        HopByHop.strip(&list, trailersPass: true)
        #expect(lines(list) == after)
    }

    @Test(arguments: [(100, false), (101, true), (20_000, true)])
    func tooManyNominations(_ count: Int, _ isRefused: Bool) {
        let names = (0..<count).map { "n\($0)" }
        var list = fields(["n0: 1", "Connection: close, \(names.joined(separator: ","))", "Zz: 1"])
        #expect(HopByHop.strip(&list).hasTooManyNominations == isRefused)
        #expect(list.text(of: .connection) == nil)
    }

    @Test(arguments: [
        (["Accept: 1", "X-A: 2"], ["Accept: 1", "X-A: 2"]),
        (["X_A: 1", "X-A: 2", "_: 3", "a_: 4", "Host: h_st"], ["X-A: 2", "Host: h_st"]),
        (["X_Forwarded_For: 1"], []),
    ])
    func dropsUnderscored(_ before: [String], _ after: [String]) {
        var list = fields(before)
        #expect(HopByHop.dropUnderscored(&list) == before.count - after.count)
        #expect(lines(list) == after)
    }

    /// A rule may speak of a name with an underscore: the name has an id then, and the field goes all the same.
    @Test func dropsInternedUnderscored() {
        var names = FieldNames.standard
        _ = names.intern("X_Key")
        var list = Fields()
        list.append("x_key", "1", in: names)
        #expect(HopByHop.dropUnderscored(&list) == 1)
        #expect(list.isEmpty)
    }
}
