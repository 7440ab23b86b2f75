internal import HTTPModel

/// Why the proxy itself answers a request.
struct Refusal: Equatable {
    var status: Status
    var reason: Reason
    /// Whether the request is malformed (RFC 9113 §8.1.1), so that the stream is reset with `PROTOCOL_ERROR` after the response.
    var isMalformed: Bool

    static func malformed(_ reason: Reason) -> Refusal { Refusal(status: 400, reason: reason, isMalformed: true) }
    static func tooLarge(_ reason: Reason) -> Refusal {
        Refusal(status: reason.status ?? 431, reason: reason, isMalformed: false)
    }
}

/// Builds a request head from a field block (RFC 9113 §8.3.1). A connection reads one block at a time, however many streams it
/// has, so a session has one reader. A bad field does not end the reading, because the other fields still serve the policy for
/// the response.
struct RequestReader {
    var head = RequestHead()
    /// The first fault that was found; nil if there is none.
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
    /// A limit on the bytes of the head that is lower than the configured one.
    var most = Int.max
    private var headerBytes: Int { min(limits.headerBytes, most) }
    /// The field names; must not change while a block is being read.
    var names: FieldNames
    private let scheme: Scheme
    private let allowsConnectProtocol: Bool
    private var seen: Seen = []
    /// The value of `:scheme`. Behind a proxy that terminates TLS, it may differ from the connection's own scheme.
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

    /// Begins a block.
    mutating func begin() {
        head.removeAll()
        head.version = .http2
        head.scheme = scheme
        refusal = nil
        contentLength = nil
        connectProtocol.clear()
        seen = []
        askedScheme = scheme
        size = 0
        crumbs = 0
        cookies.clear()
    }

    mutating func add(name: Span<UInt8>, value: Span<UInt8>) {
        size = size &+ name.count &+ value.count &+ 4
        if !name.isEmpty, name[0] == 0x3A {
            addPseudo(name: name, value: value)
        } else {
            addRegular(name: name, value: value)
        }
    }

    /// Ends the block. Returns why the request cannot be passed on, or nil if it can.
    mutating func end(endsStream: Bool) -> Refusal? {
        joinCookies()
        if !seen.contains(.method) {
            refuse(.malformed(.missingMethod))
        } else if head.method == .connect, !seen.contains(.connectProtocol) {
            // Only `:authority` goes with a plain CONNECT (RFC 9113 §8.5). There is no forward proxying here.
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
        // TRACE may not have a body (RFC 9110 §9.3.8), and an app that does not expect one takes it for something else.
        if !endsStream, head.method == .trace { refuse(.malformed(.unexpectedBody)) }
        return refusal
    }

    /// Notes that the head took too long.
    mutating func timeOut() { refuse(Refusal(status: 408, reason: .requestHeadTimeout, isMalformed: false)) }

    /// Notes that a field is too long to be read.
    mutating func overflow(isTarget: Bool) {
        refuse(isTarget ? .tooLarge(.targetTooLong) : .tooLarge(.headerTooLarge))
    }

    /// Takes a field after one that is too long to be read, if the response depends on it: the origin, the host or the accepted
    /// format.
    mutating func addLate(name: Span<UInt8>, value: Span<UInt8>) {
        guard value.count <= Self.lateLimit else { return }
        if name.equals(":authority") { return addPseudo(name: name, value: value) }
        let id = names.id(of: name)
        switch id {
        case .origin, Self.accept, .accessControlRequestMethod, .accessControlRequestHeaders: break
        default: return
        }
        guard head.fields.hasRoom(forLate: id), FieldCheck.isValue(value) else { return }
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
                // Over TLS, nothing is served in the name of the unprotected scheme (RFC 9110 §7.4).
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

    /// Notes a pseudo-field. False if it occurred before.
    private mutating func mark(_ field: Seen) -> Bool {
        if seen.insert(field).inserted { return true }
        refuse(.malformed(.duplicatePseudoField))
        return false
    }

    private mutating func addRegular(name: Span<UInt8>, value: Span<UInt8>) {
        seen.insert(.regular)
        if size > headerBytes || head.fields.count >= limits.headerCount {
            refuse(.tooLarge(size > headerBytes ? .headerTooLarge : .tooManyFields))
            // The response's CORS fields depend on `Origin` alone, which may come after the limit is exceeded.
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
            guard contentLength == nil, let length = value.decimal else {
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

    /// Appends a part of the `Cookie` (RFC 9113 §8.2.3). False for the first part, whose line will take them all.
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

    /// Whether the target is in origin form, or `*` for OPTIONS; also true if there is no target to judge.
    private var hasServedForm: Bool {
        let target = head.target
        return target.isEmpty || target[0] == 0x2F || head.method == .options && target.equals("*")
    }
}
