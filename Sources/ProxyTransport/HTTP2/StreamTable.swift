/// The open streams of an HTTP/2 connection, by number.
///
/// New streams have higher numbers (RFC 9113 §5.1.1), so the list is in order, and a search is a few steps where a dictionary
/// would hash.
struct StreamTable<Stream> {
    private(set) var ids: [Int32] = []
    private(set) var values: [Stream] = []

    var isEmpty: Bool { ids.isEmpty }

    subscript(id: Int32) -> Stream? {
        let place = place(of: id)
        return place < ids.count && ids[place] == id ? values[place] : nil
    }

    /// Adds a stream, whose number is not in the table.
    mutating func insert(_ id: Int32, _ stream: Stream) {
        let place = place(of: id)
        // As a rule its number is the highest, and then nothing has to be moved.
        if place == ids.count {
            ids.append(id)
            values.append(stream)
        } else {
            ids.insert(id, at: place)
            values.insert(stream, at: place)
        }
    }

    @discardableResult
    mutating func remove(_ id: Int32) -> Stream? {
        let place = place(of: id)
        guard place < ids.count, ids[place] == id else { return nil }
        ids.remove(at: place)
        return values.remove(at: place)
    }

    /// The place of the first number that is not below this one.
    private func place(of id: Int32) -> Int {
        var (low, high) = (0, ids.count)
        while low < high {
            let middle = (low &+ high) / 2
            if ids[middle] < id { low = middle &+ 1 } else { high = middle }
        }
        return low
    }
}
