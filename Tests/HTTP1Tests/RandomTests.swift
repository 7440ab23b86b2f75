import HTTP1
import HTTPModel
import HostileMessages
import Testing

/// Inputs that nobody thought of: made from seeds, so that a failure comes back.
@Suite struct RandomTests {
    @Test(arguments: 0..<200) func whatIsWrittenIsRead(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var output: [UInt8] = []
        var expected: [String] = []
        for _ in 0..<5 { Self.writeRequest(&random, into: &output, &expected) }
        for cut in [Cut.whole, .everyByte, .at(Int.random(in: 0...output.count, using: &random))] {
            #expect(requestTranscript(output, cut) == expected)
        }
    }

    @Test(arguments: 0..<200) func whatIsWrittenIsReadInResponses(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var head = ResponseHead(status: Status(rawValue: UInt16.random(in: 200...599, using: &random)))
        head.fields = Self.fields(&random)
        head.reason = wire(["", "OK", "Some words"].randomElement(using: &random) ?? "")
        let body = Self.text(&random, Self.valueBytes, 0...50)
        var output: [UInt8] = []
        MessageWriter.writeResponse(head, framing: .length(body.count), persistence: .implied, into: &output)
        output += body
        let reason = head.reason.isEmpty ? head.status.reason : String(decoding: head.reason, as: UTF8.self)
        let fields = (["Content-Length=\(body.count)"] + (head.fields.isEmpty ? [] : [head.fields.text])).joined(separator: "|")
        let expected = [
            "HTTP/1.1 \(head.status.rawValue) \(reason) body=\(body.isEmpty ? "none" : "\(body.count)") keep", fields,
            "end \(String(decoding: body, as: UTF8.self))",
        ]
        if head.status.forbidsBody { return }
        #expect(responseTranscript(output, [.get], .everyByte) == expected)
    }

    /// Good messages with a few bytes changed, lost or doubled, and plain noise: no trap, and the same answer however cut.
    @Test(arguments: 0..<400) func noiseIsReadTheSameHoweverItIsCut(_ seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let requests = ValidRequestTests.requests.map(\.bytes)
        let responses = ValidResponseTests.responses.map(\.bytes)
        for bytes in [Self.noise(&random), Self.mutant(requests, &random), Self.mutant(requests, &random)] {
            let whole = requestTranscript(bytes)
            #expect(requestTranscript(bytes, .everyByte) == whole, "\(readable(bytes))")
            #expect(requestTranscript(bytes, .at(Int.random(in: 0...bytes.count, using: &random))) == whole)
        }
        for bytes in [Self.noise(&random), Self.mutant(responses, &random), Self.mutant(responses, &random)] {
            let whole = responseTranscript(bytes)
            #expect(responseTranscript(bytes, [.get], .everyByte) == whole, "\(readable(bytes))")
            #expect(responseTranscript(bytes, [.get], .at(Int.random(in: 0...bytes.count, using: &random))) == whole)
        }
    }

    static let tokenBytes = Array("!#$%&'*+-.^_`|~09azAZ".utf8)
    static let valueBytes = Array((UInt8(0x21)...0xFF).filter { $0 != 0x7F }) + [0x20, 0x09]

    static func text(_ random: inout SplitMix64, _ bytes: [UInt8], _ length: ClosedRange<Int>) -> [UInt8] {
        (0..<Int.random(in: length, using: &random)).map { _ in bytes.randomElement(using: &random) ?? 0x78 }
    }

    static func fields(_ random: inout SplitMix64) -> Fields {
        var fields = Fields()
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            let name = [UInt8]("X-".utf8) + text(&random, tokenBytes, 0...30)
            fields.append(.unknown, name: name.span, value: text(&random, valueBytes, 0...60).span)
        }
        return fields
    }

    static func writeRequest(_ random: inout SplitMix64, into output: inout [UInt8], _ expected: inout [String]) {
        let method = text(&random, tokenBytes, 1...32)
        let target = [0x2F] + text(&random, Array("abc-._~!$&'()*+,;=:@".utf8), 1...40).filter { $0 != 0x2E }
        let fields = fields(&random)
        let body = text(&random, valueBytes, 0...60)
        let isChunked = Bool.random(using: &random)
        MessageWriter.writeRequest(
            method: method.span, target: target.span, authority: "a.example:81".utf8.span, fields: fields,
            framing: isChunked ? .chunked : .length(body.count), persistence: .implied, into: &output)
        var framing = "Content-Length=\(body.count)"
        if isChunked {
            framing = "Transfer-Encoding=chunked"
            let half = body.count / 2
            for part in [body[..<half], body[half...]] where !part.isEmpty {
                MessageWriter.writeChunkHead(part.count, into: &output)
                output += part + [0x0D, 0x0A]
            }
            MessageWriter.writeLastChunk(trailers: fields, into: &output)
        } else {
            output += body
        }
        let length = isChunked ? "chunked" : body.isEmpty ? "none" : "\(body.count)"
        let trailers = isChunked && !fields.isEmpty ? " trailers \(fields.text)" : ""
        let line = [method, target].map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
        expected += [
            "\(line) HTTP/1.1 @a.example:81 body=\(length) keep",
            (["Host=a.example:81", framing] + (fields.isEmpty ? [] : [fields.text])).joined(separator: "|"),
            "end \(String(decoding: body, as: UTF8.self))\(trailers)",
        ]
    }

    static func noise(_ random: inout SplitMix64) -> [UInt8] {
        let some = Array("\r\n\t :;,=\"GETPOST/1.1HTTPabc059\u{00}\u{7F}".utf8) + [0x80, 0xFF]
        return text(&random, some, 0...80)
    }

    static func mutant(_ messages: [[UInt8]], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = messages.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(bytes[place], at: place)
            default: bytes.insert([0x0D, 0x0A, 0x20, 0x3A, 0x00].randomElement(using: &random) ?? 0, at: place)
            }
        }
        return bytes
    }
}
