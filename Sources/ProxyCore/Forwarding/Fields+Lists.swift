import HTTPModel

extension Span<UInt8> {
    /// Returns the last member of a comma-separated list before `end`, without the blanks and quotes around it; empty members are
    /// skipped (RFC 9110 §5.6.1). Moves `end` before it; nil when there is none.
    ///
    /// It is for lists whose members have no commas, quoted or not, so that an opening quote on the left hides nothing on the
    /// right.
    func previousMember(before end: inout Int) -> Range<Int>? {
        while end > 0 {
            var start = end
            while start > 0, self[start &- 1] != 0x2C { start &-= 1 }
            let member = trimmingBlanks(start..<end)
            end = start &- 1
            if !member.isEmpty { return unquoted(member) }
        }
        return nil
    }

    /// Returns the text of a quoted string without escapes (RFC 9110 §5.6.4); any other text is returned unchanged.
    func unquoted(_ range: Range<Int>) -> Range<Int> {
        guard range.count >= 2, self[range.lowerBound] == 0x22, self[range.upperBound &- 1] == 0x22 else { return range }
        let text = range.lowerBound &+ 1..<range.upperBound &- 1
        for index in text where self[index] == 0x22 || self[index] == 0x5C { return range }
        return text
    }
}

extension Fields {
    /// A member of a list field: its line, and its range in the value.
    struct Member {
        var line: Int
        var range: Range<Int>
    }

    /// Returns the last member of a list field; nil when there is none.
    func lastMember(of id: FieldID) -> Member? {
        guard mayContain(id) else { return nil }
        for line in indices.reversed() where self.id(at: line) == id {
            let value = value(at: line)
            var end = value.count
            if let range = value.previousMember(before: &end) { return Member(line: line, range: range) }
        }
        return nil
    }

    /// Whether a list field has this member, case ignored.
    func lists(_ id: FieldID, _ word: String) -> Bool {
        var line = firstIndex(of: id)
        while let index = line {
            let value = value(at: index)
            var members = ListMembers()
            while let member = members.next(in: value) {
                if value.extracting(member).equalsIgnoringCase(word.utf8.span) { return true }
            }
            line = firstIndex(of: id, from: index + 1)
        }
        return false
    }

    /// Appends all lines of a list field as one value, each followed by a comma and a space; empty ones are left out.
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
