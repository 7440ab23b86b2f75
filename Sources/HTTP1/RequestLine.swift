import HTTPModel

/// The progress in reading the request line (RFC 9112 §3), whose three parts are consumed one by one.
struct RequestLine: Sendable {
    /// The longest accepted method; nobody uses longer ones.
    static var methodLimit: Int { 32 }

    enum Part: UInt8 { case leadingLine, method, target, excess, version }

    private(set) var part = Part.leadingLine
    /// The number of checked bytes of the current part.
    private(set) var scanned = 0
    /// The fault of the target: it means nothing, or is too long and its rest is dropped. The request is read on all the same,
    /// within a limit, because the response depends on who asks, which the fields tell.
    private(set) var targetFault: Reason?

    /// Continues at `position`, which moves past each complete part.
    mutating func read(
        _ input: Span<UInt8>, _ position: inout Int, into head: inout RequestHead, targetLimit: Int, excessLimit: Int
    ) -> Progress {
        while true {
            let progress =
                switch part {
                case .leadingLine: readLeadingLine(input, &position)
                case .method: readMethod(input, &position, &head)
                case .target: readTarget(input, &position, &head, targetLimit)
                case .excess: readExcess(input, &position, excessLimit)
                case .version: readVersion(input, &position, &head.version)
                }
            guard case .done = progress else { return progress }
            scanned = 0
            switch part {
            case .leadingLine: part = .method
            case .method: part = .target
            case .target: part = targetFault == .targetTooLong ? .excess : .version
            case .excess: part = .version
            case .version: return .done
            }
        }
    }

    /// Skips one empty line before a request: old clients send one after a body (RFC 9112 §2.2).
    private func readLeadingLine(_ input: Span<UInt8>, _ position: inout Int) -> Progress {
        guard position < input.count else { return .needMore }
        guard input[position] == 0x0D else { return .done }
        guard position &+ 1 < input.count else { return .needMore }
        guard input[position &+ 1] == 0x0A else { return .fault(.bareCR) }
        position &+= 2
        return .done
    }

    private mutating func readMethod(_ input: Span<UInt8>, _ position: inout Int, _ head: inout RequestHead) -> Progress {
        let room = input.extracting(position..<min(input.count, position &+ Self.methodLimit &+ 1))
        scanned &+= room.extracting(droppingFirst: scanned).countOfToken()
        guard scanned < room.count else { return scanned > Self.methodLimit ? .fault(.methodTooLong) : .needMore }
        guard room[scanned] == 0x20, scanned > 0 else {
            return .fault(room[scanned] == 0x16 && scanned == 0 ? .tlsHandshake : .invalidMethod)
        }
        head.setMethod(room.extracting(first: scanned))
        position &+= scanned &+ 1
        return .done
    }

    private mutating func readTarget(
        _ input: Span<UInt8>, _ position: inout Int, _ head: inout RequestHead, _ limit: Int
    ) -> Progress {
        let left = input.count &- position
        let room = input.extracting(position..<position &+ (left > limit ? limit &+ 1 : left))
        scanned &+= room.extracting(droppingFirst: scanned).countOfTarget()
        guard scanned < room.count else {
            guard scanned > limit else { return .needMore }
            targetFault = .targetTooLong
            position &+= scanned
            scanned = 0
            return .done
        }
        guard room[scanned] == 0x20 else { return .fault(room[scanned] == 0x0D ? .missingVersion : .invalidTarget) }
        if !RequestTarget.set(room.extracting(first: scanned), in: &head) { targetFault = .invalidTarget }
        position &+= scanned &+ 1
        return .done
    }

    /// Drops the rest of a target that is too long.
    private mutating func readExcess(_ input: Span<UInt8>, _ position: inout Int, _ limit: Int) -> Progress {
        let room = input.extracting(position..<position &+ min(input.count &- position, limit &- scanned &+ 1))
        let count = room.countOfTarget()
        position &+= count
        scanned &+= count
        guard scanned <= limit else { return .fault(.targetTooLong) }
        guard count < room.count else { return .needMore }
        guard room[count] == 0x20 else { return .fault(.targetTooLong) }
        position &+= 1
        return .done
    }

    private mutating func readVersion(
        _ input: Span<UInt8>, _ position: inout Int, _ version: inout HTTPVersion
    ) -> Progress {
        if scanned == 0, input.count &- position >= 10 {
            let line = input.extracting(position..<input.count)
            if line.firstWord == HTTPVersion.current, line[8] == 0x0D, line[9] == 0x0A {
                version = .http11
                position &+= 10
                return .done
            }
        }
        while scanned < 10 {
            let cursor = position &+ scanned
            guard cursor < input.count else { return .needMore }
            let isGood =
                switch scanned {
                case 8: input[cursor] == 0x0D
                case 9: input[cursor] == 0x0A
                default: HTTPVersion.isSpelled(input[cursor], at: scanned)
                }
            guard isGood else { return .fault(scanned == 9 ? .bareCR : .invalidVersion) }
            scanned &+= 1
        }
        guard let known = HTTPVersion(digits: input[position &+ 5], input[position &+ 7]) else {
            return .fault(.unsupportedVersion)
        }
        version = known
        position &+= 10
        return .done
    }
}

extension HTTPVersion {
    /// The bytes of `HTTP/1.1` as one word.
    static var current: UInt64 { 0x312E_312F_5054_5448 }

    /// Whether a byte may be at a position (0 to 7) of `HTTP/d.d`.
    static func isSpelled(_ byte: UInt8, at place: Int) -> Bool {
        switch place {
        case 0: byte == 0x48
        case 1, 2: byte == 0x54
        case 3: byte == 0x50
        case 4: byte == 0x2F
        case 6: byte == 0x2E
        default: Octet.isDigit(byte)
        }
    }

    /// The version for two digits; nil unless it is 1.0 or 1.1.
    init?(digits major: UInt8, _ minor: UInt8) {
        switch (major, minor) {
        case (0x31, 0x31): self = .http11
        case (0x31, 0x30): self = .http10
        default: return nil
        }
    }
}
