import HTTP1
import HTTPModel
import HostileMessages
import Testing

@Suite struct HostileResponseTests {
    static let all = Refusal.responses

    @Test(arguments: all) func isRefusedHoweverItIsCut(_ refusal: Refusal) {
        let whole = responseTranscript(refusal.bytes, [refusal.method], limits: refusal.limits)
        let failures = whole.filter { $0.hasPrefix("failed \(refusal.status.rawValue) \(refusal.reason) ") }
        #expect(failures.count == 1, "\(whole)")
        #expect(!whole.contains { $0.hasPrefix("end") })
        for cut in Cut.all(refusal.bytes) {
            #expect(responseTranscript(refusal.bytes, [refusal.method], cut, limits: refusal.limits) == whole, "\(cut)")
        }
    }

    @Test func thereAreManyDifferentOnes() {
        #expect(Set(Self.all.map(\.bytes)).count >= 150)
    }

    @Test func aRefusedResponseStaysRefused() {
        var parser = ResponseParser(limits: MessageLimits(), names: .standard)
        parser.next(method: .get)
        let bytes = wire("HTTP/1.1 200 OK\r\nA: b\r\nBad Name: x\r\n\r\n")
        _ = parser.parse(bytes.span)
        #expect(parser.head.status == 200)
        #expect(parser.head.fields.text == "A=b")
        #expect(!parser.keepAlive)
        let step = parser.parse(bytes.span)
        #expect(step.consumed == 0)
        guard case .cut = parser.finish(), case .failed(let failure) = step.event else {
            Issue.record("not refused")
            return
        }
        #expect(failure == ParseFailure(.blankInName, status: 502))
    }
}
