import FuzzSupport
import HTTP1
import HTTPModel

/// A chunked body that the decoder accepts means the same to the most forgiving reader: there is nothing in it that somebody
/// else could take for its end, or for another request.
@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = Input(start, count)
    let size = Int(input.byte() & 0x1F) + 1
    let bytes = input.bytes
    let head = Array("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
    let read = readRequests(head + bytes)
    let cut = readRequests(head + bytes, by: size)
    check(read.failure == cut.failure && read.requests.first?.body == cut.requests.first?.body, "the cut does not matter")
    guard let request = read.requests.first, request.isWhole else { return 0 }
    check(lenientBody(bytes) == request.body, "a forgiving reader sees the same body")
    return 0
}

/// Takes a size from whatever digits begin a line, whatever ends that line, and skips any line ends.
private func lenientBody(_ bytes: [UInt8]) -> [UInt8]? {
    var body: [UInt8] = []
    var rest = bytes[...]
    while let end = rest.firstIndex(of: 0x0A) {
        var size = 0
        for byte in rest[..<end] {
            guard let digit = Octet.hexValue(byte) else { break }
            size = size &* 16 &+ Int(digit)
        }
        rest = rest[(end + 1)...]
        if size == 0 { return body }
        guard size > 0, size <= rest.count else { return nil }
        body += rest.prefix(size)
        rest = rest.dropFirst(size).drop { $0 == 0x0D }.dropFirst(1)
    }
    return nil
}
