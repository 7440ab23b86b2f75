internal import HTTPModel

/// Why a request is answered by the proxy itself.
struct Refusal: Equatable {
    var status: Status
    var reason: Reason
    /// Malformed in the sense of RFC 9113 §8.1.1: after the answer the stream is reset with `PROTOCOL_ERROR`.
    var isMalformed: Bool

    static func malformed(_ reason: Reason) -> Refusal { Refusal(status: 400, reason: reason, isMalformed: true) }
    static func tooLarge(_ reason: Reason) -> Refusal {
        Refusal(status: reason.status ?? 431, reason: reason, isMalformed: false)
    }
}

/// Makes a request head of a field block (RFC 9113 §8.3.1). One block is read at a time on a connection, whatever the number
/// of streams, so there is one of these in a session. A bad field does not end the reading: what else is known still serves
/// the policy of the answer.
struct RequestReader {
    var head = RequestHead()
    /// The first fault found.
    private(set) var refusal: Refusal?
    private(set) var contentLength: Int?
    private(set) var connectProtocol: [UInt8] = []

    private struct Seen: OptionSet {
        var rawValue: UInt8
        static let method = Seen(rawValue: 1)
        static let scheme = Seen(rawValue: 2)
        static let authority = Seen(rawValue: 4)
        static let path = Seen(rawValue: 8)
        static let connectProtocol = Seen(rawValue: 16)
        static let regular = Seen(rawValue: 32)
        static let host = Seen(rawValue: 64)
    }

    private let limits: MessageLimits
    /// Bytes of the whole, where that is less than the limits say.
    var most = Int.max
    private var headerBytes: Int { min(limits.headerBytes, most) }
    /// Must not change while a block is read.
    var names: FieldNames
    private let scheme: Scheme
    private let allowsConnectProtocol: Bool
    private var seen: Seen = []
    /// As `:scheme` has it: behind a proxy that ends TLS, it may be another than that of the connection.
    private var askedScheme = Scheme.http
    private var size = 0
    private var cookieLine = 0
    private var crumbs = 0
    private var cookies: [UInt8] = []

    init(limits: MessageLimits, names: FieldNames, scheme: Scheme, allowsConnectProtocol: Bool) {
        self.limits = limits
        self.names = names
        self.scheme = scheme
        self.allowsConnectProtocol = allowsConnectProtocol
    }

    /// Starts on a block.
    mutating func begin() {
        head.removeAll()
        head.version = .http2
        head.scheme = scheme
        refusal = nil
        contentLength = nil
        connectProtocol.removeAll(keepingCapacity: true)
        seen = []
        askedScheme = scheme
        size = 0
        crumbs = 0
        cookies.removeAll(keepingCapacity: true)
    }

    mutating func add(name: Span<UInt8>, value: Span<UInt8>) {
        size = size &+ name.count &+ value.count &+ 4
        if !name.isEmpty, name[0] == 0x3A {
            addPseudo(name: name, value: value)
        } else {
            addRegular(name: name, value: value)
        }
    }

    /// Ends the block; returns why the request cannot be passed on, if it cannot.
    mutating func end(endsStream: Bool) -> Refusal? {
        joinCookies()
        if !seen.contains(.method) {
            refuse(.malformed(.missingMethod))
        } else if head.method == .connect, !seen.contains(.connectProtocol) {
            // RFC 9113 §8.5: only :authority goes with it. There is no forward proxying here.
            if !seen.isDisjoint(with: [.scheme, .path]) || !seen.contains(.authority) {
                refuse(.malformed(.badConnect))
            } else {
                refuse(Refusal(status: 405, reason: .connectRefused, isMalformed: false))
            }
        } else {
            if seen.contains(.connectProtocol), head.method != .connect { refuse(.malformed(.protocolWithoutConnect)) }
            if !seen.contains(.scheme) { refuse(.malformed(.missingScheme)) }
            if !seen.contains(.path) { refuse(.malformed(.missingPath)) }
            if seen.isDisjoint(with: [.authority, .host]) { refuse(.malformed(.missingAuthority)) }
            if !hasServedForm { refuse(.malformed(.badTarget)) }
        }
        if endsStream, let contentLength, contentLength != 0 { refuse(.malformed(.contentLengthMismatch)) }
        // RFC 9110 §9.3.8; an app that does not expect it takes it for something else.
        if !endsStream, head.method == .trace { refuse(.malformed(.unexpectedBody)) }
        return refusal
    }

    /// A field is too long to be read.
    mutating func overflow(isTarget: Bool) {
        refuse(isTarget ? .tooLarge(.targetTooLong) : .tooLarge(.headerTooLarge))
    }

    /// A field behind one that is too long to be read: who asks, where, and for which form of an answer, decides about the answer.
    mutating func addLate(name: Span<UInt8>, value: Span<UInt8>) {
        guard value.count <= Self.lateLimit else { return }
        if name.equals(":authority") { return addPseudo(name: name, value: value) }
        let id = names.id(of: name)
        switch id {
        case .origin, Self.accept, .accessControlRequestMethod, .accessControlRequestHeaders: break
        default: return
        }
        guard head.fields.firstIndex(of: id) == nil || id == .origin, FieldCheck.isValue(value) else { return }
        head.fields.append(checked: id, name: name, value: value)
    }

