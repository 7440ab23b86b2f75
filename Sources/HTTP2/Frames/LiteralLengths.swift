internal import HTTPModel

/// Looks for literals in a field block (RFC 7541 §6.2) that are longer than nghttp2's decoder takes: it gives the connection up when it
/// meets one, and then it is too late to answer. Only blocks of several frames have room for such, so no other is looked at. Behind such
/// a literal, it says where the next field begins.
struct LiteralLengths {
    /// What nghttp2 calls `NGHTTP2_HD_MAX_NV`: bytes of one name or value as they are sent.
    static let limit = 1 << 16

    private enum Part { case field, nameLength, valueLength }
    private enum Number { case none, index, length }

    /// A block is being looked through.
    private(set) var isActive = false
    /// Bytes before the fragment in this frame, the padding's length first if it is there.
    private var headLeft = 0
    private var isPadded = false
    private var fragmentLeft = 0
    /// The frame is the last of its block.
    private var isLast = false

    private var part = Part.field
    /// The integer that goes on in the next byte.
    private var number = Number.none
    private var length = 0
    private var shift = 0
    /// Bytes of a literal that are still to come.
    private var skip = 0
    /// The name of the field has this place in the static table; 0 where it is spelled out.
    private var nameIndex = 0

    /// A frame begins. One that neither begins nor goes on with a block of several frames ends the search.
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

    /// The place of the byte at which a length turns out to be too large, in the next bytes of the frame's payload.
    mutating func find(in payload: Span<UInt8>) -> Int? {
        var index = 0
        while index < payload.count, headLeft > 0 || fragmentLeft > 0 {
            if step(payload, &index) { return index - 1 }
        }
        return nil
    }

    /// What is too long is the value of `:path` (RFC 7541, appendix A).
    var isAtTarget: Bool { 4...5 ~= nameIndex }

    /// Once a length was too large: the bytes of whole fields behind it, in the next bytes of the frame's payload.
    mutating func rest(in payload: Span<UInt8>) -> Range<Int> {
        var index = 0
        while index < payload.count, headLeft > 0 || fragmentLeft > 0, headLeft > 0 || !isAtField {
            _ = step(payload, &index)
        }
        let count = headLeft > 0 ? 0 : min(fragmentLeft, payload.count - index)
        fragmentLeft -= count
        return index..<index + count
    }

    /// All of the block has been looked at.
    var isOver: Bool { isLast && headLeft == 0 && fragmentLeft <= 0 }

    private var isAtField: Bool { part == .field && number == .none && skip == 0 }

    /// Takes the next byte, or those of a literal; true where a length turns out to be too large.
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

    /// What a field line begins with: an index, or none and then a name (RFC 7541 §6).
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
