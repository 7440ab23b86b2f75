/// A buffer that is filled anew for each message.
///
/// Emptying it is one store and keeps the storage; what was there can no longer be read. An array's
/// `removeAll(keepingCapacity:)` takes a hundred instructions, and appending to one half as many again as here.
@usableFromInline
struct RefillBuffer<Element: BitwiseCopyable & Sendable>: Sendable {
    /// The elements, followed by what earlier fillings left.
    @usableFromInline var storage: [Element] = []
    @usableFromInline var count = 0

    @inlinable
    init() {}

    @inlinable var isEmpty: Bool { count == 0 }

    /// The number of elements for which there is memory.
    @inlinable var capacity: Int { storage.capacity }

    @inlinable
    var span: Span<Element> {
        @_lifetime(borrow self) get { storage.span.extracting(0..<count) }
    }

    @inlinable
    subscript(index: Int) -> Element {
        @inline(__always) get { span[index] }
        set { if index < count { storage[index] = newValue } }
    }

    @inlinable
    mutating func removeAll() { count = 0 }

    /// Drops the elements from `end` on, if there are any.
    @inlinable
    mutating func shorten(to end: Int) { if end >= 0, end < count { count = end } }

    @inlinable
    mutating func append(_ element: Element) {
        let place = extend(by: 1, filler: element)
        storage[place] = element
    }

    /// Appends elements that the caller will write; until then they are whatever was there. Returns the index of the first.
    @inlinable
    mutating func extend(by length: Int, filler: Element) -> Int {
        let start = count
        if storage.count &- start < length { grow(by: length, filler: filler) }
        count = start &+ length
        return start
    }

    @inlinable
    mutating func append(copying elements: Span<Element>) {
        guard !elements.isEmpty else { return }
        let start = extend(by: elements.count, filler: elements[0])
        var all = storage.mutableSpan
        ByteCopy.copy(elements, to: &all, at: start)
    }

    @inlinable
    @inline(never)
    mutating func grow(by length: Int, filler: Element) {
        let room = max(length, storage.count, 256 / MemoryLayout<Element>.stride)
        storage.append(addingCapacity: room) { output in
            while !output.isFull { output.append(filler) }
        }
    }
}
