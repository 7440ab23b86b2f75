import Foundation
import TestSupport
import Testing

/// Whatever a client's bytes look like to somebody else, an app sees the requests that the proxy saw and no other.
@Suite(.serialized) struct SmugglingTests {
    static let stand = Result { try HostileStand() }

    @Test(arguments: SmugglingCases.all.indices) func oneMeaning(_ index: Int) throws {
        let row = SmugglingCases.all[index]
        let stand = try Self.stand.get()
        let answer = try stand.send(row.bytes)
        let responses = try Self.responses(answer)
        #expect(responses.map(\.status) == row.statuses, "\(row.name): \(Bytes.text(answer))")
        for response in responses { Policy.expect(on: response, for: .noOrigin, .http1, "\(row.name) \(response)") }
        #expect(responses.last?.fields["Connection"] == "close", "\(row.name)")
        let seen = try stand.expectGood("\(index)").compactMap { record in
            record.request.map { "\($0.method) \($0.target) \(Bytes.text($0.body))" }
        }
        #expect(seen == row.seen, "\(row.name)")
    }

    /// Several whole responses to GET and POST, one behind the other.
    static func responses(_ bytes: [UInt8]) throws -> [RawResponse] {
        var rest = bytes
        var all: [RawResponse] = []
        while !rest.isEmpty {
            guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else {
                throw Disappointment("not a head: \(Bytes.text(rest))")
            }
            let head = RawHead(Bytes.text(rest[..<end.lowerBound]).utf8)
            let length = head.status < 200 ? 0 : try #require(Int(head.fields["Content-Length"] ?? ""), "\(Bytes.text(rest))")
            let message = Array(rest.prefix(end.upperBound + length))
            rest.removeFirst(message.count)
            if head.status >= 200 { all.append(try StrictReader.response(message, to: "GET")) }
        }
        return all
    }
}
