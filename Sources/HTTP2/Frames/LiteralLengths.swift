internal import HTTPModel

/// Searches a field block for literals (RFC 7541 §6.2) that are longer than nghttp2's decoder accepts: nghttp2 gives up the
/// connection when it meets one, which is too late for a response. Only blocks of several frames have room for such literals, so
/// no others are searched. After such a literal, this finds where the next field begins.
struct LiteralLengths {
    /// The most bytes of one encoded name or value, nghttp2's `NGHTTP2_HD_MAX_NV`.
    static let limit = 1 << 16

    private enum Part { case field, nameLength, valueLength }
    private enum Number { case none, index, length }

    /// Whether a block is being searched.
    private(set) var isActive = false
    /// The bytes before the fragment in this frame, beginning with the padding length if there is one.
    private var headLeft = 0
    private var isPadded = false
    private var fragmentLeft = 0
    /// Whether the frame is the last one of its block.
    private var isLast = false

    private var part = Part.field
    /// The kind of integer that continues in the next byte.
    private var number = Number.none
    private var length = 0
    private var shift = 0
    /// The bytes of a literal that are still to come.
    private var skip = 0
    /// The index of the field's name in the static table; 0 if the name is spelled out.
    private var nameIndex = 0

    /// Begins a frame. A frame that neither begins nor continues a block of several frames ends the search.
    mutating func begin(_ frame: FrameHeader) {
        if frame.kind == FrameHeader.Kind.headers, !frame.endsHeaders {
            self = LiteralLengths()
            isActive = true
            isLast = false
            isPadded = frame.flags & 0x8 != 0
            headLeft = (isPadded ? 1 : 0) + (frame.flags & 0x20 != 0 ? 5 : 0)
            fragmentLeft = frame.length - headLeft
        } else if frame.kind == FrameHeader.Kind.continuation, isActive {
            fragmentLeft = frame.length
            isLast = frame.endsHeaders
        } else {
            isActive = false
        }
    }

    /// Returns the index of the byte at which a length turns out to be too large, in the next bytes of the frame's payload.
    mutating func find(in payload: Span<UInt8>) -> Int? {
        var index = 0
        while index < payload.count, headLeft > 0 || fragmentLeft > 0 {
            if step(payload, &index) { return index - 1 }
        }
        return nil
    }

    /// Whether the literal that is too long is the value of `:path` (RFC 7541, appendix A).
    var isAtTarget: Bool { 4...5 ~= nameIndex }

    /// Returns the range of whole fields after a length that was too large, in the next bytes of the frame's payload.
    mutating func rest(in payload: Span<UInt8>) -> Range<Int> {
        var index = 0
        while index < payload.count, headLeft > 0 || fragmentLeft > 0, headLeft > 0 || !isAtField {
            _ = step(payload, &index)
        }
        let count = headLeft > 0 ? 0 : min(fragmentLeft, payload.count - index)
        fragmentLeft -= count
        return index..<index + count
    }

    /// Whether the whole block has been searched.
    var isOver: Bool { isLast && headLeft == 0 && fragmentLeft <= 0 }

    private var isAtField: Bool { part == .field && number == .none && skip == 0 }

    /// Takes the next byte, or the next bytes of a literal. True when a length turns out to be too large.
    private mutating func step(_ payload: Span<UInt8>, _ index: inout Int) -> Bool {
        if headLeft > 0 {
            if isPadded { fragmentLeft -= Int(payload[index]) }
            isPadded = false
            headLeft -= 1
            index += 1
            return false
        }
        if skip > 0 {
            let count = min(skip, fragmentLeft, payload.count - index)
            skip -= count
            fragmentLeft -= count
            index += count
            return false
        }
        fragmentLeft -= 1
        index += 1
        return takes(payload[index - 1])
    }

    private mutating func takes(_ byte: UInt8) -> Bool {
        switch number {
        case .index:
            nameIndex = 0
            if byte & 0x80 == 0 { number = .none }
        case .length:
            length += Int(byte & 0x7F) << shift
            shift = min(shift + 7, 28)
            let isTooLong = length > Self.limit
            if byte & 0x80 == 0 { beginLiteral() }
            return isTooLong
        case .none:
            if part == .field { beginField(byte) } else { beginLength(byte) }
        }
        return false
    }

    /// Takes the first byte of a field line, which has an index, or none and is followed by a name (RFC 7541 §6).
    private mutating func beginField(_ byte: UInt8) {
        let mask: UInt8 = byte & 0x80 != 0 ? 0x7F : byte & 0x40 != 0 ? 0x3F : byte & 0x20 != 0 ? 0x1F : 0x0F
        if byte & mask == mask { number = .index }
        let isLiteral = byte & 0x80 == 0 && byte & 0x60 != 0x20
        nameIndex = Int(byte & mask)
        if isLiteral { part = byte & mask == 0 ? .nameLength : .valueLength }
    }

    private mutating func beginLength(_ byte: UInt8) {
        length = Int(byte & 0x7F)
        shift = 0
        if length == 0x7F { number = .length } else { beginLiteral() }
    }

    private mutating func beginLiteral() {
        number = .none
        skip = length
        part = part == .nameLength ? .valueLength : .field
    }
}
