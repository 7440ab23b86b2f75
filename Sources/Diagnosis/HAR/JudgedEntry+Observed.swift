import HTTPModel

extension JudgedEntry {
    /// The complete recording of the fetch, with the faults and remedies.
    package var observed: ObservedFetch {
        var observed = ObservedFetch()
        if let preflight { observed.hops.append(Self.hop(preflight, isPreflight: true)) }
        observed.hops.append(Self.hop(entry, isPreflight: request.asker == .preflight))
        observed.hops += redirects.map { Self.hop($0, isPreflight: false) }
        (observed.origin, observed.credentials) = (verdict.origin, verdict.credentials)
        observed.isRefused = verdict.kind.isFailure
        observed.verdict = fullVerdict
        observed.note = note
        observed.complaints = complaints(on: observed)
        return observed
    }

    private static func hop(_ entry: RecordedExchange, isPreflight: Bool) -> ObservedFetch.Hop {
        ObservedFetch.Hop(
            isPreflight: isPreflight, method: entry.method, url: entry.url, fields: entry.requestFields,
            response: entry.isAnswered ? entry.response : nil, failure: entry.isAnswered ? nil : entry.error)
    }

    /// The verdict with all fields of the response, if the fields decide whether the page reads it.
    private var fullVerdict: FetchVerdict? {
        guard var verdict = verdict.fetch else { return nil }
        let last = redirects.last ?? entry
        if verdict.failure?.isPreflight ?? false, let preflight, preflight.isAnswered {
            verdict.response = preflight.response
        } else if last.isAnswered {
            verdict.response = last.response
        }
        guard verdict.isReadable, let response = verdict.response, let origin = self.verdict.origin else { return verdict }
        var fetch = PageFetch(origin: verdict.kind == .sameOrigin ? verdict.url.origin : origin, url: verdict.url)
        fetch.credentials = self.verdict.credentials
        var process = FetchProcess(fetch)
        _ = process.begin()
        guard case .done(let full) = process.received(response) else { return verdict }
        (verdict.readable, verdict.hidden) = (full.readable, full.hidden)
        return verdict
    }

    /// A remark that the verdict's own sentence does not have.
    private var note: String? {
        switch verdict.kind {
        case .navigation: "A navigation: the browser shows the response, and CORS does not concern it."
        case .allowed: "The browser goes on" + (verdict.reason.isEmpty ? "." : ": " + verdict.reason)
        case .noPage, .unknown: verdict.reason.capitalizedStart
        case .refused where verdict.fetch?.failure.map { $0.check == .network } ?? true:
            "The page could not read this response: " + verdict.reason
        default: nil
        }
    }
}

extension JudgedEntry {
    /// Returns the faults, each once: a fetch that was redirected is judged where it began.
    private func complaints(on observed: ObservedFetch) -> [Complaint] {
        guard let url = request.url, request.asker == .page || request.asker == .preflight else { return [] }
        var question = DoctorQuestion(url: url, origin: verdict.origin ?? "null")
        question.credentials = verdict.credentials
        question.method = request.asker == .preflight ? request.askedMethod : entry.method
        var doctor = Doctor(question) { _ in .failure("") }
        var answered = observed
        answered.hops.removeAll { $0.response == nil }
        let isJudged = verdict.kind != .unknown && !isTarget
        doctor.examine(answered, .http11, isJudged: isJudged)
        let isBrokenOff = entry.error.map(RecordedVerdict.isBreakingOff) ?? false
        if doctor.complaints.isEmpty, verdict.kind == .refused, isJudged, !isBrokenOff {
            doctor.complain(
                .unreachable, "There is no response from \(url.origin) that the page could read: \(verdict.reason)", .http11)
        }
        return doctor.found
    }
}

extension Doctor {
    /// The faults without versions, because a recording says nothing reliable about them.
    var found: [Complaint] {
        complaints.map { one in
            var one = one
            one.version = nil
            return one
        }
    }
}
