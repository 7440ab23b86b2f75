import ExchangeDriver
import FuzzSupport
import ProxyCore

private let configurations = [DrivenConfiguration.usual, DrivenConfiguration.make(exchange: 100_000)]

/// Events of a client and an app in any order that they can bring about, a byte each: one final response, nothing for a side after its
/// end, every byte of the body for the app and credit for it, and an end by time if by nothing else.
@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = Input(start, count)
    let configuration = configurations[Int(input.byte() & 1)]
    var walk = RandomWalk(configuration) { input.rest.isEmpty ? nil : input.byte() }
    walk.run()
    check(walk.driven.broken.isEmpty, "\(walk.driven.broken)\n\(walk.transcript.joined(separator: "\n"))")
    return 0
}
