import Diagnosis
import HTTPModel
import HeaderPolicy
import Testing

/// What a browser sends of what is to be sent.
@Suite struct SentFieldsTests {
    /// What is sent of the fields that are to be, and with credentials or without.
    @Test(arguments: [
        (PageFetch.Mode.navigate, PageFetch.Credentials.omit, ["Cookie"], ["Cookie"], true),
        (.navigate, .sameOrigin, ["Cookie", "X-A"], ["Cookie", "X-A"], true),
        (.noCORS, .sameOrigin, ["Cookie", "Accept"], ["Accept"], false),
        (
            .noCORS, .include, ["Cookie", "Accept", "X-A", "Authorization", "Referer", "Content-Type", "Range"],
            ["Cookie", "Accept", "Referer"], true
        ), (.cors, .sameOrigin, ["Cookie", "X-A"], [], false),
    ])
    func sends(
        _ mode: PageFetch.Mode, _ credentials: PageFetch.Credentials, _ names: [String], _ sent: [String], _ hasCredentials: Bool
    ) throws {
        var fetch = PageFetch(origin: "https://app.example", url: try #require(WebURL("https://api.example/items")))
        (fetch.mode, fetch.credentials) = (mode, credentials)
        fetch.fields = names.map { FieldText($0, $0 == "Content-Type" ? "application/json" : "a=b") }
        var process = FetchProcess(fetch)
        guard case .send(let hop) = process.begin() else {
            Issue.record("nothing is sent")
            return
        }
        #expect(hop.fields.map(\.name).filter { names.contains($0) } == sent && hop.hasCredentials == hasCredentials)
        guard !hop.isPreflight, case .done(let verdict) = process.received(FetchResponse(status: 200, fields: [])) else { return }
        #expect(verdict.unsent == (mode == .noCORS ? names.filter { !sent.contains($0) } : []))
    }
}
