import HTTPModel

/// Static lines that are written together: one copy of their bytes, and a description of each line.
struct Block: ~Copyable, Sendable {
    struct Line: Sendable {
        /// The start of the line in the block's bytes.
        var start: Int32
        var length: Int32
        var nameLength: Int32
        var id: FieldID

        var name: Range<Int> { Int(start)..<Int(start &+ nameLength) }
    }

    private(set) var bytes: [UInt8] = []
    private(set) var lines: [Line] = []

    init() {}

    /// Makes lines of the fields that have a value, which the caller has checked; names are spelled as in the standard list.
    init(_ fields: [(id: FieldID, value: String?)]) {
        for field in fields {
            guard let value = field.value, let name = FieldNames.standard.spelling(of: field.id) else { continue }
            append(field.id, name: name.utf8.span, value: value.utf8.span)
        }
    }

    mutating func append(_ id: FieldID, name: Span<UInt8>, value: Span<UInt8>) {
        let start = bytes.count
        bytes.append(copying: name)
        bytes.append(text: ": ")
        bytes.append(copying: value)
        bytes.append(text: "\r\n")
        lines.append(
            Line(start: Int32(start), length: Int32(bytes.count - start), nameLength: Int32(name.count), id: id))
    }

    mutating func append(_ other: borrowing Block) {
        for line in other.lines {
            var line = line
            line.start += Int32(bytes.count)
            lines.append(line)
        }
        bytes += other.bytes
    }

    func write(to fields: inout Fields) { Self.write(lines.span, bytes.span, to: &fields) }

    /// Writes the lines of a block at the end of a list.
    static func write(_ lines: Span<Line>, _ bytes: Span<UInt8>, to fields: inout Fields) {
        guard fields.hasRoom(for: bytes.count) else { return }
        fields.append(bytes, count: lines.count) { place in
            let line = lines[place]
            return (Int(line.start), Int(line.length), Int(line.nameLength), line.id)
        }
    }

    /// Removes the fields that a block is about to write.
    static func clear(_ lines: Span<Line>, _ bytes: Span<UInt8>, _ fields: inout Fields, aliases: Bool) {
        for place in lines.indices {
            let line = lines[place]
            if fields.mayContain(line.id) { fields.remove(line.id) }
            if aliases { fields.removeAliases(of: bytes.extracting(line.name)) }
        }
    }
}
