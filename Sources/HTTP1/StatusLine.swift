import HTTPModel

/// The progress in reading the status line (RFC 9112 §4), which is consumed as a whole.
struct StatusLine: Sendable {
    /// The number of checked bytes.
    private(set) var scanned = 0

    /// The length of `HTTP/1.1 200`, which the reason phrase, if any, follows.
    private static var fixedLength: Int { 12 }

    /// Reads the line from `position`, which moves past it when it is complete.
    mutating func read(
        _ input: Span<UInt8>, _ position: inout Int, into head: inout ResponseHead, byteLimit: Int
    ) -> Progress {
        if scanned == 0, Self.isUsual(input.extracting(droppingFirst: position)) { scanned = Self.fixedLength }
        while scanned < Self.fixedLength {
            let cursor = position &+ scanned
            guard cursor < input.count else { return .needMore }
            let byte = input[cursor]
            switch scanned {
            case 0...7: guard HTTPVersion.isSpelled(byte, at: scanned) else { return .fault(.invalidVersion) }
            case 8: guard byte == 0x20 else { return .fault(.invalidVersion) }
            case 9: guard byte >= 0x31, byte <= 0x35 else { return .fault(.invalidStatus) }
            default: guard Octet.isDigit(byte) else { return .fault(.invalidStatus) }
            }
            scanned &+= 1
        }
        let line = input.extracting(position..<position &+ min(input.count &- position, max(byteLimit, Self.fixedLength)))
        scanned &+= line.extracting(droppingFirst: scanned).countOfValue()
        guard scanned < line.count else { return scanned >= byteLimit ? .fault(.headerTooLarge) : .needMore }
        guard line[scanned] == 0x0D else { return .fault(line[scanned] == 0x0A ? .bareLF : .invalidReason) }
        guard scanned &+ 1 < line.count else { return scanned &+ 1 >= byteLimit ? .fault(.headerTooLarge) : .needMore }
        guard line[scanned &+ 1] == 0x0A else { return .fault(.bareCR) }
        guard scanned == Self.fixedLength || line[Self.fixedLength] == 0x20 else { return .fault(.invalidStatus) }
        guard let version = HTTPVersion(digits: line[5], line[7]) else { return .fault(.unsupportedVersion) }
        head.version = version
        head.status = Status(rawValue: Self.number(line.extracting(9..<Self.fixedLength)))
        head.reason.clear()
        if scanned > Self.fixedLength { head.reason.append(copying: line.extracting(Self.fixedLength &+ 1..<scanned)) }
        scanned &+= 2
        position &+= scanned
        return .done
    }

    /// Whether the line begins with `HTTP/1.1` and a status, all of it there, as nearly all do.
    private static func isUsual(_ line: Span<UInt8>) -> Bool {
        line.count >= fixedLength && line.firstWord == 0x312E_312F_5054_5448 && line[8] == 0x20 && line[9] >= 0x31
            && line[9] <= 0x35 && Octet.isDigit(line[10]) && Octet.isDigit(line[11])
    }

    private static func number(_ digits: Span<UInt8>) -> UInt16 {
        var number: UInt16 = 0
        for index in digits.indices { number = number &* 10 &+ UInt16(digits[index] &- 0x30) }
        return number
    }
}
