import HTTPModel

/// A block of static lines to which rules still add.
struct DraftBlock {
    private(set) var bytes: [UInt8] = []
    private(set) var lines: [Block.Line] = []
    private(set) var ids: Set<FieldID> = []

    mutating func append(_ id: FieldID, name: Span<UInt8>, value: Span<UInt8>) {
        var block = Block()
        block.append(id, name: name, value: value)
        for var line in block.lines {
            line.start += Int32(bytes.count)
            lines.append(line)
        }
        bytes += block.bytes
        ids.insert(id)
    }
}
