import HTTPModel
import HostileMessages
import TestSupport
import Testing

/// Responses that have two meanings, or none: the client gets a 502 with the policy, or sees that the body breaks off; the connection to
/// the app is not used again, and nobody else gets a byte of it.
@Suite(.serialized) struct BadResponseTests {
    static let stand = Result { try HostileStand() }
    static let all = Refusal.responses.filter { $0.limits == MessageLimits() }

    /// What follows the bad response on its connection: somebody else's answer, if the proxy goes on reading.
    static let poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nX-Poison: 1\r\n\r\npoison"

    @Test func tableIsLarge() { #expect(Set(Self.all.map(\.bytes)).count >= 80) }

    /// Their heads are good, and gone when the body turns out to be bad.
    static func breaksOff(_ refusal: Refusal) -> Bool {
        let heads = ["Transfer-Encoding: chunked", "Content-Length: 5"].map { Array("HTTP/1.1 200 OK\r\n\($0)\r\n\r\n".utf8) }
        return heads.contains { refusal.bytes.starts(with: $0) }
    }

    @Test func eachIsRefused() throws {
        let stand = try Self.stand.get()
        for (number, refusal) in Self.all.enumerated() {
            let isCut = refusal.reason == "truncated"
            stand.recorder.answer { record in
                if record.request?.target.hasPrefix("/bad") != true { return .ok }
                return Recorder.Reply(bytes: refusal.bytes + (isCut ? [] : Bytes.of(Self.poison)), closes: isCut)
            }
            let answer = try stand.send(Array("GET /bad HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8))
            #expect(answer.firstRange(of: Array("oison".utf8)) == nil, "\(refusal)")
            if Self.breaksOff(refusal) {
                let head = RawHead(answer.prefix(answer.firstRange(of: Array("\r\n\r\n".utf8))?.lowerBound ?? 0))
                var response = RawResponse(version: head.start[0], status: head.status, fields: head.fields)
                response.body = []
                #expect(head.status == 200, "\(refusal)")
                Policy.expect(on: response, for: .noOrigin, .http1, "\(refusal) \(response)")
                #expect(throws: Disappointment.self, "\(refusal) ends well") { try StrictReader.response(answer, to: "GET") }
            } else {
                do {
                    let response = try StrictReader.response(answer, to: "GET")
                    #expect(response.status == 502, "\(refusal) \(response)")
                    Policy.expect(on: response, for: .noOrigin, .http1, "\(refusal) \(response)")
                } catch {
                    Issue.record("\(refusal): \(error)")
                }
            }
            let bad = stand.recorder.take()
            #expect(bad.filter { $0.request?.target == "/bad" }.count == 1, "\(refusal)")
            stand.recorder.answer { _ in .ok }
            let again = try stand.send(Array("GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8))
            let response = try StrictReader.response(again, to: "GET")
            #expect(response.status == 200 && response.text == "ok", "\(number) \(refusal) \(response)")
            let next = stand.recorder.take()
            #expect(next.last?.request?.target == "/next")
            #expect(next.last?.connection != bad.first?.connection, "\(refusal): its connection was used again")
            // Idle connections carry nothing over from one row to the next.
            #expect(next.allSatisfy { $0.request != nil })
        }
    }
}
