package import HTTPModel

extension ObservedFetch {
    /// Makes a fetch as a browser does: the preflight if one is needed, the request, and the requests that redirects lead to.
    static func live(_ fetch: PageFetch, _ version: HTTPVersion, _ ask: Doctor.Ask) async -> ObservedFetch {
        var observed = ObservedFetch()
        (observed.origin, observed.credentials) = (fetch.origin, fetch.credentials)
        var process = FetchProcess(fetch)
        var step = process.begin()
        while case .send(let hop) = step {
            let request = DoctorRequest(method: hop.method, url: hop.url, fields: hop.fields, version: version)
            switch await observed.send(request, isPreflight: hop.isPreflight, ask) {
            case nil: step = process.failed()
            case let response?: step = process.received(response)
            }
        }
        if case .done(let verdict) = step { observed.verdict = verdict }
        observed.isRefused = observed.verdict?.isFailure ?? false
        return observed
    }

    /// Makes a fetch from a live server and adds its faults, for `explain`.
    ///
    /// - Parameter isOfPage: whether a page asks; if not, the request is made without the checks of a browser.
    package static func explained(
        _ fetch: PageFetch, isOfPage: Bool, _ version: HTTPVersion, ask: @escaping Doctor.Ask
    ) async -> ObservedFetch {
        guard isOfPage else {
            var observed = ObservedFetch()
            let request = DoctorRequest(method: fetch.sentMethod, url: fetch.url, fields: fetch.fields, version: version)
            observed.isRefused = await observed.send(request, isPreflight: false, ask) == nil
            return observed
        }
        var observed = await live(fetch, version, ask)
        var question = DoctorQuestion(url: fetch.url, origin: fetch.origin)
        (question.method, question.credentials, question.fields) = (fetch.method, fetch.credentials, fetch.fields)
        var doctor = Doctor(question, ask: ask)
        doctor.examine(observed, version)
        observed.complaints = doctor.complaints
        if let reason = fetch.mixedContentNote { (observed.note, observed.isRefused) = (reason, true) }
        return observed
    }

    /// Sends a request and returns the response; nil when there was none.
    private mutating func send(_ request: DoctorRequest, isPreflight: Bool, _ ask: Doctor.Ask) async -> FetchResponse? {
        var hop = Hop(isPreflight: isPreflight, method: request.method, url: request.url.description, fields: request.fields)
        switch await ask(request) {
        case .response(let response, let body):
            hop.response = response
            hop.body = body
        case .failure(let text):
            hop.failure = text
            note = "There is no answer from \(request.url.origin): \(text)."
        }
        hops.append(hop)
        return hop.response
    }
}
