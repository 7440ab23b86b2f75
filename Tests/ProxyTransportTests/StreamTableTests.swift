import HTTPModel
import Testing

@testable import ProxyTransport

@Suite struct StreamTableTests {
    @Test("A table has what a dictionary would have, its values in the order of their numbers", arguments: UInt64(1)...20)
    func walk(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var table = StreamTable<String>()
        var model: [Int32: String] = [:]
        for step in 0..<300 {
            let id = Int32.random(in: 1...40, using: &random)
            if model[id] == nil {
                table.insert(id, "\(step)")
                model[id] = "\(step)"
            } else {
                #expect(table.remove(id) == model.removeValue(forKey: id))
            }
            #expect(table.remove(50) == nil)
            #expect((Int32(0)...41).allSatisfy { table[$0] == model[$0] })
            #expect(table.values == model.sorted { $0.key < $1.key }.map(\.value))
            #expect(table.isEmpty == model.isEmpty)
        }
    }
}
