import Diagnosis
import HTTPModel
import HeaderPolicy
import ProxyConfig

/// The responses of an app that matter for a policy.
struct AppFindings: Sendable {
    /// The response to a page of a known origin.
    var page: FetchResponse
    /// The response to a page of an unknown origin.
    var stranger: FetchResponse?
    /// The response to a preflight of the known origin, for `method` and `names`.
    var preflight: FetchResponse?
    /// The response for a page that does not exist.
    var error: FetchResponse?
    var origin: String

    static let method = "PUT"
    /// The field names of the preflight. No app uses the last one, so an app that allows it allows all.
    static let names = ["content-type", "x-letterhead-init"]
    static let strangeOrigin = "https://stranger.example"

    /// Asks an app for these responses. Nil if it does not answer, with the reason.
    static func ask(
        _ url: WebURL, origin: String, _ ask: (DoctorRequest) async -> DoctorAnswer
    ) async -> (findings: AppFindings?, failure: String) {
        func response(_ method: String, _ url: WebURL, _ fields: [FieldText]) async -> Result<FetchResponse, Failure> {
            switch await ask(DoctorRequest(method: method, url: url, fields: fields, version: .http11)) {
            case .response(let response, body: _): .success(response)
            case .failure(let words): .failure(Failure(words: words))
            }
        }
        var missing = url
        missing.target = "/letterhead-init-no-such-page"
        switch await response("GET", url, [FieldText("Origin", origin)]) {
        case .failure(let failure): return (nil, failure.words)
        case .success(let page):
            var findings = AppFindings(page: page, origin: origin)
            findings.stranger = try? await response("GET", url, [FieldText("Origin", strangeOrigin)]).get()
            findings.error = try? await response("GET", missing, [FieldText("Origin", origin)]).get()
            let asked = [
                FieldText("Origin", origin), FieldText("Access-Control-Request-Method", method),
                FieldText("Access-Control-Request-Headers", names.joined(separator: ",")),
            ]
            findings.preflight = try? await response("OPTIONS", url, asked).get()
            return (findings, "")
        }
    }

    private struct Failure: Error { var words: String }
}

extension FetchResponse {
    /// The values of a field, one per line.
    func values(_ name: String) -> [String] { fields.values(of: name) }

    /// The members of a list field.
    func members(_ name: String) -> [String] { values(name).flatMap(SafeLists.members) }
}
