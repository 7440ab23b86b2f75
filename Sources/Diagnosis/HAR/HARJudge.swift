import HTTPModel

/// An entry with what the page saw of it, and the entries that belong to the same fetch.
package struct JudgedEntry: Sendable {
    package var entry: RecordedExchange
    package var verdict: RecordedVerdict
    /// The preflight for the request.
    var preflight: RecordedExchange?
    /// The entries of the same fetch that followed, each after a redirect.
    var redirects: [RecordedExchange] = []
    var request: RecordedRequest
    /// Whether the verdict is that of a fetch that was redirected here.
    var isTarget = false
}

/// Judges the entries of a HAR in their order. A preflight may be before or after its request, and other entries may be between a
/// redirect and its target. So an entry is judged only when some hundred more have been seen.
package struct HARJudge {
    private let page: String?
    /// The entries that are to be judged, and before them the last ones that have been.
    private var pending: [Pending] = []
    private var judgedCount = 0
    private var preflights = RecordedPreflights()
    /// The origins of documents, by the page to which they belong.
    private var documents: [String: String] = [:]

    private struct Pending {
        var entry: RecordedExchange
        var request: RecordedRequest
        /// The verdict, if it was given along with that of the entry that redirected here.
        var verdict: RecordedVerdict?
    }

    /// The number of entries that are read ahead before one is judged.
    private static let lookahead = 512
    /// The number of entries within which the target of a redirect, or the request after a preflight, is searched for.
    private static let reach = 256
    private static let documentLimit = 1_000

    /// - Parameter page: the origin of the page, for entries that do not state it.
    init(page: String?) { self.page = page }

    /// Takes the next entry, and returns those that can be judged now.
    ///
    /// - Parameter pages: the origins of pages by their ids, as stated in the HAR.
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
        return pending.count - judgedCount < 2 * Self.lookahead ? [] : judge(Self.lookahead)
    }

    /// Returns the remaining entries.
    mutating func finish() -> [JudgedEntry] { judge(pending.count - judgedCount) }

    private mutating func judge(_ count: Int) -> [JudgedEntry] {
        var judged: [JudgedEntry] = []
        judged.reserveCapacity(count)
        for index in judgedCount..<judgedCount + count { judged.append(judge(at: index)) }
        judgedCount += count
        let old = max(0, judgedCount - Self.reach)
        pending.removeFirst(old)
        judgedCount -= old
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
        // The page's origin does not matter when the page learns nothing.
        guard let origin = request.origin ?? (request.mode == .noCORS ? "null" : nil), let url = request.url else {
            judged.verdict = RecordedVerdict(.noPage, "nothing says of which origin the page is.")
            return
        }
        var fetch = PageFetch(origin: origin, url: url)
        // A request that was recorded was sent, even if its URL names a user: XMLHttpRequest allows that.
        fetch.url.hasUser = false
        fetch.method = entry.method
        fetch.mode = request.mode
        // Images are asked for by https instead.
        fetch.allowsMixedContent = request.mode == .noCORS
        // One's own origin gets cookies in any case.
        let isOwn = url.origin == origin
        fetch.credentials = request.hasCredentials && !isOwn ? .include : .sameOrigin
        fetch.starCoversAuthorization = judged.preflight != nil && request.isChromium
        if let preflight = judged.preflight {
            fetch.ask(for: preflight.askedNames)
        } else if !entry.isAnswered {
            fetch.fields = RecordedRequest.fields(entry, asked: nil)
        }
        var (verdict, course) = follow(fetch, from: index, judged.preflight)
        if isOwn, course.contains(where: { pending[$0].request.hasCredentials && pending[$0].request.url?.origin != origin }) {
            fetch.credentials = .include
            (verdict, course) = follow(fetch, from: index, judged.preflight)
        }
        if case .mixedContent? = verdict.failure?.check {
            // If the browser followed the redirect all the same, the user must have allowed insecure content.
            var allowing = fetch
            allowing.allowsMixedContent = true
            let other = follow(allowing, from: index, judged.preflight)
            if other.1.count > course.count { (fetch, verdict, course) = (allowing, other.0, other.1) }
        }
        let last = course.last.map { pending[$0].entry } ?? entry
        let error = last.error
        // A redirect that the page did not want followed was broken off, which is no failure.
        let isByHand = verdict.kind == .opaqueRedirect && error.map(RecordedVerdict.isBreakingOff) ?? false
        if error != nil || !last.isAnswered, verdict.isUnexplained, !isByHand, !verdict.isBroken {
            (verdict, course) = explainFailure(&fetch, verdict, course, index, judged.preflight)
        }
        judged.verdict = RecordedVerdict(verdict, of: fetch, error: error)
        if request.origin == nil, case .resourcePolicy? = verdict.failure?.check {
            judged.verdict = RecordedVerdict(.noPage, "nothing says of which origin the page is.")
        }
        judged.redirects = course.dropFirst().map { pending[$0].entry }
        if let missing = missing(judged, fetch, isError: error != nil && !verdict.isBroken) { judged.verdict = missing }
        for next in course.dropFirst() { pending[next].verdict = judged.verdict }
    }

    /// Explains a failure although the headers would have allowed the fetch: a page that asks with credentials may have had no
    /// cookie to show for it.
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

    /// Returns a verdict if the recording lacks what would decide; nil when it does not.
    private func missing(_ judged: JudgedEntry, _ fetch: PageFetch, isError: Bool) -> RecordedVerdict? {
        let entry = judged.redirects.last ?? judged.entry
        guard entry.isAnswered, fetch.mode == .cors, judged.verdict.kind != .sameOrigin,
            !judged.entry.isRefusedFirst(judged.verdict)
        else { return nil }
        var verdict = RecordedVerdict(isError ? .refused : .unknown)
        (verdict.origin, verdict.credentials) = (fetch.origin, fetch.credentials)
        if entry.responseFields.isEmpty {
            verdict.reason = "the recording has no headers of the response."
        } else if let allowed = entry.responseFields.combined("Access-Control-Allow-Origin"), RecordedExchange.isTakenOut(allowed)
        {
            verdict.reason = "the value of Access-Control-Allow-Origin has been taken out of the recording."
        } else if entry.status == 304, judged.verdict.kind == .refused, !isError {
            verdict.reason = "the headers of the response that was kept decide, and this 304 does not repeat them."
        } else {
            return nil
        }
        return verdict
    }

    /// Follows the fetch as in the standard, with the recorded response for each of its requests. Returns the verdict and the
    /// entries on the way.
    private func follow(_ fetch: PageFetch, from index: Int, _ preflight: RecordedExchange?) -> (FetchVerdict, [Int]) {
        var process = FetchProcess(fetch)
        var step = process.begin()
        var course: [Int] = []
        while true {
            switch step {
            case .done(let verdict): return (verdict, course)
            case .send(let hop) where hop.isPreflight:
                // A request that was answered must have been allowed, if not by a preflight that was recorded.
                let next = course.isEmpty ? index : course.last.flatMap { target(of: hop.url, fetch.method, behind: $0) }
                if let next, pending[next].entry.isAnswered {
                    step = process.received(.allowing(hop, fetch.credentials))
                } else if let preflight, course.isEmpty, preflight.isAnswered {
                    step = process.received(preflight.decidingResponse)
                } else {
                    step = process.failed(failure(of: pending[index].entry, fetch, hop))
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
                step =
                    entry.isAnswered
                    ? process.received(entry.decidingResponse)
                    : process.failed(failure(of: entry, fetch, hop))
            }
        }
    }

    /// Why a request has no answer: if the browser may have refused to send it, perhaps because it would go over http.
    private func failure(of entry: RecordedExchange, _ fetch: PageFetch, _ hop: FetchHop) -> FetchFailure.Check {
        entry.mayBeRefused && fetch.isMixedContent(hop.url) ? .mixedContent("\(hop.url)") : .network
    }

    /// Returns the entry to which a redirect led.
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
        fetch.url.hasUser = false
        fetch.method = request.askedMethod
        fetch.ask(for: request.askedNames)
        fetch.starCoversAuthorization = request.askedNames.contains("authorization") && request.isChromium
        let near = pending[max(0, index - Self.reach)..<min(pending.count, index + Self.reach)]
        let wanted = near.first { one in
            one.request.asker == .page && one.request.url == url && one.entry.method == request.askedMethod
        }
        if wanted?.request.hasCredentials ?? false { fetch.credentials = .include }
        var verdict = Self.judge(fetch, entry)
        // The request did not follow, so the browser was not satisfied. The reason must be the credentials, which a preflight
        // does not show.
        if verdict.kind == .allowed, wanted.map({ !$0.entry.isAnswered && $0.entry.mayBeRefused }) ?? true {
            fetch.credentials = .include
            let other = Self.judge(fetch, entry)
            if other.kind == .refused { verdict = other }
        }
        if entry.isAnswered, entry.responseFields.isEmpty, verdict.kind == .refused {
            verdict = RecordedVerdict(.unknown, "the recording has no headers of the response.")
        }
        return verdict
    }

    private static func judge(_ fetch: PageFetch, _ entry: RecordedExchange) -> RecordedVerdict {
        var process = FetchProcess(fetch)
        // A preflight without a request that needs one is for a private network.
        guard case .send(let hop) = process.begin(), hop.isPreflight else { return RecordedVerdict(.allowed) }
        let step = entry.isAnswered ? process.received(entry.decidingResponse) : process.failed()
        if case .done(let verdict) = step { return RecordedVerdict(verdict, of: fetch, error: entry.error) }
        var allowed = RecordedVerdict(.allowed, fetch.permission)
        (allowed.origin, allowed.credentials) = (fetch.origin, fetch.credentials)
        return allowed
    }
}

extension FetchVerdict {
    /// Whether no check of the browser explains the failure, if there was one.
    fileprivate var isUnexplained: Bool { failure.map { $0.check == .network } ?? true }
}

extension RecordedExchange {
    /// Whether the recorded error is one that browsers give when they refuse a response, and for some other failures.
    var mayBeRefused: Bool { error.map { $0.hasSuffix("ERR_FAILED") || $0 == "NS_ERROR_DOM_BAD_URI" } ?? true }

    /// Whether the request was refused before its own response counted.
    fileprivate func isRefusedFirst(_ verdict: RecordedVerdict) -> Bool { verdict.fetch?.failure?.isPreflight ?? false }
}
