import HTTP1
public import HTTPModel

/// One request as a parser understood it.
public struct ReadRequest {
    public var head: RequestHead
    public var body: [UInt8] = []
    public var length: BodyLength
    public var trailers = Fields()
    public var isWhole = false
}

/// What a request parser says about an input that comes in pieces of some size.
public func readRequests(_ bytes: [UInt8], by size: Int = .max) -> (requests: [ReadRequest], failure: ParseFailure?) {
    var parser = RequestParser(limits: MessageLimits(), names: .standard)
    var requests: [ReadRequest] = []
    var start = 0
    var end = min(bytes.count, size)
    while true {
        let step = parser.parse(bytes.span.extracting(start..<end))
        check(step.consumed >= 0 && start + step.consumed <= end, "no more is consumed than there is")
        switch step.event {
        case .needMore:
            start += step.consumed
            if end == bytes.count { return (requests, nil) }
            end += min(bytes.count - end, size)
            continue
        case .head: requests.append(ReadRequest(head: parser.head, length: parser.body))
        case .body(let range): requests[requests.count - 1].body += bytes[start + range.lowerBound..<start + range.upperBound]
        case .end:
            requests[requests.count - 1].trailers = parser.trailers
            requests[requests.count - 1].isWhole = true
            parser.next()
        case .failed(let failure): return (requests, failure)
        }
        start += step.consumed
    }
}

/// One response as a parser understood it, the interim ones before it left out.
public struct ReadResponse {
    public var head: ResponseHead
    public var body: [UInt8] = []
    public var length: BodyLength
    public var isUpgrade: Bool
    public var trailers = Fields()
    public var isWhole = false
}

/// What a response parser says about an input that comes in pieces, then ends. `left`: bytes behind the response.
public func readResponse(
    _ bytes: [UInt8], to method: Method, by size: Int = .max
) -> (response: ReadResponse?, failure: ParseFailure?, left: Int) {
    var parser = ResponseParser(limits: MessageLimits(), names: .standard)
    parser.next(method: method)
    var response: ReadResponse?
    var start = 0
    var end = min(bytes.count, size)
    while true {
        let step = parser.parse(bytes.span.extracting(start..<end))
        check(step.consumed >= 0 && start + step.consumed <= end, "no more is consumed than there is")
        switch step.event {
        case .needMore where end < bytes.count:
            start += step.consumed
            end += min(bytes.count - end, size)
            continue
        case .needMore:
            switch parser.finish() {
            case .end: response?.isWhole = true
            case .failed(let failure): return (response, failure, 0)
            default: break
            }
            return (response, nil, bytes.count - start - step.consumed)
        case .informational: break
        case .head: response = ReadResponse(head: parser.head, length: parser.body, isUpgrade: parser.isUpgrade)
        case .body(let range): response?.body += bytes[start + range.lowerBound..<start + range.upperBound]
        case .end:
            response?.trailers = parser.trailers
            response?.isWhole = true
            return (response, nil, bytes.count - start - step.consumed)
        case .failed(let failure): return (response, failure, 0)
        }
        start += step.consumed
    }
}

/// The bytes of spans, to be compared and shown.
public func text(_ bytes: Span<UInt8>) -> String { String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) }

extension Fields {
    /// Every line, for comparison.
    public var lines: [[UInt8]] { indices.map { index in Array(line: line(at: index)) } }
}

extension [UInt8] {
    public init(line: Span<UInt8>) { self = line.indices.map { line[$0] } }
}
