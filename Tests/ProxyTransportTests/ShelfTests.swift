import Testing

@testable import ProxyTransport

@Suite("A shelf")
struct ShelfTests {
    @Test("lends what came back last")
    func order() {
        var shelf = Shelf<Int>()
        shelf.put(1)
        shelf.put(2)
        #expect(shelf.take() == 2)
        #expect(shelf.take() == 1)
        #expect(shelf.take() == nil)
    }

    @Test("keeps as many as were in use at once since the last time")
    func surplus() {
        var shelf = Shelf<Int>()
        for item in 1...10 { shelf.put(item) }
        // Nothing is known yet of how many are needed.
        #expect(shelf.takeSurplus() == [])
        let taken = (1...3).compactMap { _ in shelf.take() }
        for item in taken { shelf.put(item) }
        #expect(shelf.takeSurplus() == [1, 2, 3, 4, 5, 6, 7])
        #expect(shelf.count == 3)
    }

    @Test("is empty when nobody has used any of them")
    func idle() {
        var shelf = Shelf<Int>()
        shelf.put(1)
        #expect(shelf.takeSurplus() == [])
        #expect(shelf.takeSurplus() == [1])
        #expect(shelf.isEmpty)
    }

    @Test("gives up all of them, and begins anew")
    func all() {
        var shelf = Shelf<Int>()
        for item in 1...3 { shelf.put(item) }
        _ = shelf.takeSurplus()
        #expect(shelf.takeAll() == [1, 2, 3])
        shelf.put(4)
        #expect(shelf.takeSurplus() == [])
        #expect(shelf.take() == 4)
    }
}
