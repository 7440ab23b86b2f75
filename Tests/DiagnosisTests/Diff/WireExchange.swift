import Diagnosis
import HTTP1
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

/// An exchange as the proxy has it: bytes from the client, bytes to the app and back, bytes to the client.
struct WireExchange {
    /// The head that the app gets; empty where it is not asked.
    private(set) var forwarded = ""
    /// The head that leaves.
    private(set) var response = ""

    struct Broken: Error { var what: String }

    init(_ question: DiffQuestion, on configuration: CompiledConfiguration) throws { try run(question, configuration) }

    private mutating func run(_ question: DiffQuestion, _ configuration: CompiledConfiguration) throws {
        let request = question.question.request
        var random = FreshRandom.repeatable(SplitMix64(seed: 0x4C65_7474_6572))
        let requestIDs = try RequestIDs(configuration.source.requestID, seededBy: &random)
        var context = ExchangeContext(requestIDs: requestIDs, random: random)
        context.setTime(unixSeconds: question.question.unixSeconds)

        var text = "\(request.method) \(request.target) HTTP/1.1\r\nHost: \(request.authority)\r\n"
        for field in request.fields { text += "\(field.name): \(field.value)\r\n" }
        var parser = RequestParser(limits: MessageLimits(), names: configuration.names)
        guard case .head = parser.parse(Array((text + "\r\n").utf8).span).event else { throw Broken(what: text) }
        var exchange = Exchange(configuration, listener: 0)
        swap(&exchange.facts.request, &parser.head)
        let address = IPAddress(request.client.utf8.span) ?? .unspecified
        let peer = configuration.forwarding.peer(address: address, text: Array(request.client.utf8), port: 0)
        let actions = exchange.begin(body: parser.body, wantsUpgrade: parser.wantsUpgrade, peer: peer, &context)
        guard case .forward = actions.app else { return try answer(actions) }

        var bytes: [UInt8] = []
        MessageWriter.writeRequest(
            method: exchange.facts.request.methodToken, target: exchange.facts.request.target,
            authority: exchange.facts.request.authority, fields: context.forwarded, framing: .asFields, persistence: .implied,
            into: &bytes)
        forwarded = String(decoding: bytes, as: UTF8.self)
        guard case .response(let status, let fields) = question.answer else {
            return try answer(exchange.upstreamFailed(.connectFailed, &context))
        }
        exchange.connected(reused: false, mayBeRefused: false, 0)
        var back = "HTTP/1.1 \(status.rawValue) \(status.reason)\r\n"
        for field in fields { back += "\(field.name): \(field.value)\r\n" }
        var reader = ResponseParser(limits: MessageLimits(), names: configuration.names)
        reader.next(method: exchange.facts.request.method)
        guard case .head = reader.parse(Array((back + "\r\n").utf8).span).event else { throw Broken(what: back) }
        swap(&exchange.response, &reader.head)
        try answer(exchange.responseReceived(body: reader.body, isUpgrade: reader.isUpgrade, &context))
    }

    private mutating func answer(_ actions: consuming ExchangeActions) throws {
        var bytes: [UInt8] = []
        switch consume actions.client {
        case .head(let staged, _):
            MessageWriter.writeResponse(staged.head, framing: .asFields, persistence: .implied, into: &bytes)
        case .reply(let staged, _, _):
            MessageWriter.writeResponse(staged.head, framing: .asFields, persistence: .implied, into: &bytes)
        default: throw Broken(what: "a request is forwarded or answered")
        }
        response = String(decoding: bytes, as: UTF8.self)
    }
}

/// What differs between two heads, found from their lines alone.
struct HeadDifference: Hashable {
    var name: String
    var old: [String]
    var new: [String]

    static func between(_ old: String, _ new: String) -> Set<HeadDifference> {
        let (before, now) = (lines(old), lines(new))
        let names = Set((before + now).map { $0.name.lowercased() })
        var differences: Set<HeadDifference> = []
        for name in names {
            let (left, right) = (before.filter { $0.name.lowercased() == name }, now.filter { $0.name.lowercased() == name })
            guard left.map(\.name) != right.map(\.name) || left.map(\.value) != right.map(\.value) else { continue }
            let isSpelling = left.map(\.value) == right.map(\.value)
            differences.insert(
                HeadDifference(
                    name: name, old: left.map { isSpelling ? "\($0.name): \($0.value)" : $0.value },
                    new: right.map { isSpelling ? "\($0.name): \($0.value)" : $0.value }))
        }
        return differences
    }

    private static func lines(_ head: String) -> [(name: String, value: String)] {
        head.split(separator: "\r\n").dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (String(line[..<colon]), String(line[colon...].dropFirst().drop { $0 == " " }))
        }
    }
}
