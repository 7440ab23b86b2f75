import HTTPModel

/// An entry with what the page saw of it, and the entries that belong to the same fetch.
package struct JudgedEntry: Sendable {
    package var entry: RecordedExchange
    package var verdict: RecordedVerdict
    /// The preflight that asked for it.
    var preflight: RecordedExchange?
    /// The entries of the same fetch that followed, each after a redirect.
    var redirects: [RecordedExchange] = []
    var request: RecordedRequest
    /// The verdict is that of a fetch that was redirected here.
    var isTarget = false
}

/// Judges the entries of a HAR in their order. A preflight may stand before or behind what it asks for, and other entries between a redirect
/// and its target: so an entry is judged when some hundred more have been seen.
package struct HARJudge {
    private let page: String?
    private var pending: [Pending] = []
    private var preflights = RecordedPreflights()
    /// The origins of documents, by the page that they belong to.
    private var documents: [String: String] = [:]

    private struct Pending {
        var entry: RecordedExchange
        var request: RecordedRequest
        /// Given with the verdict of the entry that redirected to it.
        var verdict: RecordedVerdict?
    }

    /// Entries that are looked at before one is judged.
    private static let lookahead = 512
    /// Entries within which the target of a redirect, or what a preflight asked for, is looked for.
    private static let reach = 256
    private static let documentLimit = 1_000

    /// - Parameter page: the origin of the page, for entries that do not say it.
    init(page: String?) { self.page = page }

    /// Takes the next entry; returns those that can be judged now.
    ///
    /// - Parameter pages: the origins of pages by their ids, as the HAR says them.
    mutating func take(_ entry: RecordedExchange, pages: [String: String]) -> [JudgedEntry] {
        let known = entry.page.flatMap { pages[$0] ?? documents[$0] }
        let request = RecordedRequest(entry, page: known ?? page)
        if let id = entry.page, request.asker == .navigation, let url = request.url, documents[id] == nil,
            documents.count < Self.documentLimit
        {
            documents[id] = url.origin
        }
        if request.asker == .preflight { preflights.add(entry, request) }
        pending.append(Pending(entry: entry, request: request))
        return pending.count < 2 * Self.lookahead ? [] : judge(Self.lookahead)
    }

    /// The rest.
    mutating func finish() -> [JudgedEntry] { judge(pending.count) }

    private mutating func judge(_ count: Int) -> [JudgedEntry] {
        var judged: [JudgedEntry] = []
        judged.reserveCapacity(count)
        for index in 0..<count { judged.append(judge(at: index)) }
        pending.removeFirst(count)
        return judged
    }

    private mutating func judge(at index: Int) -> JudgedEntry {
        let (entry, request) = (pending[index].entry, pending[index].request)
        var judged = JudgedEntry(entry: entry, verdict: RecordedVerdict(.noPage), request: request)
        switch request.asker {
        case .other(let reason): judged.verdict = RecordedVerdict(.noPage, reason)
        case .navigation: judged.verdict = RecordedVerdict(.navigation)
        case .nobody: judged.verdict = RecordedVerdict(.noPage, "nothing says that a page asked: no Origin, no Referer.")
        case .preflight: judged.verdict = judgePreflight(at: index)
        case .page:
            judged.preflight = preflights.find(for: entry, request)
            if let verdict = pending[index].verdict {
                (judged.verdict, judged.isTarget) = (verdict, true)
            } else {
                judgeFetch(at: index, &judged)
            }
        }
        judged.verdict.origin = judged.verdict.origin ?? request.origin
        return judged
    }

    // MARK: A fetch

    private mutating func judgeFetch(at index: Int, _ judged: inout JudgedEntry) {
        let (entry, request) = (judged.entry, judged.request)
        // Of which origin the page is does not matter to one that learns nothing.
        guard let origin = request.origin ?? (request.mode == .noCORS ? "null" : nil), let url = request.url else {
            judged.verdict = RecordedVerdict(.noPage, "nothing says of which origin the page is.")
            return
        }
        var fetch = PageFetch(origin: origin, url: url)
        fetch.method = entry.method
        fetch.mode = request.mode
        fetch.credentials = request.hasCredentials ? .include : .sameOrigin
        fetch.starCoversAuthorization = judged.preflight != nil && request.isChromium
        if let preflight = judged.preflight {
            fetch.ask(for: preflight.askedNames)
        } else if !entry.isAnswered {
            fetch.fields = RecordedRequest.fields(entry, asked: nil)
        }
        var (verdict, course) = follow(fetch, from: index, judged.preflight)
        let last = course.last.map { pending[$0].entry } ?? entry
        let error = last.error
        // Nobody wanted to follow it, and so it was broken off: that is no failure.
        let isByHand = verdict.kind == .opaqueRedirect && error.map(RecordedVerdict.isBreakingOff) ?? false
        if error != nil || !last.isAnswered, verdict.isUnexplained, !isByHand {
            (verdict, course) = explainFailure(&fetch, verdict, course, index, judged.preflight)
        }
        judged.verdict = RecordedVerdict(verdict, of: fetch, error: error)
        judged.redirects = course.dropFirst().map { pending[$0].entry }
        if let missing = missing(judged, fetch, isError: error != nil) { judged.verdict = missing }
        for next in course.dropFirst() { pending[next].verdict = judged.verdict }
    }

    /// What the headers would have allowed has failed: a page that asks with credentials may have had no cookie to show for it.
    private func explainFailure(
        _ fetch: inout PageFetch, _ verdict: FetchVerdict, _ course: [Int], _ index: Int, _ preflight: RecordedExchange?
    ) -> (FetchVerdict, [Int]) {
        let last = course.last.map { pending[$0].entry } ?? pending[index].entry
        if last.mayBeRefused, fetch.mode == .cors, fetch.credentials != .include {
            var other = fetch
            other.credentials = .include
            let again = follow(other, from: index, preflight)
            if !again.0.isUnexplained {
                fetch = other
                return again
            }
        }
        guard verdict.kind != .refused else { return (verdict, course) }
        var failed = verdict
        failed.kind = .refused
        failed.failure = FetchFailure(check: verdict.kind == .opaqueRedirect ? .redirectUnwanted : .network, isPreflight: false)
        return (failed, course)
    }

    /// What would decide is not in the recording; nil where it is.
    private func missing(_ judged: JudgedEntry, _ fetch: PageFetch, isError: Bool) -> RecordedVerdict? {
        let entry = judged.redirects.last ?? judged.entry
        guard entry.isAnswered, fetch.mode == .cors, judged.verdict.kind != .sameOrigin,
            !judged.entry.isRefusedFirst(judged.verdict)
        else { return nil }
        var verdict = RecordedVerdict(isError ? .refused : .unknown)
        (verdict.origin, verdict.credentials) = (fetch.origin, fetch.credentials)
        if entry.responseFields.isEmpty {
            verdict.reason = "the recording has no header fields of the response."
        } else if let allowed = entry.responseFields.combined("Access-Control-Allow-Origin"), RecordedExchange.isTakenOut(allowed)
        {
            verdict.reason = "the value of Access-Control-Allow-Origin has been taken out of the recording."
        } else if entry.status == 304, judged.verdict.kind == .refused, !isError {
            verdict.reason = "the fields of the response that was kept decide, and this 304 does not repeat them."
        } else {
            return nil
        }
        return verdict
    }

    /// The fetch as the standard has it, with what was recorded for each of its requests; and the entries that it went by.
    private func follow(_ fetch: PageFetch, from index: Int, _ preflight: RecordedExchange?) -> (FetchVerdict, [Int]) {
        var process = FetchProcess(fetch)
        var step = process.begin()
        var course: [Int] = []
        while true {
            switch step {
            case .done(let verdict): return (verdict, course)
            case .send(let hop) where hop.isPreflight:
                // What was answered had been allowed, if not by a preflight that was recorded.
                let next = course.isEmpty ? index : course.last.flatMap { target(of: hop.url, fetch.method, behind: $0) }
                if let next, pending[next].entry.isAnswered {
                    step = process.received(.allowing(hop, fetch.credentials))
                } else if let preflight, course.isEmpty, preflight.isAnswered {
                    step = process.received(preflight.decidingResponse)
                } else {
                    step = process.failed()
                }
            case .send(let hop):
                guard let next = course.isEmpty ? index : course.last.flatMap({ target(of: hop.url, hop.method, behind: $0) })
                else {
                    // Nobody followed the redirect.
                    var verdict = FetchVerdict(kind: .opaqueRedirect, url: fetch.url)
                    verdict.response = course.last.map { pending[$0].entry.decidingResponse }
                    return (verdict, course)
                }
                course.append(next)
                let entry = pending[next].entry
                step = entry.isAnswered ? process.received(entry.decidingResponse) : process.failed()
            }
        }
    }

    /// The entry to which a redirect led.
    private func target(of url: WebURL, _ method: String, behind index: Int) -> Int? {
        pending.indices.dropFirst(index + 1).prefix(Self.reach).first { next in
            pending[next].entry.method == method && pending[next].request.url == url && pending[next].verdict == nil
                && pending[next].request.asker == .page && pending[next].entry.isAnswered
        }
    }

    // MARK: A preflight

    private func judgePreflight(at index: Int) -> RecordedVerdict {
        let (entry, request) = (pending[index].entry, pending[index].request)
        guard let origin = request.origin, let url = request.url else {
            return RecordedVerdict(.unknown, "a preflight, and nothing says of which origin the page is.")
        }
        if request.askedMethod.isEmpty || RecordedExchange.isTakenOut(request.askedMethod) {
            return RecordedVerdict(.unknown, "a preflight, and what it asked for has been taken out of the recording.")
        }
        var fetch = PageFetch(origin: origin, url: url)
        fetch.method = request.askedMethod
        fetch.ask(for: request.askedNames)
        fetch.starCoversAuthorization = request.askedNames.contains("authorization") && request.isChromium
        let near = pending[max(0, index - Self.reach)..<min(pending.count, index + Self.reach)]
        let wanted = near.first { one in
            one.request.asker == .page && one.request.url == url && one.entry.method == request.askedMethod
        }
        if wanted?.request.hasCredentials ?? false { fetch.credentials = .include }
        var verdict = Self.judge(fetch, entry)
        // The request did not follow: then the browser was not content, and it is the credentials that no preflight shows.
        if verdict.kind == .allowed, wanted.map({ !$0.entry.isAnswered && $0.entry.mayBeRefused }) ?? true {
            fetch.credentials = .include
            let other = Self.judge(fetch, entry)
            if other.kind == .refused { verdict = other }
        }
        if entry.isAnswered, entry.responseFields.isEmpty, verdict.kind == .refused {
            verdict = RecordedVerdict(.unknown, "the recording has no header fields of the response.")
        }
        return verdict
    }

    private static func judge(_ fetch: PageFetch, _ entry: RecordedExchange) -> RecordedVerdict {
        var process = FetchProcess(fetch)
        // One that asks for nothing that needs it is of a private network.
        guard case .send(let hop) = process.begin(), hop.isPreflight else { return RecordedVerdict(.allowed) }
        let step = entry.isAnswered ? process.received(entry.decidingResponse) : process.failed()
        if case .done(let verdict) = step { return RecordedVerdict(verdict, of: fetch, error: entry.error) }
        var allowed = RecordedVerdict(.allowed, fetch.permission)
        (allowed.origin, allowed.credentials) = (fetch.origin, fetch.credentials)
        return allowed
    }
}

