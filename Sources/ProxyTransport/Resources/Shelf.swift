/// Items that are lent and come back. Those that nobody is using lie here; the one used last is lent first, because it is still in the
/// processor's caches. As many stay as were in use at once lately.
struct Shelf<Item> {
    private var items: [Item] = []
    /// The fewest items that have been here since the last time that the surplus was taken away: so many were not needed.
    private var surplus = 0

    var isEmpty: Bool { items.isEmpty }
    var count: Int { items.count }

    mutating func take() -> Item? {
        guard let item = items.popLast() else { return nil }
        surplus = min(surplus, items.count)
        return item
    }

    mutating func put(_ item: Item) { items.append(item) }

    /// Takes away the items that were not needed since the last time. Called periodically.
    mutating func takeSurplus() -> [Item] {
        let unneeded = Array(items.prefix(surplus))
        items.removeFirst(surplus)
        surplus = items.count
        return unneeded
    }

    /// Takes away all items.
    mutating func takeAll() -> [Item] {
        defer { self = Shelf() }
        return items
    }
}
