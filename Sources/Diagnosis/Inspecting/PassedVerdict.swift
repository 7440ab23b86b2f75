import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

/// The browser's verdict on an exchange that has passed, by the Fetch standard; nil when no page asked.
struct PassedVerdict {
    private var isGood = true
    private var text = ""
    private var advice: [Advice] = []

    /// - Parameter redaction: hides the values that rules compare secret fields with.
    init?(_ exchange: InspectedExchange, _ redaction: Redaction) {
        guard let status = exchange.status, let trace = exchange.responseTrace,
            let origin = exchange.requestFields.combined("Origin"), !exchange.isWebSocket
        else { return nil }
        let mode = exchange.requestFields.combined("Sec-Fetch-Mode") ?? "cors"
        guard let mode = PageFetch.Mode(rawValue: mode), mode != .navigate else { return nil }
        let url = WebURL(scheme: exchange.scheme, authority: exchange.authority, target: exchange.target)
        var fetch = PageFetch(origin: origin, url: url)
        fetch.mode = mode
        fetch.redirect = .manual
        // A browser does not state whether it wanted credentials, but if some came, it did.
        let cameWith = ["Cookie", "Authorization"].contains { exchange.requestFields.combined($0) != nil }
        fetch.credentials = cameWith ? .include : .omit
        var response = FetchResponse(status: Int(status.rawValue), fields: trace.after.map(\.field))
        response.isBroken = exchange.isBroken
        var judged: FetchVerdict?
        if exchange.isPreflight {
            let asked = exchange.requestFields.combined("Access-Control-Request-Method") ?? ""
            fetch.method = asked
            fetch.ask(for: SafeLists.members(exchange.requestFields.combined("Access-Control-Request-Headers") ?? ""))
            judged = judgePreflight(fetch, response)
        } else {
            var process = FetchProcess(fetch)
            _ = process.begin()
            guard case .done(let verdict) = process.received(response) else { return nil }
            judged = verdict
        }
        guard let judged else { return }
        isGood = !judged.isFailure
        text = judged.sentence(origin: origin, credentials: fetch.credentials) + (judged.noteOnStatus.map { " " + $0 } ?? "")
        guard let failure = judged.failure else { return }
        advice =
            Advisor(
                fetch, on: exchange.configuration, route: exchange.route, rules: exchange.rules?.responseRules ?? [], trace,
                shadow: exchange.shadow ?? [], redaction
            ).advice(on: failure)
    }

    /// Returns the verdict on a preflight; nil when the browser goes on.
    private mutating func judgePreflight(_ fetch: PageFetch, _ response: FetchResponse) -> FetchVerdict? {
        var process = FetchProcess(fetch)
        guard case .send(let hop) = process.begin(), hop.isPreflight else {
            text = "Nothing here needed a preflight."
            return nil
        }
        if case .done(let verdict) = process.received(response) { return verdict }
        text = "The browser goes on: \(fetch.permission)"
        return nil
    }

    var json: JSONText {
        .object([
            ("good", .flag(isGood)), ("text", .text(text)),
            (
                "advice",
                .list(
                    advice.map {
                        .object([("text", .text($0.text)), ("place", .optional($0.location.map(EffectivePolicy.place)))])
                    })
            ),
        ])
    }
}

extension InspectedExchange {
    /// Whether a WebSocket was asked for, which CORS does not concern. Over HTTP/2 the proxy makes the key that the app gets.
    var isWebSocket: Bool {
        status == 101 || requestFields.contains(where: \.asksForWebSocket)
            || requestTrace?.before.contains { $0.field.asksForWebSocket } ?? false
    }

    /// Whether the app's response broke off, and not because the client wanted no more of it.
    var isBroken: Bool {
        switch reason {
        case nil, .clientClosed, .preflight, .preflightRefused: false
        default: source == .upstream && !isWebSocket
        }
    }
}