    private static let lateLimit = 512
    private static let accept = FieldNames.standard.id(of: "Accept".utf8.span)

    private mutating func refuse(_ fault: Refusal) {
        if refusal == nil { refusal = fault }
    }

    private mutating func addPseudo(name: Span<UInt8>, value: Span<UInt8>) {
        if seen.contains(.regular) { refuse(.malformed(.pseudoFieldAfterField)) }
        if size > headerBytes &+ limits.target { return refuse(.tooLarge(.headerTooLarge)) }
        if name.equals(":method") {
            guard mark(.method) else { return }
            if !head.setMethod(value) { refuse(.malformed(.badMethod)) }
        } else if name.equals(":path") {
            guard mark(.path) else { return }
            if value.count > limits.target { return refuse(.tooLarge(.targetTooLong)) }
            size &-= value.count
            if !head.setTarget(value) { refuse(.malformed(.badTarget)) }
        } else if name.equals(":scheme") {
            guard mark(.scheme) else { return }
            if !value.equalsIgnoringCase("http".utf8.span), !value.equalsIgnoringCase("https".utf8.span) {
                refuse(.malformed(.badScheme))
            } else if scheme == .https, value.count == 4 {
                // RFC 9110 §7.4: over TLS, nothing is served in the name of the unprotected scheme.
                refuse(Refusal(status: 421, reason: .schemeMismatch, isMalformed: false))
            }
            askedScheme = value.count == 4 ? .http : .https
        } else if name.equals(":authority") {
            guard mark(.authority) else { return }
            guard Authority.isValid(value) else { return refuse(.malformed(.badAuthority)) }
            head.setAuthority(value)
        } else if name.equals(":protocol"), allowsConnectProtocol {
            guard mark(.connectProtocol) else { return }
            guard Fields.isName(value) else { return refuse(.malformed(.badProtocol)) }
            connectProtocol.append(copying: value)
        } else {
            refuse(.malformed(.unknownPseudoField))
        }
    }

    /// False when the pseudo-field was there already.
    private mutating func mark(_ field: Seen) -> Bool {
        if seen.insert(field).inserted { return true }
        refuse(.malformed(.duplicatePseudoField))
        return false
    }

    private mutating func addRegular(name: Span<UInt8>, value: Span<UInt8>) {
        seen.insert(.regular)
        if size > headerBytes || head.fields.count >= limits.headerCount {
            refuse(.tooLarge(size > headerBytes ? .headerTooLarge : .tooManyFields))
            // The answer's CORS fields depend on this one alone; it may stand behind what is too large.
            guard value.count <= Self.lateLimit, !head.fields.mayContain(.origin), names.id(of: name) == .origin else { return }
        }
        let id = names.id(of: name)
        guard FieldCheck.isName(name, id) else { return refuse(.malformed(.badFieldName)) }
        guard FieldCheck.isValue(value) else { return refuse(.malformed(.badFieldValue)) }
        switch id {
        case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade:
            return refuse(.malformed(.connectionSpecificField))
        case .te:
            var members = ListMembers()
            while let range = members.next(in: value) {
                guard value.extracting(range).equalsIgnoringCase("trailers".utf8.span) else {
                    return refuse(.malformed(.badTE))
                }
            }
        case .expect:
            guard value.equalsIgnoringCase("100-continue".utf8.span) else {
                refuse(Refusal(status: 417, reason: .unknownExpectation, isMalformed: false))
                return
            }
        case .contentLength:
            guard contentLength == nil, let length = FieldCheck.length(value) else {
                return refuse(.malformed(.badContentLength))
            }
            contentLength = length
        case .host:
            guard seen.insert(.host).inserted else { return refuse(.malformed(.duplicateHost)) }
            guard Authority.isValid(value) else { return refuse(.malformed(.badAuthority)) }
            if !seen.contains(.authority) {
                head.setAuthority(value)
            } else if !Authority.isSame(head.authority, value, scheme: askedScheme) {
                return refuse(.malformed(.authorityMismatch))
            }
        case .cookie:
            if joinsCookie(value) { return }
            cookieLine = head.fields.count
        default: break
        }
        head.fields.append(checked: id, name: name, value: value)
        if id == .contentLength { head.fields.dropLeadingZeros(at: head.fields.count - 1) }
    }

    /// Remembers a crumb (RFC 9113 §8.2.3). False for the first, whose line will take them all.
    private mutating func joinsCookie(_ value: Span<UInt8>) -> Bool {
        crumbs += 1
        if crumbs > 1 {
            cookies.append(0x3B)
            cookies.append(0x20)
        }
        cookies.append(copying: value)
        return crumbs > 1
    }

    private mutating func joinCookies() {
        guard crumbs > 1 else { return }
        let joined = cookies
        head.fields.replaceValue(at: cookieLine, with: joined.span)
    }

    /// Origin form, or `*` of OPTIONS; also true where there is no target to judge.
    private var hasServedForm: Bool {
        let target = head.target
        return target.isEmpty || target[0] == 0x2F || head.method == .options && target.equals("*")
    }
}
