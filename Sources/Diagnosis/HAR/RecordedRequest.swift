import HTTPModel
import HeaderPolicy

/// Who asked, and how, as far as an entry says it.
struct RecordedRequest {
    enum Asker: Equatable {
        /// A page, by `fetch` or for a part of itself.
        case page
        case preflight
        /// The user went there, or a frame did.
        case navigation
        /// Nothing says that a page asked.
        case nobody
        /// What browsers do without CORS, and why.
        case other(String)
    }

    private(set) var asker = Asker.nobody
    private(set) var url: WebURL?
    /// Of the page that asked.
    private(set) var origin: String?
    private(set) var mode = PageFetch.Mode.cors
    private(set) var hasCredentials = false
    /// Of a preflight: the method that the page wants to send, and the fields in lower case.
    private(set) var askedMethod = ""
    private(set) var askedNames: [String] = []
    private var agent = ""

    /// Browsers made of Chromium let `*` cover Authorization.
    var isChromium: Bool { agent.contains(text: "Chrome/") }

    /// - Parameter page: the origin of the page that the entry names; nil where it is not known.
    init(_ entry: RecordedExchange, page: String?) {
        url = WebURL(entry.url)
        guard let url else {
            let scheme = String(entry.url.prefix { $0 != ":" }).lowercased()
            let isSocket = scheme == "ws" || scheme == "wss"
            asker = .other(isSocket ? "a WebSocket, which CORS does not concern" : "no URL of http or https")
            return
        }
        var facts = Facts(entry)
        agent = facts.agent
        hasCredentials = facts.hasCredentials
        if facts.origin.map(RecordedExchange.isTakenOut) ?? false { facts.origin = nil }
        origin = facts.origin ?? (facts.site == "same-origin" ? url.origin : nil) ?? facts.referrer ?? page
        if entry.method == "OPTIONS", !facts.askedMethod.isEmpty || entry.resource == "preflight" {
            asker = .preflight
            askedMethod = facts.askedMethod
            askedNames = entry.askedNames
            return
        }
        switch facts.mode ?? facts.guessedMode(entry) {
        case "navigate": asker = .navigation
        case "websocket": asker = .other("a WebSocket, which CORS does not concern")
        case "no-cors": (asker, mode) = (.page, .noCORS)
        case nil where origin == nil || facts.site == "none": asker = .nobody
        default: asker = .page
        }
    }

    /// What the page set itself, with what a browser adds and a policy may look at.
    ///
    /// - Parameter asked: of the preflight; nil where there is none, and what is known of browsers has to do.
    static func fields(_ entry: RecordedExchange, asked: [String]?) -> [FieldText] {
        entry.requestFields.filter { field in
            let name = field.name.lowercased()
            if name == "origin" || name == "host" || name == "content-length" || name.hasPrefix("access-control-request-") {
                return false
            }
            if SafeLists.isForbidden(name) || SafeLists.unsafeNames([field]).isEmpty { return true }
            return asked.map { $0.contains(name) } ?? !isBrowsers(name)
        }
    }

    /// What browsers, their caches and proxies behind them add to a request, and no page.
    private static func isBrowsers(_ name: String) -> Bool {
        switch name {
        case "upgrade-insecure-requests", "priority", "pragma", "cache-control", "if-none-match", "if-modified-since", "if-range",
            "alt-used", "save-data", "x-client-data", "purpose", "dpr", "rtt", "downlink", "ect", "viewport-width", "width",
            "device-memory", "service-worker-navigation-preload", "forwarded", "x-forwarded-for", "x-forwarded-proto",
            "x-forwarded-host", "x-real-ip", "cookie", "authorization":
            true
        default: false
        }
    }
}

/// What single fields say.
private struct Facts {
    var origin: String?
    var referrer: String?
    var mode: String?
    var site = ""
    var askedMethod = ""
    var agent = ""
    var hasCredentials: Bool
    private var isForDocument = false

    init(_ entry: RecordedExchange) {
        hasCredentials = entry.hasCookies
        for field in entry.requestFields {
            switch field.name.lowercased() {
            case "origin": origin = field.value
            case "referer": referrer = WebURL(field.value)?.origin
            case "sec-fetch-mode": mode = field.value.isEmpty ? nil : field.value
            case "sec-fetch-site": site = field.value
            // Browsers say it where credentials may go along, whether there are cookies or not.
            case "cookie", "sec-fetch-storage-access": hasCredentials = true
            // A page's own token needs no credentials mode; what the browser was asked for does.
            case "authorization":
                let scheme = field.value.prefix { $0 != " " }.lowercased()
                if ["digest", "negotiate", "ntlm"].contains(scheme) { hasCredentials = true }
            case "user-agent": agent = field.value
            case "access-control-request-method": askedMethod = field.value
            case "upgrade-insecure-requests": isForDocument = true
            default: break
            }
        }
    }

    /// Over plain http browsers do not say their mode, and some never do; nil where nothing says that it is a page's.
    func guessedMode(_ entry: RecordedExchange) -> String? {
        switch entry.resource {
        case "document", "subdocument", "iframe", "html": return "navigate"
        case "websocket": return "websocket"
        case "fetch", "xhr", "xmlhttprequest", "eventsource", "font": return "cors"
        case nil, "other", "": break
        default: return origin == nil ? "no-cors" : "cors"
        }
        if isForDocument { return "navigate" }
        if origin != nil { return "cors" }
        guard referrer != nil else { return nil }
        // No page sends such a method or field without leave.
        let isPlain =
            SafeLists.isSafe(method: entry.method)
            && SafeLists.unsafeNames(RecordedRequest.fields(entry, asked: nil)).isEmpty
        return isPlain ? "no-cors" : "cors"
    }
}
