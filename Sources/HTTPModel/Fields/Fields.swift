/// An ordered list of header or trailer field lines in one flat buffer.
///
/// The buffer holds each line as HTTP/1 writes it (`Name: value CRLF`); offsets and the ID of the name are kept beside it.
/// Serializing therefore copies runs of lines, matching compares integers, and clearing keeps the storage, so that a connection's
/// second message allocates nothing.
///
/// The type guards promise 9: a name that is not a token, or a value with CR, LF, NUL or another control, cannot get in.
public struct Fields: Sendable {
    /// One line: where it starts, how long its parts are, and which field it is.
    @usableFromInline
    struct Line: BitwiseCopyable, Sendable {
        @usableFromInline var start: UInt32
        @usableFromInline var valueLength: UInt32
        @usableFromInline var nameLength: UInt16
        @usableFromInline var id: FieldID

        @inlinable
        init(start: Int, nameLength: Int, valueLength: Int, id: FieldID) {
            self.start = UInt32(truncatingIfNeeded: start)
            self.valueLength = UInt32(truncatingIfNeeded: valueLength)
            self.nameLength = UInt16(truncatingIfNeeded: nameLength)
            self.id = id
        }

        @inlinable var name: Range<Int> { Int(start)..<Int(start) &+ Int(nameLength) }
        @inlinable var valueStart: Int { Int(start) &+ Int(nameLength) &+ 2 }
        @inlinable var value: Range<Int> { valueStart..<valueStart &+ Int(valueLength) }
        @inlinable var whole: Range<Int> { Int(start)..<valueStart &+ Int(valueLength) &+ 2 }
    }

    /// The most bytes that one list may hold; `append` refuses more.
    public static let capacityLimit = 16 << 20
    /// The longest field name.
    public static let nameLimit = Int(UInt16.max)

    @usableFromInline var bytes = RefillBuffer<UInt8>()
    @usableFromInline var lines = RefillBuffer<Line>()
    /// Bit `id % 64` is set if the list may have a line with such an ID, so that most rules need no search.
    @usableFromInline var presence: UInt64 = 0

    @inlinable
    public init() {}

    /// The number of lines.
    @inlinable public var count: Int { lines.count }
    @inlinable public var isEmpty: Bool { lines.isEmpty }
    @inlinable public var indices: Range<Int> { 0..<lines.count }

    /// The ID of the field on a line.
    @inlinable public func id(at index: Int) -> FieldID { lines[index].id }

    /// The name on a line, as it is spelled there.
    @inlinable
    @_lifetime(borrow self)
    public func name(at index: Int) -> Span<UInt8> { bytes.span.extracting(lines[index].name) }

    /// The value on a line, without blanks around it.
    @inlinable
    @_lifetime(borrow self)
    public func value(at index: Int) -> Span<UInt8> { bytes.span.extracting(lines[index].value) }

    /// The whole line as HTTP/1 writes it, CRLF included.
    @inlinable
    @_lifetime(borrow self)
    public func line(at index: Int) -> Span<UInt8> { bytes.span.extracting(lines[index].whole) }

    /// The bytes of all lines, with those of removed lines between them. `place` says which ones a name or a value has.
    @inlinable
    public var allBytes: Span<UInt8> {
        @_lifetime(borrow self) get { bytes.span }
    }

    /// Where in `allBytes` the name and the value of a line are.
    @inlinable
    public func place(at index: Int) -> (name: Range<Int>, value: Range<Int>) { (lines[index].name, lines[index].value) }

    /// Whether a line may have this ID; false is certain.
    @inlinable
    public func mayContain(_ id: FieldID) -> Bool { presence & Self.bit(id) != 0 }

    /// The first line at or after `start` with this ID (never `unknown`), or nil.
    @inlinable
    @inline(__always)
    public func firstIndex(of id: FieldID, from start: Int = 0) -> Int? { mayContain(id) ? search(for: id, from: start) : nil }

    /// Whether a line of a head that has failed may still be kept: one of each, and two of `Origin` and `Host`, which are then as
    /// ambiguous as any number.
    public func hasRoom(forLate id: FieldID) -> Bool {
        guard let first = firstIndex(of: id) else { return true }
        return (id == .origin || id == .host) && firstIndex(of: id, from: first + 1) == nil
    }

