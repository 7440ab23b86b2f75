import FuzzSupport
import HTTP1
import HTTPModel

/// Whatever comes: no trap, the same requests however the bytes are cut, and each that is accepted is, written again, one
/// request that means the same.
@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = Input(start, count)
    let size = Int(input.byte() & 0x1F) + 1
    let bytes = input.bytes
    let whole = readRequests(bytes)
    let cut = readRequests(bytes, by: size)
    check(whole.failure == cut.failure && whole.requests.count == cut.requests.count, "the cut does not matter")
    for (one, other) in zip(whole.requests, cut.requests) {
        check(one.body == other.body && one.head.fields.lines == other.head.fields.lines, "the cut does not matter")
    }
    for request in whole.requests where request.isWhole { checkWrittenAgain(request) }
    return 0
}

private func checkWrittenAgain(_ request: ReadRequest) {
    var fields = request.head.fields
    fields.remove(.host)
    fields.remove(.transferEncoding)
    fields.remove(.connection)
    fields.remove(.expect)
    var output: [UInt8] = []
    let authority = request.head.authority.isEmpty ? [0x61] : Array(line: request.head.authority)
    let isChunked = request.length == .chunked
    MessageWriter.writeRequest(
        method: request.head.methodToken, target: request.head.target,
        authority: authority.span, fields: fields,
        framing: isChunked ? .chunked : .asFields, persistence: .implied, into: &output)
    if isChunked {
        MessageWriter.writeChunkHead(request.body.count, into: &output)
        if !request.body.isEmpty { output += request.body + [0x0D, 0x0A] }
        MessageWriter.writeLastChunk(trailers: request.trailers, into: &output)
    } else {
        output += request.body
    }
    let again = readRequests(output)
    guard again.failure == nil, again.requests.count == 1, again.requests[0].isWhole else {
        // The limit of the header counts the lines of the proxy's own as well.
        check(again.failure?.status == 431, "\(String(describing: again.failure)) in \(String(decoding: output, as: UTF8.self))")
        return
    }
    let other = again.requests[0]
    check(text(other.head.target) == text(request.head.target), "the target stays")
    check(text(other.head.methodToken) == text(request.head.methodToken), "the method stays")
    check(other.body == request.body && other.trailers.lines == request.trailers.lines, "the body stays")
}
