import HTTP1
import HTTPModel
import HostileMessages

/// How an input is cut into pieces. The parser must not notice.
enum Cut {
    case whole
    case everyByte
    case at(Int)

    func pieces(_ bytes: [UInt8]) -> [[UInt8]] {
        switch self {
        case .whole: [bytes]
        case .everyByte: bytes.map { [$0] }
        case .at(let place): [Array(bytes[..<place]), Array(bytes[place...])]
        }
    }

    /// All of them for an input; for a long one only some places.
    static func all(_ bytes: [UInt8]) -> [Cut] {
        let step = bytes.count > 2000 ? bytes.count / 20 : 1
        return [.whole, .everyByte] + stride(from: 1, to: bytes.count, by: step).map { .at($0) }
    }
}

extension BodyLength {
    var text: String {
        switch self {
        case .none: "none"
        case .length(let length): "\(length)"
        case .chunked: "chunked"
        case .untilClose: "close"
        }
    }
}

extension Fields {
    var text: String { pairs.map { "\($0.name)=\($0.value)" }.joined(separator: "|") }
}

/// What a request parser says about an input, with neighbouring pieces of a body put together.
func requestTranscript(_ bytes: [UInt8], _ cut: Cut = .whole, limits: MessageLimits = MessageLimits()) -> [String] {
    var parser = RequestParser(limits: limits, names: .standard)
    var lines: [String] = []
    var waiting: [UInt8] = []
    var body: [UInt8] = []
    for piece in cut.pieces(bytes) {
        waiting += piece
        input: while true {
            let step = parser.parse(waiting.span)
            switch step.event {
            case .needMore: break
            case .head:
                let head = parser.head
                var line = "\(head.methodToken.text) \(head.target.text) \(head.version.text) @\(head.authority.text)"
                line += " body=" + parser.body.text
                line += parser.keepAlive ? " keep" : " close"
                if parser.expectsContinue { line += " expects" }
                if parser.wantsUpgrade { line += " upgrades" }
                lines += [line, head.fields.text]
            case .body(let range): body += waiting[range]
            case .end:
                lines.append(endLine(body, parser.trailers))
                body = []
                parser.next()
            case .failed(let failure):
                return lines + ["failed \(failure.status.rawValue) \(failure.reason) \(wireText(body))", parser.head.fields.text]
            }
            waiting.removeFirst(step.consumed)
            if case .needMore = step.event { break input }
        }
    }
    if !parser.isIdle { lines.append("unfinished \(wireText(body))") }
    return lines
}

/// What a response parser says about the responses to requests of some methods, up to the end of the connection.
func responseTranscript(
    _ bytes: [UInt8], _ methods: [Method] = [.get], _ cut: Cut = .whole, limits: MessageLimits = MessageLimits()
) -> [String] {
    var parser = ResponseParser(limits: limits, names: .standard)
    var methods = methods[...]
    var lines: [String] = []
    var waiting: [UInt8] = []
    var body: [UInt8] = []

    /// Whether to go on with this input.
    func note(_ event: ResponseParser.Event) -> Bool {
        switch event {
        case .needMore: return false
        case .informational:
            lines.append("informational \(parser.head.status.rawValue) \(parser.head.fields.text)")
        case .head:
            let head = parser.head
            var line = "\(head.version.text) \(head.status.rawValue) \(wireText(head.reason))"
            line += " body=" + parser.body.text
            line += parser.keepAlive ? " keep" : " close"
            if parser.isUpgrade { line += " upgrade" }
            lines += [line, head.fields.text]
        case .body(let range): body += waiting[range]
        case .end:
            lines.append(endLine(body, parser.trailers))
            body = []
            if let method = methods.popFirst() { parser.next(method: method) }
        case .failed(let failure):
            lines.append("failed \(failure.status.rawValue) \(failure.reason) \(wireText(body))")
            return false
        }
        return true
    }

    if let method = methods.popFirst() { parser.next(method: method) }
    for piece in cut.pieces(bytes) {
        waiting += piece
        while true {
            let step = parser.parse(waiting.span)
            let goesOn = note(step.event)
            waiting.removeFirst(step.consumed)
            if case .failed = step.event { return lines }
            if !goesOn { break }
        }
    }
    switch parser.finish() {
    case .end: _ = note(.end)
    case .between: break
    case .cut: lines.append("failed 502 truncated \(wireText(body))")
    }
    if !waiting.isEmpty { lines.append("left \(wireText(waiting))") }
    return lines
}

private func endLine(_ body: [UInt8], _ trailers: Fields) -> String {
    let end = "end " + wireText(body)
    return trailers.isEmpty ? end : end + " trailers " + trailers.text
}

private func wireText(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
