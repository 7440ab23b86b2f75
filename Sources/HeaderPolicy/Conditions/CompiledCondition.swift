import HTTPModel

/// A compiled `when:`. A test that is absent always holds.
struct CompiledCondition: ~Copyable, Sendable {
    /// The properties of the message that are tested besides fields and facts.
    struct Message {
        /// The response's status; 0 in the request stage, where no test looks at it.
        var status: Status
        var source: ExchangeFacts.Source
        /// Whether the tested method is the one that the preflight asks for.
        var asksOfPreflight: Bool
    }

    /// A bit at `Method.rawValue` for each listed method; 0 with no `otherMethods` means any.
    var methods: UInt16 = 0
    var otherMethods: [[UInt8]] = []
    var hosts: [HostPattern] = []
    var paths: [PathPattern] = []
    /// A bit at `Scheme.rawValue` for each listed scheme; 0 means any.
    var schemes: UInt8 = 0
    var statuses: [ClosedRange<UInt16>] = []
    var mediaRanges: [MediaRange] = []
    /// A bit at `ExchangeFacts.Source.rawValue` for each listed source; 0 means any.
    var sources: UInt8 = 0
    var clientIPs: [CIDR] = []
    var requestTests: [CompiledFieldTest] = []
    var responseTests: [CompiledFieldTest] = []
    var queryTests: [CompiledFieldTest] = []
    var sample: CompiledSample?
    var not: [Shared<CompiledCondition>] = []

    /// Whether a test, or one inside `not`, looks at fields of the response.
    var readsResponseFields: Bool {
        !responseTests.isEmpty || !mediaRanges.isEmpty || not.contains { $0.value.readsResponseFields }
    }

    /// Whether all tests hold. The cheap ones are tested first.
    func holds(
        _ message: Message, request: borrowing Fields, response: borrowing Fields, facts: borrowing ExchangeFacts,
        scratch: inout RegexScratch
    ) -> Bool {
        if sources != 0, sources & (1 << message.source.rawValue) == 0 { return false }
        if schemes != 0, schemes & (1 << facts.request.scheme.rawValue) == 0 { return false }
        if !statuses.isEmpty, !statuses.contains(where: { $0.contains(message.status.rawValue) }) { return false }
        if methods != 0 || !otherMethods.isEmpty, !hasMethod(message, facts) { return false }
        if !paths.isEmpty, !Self.any(paths, facts.request.path) { return false }
        if !hosts.isEmpty, !Self.any(hosts, facts.request.hostname) { return false }
        if !clientIPs.isEmpty, !hasClientIP(facts.clientIP) { return false }
        if !mediaRanges.isEmpty, !hasMediaType(response) { return false }
        if let sample, !sample.holds(facts) { return false }
        for test in requestTests where !test.holds(request, authority: facts.request.authority, &scratch) { return false }
        for test in responseTests where !test.holds(response, authority: Span(), &scratch) { return false }
        for test in queryTests where !test.holds(inQuery: facts.request.query, &scratch) { return false }
        for condition in not
        where condition.value.holds(message, request: request, response: response, facts: facts, scratch: &scratch) {
            return false
        }
        return true
    }

    private func hasMethod(_ message: Message, _ facts: borrowing ExchangeFacts) -> Bool {
        guard message.asksOfPreflight, let line = facts.request.fields.firstIndex(of: .accessControlRequestMethod) else {
            return has(facts.request.method, facts.request.methodToken)
        }
        let token = facts.request.fields.value(at: line)
        return has(Method(token: token), token)
    }

    private func has(_ method: Method, _ token: Span<UInt8>) -> Bool {
        guard method == .other else { return methods & (1 << UInt16(method.rawValue)) != 0 }
        for other in otherMethods where token.equals(other.span) { return true }
        return false
    }

    private static func any(_ patterns: [PathPattern], _ path: Span<UInt8>) -> Bool {
        for pattern in patterns where pattern.matches(path) { return true }
        return false
    }

    private static func any(_ patterns: [HostPattern], _ host: Span<UInt8>) -> Bool {
        for pattern in patterns where pattern.matches(host) { return true }
        return false
    }

    /// Whether the address is in one of the blocks. A client without an IP address (a Unix socket) is in no block, not even in
    /// `::/0`.
    private func hasClientIP(_ address: IPAddress) -> Bool {
        address != .unspecified && clientIPs.contains { $0.contains(address) }
    }

    private func hasMediaType(_ response: borrowing Fields) -> Bool {
        guard let line = response.firstIndex(of: .contentType) else { return false }
        for range in mediaRanges where range.matches(response.value(at: line)) { return true }
        return false
    }
}

