/// Removing, replacing, renaming and moving lines.
extension Fields {
    /// Removes every line with this ID (never `unknown`); returns how many there were.
    @inlinable
    @inline(__always)
    @discardableResult
    public mutating func remove(_ id: FieldID) -> Int { mayContain(id) ? removeLines(with: id) : 0 }

    @inlinable
    @inline(never)
    mutating func removeLines(with id: FieldID) -> Int {
        guard let first = search(for: id, from: 0) else { return 0 }
        var kept = first
        let count = lines.count
        var all = lines.storage.mutableSpan
        for index in first..<count where all[index].id != id {
            all[kept] = all[index]
            kept &+= 1
        }
        return truncate(to: kept)
    }

    /// Removes the lines for which the predicate holds, in one pass that keeps the order; returns how many there were.
    @inlinable
    @discardableResult
    public mutating func remove(where isRemoved: (borrowing Fields, Int) -> Bool) -> Int {
        // Usually there is nothing to remove, and then nothing is written.
        let count = lines.count
        var kept = 0
        while kept < count, !isRemoved(self, kept) { kept &+= 1 }
        guard kept < count else { return 0 }
        for index in kept &+ 1..<count where !isRemoved(self, index) {
            lines[kept] = lines[index]
            kept &+= 1
        }
        return truncate(to: kept)
    }

    /// Drops the lines from `count` on. Returns how many there were.
    @inlinable
    mutating func truncate(to count: Int) -> Int {
        let removed = lines.count &- count
        lines.shorten(to: count)
        return removed
    }

    /// Removes one line.
    @inlinable
    public mutating func remove(at index: Int) {
        close(gap: index, with: lines[index])
        lines.shorten(to: lines.count &- 1)
    }

    /// Replaces the value of a line, which keeps its place and name. Returns false and changes nothing if the value is not
    /// allowed in a message or the list is full.
    @inlinable
    @discardableResult
    public mutating func replaceValue(at index: Int, with value: Span<UInt8>) -> Bool {
        let (old, start) = (lines[index], bytes.count)
        let trimmed = value.extracting(value.trimmingBlanks(0..<value.count))
        guard Self.isValue(value), old.name.count &+ trimmed.count &+ 4 &+ start <= Self.capacityLimit else { return false }
        appendAgain(old.whole.lowerBound..<old.value.lowerBound)
        bytes.append(copying: trimmed)
        bytes.append(0x0D)
        bytes.append(0x0A)
        lines[index] = Line(start: start, nameLength: old.name.count, valueLength: trimmed.count, id: old.id)
        return true
    }

    /// Removes the leading zeros of a number, because some readers take such a number for octal.
    public mutating func dropLeadingZeros(at index: Int) {
        let range = lines[index].value
        guard range.count > 1, bytes[range.lowerBound] == 0x30 else { return }
        let digits = Array(copying: bytes.span.extracting(range))
        let number = Array(digits.dropLast().drop { $0 == 0x30 } + digits.suffix(1))
        replaceValue(at: index, with: number.span)
    }

    /// Replaces the name of a line, which keeps its place and value. Returns false and changes nothing if the name is not a token
    /// or the list is full.
    @inlinable
    @discardableResult
    public mutating func rename(at index: Int, to id: FieldID, name: Span<UInt8>) -> Bool {
        guard Self.isName(name) else { return false }
        return rename(at: index, toChecked: id, name: name)
    }

    /// Replaces the name of a line with one that the caller has checked.
    @inlinable
    @discardableResult
    package mutating func rename(at index: Int, toChecked id: FieldID, name: Span<UInt8>) -> Bool {
        let (old, start) = (lines[index], bytes.count)
        guard name.count &+ old.value.count &+ 4 &+ start <= Self.capacityLimit else { return false }
        bytes.append(copying: name)
        appendAgain(old.name.upperBound..<old.whole.upperBound)
        lines[index] = Line(start: start, nameLength: name.count, valueLength: old.value.count, id: id)
        presence |= Self.bit(id)
        return true
    }

    /// Moves a line to the end.
    @inlinable
    package mutating func moveToEnd(_ index: Int) { close(gap: index, with: lines[index]) }

    /// Moves the lines after an index forward by one, and puts a line at the end.
    @inlinable
    mutating func close(gap index: Int, with line: Line) {
        let last = lines.count &- 1
        guard index <= last else { return }
        var all = lines.storage.mutableSpan
        for place in index..<last { all[place] = all[place &+ 1] }
        all[last] = line
    }

    /// Appends text to a line's value, rewrites its name, and moves the line to the end. The caller has checked the parts: a name
    /// with `": "`, and text with CRLF. Returns false and changes nothing if the list is full.
    @inlinable
    @discardableResult
    package mutating func extend(at index: Int, nameAndColon: Span<UInt8>, textAndEnd: Span<UInt8>) -> Bool {
        let (old, start) = (lines[index], bytes.count)
        let length = old.value.count &+ textAndEnd.count &- 2
        guard hasRoom(for: nameAndColon.count &+ length &+ 2) else { return false }
        if name(at: index).equals(nameAndColon.extracting(0..<nameAndColon.count &- 2)) {
            appendAgain(old.whole.lowerBound..<old.value.upperBound)
        } else {
            bytes.append(copying: nameAndColon)
            appendAgain(old.value)
        }
        bytes.append(copying: textAndEnd)
        close(gap: index, with: Line(start: start, nameLength: nameAndColon.count &- 2, valueLength: length, id: old.id))
        return true
    }

    /// Appends bytes that are already in the buffer: the parts of a line that stay.
    @inlinable
    mutating func appendAgain(_ range: Range<Int>) {
        let start = bytes.extend(by: range.count, filler: 0)
        var all = bytes.storage.mutableSpan
        for offset in 0..<range.count { all[start &+ offset] = all[range.lowerBound &+ offset] }
    }
}
