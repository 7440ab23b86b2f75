import HTTPModel
import HostileMessages
import TestSupport
import Testing

/// Requests that have two meanings, or none: each is refused with its status and the policy, the connection closes, and no app sees a
/// whole request of it, nor the one that hides behind it.
@Suite(.serialized) struct RefusedRequestTests {
    static let stand = Result { try HostileStand() }

    /// Those that need other limits are seen in the parser's tests; what begins as HTTP/2 is HTTP/2.
    static let all = Refusal.requests.filter { $0.limits == MessageLimits() && !$0.bytes.starts(with: Wire.preface) }

    static let hidden = Array("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n".utf8)

    @Test func tableIsLarge() { #expect(Set(Self.all.map(\.bytes)).count >= 200) }

    @Test func eachIsRefused() throws {
        let stand = try Self.stand.get()
        for (number, refusal) in Self.all.enumerated() {
            let method = refusal.bytes.starts(with: Array("HEAD ".utf8)) ? "HEAD" : "GET"
            do {
                let response = try StrictReader.response(try stand.send(refusal.bytes + Self.hidden), to: method)
                #expect(response.status == Int(refusal.status.rawValue), "\(refusal) \(response)")
                Policy.expect(on: response, for: .noOrigin, .http1, "\(refusal) \(response)")
                #expect(response.fields["Connection"] == "close", "\(refusal) \(response)")
            } catch {
                Issue.record("\(refusal): \(error)")
            }
            for record in try stand.expectGood("\(number)") {
                // Of a body that turns out to be bad the app has seen a part, and then the end of the connection.
                #expect(record.request == nil, "\(refusal) reached the app: \(Bytes.text(record.bytes))")
                #expect(record.bytes.firstRange(of: Array("smuggled".utf8)) == nil, "\(refusal)")
            }
        }
    }
}
