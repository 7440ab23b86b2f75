import HTTPModel
import ProxyCore
import Testing

/// Errors as a gRPC client reads them.
@Suite struct GRPCReplyTests {
    @Test(arguments: [
        ("application/grpc", true), ("application/grpc+proto", true), ("Application/GRPC; charset=x", true),
        ("application/grpc ", true), ("application/grpc-web", false), ("application/grpcs", false), ("application/json", false),
        ("application/grp", false), ("", false), (nil, false),
    ])
    func recognized(_ type: String?, _ expected: Bool) {
        var fields = Fields()
        if let type { fields.append("Content-Type", type) }
        #expect(GRPCReply.isWanted(by: fields) == expected)
    }

    @Test(arguments: [
        (Status(rawValue: 400), 13), (401, 16), (403, 7), (404, 12), (408, 2), (413, 2), (429, 14), (431, 2), (500, 2), (502, 14),
        (503, 14), (504, 14),
    ])
    func statuses(_ status: Status, _ code: Int) {
        var head = ResponseHead()
        GRPCReply.write(status: status, reason: .connectFailed, into: &head)
        #expect(head.status == 200)
        let lines = head.fields.pairs.map { "\($0.name): \($0.value)" }
        #expect(lines.prefix(2) == ["Content-Type: application/grpc", "grpc-status: \(code)"])
        #expect(lines.count == 3 && lines[2].hasPrefix("grpc-message: ") && !lines[2].contains("%"))
    }

    /// For a client that may know, the cause as well: whatever is in it, the field is one.
    @Test func cause() throws {
        var head = ResponseHead()
        GRPCReply.write(status: 502, reason: .connectFailed, into: &head, cause: "100% of \u{201C}ü\u{201D}\r\n")
        let message = try #require(head.fields.pairs.last)
        #expect(message.name == "grpc-message")
        #expect(message.value.hasSuffix("be reached. Why: 100%25 of %E2%80%9C%C3%BC%E2%80%9D%0D%0A"), "\(message.value)")
    }
}