/// A media type or range in lower case: `text/html`, `image/*` or `*/*`.
struct MediaRange: Sendable {
    private let text: [UInt8]
    private let isWild: Bool

    /// Fails when the text is not a media type without parameters, or a range of them.
    init?(_ text: String) {
        let parts = text.utf8.split(separator: 0x2F, omittingEmptySubsequences: false).map { Array($0) }
        guard parts.count == 2, parts.allSatisfy({ Fields.isName($0.span) }) else { return nil }
        isWild = parts[1] == [0x2A]
        let isAny = isWild && parts[0] == [0x2A]
        guard isAny || !parts[0].contains(0x2A), isWild || !parts[1].contains(0x2A) else { return nil }
        self.text = isAny ? [] : (isWild ? parts[0] + [0x2F] : Array(text.utf8)).map(Octet.lowercased)
    }

    /// Whether a `Content-Type`, without its parameters, is in the range.
    func matches(_ contentType: Span<UInt8>) -> Bool {
        var end = 0
        while end < contentType.count, contentType[end] != 0x3B { end &+= 1 }
        let type = contentType.extracting(contentType.trimmingBlanks(0..<end))
        guard isWild ? type.count > text.count : type.count == text.count else { return false }
        return type.extracting(0..<text.count).equalsIgnoringCase(text.span)
    }
}

/// A compiled test of one field, or of one parameter of the query.
struct CompiledFieldTest: Sendable {
    enum Test: Sendable {
        case absent, present
        case equals([[UInt8]])
        case matches(LinearRegex)
    }

    var id: FieldID
    var name: [UInt8]
    var test: Test

    /// - Parameter authority: the value of `Host`, because it may have come without a line (HTTP/2) and a forwarded copy has
    ///   none.
    func holds(_ fields: borrowing Fields, authority: Span<UInt8>, _ scratch: inout RegexScratch) -> Bool {
        if id == .host {
            switch test {
            case .absent: return authority.isEmpty
            case .present: return !authority.isEmpty
            default: return !authority.isEmpty && accepts(authority, &scratch)
            }
        }
        var line = fields.firstIndex(of: id, named: name.span)
        switch test {
        case .absent: return line == nil
        case .present: return line != nil
        default: break
        }
        while let found = line {
            if accepts(fields.value(at: found), &scratch) { return true }
            line = fields.firstIndex(of: id, named: name.span, from: found &+ 1)
        }
        return false
    }

    /// Whether a parameter of that name is as the test wants it. Names are compared with case.
    func holds(inQuery query: Span<UInt8>, _ scratch: inout RegexScratch) -> Bool {
        var parameters = QueryParameters()
        var value: [UInt8] = []
        while parameters.next(named: name.span, in: query, into: &value) {
            if case .absent = test { return false }
            if accepts(value.span, &scratch) { return true }
        }
        if case .absent = test { return true }
        return false
    }

    private func accepts(_ value: Span<UInt8>, _ scratch: inout RegexScratch) -> Bool {
        switch test {
        case .absent, .present: return true
        case .equals(let texts):
            for text in texts where value.equals(text.span) { return true }
            return false
        case .matches(let regex): return regex.matches(value, scratch: &scratch)
        }
    }
}

/// A sticky percentage: clients fall into ten thousand classes by a hash that is the same on every start.
struct CompiledSample: Sendable {
    /// The number of classes that are in the sample.
    let classes: Int
    /// The name of the cookie that is hashed; nil to hash the client's address.
    let cookie: [UInt8]?

    init(_ sample: Sample) {
        // 0.29 times a hundred is a little less than 29.
        classes = Int(sample.percent * 100 + 0.5)
        if case .cookie(let name) = sample.key { cookie = Array(name.utf8) } else { cookie = nil }
    }

    /// Whether the client is in the sample. A client without the cookie is only in a sample of all.
    func holds(_ facts: borrowing ExchangeFacts) -> Bool {
        guard classes < 10_000 else { return true }
        guard let cookie else { return Self.isIn(facts.clientAddress.span, classes) }
        guard let (line, range) = facts.request.fields.cookie(named: cookie.span) else { return false }
        return Self.isIn(facts.request.fields.value(at: line).extracting(range), classes)
    }

    /// Whether a key's class is in the sample: a hash with its bits mixed so that neighbouring addresses are spread.
    private static func isIn(_ key: Span<UInt8>, _ classes: Int) -> Bool {
        var hash = FNV.hash(key)
        hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
        hash ^= hash >> 33
        return Int(hash % 10_000) < classes
    }
}
