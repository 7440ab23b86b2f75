import HTTPModel
import ProxyCore

/// Sends exchanges as server-sent events to one page.
final class InspectorStream: LocalStream {
    private let ring: ExchangeRing
    private let writing: Inspector.Writing
    private var last: Int
    private var counts: ExchangeRing.Counts?
    private var quiet = 0

    /// The most exchanges that are written at a time, because writing them takes the event loop's time.
    private static let batch = 50
    /// The ticks without an event after which a comment is sent to show that the connection is alive.
    private static let quietLimit = 60

    /// - Parameter after: the number of the last exchange that the page has.
    init(_ ring: ExchangeRing, writing: Inspector.Writing, after: Int) {
        self.ring = ring
        self.writing = writing
        last = after
    }

    deinit { ring.removeReader() }

    func writeHead(into response: inout ResponseHead) {
        response.fields.append("Content-Type", "text/event-stream; charset=utf-8")
        response.fields.append("Cache-Control", "no-store")
        AdminProtection.add(to: &response)
    }

    func next() -> [UInt8] {
        var output: [UInt8] = []
        for (number, exchange) in ring.exchanges(after: last, limit: Self.batch) {
            output.append(text: "id: \(number)\ndata: \(writing.exchange(number, exchange))\n\n")
            last = number
        }
        let counts = ring.counts
        if counts != self.counts {
            self.counts = counts
            let passed = counts.passed
            let statuses = passed.statuses.map(String.init).joined(separator: ",")
            output.append(
                text: "event: counts\ndata: {\"all\":\(passed.all),\"statuses\":[\(statuses)],\"local\":\(passed.local),"
                    + "\"taken\":\(counts.taken)}\n\n")
        }
        quiet = output.isEmpty ? quiet + 1 : 0
        if quiet >= Self.quietLimit {
            quiet = 0
            output.append(text: ":\n\n")
        }
        return output
    }
}