    @inlinable
    @inline(never)
    func search(for id: FieldID, from start: Int) -> Int? {
        guard start >= 0, start < lines.count else { return nil }
        let all = lines.span
        for index in start..<all.count where all[index].id == id { return index }
        return nil
    }

    /// Removes all lines but keeps the storage.
    @inlinable
    public mutating func removeAll() {
        bytes.removeAll()
        lines.removeAll()
        presence = 0
    }

    /// Copies another list into this one's storage, without allocating once that is large enough.
    @inlinable
    public mutating func assign(_ other: borrowing Fields) {
        removeAll()
        bytes.append(copying: other.bytes.span)
        lines.append(copying: other.lines.span)
        presence = other.presence
    }

    /// Copies another list as `assign` does, with the names in lower case, as HTTP/2 wants them (RFC 9113 §8.2).
    @inlinable
    public mutating func assign(lowercasing other: borrowing Fields) {
        assign(other)
        let lines = other.lines.span
        var all = bytes.storage.mutableSpan
        for index in lines.indices {
            var name = lines[index].name
            while !name.isEmpty {
                guard name.lowerBound &+ 8 <= all.count else {
                    Self.lowercase(name, in: &all)
                    break
                }
                let word = all.span.extracting(name.lowerBound..<name.lowerBound &+ 8).firstWord
                // What follows the name in the word stays as it is; it may be another name, in lower case already.
                let kept = name.count < 8 ? UInt64.max &<< UInt64(truncatingIfNeeded: 8 &* name.count) : 0
                ByteCopy.store(Word.lowercased(word) & ~kept | word & kept, to: &all, at: name.lowerBound)
                name = min(name.lowerBound &+ 8, name.upperBound)..<name.upperBound
            }
        }
    }

    @inlinable
    @inline(never)
    static func lowercase(_ range: Range<Int>, in bytes: inout MutableSpan<UInt8>) {
        for place in range { bytes[place] = Octet.lowercased(bytes[place]) }
    }

    /// The bytes of all lines, including removed ones.
    public var size: Int { bytes.count }

    /// The bytes of memory that the lines take, including unused capacity.
    public var storageSize: Int { bytes.capacity &+ lines.capacity &* MemoryLayout<Line>.stride }

    /// Frees the storage, and removes all lines, if it is larger than `limit` bytes, so that one large message does not burden an
    /// idle connection.
    public mutating func trim(to limit: Int) {
        guard bytes.capacity > limit || lines.capacity > limit / MemoryLayout<Line>.stride else { return }
        self = Fields()
    }

    /// Appends a line. Returns false and appends nothing if the name is not a token, the value has a byte that values may not
    /// have, or the list is full. Blanks around the value are dropped.
    @inlinable
    @discardableResult
    public mutating func append(_ id: FieldID, name: Span<UInt8>, value: Span<UInt8>) -> Bool {
        Self.isName(name) && append(id, token: name, value: value)
    }

    /// Appends a line whose name is known to be a token, because it is a literal or was checked before. Returns false and appends
    /// nothing for a value that is not allowed, or if the list is full.
    @inlinable
    @discardableResult
    package mutating func append(_ id: FieldID, token name: Span<UInt8>, value: Span<UInt8>) -> Bool {
        guard Self.isValue(value) else { return false }
        return append(checked: id, name: name, value: value.extracting(value.trimmingBlanks(0..<value.count)))
    }

    /// Appends a line whose parts the caller has checked: a token, and a trimmed value of field-value bytes. Returns false if the
    /// list is full.
    @inlinable
    @discardableResult
    package mutating func append(checked id: FieldID, name: Span<UInt8>, value: Span<UInt8>) -> Bool {
        let length = name.count &+ value.count &+ 4
        guard name.count <= Self.nameLimit, value.count < Self.capacityLimit,
            bytes.count &+ length <= Self.capacityLimit
        else { return false }
        let start = bytes.extend(by: length, filler: 0)
        lines.append(Line(start: start, nameLength: name.count, valueLength: value.count, id: id))
        var all = bytes.storage.mutableSpan
        let (colon, end) = (start &+ name.count, start &+ length &- 2)
        ByteCopy.copy(name, to: &all, at: start)
        all[colon] = 0x3A
        all[colon &+ 1] = 0x20
        ByteCopy.copy(value, to: &all, at: colon &+ 2)
        all[end] = 0x0D
        all[end &+ 1] = 0x0A
        presence |= Self.bit(id)
        return true
    }

