import HTTPModel
import Testing

@testable import HeaderPolicy

@Suite struct NamesInOrderTests {
    /// Also while the table grows, by few names or many.
    @Test func findsWhatALookAtEachFinds() {
        var table = FieldNames.standard
        var names = NamesInOrder()
        let batches = [
            ["X-Debug-A"], ["x_debug_b", "X-Debug", "X-Debugger"], (0..<40).map { "X-N\($0)" }, ["x-debug_c", "X-N"],
        ]
        for batch in [[]] + batches {
            for name in batch { _ = table.intern(name) }
            let all = (1...UInt16(table.count)).map { FieldID(rawValue: $0) }
            for prefix in ["x-debug-", "x_debug", "x-n1", "x-n", "zz", "accept", "x-", "a"] {
                let found = all.filter { id in
                    Array((table.spelling(of: id) ?? "").utf8).span.hasAliasPrefix(prefix.utf8.span)
                }
                #expect(names.ids(beginning: Array(prefix.utf8), of: table) == found, "\(prefix)")
            }
        }
    }
}
