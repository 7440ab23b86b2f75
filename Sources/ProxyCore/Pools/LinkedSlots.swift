/// The handle of a place in a `LinkedSlots`. It becomes invalid when the place is given back, and stays so when the place is used
/// again.
public struct SlotKey: Sendable, Hashable {
    @usableFromInline let index: Int
    @usableFromInline let generation: UInt32

    @inlinable
    init(index: Int, generation: UInt32) {
        self.index = index
        self.generation = generation
    }
}

/// A collection of elements at stable places, some of which are linked in an order. All operations are O(1), and nothing is
/// allocated once the storage has grown to the largest number of elements. (Inlinable, as the pool is: generic code that is not
/// specialized costs twenty times as much.)
@usableFromInline
struct LinkedSlots<Element> {
    @usableFromInline
    struct Slot {
        @usableFromInline var element: Element?
        @usableFromInline var generation: UInt32 = 0
        @usableFromInline var isLinked = false
        /// The neighbours in the order; for a vacant place, `after` is the next vacant one. -1 means none.
        @usableFromInline var before = -1
        @usableFromInline var after = -1

        @inlinable
        init(element: Element) { self.element = element }
    }

    @usableFromInline var slots: [Slot] = []
    @usableFromInline var vacant = -1
    @usableFromInline var firstIndex = -1
    @usableFromInline var lastIndex = -1
    @usableFromInline var count = 0
    @usableFromInline var linkedCount = 0

    @inlinable
    init() {}

    @inlinable var first: SlotKey? { key(firstIndex) }
    @inlinable var last: SlotKey? { key(lastIndex) }

    /// The linked elements in order.
    @inlinable var linked: [Element] {
        var elements: [Element] = []
        var index = firstIndex
        while index >= 0 {
            if let element = slots[index].element { elements.append(element) }
            index = slots[index].after
        }
        return elements
    }

    /// The keys of all occupied places, linked or not.
    var keys: [SlotKey] { slots.indices.compactMap { slots[$0].element == nil ? nil : key($0) } }

    /// The element at a place; nil for an invalid key.
    @inlinable
    subscript(key: SlotKey) -> Element? {
        get { isValid(key) ? slots[key.index].element : nil }
        set {
            guard isValid(key), let newValue else { return }
            slots[key.index].element = newValue
        }
    }

    // Through the subscript, the references in the whole element would be counted.

    /// Reads a part of the element at a place; nil for an invalid key.
    @inlinable
    func read<Part>(_ key: SlotKey, _ part: (borrowing Element) -> Part?) -> Part? {
        guard isValid(key), let element = slots[key.index].element else { return nil }
        return part(element)
    }

    /// Changes the element at a place; does nothing for an invalid key.
    @inlinable
    mutating func change(_ key: SlotKey, _ change: (inout Element) -> Void) {
        guard isValid(key), var element = slots[key.index].element.take() else { return }
        change(&element)
        slots[key.index].element = element
    }

    @inlinable
    mutating func insert(_ element: Element) -> SlotKey {
        count += 1
        guard vacant >= 0 else {
            slots.append(Slot(element: element))
            return SlotKey(index: slots.count - 1, generation: 0)
        }
        let index = vacant
        vacant = slots[index].after
        slots[index].element = element
        slots[index].after = -1
        return SlotKey(index: index, generation: slots[index].generation)
    }

    /// Unlinks a place and gives it back. Returns the element; nil for an invalid key.
    @inlinable
    @discardableResult
    mutating func remove(_ key: SlotKey) -> Element? {
        guard isValid(key) else { return nil }
        unlink(key)
        let element = slots[key.index].element
        slots[key.index].element = nil
        slots[key.index].generation &+= 1
        slots[key.index].after = vacant
        vacant = key.index
        count -= 1
        return element
    }

    /// Appends a place to the order.
    @inlinable
    mutating func link(_ key: SlotKey) {
        guard isValid(key), !slots[key.index].isLinked else { return }
        slots[key.index].isLinked = true
        slots[key.index].before = lastIndex
        if lastIndex >= 0 { slots[lastIndex].after = key.index } else { firstIndex = key.index }
        lastIndex = key.index
        linkedCount += 1
    }

    /// Removes a place from the order; it stays occupied.
    @inlinable
    mutating func unlink(_ key: SlotKey) {
        guard isValid(key), slots[key.index].isLinked else { return }
        let (before, after) = (slots[key.index].before, slots[key.index].after)
        if before >= 0 { slots[before].after = after } else { firstIndex = after }
        if after >= 0 { slots[after].before = before } else { lastIndex = before }
        slots[key.index].isLinked = false
        slots[key.index].before = -1
        slots[key.index].after = -1
        linkedCount -= 1
    }

    @inlinable
    func isLinked(_ key: SlotKey) -> Bool { isValid(key) && slots[key.index].isLinked }

    @inlinable
    func isValid(_ key: SlotKey) -> Bool {
        key.index < slots.count && slots[key.index].generation == key.generation && slots[key.index].element != nil
    }

    @inlinable
    func key(_ index: Int) -> SlotKey? {
        index < 0 ? nil : SlotKey(index: index, generation: slots[index].generation)
    }
}
