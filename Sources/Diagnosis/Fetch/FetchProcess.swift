import HTTPModel
import HeaderPolicy

/// A `fetch()` of a page, step by step as in the Fetch standard (§4.1 to §4.10). The owner sends the requests that it is given,
/// and passes on the responses. It has no sockets: the same process judges a simulation, a live server and a recorded exchange.
package struct FetchProcess: Sendable {
    package enum Step: Sendable {
        case send(FetchHop)
        case done(FetchVerdict)
    }

    private let fetch: PageFetch
    private var url: WebURL
    private var method: String
    private var fields: [FieldText]
    /// The origin of the request at this point; `null` after a redirect from a foreign origin to yet another one.
    private var origin: String
    /// The origin that redirected to yet another one, by which `origin` became `null`; nil where none has.
    private var lostAt: String?
    /// Whether there has been a response of another origin; from then on everything is checked.
    private var isTainted = false
    private var awaitsPreflight = false
    private var verdict: FetchVerdict

    private static let redirectLimit = 20

    package init(_ fetch: PageFetch) {
        self.fetch = fetch
        url = fetch.url
        method = fetch.sentMethod
        fields = fetch.sentFields
        origin = fetch.origin
        verdict = FetchVerdict(kind: .refused, url: fetch.url)
        let sent = Set(fields.map { $0.name.lowercased() })
        verdict.unsent = fetch.fields.map(\.name).filter { !sent.contains($0.lowercased()) }
    }

    /// Returns the first request.
    package mutating func begin() -> Step {
        if SafeLists.isForbidden(method: method) { return refuse(.forbiddenMethod(method)) }
        if fetch.mode == .noCORS, !SafeLists.isSafe(method: method) { return refuse(.forbiddenMethod(method)) }
        if fetch.mode != .navigate, url.hasUser { return refuse(.urlWithUser) }
        return next()
    }

    /// Continues after a request that got no answer, or was never sent.
    package mutating func failed(_ check: FetchFailure.Check = .network) -> Step { refuse(check) }

    /// Continues with the answer to the last request.
    package mutating func received(_ response: FetchResponse) -> Step {
        verdict.response = response
        if awaitsPreflight { return preflightAnswered(response) }
        if isTainted, fetch.mode == .cors, let failure = checkOrigin(response) { return refuse(failure) }
        if isTainted, fetch.mode == .noCORS, isElsewhere,
            let policy = response.fields.combined("Cross-Origin-Resource-Policy"),
            policy == "same-origin" || policy == "same-site" && !isSameSite
        {
            return refuse(.resourcePolicy(policy))
        }
        if [301, 302, 303, 307, 308].contains(response.status), !response.fields.values(of: "Location").isEmpty {
            return redirected(response)
        }
        return complete(response)
    }

    /// Whether the page is of another origin than what is asked now.
    private var isElsewhere: Bool { fetch.isForeign || url.origin != fetch.origin }

    /// Whether both are the same site, in the sense of `Cross-Origin-Resource-Policy: same-site` (Fetch §3.7).
    private var isSameSite: Bool {
        guard !fetch.isForeign, let page = WebURL(fetch.origin), page.scheme == .https || url.scheme == .http else {
            return false
        }
        return PublicSuffix.site(of: page.host) == PublicSuffix.site(of: url.host)
    }

    /// Whether credentials are sent, so that the answer has to allow that.
    private var includesCredentials: Bool { fetch.credentials == .include || fetch.mode == .navigate }

    /// Sends the request, or first a preflight.
    private mutating func next() -> Step {
        if isElsewhere || origin == "null" { isTainted = true }
        if !hasCredentials, let cookie = fields.first(where: { $0.isNamed("cookie") }),
            !verdict.unsent.contains(cookie.name)
        {
            verdict.unsent.append(cookie.name)
        }
        guard fetch.mode == .cors, isTainted else { return .send(hop()) }
        let asking = SafeLists.unsafeNames(fields)
        let reasons = (SafeLists.isSafe(method: method) ? [] : [method]) + asking
        guard !reasons.isEmpty else { return .send(hop()) }
        if verdict.preflightReasons.isEmpty { verdict.preflightReasons = reasons }
        awaitsPreflight = true
        var asked = [FieldText("Origin", origin), FieldText("Access-Control-Request-Method", method)]
        if !asking.isEmpty { asked.append(FieldText("Access-Control-Request-Headers", asking.joined(separator: ","))) }
        return .send(FetchHop(isPreflight: true, method: "OPTIONS", url: url, fields: asked, hasCredentials: false))
    }

    /// Whether cookies and other credentials go along.
    private var hasCredentials: Bool { includesCredentials || (fetch.credentials == .sameOrigin && !isTainted) }

    private func hop() -> FetchHop {
        let isForeign = isTainted
        var sent = fields
        if !hasCredentials { sent.removeAll { $0.isNamed("cookie") } }
        let sendsOrigin =
            fetch.mode == .cors ? isForeign || !["GET", "HEAD"].contains(method) : !["GET", "HEAD"].contains(method)
        if sendsOrigin, sent.values(of: "Origin").isEmpty { sent.append(FieldText("Origin", origin)) }
        return FetchHop(isPreflight: false, method: method, url: url, fields: sent, hasCredentials: hasCredentials)
    }

    // MARK: Checks

    /// The "CORS check" (§4.10); nil when it succeeds.
    private func checkOrigin(_ response: FetchResponse) -> FetchFailure.Check? {
        let lines = response.fields.values(of: "Access-Control-Allow-Origin")
        guard let allowed = response.fields.combined("Access-Control-Allow-Origin") else { return .originMissing }
        if allowed == "*", !includesCredentials { return nil }
        guard allowed == origin else {
            if lines.count > 1 || allowed.contains(",") || allowed.contains(" ") {
                let all = allowed.split { $0 == "," || $0 == " " }.map(String.init)
                return .originTwice(all)
            }
            return allowed == "*" ? .starWithCredentials : .originDiffers(allowed)
        }
        guard includesCredentials else { return nil }
        let credentials = response.fields.combined("Access-Control-Allow-Credentials")
        return credentials == "true" ? nil : .credentialsMissing(credentials)
    }

    /// The "CORS-preflight fetch" (§4.8), from the answer on.
    private mutating func preflightAnswered(_ response: FetchResponse) -> Step {
        if let location = response.fields.combined("Location"), 300...399 ~= response.status {
            return refuse(.preflightRedirect(response.status, location))
        }
        if let failure = checkOrigin(response) { return refuse(failure) }
        guard 200...299 ~= response.status else { return refuse(.preflightStatus(response.status)) }
        if let failure = refusal(byListsOf: response) { return refuse(failure) }
        awaitsPreflight = false
        return .send(hop())
    }

    /// What the lists in the answer to a preflight do not allow; nil where they allow the request.
    func refusal(byListsOf response: FetchResponse) -> FetchFailure.Check? {
        let methodText = response.fields.combined("Access-Control-Allow-Methods")
        let fieldText = response.fields.combined("Access-Control-Allow-Headers")
        guard let methods = SafeLists.tokens(methodText) else { return .methodsMalformed(methodText ?? "") }
        guard let names = SafeLists.tokens(fieldText) else { return .fieldsMalformed(fieldText ?? "") }
        if !methods.contains(method), !SafeLists.isSafe(method: method), includesCredentials || !methods.contains("*") {
            return .methodNotAllowed(method, allowed: methods)
        }
        let listed = Set(names.map { $0.lowercased() })
        for name in SafeLists.unsafeNames(fields) where !listed.contains(name) {
            let isCovered =
                listed.contains("*") && !includesCredentials && (name != "authorization" || fetch.starCoversAuthorization)
            if !isCovered { return .fieldNotAllowed(name, allowed: names) }
        }
        return nil
    }

    // MARK: Redirects

    /// The "HTTP-redirect fetch" (§4.5).
    private mutating func redirected(_ response: FetchResponse) -> Step {
        switch fetch.redirect {
        case .error: return refuse(.redirectUnwanted)
        case .manual:
            verdict.kind = .opaqueRedirect
            return .done(verdict)
        case .follow, .unfollowed: break
        }
        let location = response.fields.combined("Location") ?? ""
        guard let target = url.resolving(location) else { return refuse(.redirectMalformed(location)) }
        guard verdict.redirects.count < Self.redirectLimit else { return refuse(.tooManyRedirects) }
        if fetch.mode == .cors, target.hasUser, target.origin != fetch.origin || isTainted {
            return refuse(.redirectWithUser(location))
        }
        // If this request was sent all the same, so is the next.
        if fetch.isMixedContent(target), !fetch.isMixedContent(url) { return refuse(.mixedContent("\(target)")) }
        let isPost = method == "POST" && (response.status == 301 || response.status == 302)
        if isPost || (response.status == 303 && method != "GET" && method != "HEAD") {
            verdict.turn = verdict.turn ?? MethodTurn(method: method, status: response.status, from: url, to: target)
            method = "GET"
            let body = ["content-encoding", "content-language", "content-location", "content-type", "content-length"]
            fields.removeAll { body.contains($0.name.lowercased()) }
        }
        if url.origin != target.origin {
            fields.removeAll { $0.isNamed("authorization") }
            // Of a stand-in for a host it is not known whether another one is another.
            if url.origin != fetch.origin, !fetch.isForeign || url.host == target.host { (origin, lostAt) = ("null", url.origin) }
        }
        if fetch.redirect == .unfollowed { return unfollowed(target, response) }
        url = target
        verdict.url = target
        verdict.redirects.append(target)
        return next()
    }

    /// Judges a redirect by itself. Where `Origin: null` follows, only `*` lets a page read what is answered, and nothing does with
    /// credentials. The same host would have said `*` here, too.
    private mutating func unfollowed(_ target: WebURL, _ response: FetchResponse) -> Step {
        verdict.kind = .opaqueRedirect
        guard let lostAt, fetch.mode == .cors, fetch.origin != "null" else { return .done(verdict) }
        let isOpen = response.fields.combined("Access-Control-Allow-Origin") == "*" || url.host != target.host
        guard fetch.mayAllowNull || isOpen && !includesCredentials else {
            url = target
            return refuse(.originLost)
        }
        verdict.originLoss = FetchFailure.OriginLoss(from: lostAt, to: target)
        return .done(verdict)
    }

    // MARK: The end

    private mutating func refuse(_ check: FetchFailure.Check) -> Step {
        verdict.kind = .refused
        verdict.url = url
        verdict.failure = FetchFailure(check: check, isPreflight: awaitsPreflight)
        if let lostAt, check.isOfOrigin, fetch.origin != "null" {
            verdict.failure?.originLoss = FetchFailure.OriginLoss(from: lostAt, to: url)
        }
        return .done(verdict)
    }

    /// Makes the "CORS filtered response" and similar ones (§2.2.6).
    private mutating func complete(_ response: FetchResponse) -> Step {
        var names: [String] = []
        for field in response.fields where !names.contains(where: { $0.lowercased() == field.name.lowercased() }) {
            names.append(field.name)
        }
        if fetch.mode != .cors, isTainted {
            verdict.kind = .opaque
            verdict.hidden = names
            return .done(verdict)
        }
        verdict.kind = isTainted ? .readable : .sameOrigin
        let exposed = SafeLists.tokens(response.fields.combined("Access-Control-Expose-Headers")) ?? []
        let listed = Set(exposed.map { $0.lowercased() })
        let exposesAll = verdict.kind == .sameOrigin || (listed.contains("*") && !includesCredentials)
        for name in names {
            let isReadable = exposesAll || SafeLists.isReadable(name) || listed.contains(name.lowercased())
            if isReadable, !SafeLists.isSecret(name) { verdict.readable.append(name) } else { verdict.hidden.append(name) }
        }
        return .done(verdict)
    }
}
