import HTTPModel

/// A strict decoder for the chunked transfer coding (RFC 9112 §7.1) and the trailers that follow it.
///
/// Sizes are plain hexadecimal digits, lines end in CRLF, and extensions are `;name`, `;name=token` or `;name="text"` without
/// blanks in between. Extensions are dropped.
struct ChunkedDecoder: Sendable {
    enum Event {
        case needMore
        /// Content: a range of the input.
        case body(Range<Int>)
        /// The body and its trailers are complete.
        case end
        case fault(Reason)
    }

    private enum State: UInt8 {
        case firstDigit, size, sizeLF, data, dataCR, dataLF, trailers
        case extensionName, extensionNameRest, extensionValue, extensionToken, quoted, escaped, afterQuoted
    }

    private var state = State.firstDigit
    /// The chunk size while it is being read, then the number of data bytes still to come.
    private var remaining = 0
    private var digits = 0
    private var extensionBytes = 0
    private var block = FieldBlock()
    /// The names of fields that were left out because they may not be trailers; complete after `end`.
    private(set) var droppedTrailers: [String] = []

    /// Prepares for another body.
    mutating func reset() { self = ChunkedDecoder() }

    /// Continues at `position`, which moves past everything that is consumed.
    mutating func decode(
        _ input: Span<UInt8>, _ position: inout Int, trailers: inout Fields, names: borrowing FieldNames,
        limits: borrowing MessageLimits
    ) -> Event {
        while true {
            if state == .trailers {
                return readTrailers(input, &position, &trailers, names, limits)
            }
            guard position < input.count else { return .needMore }
            if state == .data {
                let length = min(remaining, input.count &- position)
                let range = position..<position &+ length
                position &+= length
                remaining &-= length
                if remaining == 0 { state = .dataCR }
                return .body(range)
            }
            if let fault = take(input[position], limits.chunkExtensions) { return .fault(fault) }
            position &+= 1
        }
    }

    /// Handles one byte of the framing around the data; returns the fault that it causes.
    private mutating func take(_ byte: UInt8, _ extensionLimit: Int) -> Reason? {
        switch state {
        case .firstDigit: return takeDigit(byte) ? nil : .invalidChunkSize
        case .size: return takeDigit(byte) ? nil : endSize(byte)
        case .sizeLF:
            guard byte == 0x0A else { return .bareCR }
            state = remaining == 0 ? .trailers : .data
            digits = 0
        case .dataCR:
            guard byte == 0x0D else { return .invalidChunkEnd }
            state = .dataLF
        case .dataLF:
            guard byte == 0x0A else { return .invalidChunkEnd }
            state = .firstDigit
        case .data, .trailers: break
        default:
            extensionBytes &+= 1
            if extensionBytes > extensionLimit { return .chunkExtensionsTooLong }
            return takeExtension(byte)
        }
        return nil
    }

    private mutating func takeDigit(_ byte: UInt8) -> Bool {
        guard let digit = Octet.hexValue(byte) else { return false }
        state = .size
        // Past the limit the digits are only counted, and `endSize` refuses them.
        if digits < Self.digitLimit { remaining = remaining << 4 | Int(digit) }
        digits = min(digits &+ 1, Self.digitLimit &+ 1)
        return true
    }

    /// The most digits of a chunk size. 60 bits are enough for any body, and cannot overflow.
    private static var digitLimit: Int { 15 }

    private mutating func endSize(_ byte: UInt8) -> Reason? {
        guard digits <= Self.digitLimit else { return .chunkTooLarge }
        switch byte {
        case 0x0D: state = .sizeLF
        case 0x3B: state = .extensionName
        case 0x0A: return .bareLF
        default: return .invalidChunkSize
        }
        return nil
    }

    private mutating func takeExtension(_ byte: UInt8) -> Reason? {
        switch (state, byte) {
        case (.quoted, 0x22): state = .afterQuoted
        case (.quoted, 0x5C): state = .escaped
        case (.quoted, _), (.escaped, _):
            guard Octet.isFieldValue(byte) else { return byte == 0x0A ? .bareLF : .invalidChunkExtension }
            state = .quoted
        case (.extensionValue, 0x22): state = .quoted
        case (.extensionName, _) where Octet.isToken(byte): state = .extensionNameRest
        case (.extensionValue, _) where Octet.isToken(byte): state = .extensionToken
        case (.extensionNameRest, _) where Octet.isToken(byte), (.extensionToken, _) where Octet.isToken(byte): break
        case (.extensionNameRest, 0x3D): state = .extensionValue
        case (.extensionNameRest, 0x3B), (.extensionToken, 0x3B), (.afterQuoted, 0x3B): state = .extensionName
        case (.extensionNameRest, 0x0D), (.extensionToken, 0x0D), (.afterQuoted, 0x0D): state = .sizeLF
        default: return byte == 0x0A ? .bareLF : .invalidChunkExtension
        }
        return nil
    }

    private mutating func readTrailers(
        _ input: Span<UInt8>, _ position: inout Int, _ trailers: inout Fields, _ names: borrowing FieldNames,
        _ limits: borrowing MessageLimits
    ) -> Event {
        let progress = block.read(
            input, &position, into: &trailers, names: names, byteLimit: limits.trailerBytes, countLimit: limits.headerCount)
        switch progress {
        case .needMore: return .needMore
        case .done:
            guard let dropped = TrailerRules.settle(&trailers) else { return .fault(.forbiddenTrailer) }
            droppedTrailers = dropped
            return .end
        case .fault(.headerTooLarge), .fault(.tooManyFields): return .fault(.trailersTooLarge)
        case .fault(let fault): return .fault(fault)
        }
    }
}
