import HTTPModel

/// The result of reading a part of a message.
enum Progress {
    /// The part continues after the input.
    case needMore
    /// The part is complete and consumed.
    case done
    case fault(Reason)
}

/// The progress in reading a block of field lines, which is a header or trailers (RFC 9112 §5).
///
/// Complete lines are consumed as they come. For an incomplete line, the number of bytes already checked is kept, so that none is
/// checked twice and the result does not depend on where the input was cut.
struct FieldBlock: Sendable {
    /// The number of checked bytes of the current line.
    private var scanned = 0
    /// The position of the colon in the current line; 0 while it has not been found.
    private var colon = 0
    /// The ID of the line's name, once the colon has been found.
    private var id = FieldID.unknown
    /// The bytes of all complete lines, and of anything else that the owner counts with them.
    var used = 0

    /// Reads lines from `position` up to and including the empty line that ends the block.
    mutating func read(
        _ input: Span<UInt8>, _ position: inout Int, into fields: inout Fields, names: borrowing FieldNames, byteLimit: Int,
        countLimit: Int
    ) -> Progress {
        let byteLimit = min(byteLimit, Fields.capacityLimit)
        var run = position..<position
        while position < input.count {
            guard input[position] != 0x0D else {
                copy(run, of: input, to: &fields)
                return Self.readEmptyLine(input, &position)
            }
            let progress = fields.count < countLimit ? readLine(input, position, byteLimit, names) : .fault(.tooManyFields)
            guard case .done = progress else {
                copy(run, of: input, to: &fields)
                return progress
            }
            let line = position..<position &+ scanned
            if Self.isPlain(input.extracting(line), colon) {
                fields.note(at: line.lowerBound &- run.lowerBound, length: line.count, nameLength: colon, id: id)
                run = run.lowerBound..<line.upperBound
            } else {
                copy(run, of: input, to: &fields)
                run = line.upperBound..<line.upperBound
                guard append(input.extracting(line), to: &fields) else { return .fault(.headerTooLarge) }
            }
            position = line.upperBound
            used &+= scanned
            scanned = 0
            colon = 0
        }
        copy(run, of: input, to: &fields)
        return .needMore
    }

    /// Checks the line at `start` to its end, or as far as the input goes. Bytes beyond the limit are not checked, because errors
    /// there no longer matter.
    @inline(__always)
    private mutating func readLine(
        _ input: Span<UInt8>, _ start: Int, _ byteLimit: Int, _ names: borrowing FieldNames
    ) -> Progress {
        let room = max(0, byteLimit &- used)
        let line = input.extracting(start..<start &+ min(input.count &- start, room))
        if colon == 0 {
            scanned &+= line.extracting(droppingFirst: scanned).countOfName()
            guard scanned < line.count else { return pause(isFull: scanned == room) }
            if let fault = takeName(line, names) { return .fault(fault) }
            scanned &+= 1
        }
        scanned &+= line.extracting(droppingFirst: scanned).countOfValue()
        guard scanned < line.count else { return pause(isFull: scanned == room) }
        guard line[scanned] == 0x0D else { return .fault(line[scanned] == 0x0A ? .bareLF : .controlByte) }
        guard scanned &+ 1 < line.count else { return pause(isFull: scanned &+ 1 == room) }
        guard line[scanned &+ 1] == 0x0A else { return .fault(.bareCR) }
        scanned &+= 2
        return .done
    }

    private func pause(isFull: Bool) -> Progress { isFull ? .fault(.headerTooLarge) : .needMore }

    /// Takes the scanned bytes as the name, with the byte that ended it. A name that the table knows is a token and needs no
    /// check.
    @inline(__always)
    private mutating func takeName(_ line: Span<UInt8>, _ names: borrowing FieldNames) -> Reason? {
        let name = line.extracting(first: scanned)
        id = names.id(of: name)
        let end = id == .unknown ? name.countOfToken() : name.count
        guard end == name.count, end > 0, line[end] == 0x3A else { return Self.nameFault(line[end], isFirst: end == 0) }
        guard end <= Fields.nameLimit else { return .headerTooLarge }
        colon = end
        return nil
    }

    private static func nameFault(_ byte: UInt8, isFirst: Bool) -> Reason {
        switch byte {
        case 0x3A: .emptyName
        case 0x20, 0x09: isFirst ? .foldedLine : .blankInName
        case 0x0D: .missingColon
        case 0x0A: .bareLF
        default: .invalidName
        }
    }

    private static func readEmptyLine(_ input: Span<UInt8>, _ position: inout Int) -> Progress {
        guard position &+ 1 < input.count else { return .needMore }
        guard input[position &+ 1] == 0x0A else { return .fault(.bareCR) }
        position &+= 2
        return .done
    }

    /// Whether a line already has the form that the list keeps, as nearly all do; neighbouring lines of this form are copied at
    /// once.
    @inline(__always)
    private static func isPlain(_ line: Span<UInt8>, _ colon: Int) -> Bool {
        let end = line.count &- 2
        return end &- colon > 2 && line[colon &+ 1] == 0x20 && !Octet.isBlank(line[colon &+ 2])
            && !Octet.isBlank(line[end &- 1])
    }

    @inline(__always)
    private func copy(_ run: Range<Int>, of input: Span<UInt8>, to fields: inout Fields) {
        if !run.isEmpty { fields.append(noted: input.extracting(run)) }
    }

    private func append(_ line: Span<UInt8>, to fields: inout Fields) -> Bool {
        let value = line.trimmingBlanks(colon &+ 1..<line.count &- 2)
        return fields.append(checked: id, name: line.extracting(0..<colon), value: line.extracting(value))
    }
}
