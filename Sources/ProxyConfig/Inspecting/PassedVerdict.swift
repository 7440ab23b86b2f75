import HTTPModel
import HeaderPolicy
import ProxyCore

/// What a browser makes of an exchange that has passed, by the Fetch standard; nil where no page asked.
struct PassedVerdict {
    private let isGood: Bool
    private let text: String

    init?(_ exchange: InspectedExchange) {
        guard let status = exchange.status, let trace = exchange.responseTrace,
            let origin = exchange.requestFields.combined("Origin")
        else { return nil }
        let mode = exchange.requestFields.combined("Sec-Fetch-Mode") ?? "cors"
        guard let mode = PageFetch.Mode(rawValue: mode), mode != .navigate else { return nil }
        let url = WebURL(scheme: exchange.scheme, authority: exchange.authority, target: exchange.target)
        var fetch = PageFetch(origin: origin, url: url)
        fetch.mode = mode
        fetch.redirect = .manual
        // A browser says neither whether it wants credentials; where some came, it did.
        let cameWith = ["Cookie", "Authorization"].contains { exchange.requestFields.combined($0) != nil }
        fetch.credentials = cameWith ? .include : .omit
        let response = FetchResponse(
            status: Int(status.rawValue), fields: trace.after.map { FieldText($0.name, $0.value) })
        if exchange.isPreflight {
            let asked = exchange.requestFields.combined("Access-Control-Request-Method") ?? ""
            let names = SafeLists.members(exchange.requestFields.combined("Access-Control-Request-Headers") ?? "")
            fetch.method = asked
            // Values that no list calls safe: the browser has asked for these names.
            fetch.fields = names.map { FieldText($0, String(repeating: "x", count: 129)) }
            (isGood, text) = Self.judgePreflight(fetch, response, asked, names)
        } else {
            var process = FetchProcess(fetch)
            _ = process.begin()
            guard case .done(let verdict) = process.received(response) else { return nil }
            isGood = verdict.kind != .refused
            text = verdict.sentence(origin: origin, credentials: fetch.credentials)
        }
    }

    private static func judgePreflight(
        _ fetch: PageFetch, _ response: FetchResponse, _ method: String, _ names: [String]
    ) -> (Bool, String) {
        var process = FetchProcess(fetch)
        guard case .send(let hop) = process.begin(), hop.isPreflight else {
            return (true, "Nothing here needed a preflight.")
        }
        switch process.received(response) {
        case .send:
            let fields = names.isEmpty ? "" : " with \(names.joined(separator: ", "))"
            return (true, "The browser goes on: \(method)\(fields) is allowed for \(fetch.origin).")
        case .done(let verdict):
            return (false, verdict.sentence(origin: fetch.origin, credentials: fetch.credentials))
        }
    }

    var json: JSONText { .object([("good", .flag(isGood)), ("text", .text(text))]) }
}
