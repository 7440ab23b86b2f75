import FuzzSupport
import HTTP1
import HTTPModel

/// Whatever an app says: no trap, the same response however the bytes are cut, no body where there can be none, and what is
/// accepted is, written again, one response that means the same.
@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = Input(start, count)
    let choice = input.byte()
    let method: Method = [.get, .head, .connect, .post][Int(choice & 3)]
    let bytes = input.bytes
    let whole = readResponse(bytes, to: method)
    let cut = readResponse(bytes, to: method, by: Int(choice >> 2) + 1)
    check(whole.failure == cut.failure && whole.left == cut.left, "the cut does not matter")
    check(whole.response?.body == cut.response?.body, "the cut does not matter")
    check(whole.response?.isWhole == cut.response?.isWhole, "the cut does not matter")
    guard let response = whole.response, response.isWhole, !response.isUpgrade else { return 0 }
    if method == .head || response.head.status.forbidsBody { check(response.body.isEmpty, "there is no body") }
    if case .length(let length) = response.length { check(response.body.count == length, "the length is right") }
    checkWrittenAgain(response, method)
    return 0
}

private func checkWrittenAgain(_ response: ReadResponse, _ method: Method) {
    var head = response.head
    head.fields.remove(.transferEncoding)
    head.fields.remove(.connection)
    var output: [UInt8] = []
    let isChunked = response.length == .chunked || response.length == .untilClose
    MessageWriter.writeResponse(head, framing: isChunked ? .chunked : .asFields, persistence: .implied, into: &output)
    if isChunked {
        MessageWriter.writeChunkHead(response.body.count, into: &output)
        if !response.body.isEmpty { output += response.body + [0x0D, 0x0A] }
        MessageWriter.writeLastChunk(trailers: response.trailers, into: &output)
    } else {
        output += response.body
    }
    let again = readResponse(output, to: method)
    if again.failure?.reason == .headerTooLarge || again.failure?.reason == .tooManyFields { return }
    check(
        again.failure == nil && again.left == 0 && again.response?.isWhole == true,
        "\(String(describing: again.failure)) \(again.left)")
    check(again.response?.body == response.body && again.response?.head.status == response.head.status, "the response stays")
}
