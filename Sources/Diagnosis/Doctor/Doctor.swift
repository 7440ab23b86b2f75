import HTTPModel
import HeaderPolicy
import ProxyConfig

/// Examines a server as a browser would meet it, and beyond that with a foreign origin and a path that does not exist. It has no
/// sockets: its owner sends the requests that it is given.
package struct Doctor: Sendable {
    /// Sends one request.
    package typealias Ask = @Sendable (DoctorRequest) async -> DoctorAnswer

    let question: DoctorQuestion
    let ask: Ask
    var complaints: [Complaint] = []
    /// The requests that were sent and the statuses that came back, in order.
    package private(set) var steps: [DoctorStep] = []
    /// Remarks about obstacles for the page that are no faults of CORS and do not show in the fields.
    package internal(set) var notes: [String] = []
    /// What the app's server calls itself.
    private var server = ""

    /// An origin that no server has a reason to allow.
    static let foreignOrigin = "https://letterhead-doctor.invalid"

    package init(_ question: DoctorQuestion, ask: @escaping Ask) {
        self.question = question
        self.ask = ask
        if let note = LocalNetwork.note(origin: question.origin, url: question.url) { notes.append(note) }
        if let note = SameMachine.note(question) { notes.append(note) }
        if question.origin == "null" { notes.append(NoOrigin.note) }
    }

    /// Explains refusals of Django, which it tells only in the page of the error.
    private func refusalNote(_ response: FetchResponse, _ body: [UInt8]) -> String? {
        guard response.status == 400 || response.status == 403 else { return nil }
        let text = String(decoding: body.prefix(1 << 16), as: UTF8.self)
        if response.status == 400, text.contains(text: "Invalid HTTP_HOST header") || text.contains(text: "DisallowedHost") {
            return "Django does not know the host \(question.url.host): add it to ALLOWED_HOSTS."
        }
        guard response.status == 403, text.contains(text: "CSRF") else { return nil }
        return
            "The 403 is the CSRF check of the app, not CORS. In Django: CSRF_TRUSTED_ORIGINS = [\"\(question.origin)\"]; a view that gives "
            + "the page a token, and with it the cookie, by `django.middleware.csrf.get_token(request)`; and a page that sends that token as "
            + "X-CSRFToken, with credentials. Behind a proxy that serves https, SECURE_PROXY_SSL_HEADER = "
            + "(\"HTTP_X_FORWARDED_PROTO\", \"https\") as well."
    }

    /// Returns all faults, each once.
    package mutating func examine() async -> [Complaint] {
        var answers: [HTTPVersion: FetchResponse] = [:]
        for version in question.versions {
            if let response = await examine(version) { answers[version] = response }
        }
        if let one = answers[.http11], let two = answers[.http2] { compare(one, two) }
        // The server is asked all the same, since what is wrong there will be wrong over https too.
        if let reason = question.fetch.mixedContentNote, let version = question.versions.first {
            complain(.requestRefused, reason, version)
        }
        return complaints
    }

    mutating func complain(
        _ code: DoctorCode, _ text: String, flask: String? = nil, instead: [Remedy.Place: String?] = [:], _ version: HTTPVersion
    ) {
        complain(code, .error, text, flask: flask, instead: instead, version)
    }

    /// - Parameter instead: remedies that fit better than the usual ones for the code.
    mutating func complain(
        _ code: DoctorCode, _ weight: Complaint.Weight, _ text: String, flask: String? = nil,
        instead: [Remedy.Place: String?] = [:], _ version: HTTPVersion
    ) {
        // A quoted text may end with a full stop of its own.
        let text = text.hasSuffix("..") && !text.hasSuffix("...") ? String(text.dropLast()) : text
        // The same fault over both versions counts once.
        guard !complaints.contains(where: { $0.code == code && $0.text == text }) else { return }
        let remedies = Remedy.all(for: code, flask: flask, instead: instead, server: server, question)
        complaints.append(Complaint(code: code, weight: weight, text: text, remedies: remedies, version: version))
    }

    /// Examines what a page would meet, and returns the last response.
    private mutating func examine(_ version: HTTPVersion) async -> FetchResponse? {
        let observed = await ObservedFetch.live(question.fetch, version, ask)
        let failed = observed.verdict.flatMap { $0.failure == nil ? nil : $0.response }
        examine(observed, version, beyond: await beyond(failed, from: observed.verdict?.url ?? question.url, version))
        guard let verdict = observed.verdict, observed.hops.last?.response != nil || observed.hops.isEmpty else { return nil }
        var main = observed.hops.last { !$0.isPreflight }?.response
        if verdict.failure?.isPreflight ?? false {
            main = await askOnce(version)
            if let main { examineFields(main, verdict.url, version) }
        }
        if let main {
            await examineForeign(main, version)
            await examineMissing(main, version)
        }
        return main
    }

    /// Examines a fetch that has happened, without sending anything more.
    ///
    /// - Parameters:
    ///   - isJudged: whether to report what keeps the page from reading the response.
    ///   - beyond: where a redirect leads that the browser did not follow.
    mutating func examine(_ observed: ObservedFetch, _ version: HTTPVersion, isJudged: Bool = true, beyond: String = "") {
        for hop in observed.hops {
            guard let response = hop.response else {
                if let failure = hop.failure, isJudged { complainOfSilence(hop, failure, version) }
                continue
            }
            if !hop.isPreflight, let note = refusalNote(response, hop.body), !notes.contains(note) { notes.append(note) }
            server = response.fields.combined("Server") ?? ""
            steps.append(DoctorStep(method: hop.method, url: hop.url, status: response.status, version: version))
            if hop.isPreflight { examinePreflight(response, version) }
        }
        if let note = observed.verdict?.cookieNote(question.credentials, "--credentials include"), !notes.contains(note + ".") {
            notes.append(note + ".")
        }
        if let last = observed.hops.last, !last.isPreflight, last.response?.isBroken ?? false {
            complain(
                .brokenBody,
                "The answer breaks off before its announced end: the page has its headers, and fails to read the body. The log of what "
                    + "answered may tell why.", version)
        }
        if isJudged, let verdict = observed.verdict, verdict.failure?.check != .network {
            judge(verdict, version, beyond: beyond)
        }
        for hop in observed.hops {
            guard let response = hop.response, let url = WebURL(hop.url) else { continue }
            if !hop.isPreflight { examineFields(response, url, version) }
            if response.fields.combined("Access-Control-Allow-Origin") == "null" { complainOfNull(version) }
        }
    }

    private mutating func complainOfSilence(_ hop: ObservedFetch.Hop, _ failure: String, _ version: HTTPVersion) {
        let place = WebURL(hop.url)?.origin ?? hop.url
        let isSecure = place.hasPrefix("https:")
        let advice =
            if failure.contains(text: "Connection refused") {
                " Nothing listens there: start the app, or name the port that it tells when it starts."
            } else if failure.contains(text: "no address for") {
                " Is the name right?"
            } else if failure.contains(text: "its certificate") {
                " With `-k` any certificate is taken, such as one that you have made yourself."
            } else if ["does not speak", "closed without", "reset"].contains(where: { failure.contains(text: $0) }) {
                isSecure
                    ? " Perhaps it speaks http there, without TLS." : " Perhaps it speaks https there; else its log may tell."
            } else { "" }
        complain(.unreachable, "There is no answer from \(place) over \(version.text): \(failure).\(advice)", version)
    }

    /// Sends the request itself when the browser would not have sent it, because it may fail as well.
    private func askOnce(_ version: HTTPVersion) async -> FetchResponse? {
        guard question.method == "GET" || question.method == "HEAD" else { return nil }
        let fields = question.fields + [FieldText("Origin", question.origin)]
        let answer = await ask(DoctorRequest(method: question.method, url: question.url, fields: fields, version: version))
        if case .response(let response, _) = answer { return response }
        return nil
    }

    /// Follows a redirect that browsers do not follow, and tells where it ends: in a login, say, or in a failure that the
    /// redirect hides. It asks with GET, which changes nothing. Empty if there is no redirect.
    private func beyond(_ response: FetchResponse?, from url: WebURL, _ version: HTTPVersion) async -> String {
        guard var response, 300...399 ~= response.status else { return "" }
        var (url, course) = (url, [String]())
        while course.count < 20, 300...399 ~= response.status, let location = response.fields.combined("Location"),
            let next = url.resolving(location)
        {
            url = next
            let request = DoctorRequest(method: "GET", url: url, fields: [FieldText("Origin", question.origin)], version: version)
            guard case .response(let answer, _) = await ask(request) else {
                course.append("\(url) no answer")
                break
            }
            response = answer
            course.append("\(url) \(response.status)")
        }
        return course.isEmpty ? "" : " Who follows it gets: \(course.joined(separator: ", "))."
    }

    private mutating func compare(_ one: FetchResponse, _ two: FetchResponse) {
        let names = [
            "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Content-Security-Policy",
            "Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options",
        ]
        let different = names.filter { one.fields.values(of: $0) != two.fields.values(of: $0) }
        guard !different.isEmpty || one.status != two.status else { return }
        let what = different.isEmpty ? "the status" : different.joined(separator: ", ")
        complain(
            .versionsDiffer, .warning,
            "HTTP/1.1 and HTTP/2 answer differently: \(what). The two ways lead through different layers.", .http2)
    }
}
