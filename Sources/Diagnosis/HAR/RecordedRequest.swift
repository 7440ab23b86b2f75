import HTTPModel
import HeaderPolicy

/// The asker of a request and the way of asking, as far as an entry states them.
struct RecordedRequest {
    enum Asker: Equatable {
        /// A page asked, by `fetch` or for a part of itself.
        case page
        case preflight
        /// The user navigated there, or a frame did.
        case navigation
        /// Nothing shows that a page asked.
        case nobody
        /// A request that browsers make without CORS, with the reason.
        case other(String)
    }

    private(set) var asker = Asker.nobody
    private(set) var url: WebURL?
    /// The origin of the page that asked.
    private(set) var origin: String?
    private(set) var mode = PageFetch.Mode.cors
    private(set) var hasCredentials = false
    /// For a preflight, the method that the page wants to use, and the fields in lower case.
    private(set) var askedMethod = ""
    private(set) var askedNames: [String] = []
    private var agent = ""

    /// Browsers made of Chromium let `*` cover Authorization.
    var isChromium: Bool { agent.contains(text: "Chrome/") }

    /// - Parameter page: the origin of the page that the entry names; nil when it is not known.
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

    /// Returns the fields that the page set itself, with those that a browser adds and a policy may look at.
    ///
    /// - Parameter asked: the fields that the preflight asked for; nil when there is none, so that knowledge about browsers has
    ///   to do.
    static func fields(_ entry: RecordedExchange, asked: [String]?) -> [FieldText] {
        var fields = entry.requestFields.filter { field in
            let name = field.name.lowercased()
            if name == "origin" || name == "host" || name == "content-length" || name.hasPrefix("access-control-request-") {
                return false
            }
            if SafeLists.isForbidden(name) || SafeLists.unsafeNames([field]).isEmpty { return true }
            let isToken = name == "authorization" && field.value.lowercased().hasPrefix("bearer ")
            return asked.map { $0.contains(name) } ?? (isToken || !isBrowsers(name))
        }
        // What a preflight asked for was sent, even if it has been left out of the recording.
        if let asked, asked.contains("authorization"), fields.values(of: "Authorization").isEmpty {
            fields.append(FieldText("Authorization", "[redacted]"))
        }
        return fields
    }

    /// Whether a field is one that browsers, their caches and proxies after them add to a request, but pages do not.
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

/// The information in single fields.
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
            // Browsers send this field when credentials may be sent, whether there are cookies or not.
            case "cookie", "sec-fetch-storage-access": hasCredentials = true
            // A token that the page itself sets needs no credentials mode, but authentication by the browser does.
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

    /// Returns the mode when it is not stated, as over plain http and by some browsers; nil when nothing shows that the request
    /// is a page's.
    func guessedMode(_ entry: RecordedExchange) -> String? {
        if entry.requestFields.contains(where: \.asksForWebSocket) || entry.status == 101 { return "websocket" }
        switch entry.resource {
        case "document", "subdocument", "iframe", "html": return "navigate"
        case "websocket": return "websocket"
        case "fetch", "xhr", "xmlhttprequest", "eventsource", "font": return "cors"
        case nil, "other", "": break
        default: return origin == nil ? "no-cors" : "cors"
        }
        if isForDocument { return "navigate" }
        // No `fetch` sends CONNECT, by which a WebSocket begins over HTTP/2 (RFC 8441).
        if origin != nil { return entry.method == "CONNECT" ? "websocket" : "cors" }
        guard referrer != nil else { return nil }
        // No page sends such a method or field without leave.
        let isPlain =
            SafeLists.isSafe(method: entry.method)
            && SafeLists.unsafeNames(RecordedRequest.fields(entry, asked: nil)).isEmpty
        return isPlain ? "no-cors" : "cors"
    }
}

extension FieldText {
    /// Whether a client asks for a WebSocket by this field. Over HTTP/2 there is no key.
    var asksForWebSocket: Bool { isNamed("Sec-WebSocket-Key") || isNamed("Sec-WebSocket-Version") }
}
