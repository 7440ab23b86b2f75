import HTTPModel

extension Span<UInt8> {
    /// The next member of a comma-separated list (RFC 9110 §5.6.1) at or after `start`, without blanks around it; empty
    /// members are skipped. Moves `start` behind it; nil at the end. Quoted commas are not understood: for lists of tokens.
    func nextMember(from start: inout Int) -> Range<Int>? {
        while start < count {
            var end = start
            while end < count, self[end] != 0x2C { end &+= 1 }
            let member = trimmingBlanks(start..<end)
            start = end &+ 1
            if !member.isEmpty { return member }
        }
        return nil
    }

    /// The last member of a comma-separated list before `end`, without blanks around it and perhaps empty. Moves `end`
    /// before it; nil when the start was passed.
    func previousMember(before end: inout Int) -> Range<Int>? {
        guard end >= 0 else { return nil }
        var start = end
        while start > 0, self[start &- 1] != 0x2C { start &-= 1 }
        let member = trimmingBlanks(start..<end)
        end = start &- 1
        return member
    }
}

extension Fields {
    /// A member of a list field: the line, and where it stands in the value.
    struct Member {
        var line: Int
        var range: Range<Int>
    }

    /// The last member of the last line of a field, perhaps empty; nil where there is no such line.
    func lastMember(of id: FieldID) -> Member? {
        guard mayContain(id), let line = indices.last(where: { self.id(at: $0) == id }) else { return nil }
        let value = value(at: line)
        var end = value.count
        return value.previousMember(before: &end).map { Member(line: line, range: $0) }
    }

    /// Appends all lines of a list field as one value, each with a comma and a space behind it; empty ones are left out.
    func appendList(of id: FieldID, to output: inout [UInt8]) {
        var line = firstIndex(of: id)
        while let index = line {
            let value = value(at: index)
            if !value.isEmpty {
                output.append(copying: value)
                output.append(0x2C)
                output.append(0x20)
            }
            line = firstIndex(of: id, from: index + 1)
        }
    }
}
