import FuzzSupport
import ProxyCore

/// Whatever is posted as a report: it is refused, or bounded; and what is kept of it can be read again.
@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = Input(start, count)
    let form: Report.Form = input.byte() & 1 == 0 ? .csp : .reports
    guard let reports = Report.read(input.bytes, as: form) else { return 0 }
    var table = ViolationTable()
    for report in reports {
        for member in report.members {
            guard case .text(let text) = member.value else { continue }
            check(text.count <= Report.textLimit + "?[redacted]".utf8.count, "\(member.name) is cut off")
        }
        table.add(report)
    }
    var written: [UInt8] = []
    table.write(into: &written)
    var again = ViolationTable()
    let total = table.counts.values.reduce(0, +)
    check(again.read(written) == total, "all that is kept can be read")
    check(again.counts == table.counts && again.ofExtensions == table.ofExtensions, "it is the same when it is read")
    return 0
}
