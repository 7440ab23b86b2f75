import HTTP1
package import HTTPModel

/// One request as a parser understood it.
package struct ReadRequest {
    package var head: RequestHead
    package var body: [UInt8] = []
    package var length: BodyLength
    package var trailers = Fields()
    package var isWhole = false
}

/// What a request parser says about an input that comes in pieces of some size.
package func readRequests(_ bytes: [UInt8], by size: Int = .max) -> (requests: [ReadRequest], failure: ParseFailure?) {
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
package struct ReadResponse {
    package var head: ResponseHead
    package var body: [UInt8] = []
    package var length: BodyLength
    package var isUpgrade: Bool
    package var trailers = Fields()
    package var isWhole = false
}

/// What a response parser says about an input that comes in pieces, then ends. `left`: bytes behind the response.
package func readResponse(
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
            if case .end = parser.finish() { response?.isWhole = true }
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
package func text(_ bytes: Span<UInt8>) -> String { String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) }

extension Fields {
    /// Every line, for comparison.
    package var lines: [[UInt8]] { indices.map { index in Array(line: line(at: index)) } }
}

extension [UInt8] {
    package init(line: Span<UInt8>) { self = line.indices.map { line[$0] } }
}