    /// Appends a line that is already in HTTP/1 form (`Name: value CRLF`) and was checked when it was made, for a static rule.
    @inlinable
    @discardableResult
    package mutating func append(line: Span<UInt8>, nameLength: Int, id: FieldID) -> Bool {
        guard bytes.count &+ line.count <= Self.capacityLimit else { return false }
        lines.append(Line(start: bytes.count, nameLength: nameLength, valueLength: line.count &- nameLength &- 4, id: id))
        bytes.append(copying: line)
        presence |= Self.bit(id)
        return true
    }

    /// Appends `count` lines in HTTP/1 form, checked, which make up `bytes`. `place` returns where in the bytes a line starts,
    /// how long it and its name are, and which field it is.
    @inlinable
    package mutating func append(
        _ bytes: Span<UInt8>, count: Int, place: (Int) -> (start: Int, length: Int, nameLength: Int, id: FieldID)
    ) {
        let end = self.bytes.count
        var added: UInt64 = 0
        for index in 0..<count {
            let line = place(index)
            lines.append(
                Line(
                    start: end &+ line.start, nameLength: line.nameLength,
                    valueLength: line.length &- line.nameLength &- 4, id: line.id))
            added |= Self.bit(line.id)
        }
        presence |= added
        self.bytes.append(copying: bytes)
    }

    /// Notes a line in HTTP/1 form, checked, that will be `offset` bytes after the end of the buffer. The caller must next
    /// `append(noted:)` the bytes of all noted lines. A parser copies many lines at once in this way.
    @inlinable
    package mutating func note(at offset: Int, length: Int, nameLength: Int, id: FieldID) {
        lines.append(
            Line(start: bytes.count &+ offset, nameLength: nameLength, valueLength: length &- nameLength &- 4, id: id))
        presence |= Self.bit(id)
    }

    /// Appends the bytes of the lines that were noted since the last call.
    @inlinable
    package mutating func append(noted run: Span<UInt8>) {
        bytes.append(copying: run)
    }

    /// Appends a copy of a line of another list.
    @inlinable
    @discardableResult
    public mutating func append(lineAt index: Int, of other: borrowing Fields) -> Bool {
        append(line: other.line(at: index), nameLength: Int(other.lines[index].nameLength), id: other.lines[index].id)
    }

    /// Whether `count` more bytes may be appended.
    @inlinable
    package func hasRoom(for count: Int) -> Bool { bytes.count &+ count <= Self.capacityLimit }

    /// Appends all lines to an output in HTTP/1 form; neighbours in the buffer are copied at once.
    @inlinable
    public func serialize(into output: inout [UInt8]) {
        var run = 0..<0
        let lines = lines.span
        for index in lines.indices {
            let whole = lines[index].whole
            if whole.lowerBound == run.upperBound {
                run = run.lowerBound..<whole.upperBound
            } else {
                if !run.isEmpty { output.append(copying: bytes.span.extracting(run)) }
                run = whole
            }
        }
        if !run.isEmpty { output.append(copying: bytes.span.extracting(run)) }
    }

    /// Whether the bytes are a field name: a token that is not empty (RFC 9110 §5.1).
    @inlinable
    public static func isName(_ name: Span<UInt8>) -> Bool {
        guard !name.isEmpty, name.count <= nameLimit else { return false }
        for index in name.indices where !Octet.isToken(name[index]) { return false }
        return true
    }

    /// Whether the bytes may be a field value (RFC 9110 §5.5).
    @inlinable
    public static func isValue(_ value: Span<UInt8>) -> Bool {
        value.countOfValue() == value.count
    }

    @inlinable
    static func bit(_ id: FieldID) -> UInt64 { 1 << UInt64(id.rawValue & 63) }
}
