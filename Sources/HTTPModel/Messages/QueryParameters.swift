/// A walk over the parameters of a query, which are read as a form is (WHATWG URL, `application/x-www-form-urlencoded`), which is
/// what Flask's `request.args` and most frameworks do: they stand between `&`, a name ends at its first `=`, `+` is a space, and
/// percent-escapes are decoded. A broken escape stays as it is.
public struct QueryParameters {
    private var position = 0

    public init() {}

    /// Puts the decoded value of the next parameter with that decoded name into `value`; returns false when there is none. A walk
    /// to the end looks at each byte of the query a few times, whatever is in it.
    public mutating func next(named name: Span<UInt8>, in query: Span<UInt8>, into value: inout [UInt8]) -> Bool {
        while position < query.count {
            var end = position
            while end < query.count, query[end] != 0x26 { end &+= 1 }
            var equals = position
            while equals < end, query[equals] != 0x3D { equals &+= 1 }
            let found = query.extracting(position..<equals)
            let isEmpty = position == end
            position = end &+ 1
            guard !isEmpty, found.decodes(to: name) else { continue }
            value.removeAll(keepingCapacity: true)
            let text = query.extracting(min(equals &+ 1, end)..<end)
            var index = 0
            while index < text.count { value.append(text.decodedByte(at: &index)) }
            return true
        }
        return false
    }
}

extension Span<UInt8> {
    fileprivate func decodes(to text: Span<UInt8>) -> Bool {
        var (index, length) = (0, 0)
        while index < count {
            guard length < text.count, decodedByte(at: &index) == text[length] else { return false }
            length &+= 1
        }
        return length == text.count
    }

    /// Returns the byte that is written at the index, and moves the index behind it.
    fileprivate func decodedByte(at index: inout Int) -> UInt8 {
        let byte = self[index]
        if byte == 0x25, count &- index > 2, let high = Octet.hexValue(self[index &+ 1]),
            let low = Octet.hexValue(self[index &+ 2])
        {
            index &+= 3
            return high << 4 | low
        }
        index &+= 1
        return byte == 0x2B ? 0x20 : byte
    }
}
