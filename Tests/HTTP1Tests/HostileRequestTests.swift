import HTTP1
import HTTPModel
import HostileMessages
import Testing

@Suite struct HostileRequestTests {
    static let all = Refusal.requests

    @Test(arguments: all) func isRefusedHoweverItIsCut(_ refusal: Refusal) {
        let whole = requestTranscript(refusal.bytes, limits: refusal.limits)
        let last = whole.dropLast().last ?? ""
        #expect(last.hasPrefix("failed \(refusal.status.rawValue) \(refusal.reason) "), "\(whole)")
        #expect(!whole.contains { $0.hasPrefix("end") })
        for cut in Cut.all(refusal.bytes) {
            #expect(requestTranscript(refusal.bytes, cut, limits: refusal.limits) == whole, "\(cut)")
        }
    }

    @Test func thereAreManyDifferentOnes() {
        #expect(Set(Self.all.map(\.bytes)).count == Self.all.count)
        #expect(Self.all.count >= 200)
    }

    /// Nothing behind a refused message is read, whatever it looks like.
    @Test func nothingIsReadBehindARefusal() {
        var parser = RequestParser(limits: MessageLimits(), names: .standard)
        let bytes = wire("GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n")
        let good = wire("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = parser.parse(bytes.span)
        for _ in 0..<3 {
            let step = parser.parse(good.span)
            #expect(step.consumed == 0)
            guard case .failed(let failure) = step.event else {
                Issue.record("not refused")
                return
            }
            #expect(failure.reason == .blankInName)
            #expect(!failure.message.isEmpty)
        }
        #expect(!parser.keepAlive)
        #expect(!parser.isIdle)
    }

    /// Of a head that goes on after it has failed, two lines of `Origin` and `Host` are as ambiguous as a thousand.
    @Test func lateFieldsAreFew() {
        var parser = RequestParser(limits: MessageLimits(), names: .standard)
        let late = String(repeating: "Origin: https://a.example\r\nHost: a\r\nAccept: b\r\n", count: 1_000)
        let bytes = wire("GET / HTTP/1.1\r\nX: " + String(repeating: "x", count: 70_000) + "\r\n" + late + "\r\n")
        let consumed = parser.parse(bytes.span).consumed
        #expect(parser.isCutShort)
        for index in consumed..<bytes.count { _ = parser.readOn(bytes.span.extracting(index..<index + 1)) }
        #expect(!parser.isCutShort)
        let count = parser.head.fields.count
        #expect(count == 5 && parser.failure?.reason == .headerTooLarge)
    }

    /// What was known before the fault is there for the policy that dresses the answer.
    @Test(arguments: [
        ("GET /x HTTP/1.1\r\nHost: a\r\nOrigin: o\r\nBad Name: x\r\n\r\n", "GET", "/x", "a", "Host=a|Origin=o"),
        (
            "POST /x HTTP/1.1\r\nContent-Length: -1\r\nHost: a\r\nOrigin: o\r\n\r\n", "POST", "/x", "a",
            "Content-Length=-1|Host=a|Origin=o"
        ),
        ("GET /x HTTP/1.1\r\nOrigin: o\r\n\r\n", "GET", "/x", "", "Origin=o"),
        ("PUT /x HTTP/3.0\r\n", "PUT", "/x", "", ""),
        ("PATCH x HTTP/1.1\r\n\r\n", "PATCH", "", "", ""),
        ("GET /100% HTTP/1.1\r\nHost: a\r\nOrigin: o\r\n\r\n", "GET", "/100%", "a", "Host=a|Origin=o"),
        ("(", "", "", "", ""),
    ])
    func whatWasKnownIsKept(_ text: String, _ method: String, _ target: String, _ host: String, _ fields: String) {
        var parser = RequestParser(limits: MessageLimits(), names: .standard)
        let bytes = wire(text)
        guard case .failed = parser.parse(bytes.span).event else {
            Issue.record("not refused")
            return
        }
        #expect(parser.head.methodToken.text == method)
        #expect(parser.head.target.text == target)
        #expect(parser.head.authority.text == host)
        #expect(parser.head.fields.text == fields)
    }
}
