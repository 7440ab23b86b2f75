import HTTPModel
import HeaderPolicy
import ProxyConfig

/// Examines a server as a browser would meet it, and beyond: an origin that is foreign, a path that is not there. No sockets: the
/// owner sends what it is given.
package struct Doctor: Sendable {
    /// Sends one request.
    package typealias Ask = @Sendable (DoctorRequest) async -> DoctorAnswer

    let question: DoctorQuestion
    let ask: Ask
    var complaints: [Complaint] = []
    /// What was sent where, and the status that came back, in order.
    package private(set) var steps: [DoctorStep] = []
    /// What the app's server calls itself.
    private var server = ""

    /// An origin that no server has a reason to allow.
    static let foreignOrigin = "https://letterhead-doctor.invalid"

    package init(_ question: DoctorQuestion, ask: @escaping Ask) {
        self.question = question
        self.ask = ask
    }

    /// All that is wrong, each thing once.
    package mutating func examine() async -> [Complaint] {
        var answers: [HTTPVersion: FetchResponse] = [:]
        for version in question.versions {
            if let response = await examine(version) { answers[version] = response }
        }
        if let one = answers[.http11], let two = answers[.http2] { compare(one, two) }
        return complaints
    }

    mutating func complain(
        _ code: DoctorCode, _ text: String, flask: String? = nil, instead: [Remedy.Place: String?] = [:], _ version: HTTPVersion
    ) {
        complain(code, .error, text, flask: flask, instead: instead, version)
    }

    /// - Parameter instead: remedies that fit better than those that fit the code.
    mutating func complain(
        _ code: DoctorCode, _ weight: Complaint.Weight, _ text: String, flask: String? = nil,
        instead: [Remedy.Place: String?] = [:], _ version: HTTPVersion
    ) {
        // What is told may end with a full stop of its own.
        let text = text.hasSuffix("..") && !text.hasSuffix("...") ? String(text.dropLast()) : text
        // The same fault over both versions is one fault.
        guard !complaints.contains(where: { $0.code == code && $0.text == text }) else { return }
        let remedies = Remedy.all(for: code, flask: flask, instead: instead, server: server, question)
        complaints.append(Complaint(code: code, weight: weight, text: text, remedies: remedies, version: version))
    }

    /// What a page would meet; the last response.
    private mutating func examine(_ version: HTTPVersion) async -> FetchResponse? {
        let observed = await ObservedFetch.live(question.fetch, version, ask)
        examine(observed, version)
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

    /// What a fetch that has happened shows: nothing more is asked.
    ///
    /// - Parameter isJudged: whether the page could read it is to be told, and can be.
    mutating func examine(_ observed: ObservedFetch, _ version: HTTPVersion, isJudged: Bool = true) {
        for hop in observed.hops {
            guard let response = hop.response else {
                if let failure = hop.failure, isJudged { complainOfSilence(hop, failure, version) }
                continue
            }
            server = response.fields.combined("Server") ?? ""
            steps.append(DoctorStep(method: hop.method, url: hop.url, status: response.status, version: version))
            if hop.isPreflight { examinePreflight(response, version) }
        }
        if isJudged, let verdict = observed.verdict, verdict.failure?.check != .network { judge(verdict, version) }
        for hop in observed.hops {
            guard let response = hop.response, let url = WebURL(hop.url) else { continue }
            if !hop.isPreflight { examineFields(response, url, version) }
            if response.fields.combined("Access-Control-Allow-Origin") == "null" { complainOfNull(version) }
        }
    }

    private mutating func complainOfSilence(_ hop: ObservedFetch.Hop, _ failure: String, _ version: HTTPVersion) {
        let place = WebURL(hop.url)?.origin ?? hop.url
        complain(.unreachable, "There is no answer from \(place) over \(version.text): \(failure).", version)
    }

    /// The request itself, where the browser would not have sent it: it may fail as well.
    private func askOnce(_ version: HTTPVersion) async -> FetchResponse? {
        guard question.method == "GET" || question.method == "HEAD" else { return nil }
        let fields = question.fields + [FieldText("Origin", question.origin)]
        let answer = await ask(DoctorRequest(method: question.method, url: question.url, fields: fields, version: version))
        if case .response(let response, _) = answer { return response }
        return nil
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