extension FetchVerdict {
    /// No check of the browser says why it failed, if it did.
    fileprivate var isUnexplained: Bool { failure.map { $0.check == .network } ?? true }
}

extension RecordedExchange {
    /// What browsers say where they refuse a response, and for some other failures.
    var mayBeRefused: Bool { error.map { $0.hasSuffix("ERR_FAILED") || $0 == "NS_ERROR_DOM_BAD_URI" } ?? true }

    /// It was refused before its own response counted.
    fileprivate func isRefusedFirst(_ verdict: RecordedVerdict) -> Bool { verdict.fetch?.failure?.isPreflight ?? false }
}

extension FetchResponse {
    /// An answer to a preflight that is content with all that is asked.
    fileprivate static func allowing(_ hop: FetchHop, _ credentials: PageFetch.Credentials) -> FetchResponse {
        var fields = [
            FieldText("Access-Control-Allow-Origin", hop.fields.combined("Origin") ?? ""),
            FieldText("Access-Control-Allow-Methods", hop.fields.combined("Access-Control-Request-Method") ?? ""),
            FieldText("Access-Control-Allow-Headers", hop.fields.combined("Access-Control-Request-Headers") ?? ""),
        ]
        if credentials == .include { fields.append(FieldText("Access-Control-Allow-Credentials", "true")) }
        return FetchResponse(status: 204, fields: fields)
    }
}
