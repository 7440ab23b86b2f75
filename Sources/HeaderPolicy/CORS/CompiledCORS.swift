import HTTPModel

/// A compiled `cors:` policy. All its fields are ready as lines, except for the origin.
struct CompiledCORS: ~Copyable, Sendable {
    /// Whether `*` is allowed: every origin gets the same answer, so the response varies by nothing.
    var allowsAny = false
    var allowsNull = false
    /// The origins without a wildcard, as browsers write them, each with the place of its whole answer. Most requests need no
    /// more than this.
    var exact = TextTable([:])
    var answers: [Shared<Block>] = []
    /// The patterns, sorted by their hosts, by which they are found.
    var patterns: [OriginPattern] = []
    var hosts = HostIndex([:])
    /// The ranges in `patterns` that belong to each host.
    var patternsOfHost: [Range<Int>] = []
    var regexes = RegexSet([])
    /// The lines that follow the origin in an answer.
    var others = Block()
    /// The lines that follow the origin in the answer to a preflight, before and after the echoed names that it asks for.
    var preflight = Block()
    var preflightEnd = Block()
    var echoesHeaders = false
    var privateNetwork = Block()
    var answersAtEdge = true
    var keepsUpstream = false

    private let star: [UInt8] = [0x2A]
    private let originName = Array("Access-Control-Allow-Origin".utf8)
    private let headersName = Array("Access-Control-Allow-Headers".utf8)
    private let vary = Array("Vary: ".utf8)
    private let varyOrigin = Array(", Origin\r\n".utf8)
    private let varyPreflight = Array(", Access-Control-Request-Method, Access-Control-Request-Headers\r\n".utf8)
    private let varyPrivateNetwork = Array(", Access-Control-Request-Private-Network\r\n".utf8)
    private let prefix = Array("Access-Control-".utf8)
    private let listedNames = FieldNames.standard.count

    /// Puts this policy's answer into the response and removes any other.
    ///
    /// - Parameter replacesOwn: whether an earlier `cors` rule has answered; that answer is not the app's.
    /// - Returns: false when the app's own answer stays.
    func apply(
        to fields: inout Fields, facts: borrowing ExchangeFacts, replacesOwn: Bool, scratch: inout StageScratch
    ) -> Bool {
        let isPreflight = facts.isPreflight || facts.isPreflightRequest
        let writes = !keepsUpstream || replacesOwn || facts.source != .upstream || !Self.isAnswered(fields)
        if writes {
            removeAnswers(from: &fields)
            answer(&fields, facts, isPreflight, &scratch)
        }
        if !allowsAny || keepsUpstream {
            fields.merge(.vary, nameAndColon: vary.span, textAndEnd: varyOrigin.span, count: 1, &scratch.list)
        }
        if isPreflight {
            fields.merge(.vary, nameAndColon: vary.span, textAndEnd: varyPreflight.span, count: 2, &scratch.list)
            if !privateNetwork.lines.isEmpty {
                fields.merge(.vary, nameAndColon: vary.span, textAndEnd: varyPrivateNetwork.span, count: 1, &scratch.list)
            }
        }
        return writes
    }

    /// Asks for the members of `Vary` again, because a later rule may have removed them.
    func guardVary(_ facts: borrowing ExchangeFacts, _ scratch: inout StageScratch) {
        func ask(_ text: [UInt8]) { scratch.vary(by: text.span.extracting(2..<text.count &- 2)) }
        if !allowsAny || keepsUpstream { ask(varyOrigin) }
        guard facts.isPreflight || facts.isPreflightRequest else { return }
        ask(varyPreflight)
        if !privateNetwork.lines.isEmpty { ask(varyPrivateNetwork) }
    }

    /// Whether the app has answered with exactly one origin line.
    private static func isAnswered(_ fields: borrowing Fields) -> Bool {
        guard let line = fields.firstIndex(of: .accessControlAllowOrigin) else { return false }
        return fields.firstIndex(of: .accessControlAllowOrigin, from: line &+ 1) == nil
    }

    private func removeAnswers(from fields: inout Fields) {
        fields.remove { [listedNames, prefix] fields, index in
            let id = fields.id(at: index)
            if id.isAccessControlResponse { return true }
            guard id == .unknown || id.rawValue > listedNames else { return false }
            return fields.name(at: index).hasAliasPrefix(prefix.span)
        }
    }

    private func answer(
        _ fields: inout Fields, _ facts: borrowing ExchangeFacts, _ isPreflight: Bool, _ scratch: inout StageScratch
    ) {
        if allowsAny {
            fields.append(checked: .accessControlAllowOrigin, name: originName.span, value: star.span)
        } else {
            guard let line = facts.request.fields.firstIndex(of: .origin),
                facts.request.fields.firstIndex(of: .origin, from: line &+ 1) == nil
            else { return }
            if !isPreflight {
                if let place = exact.value(of: facts.request.fields.value(at: line)) {
                    return answers[place].value.write(to: &fields)
                }
            }
            guard allows(facts.request.fields.value(at: line)) else { return }
            fields.append(
                checked: .accessControlAllowOrigin, name: originName.span, value: facts.request.fields.value(at: line))
        }
        guard isPreflight else { return others.write(to: &fields) }
        preflight.write(to: &fields)
        if echoesHeaders { echo(facts.request.fields, to: &fields, &scratch) }
        preflightEnd.write(to: &fields)
        if let line = facts.request.fields.firstIndex(of: .accessControlRequestPrivateNetwork),
            facts.request.fields.value(at: line).equals("true")
        {
            privateNetwork.write(to: &fields)
        }
    }

    private func allows(_ origin: Span<UInt8>) -> Bool {
        if origin.equals("null") { return allowsNull }
        guard let parsed = ParsedOrigin(origin) else { return exact.value(of: origin) != nil }
        var isAllowed = false
        hosts.visit(origin.extracting(parsed.host)) { host in
            for place in patternsOfHost[host] where patterns[place].matches(parsed, in: origin) { isAllowed = true }
        }
        if !isAllowed { regexes.visit(origin) { _ in isAllowed = true } }
        return isAllowed
    }

    /// Writes the names that the preflight asks for, from all lines and each once, provided that every one is a valid name. A
    /// browser sends only valid names, so a preflight with an invalid one is granted none.
    private func echo(_ request: borrowing Fields, to fields: inout Fields, _ scratch: inout StageScratch) {
        guard let first = request.firstIndex(of: .accessControlRequestHeaders) else { return }
        var next: Int? = first
        scratch.list.begin(headersName.span)
        while let line = next {
            var members = ListMembers()
            while let range = members.next(in: request.value(at: line)) {
                guard Fields.isName(request.value(at: line).extracting(range)) else { return }
            }
            scratch.list.append(request.value(at: line))
            next = request.firstIndex(of: .accessControlRequestHeaders, from: line &+ 1)
        }
        guard !scratch.list.isEmpty else { return }
        scratch.list.end(swallowing: false)
        fields.append(line: scratch.list.line, nameLength: headersName.count, id: .accessControlAllowHeaders)
    }
}

extension ExchangeFacts {
    /// Whether the request has the shape of a CORS preflight (Fetch §3.3.5), which only asks for permission.
    public var isPreflightRequest: Bool {
        request.method == .options && request.fields.firstIndex(of: .origin) != nil
            && request.fields.firstIndex(of: .accessControlRequestMethod) != nil
    }
}
