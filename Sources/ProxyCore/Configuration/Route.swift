public import HTTPModel
public import HeaderPolicy

/// One entry of `routes:`. All of its tests must hold; an empty test always does.
public struct Route: Sendable {
    /// How logs and metrics call it; nil is where it stands.
    public var name: String?
    /// Exact host names or `*.example.com`; any of them.
    public var hosts: [Located<String>] = []
    /// Path patterns; any of them. Empty is every path.
    public var paths: [Located<String>] = []
    public var methods: [Located<String>] = []
    /// Names of listeners; any of them. Empty is every listener.
    public var listeners: [Located<String>] = []
    /// What else has to hold of the request.
    public var condition: Condition?
    public var action: Action
    public var requestHeaders: [Rule] = []
    public var responseHeaders: [Rule] = []
    public var timeouts = TimeoutOverrides()
    /// Taken off the path before it goes to the upstream: `/app`. Nil takes nothing.
    public var stripPrefix: String?
    /// Overrides `limits.request_body`; nil inherits.
    public var requestBody: Int?
    public var location: SourceLocation

    public enum Action: Sendable {
        /// By name; the loader has checked that it exists.
        case upstream(String)
        case respond(FixedResponse)
        case redirect(Redirect)
        case reports(ReportCollector)
    }

    public init(_ action: Action, location: SourceLocation) {
        self.action = action
        self.location = location
    }
}

/// `respond:` — an answer without an app.
public struct FixedResponse: Sendable {
    public var status: Status
    public var contentType: String?
    public var body: [UInt8]

    public init(status: Status, contentType: String? = nil, body: [UInt8] = []) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}

/// `redirect:` — `to` is a template with `{path.rest}` and the placeholders of a request.
public struct Redirect: Sendable {
    public var to: Located<String>
    public var status: Status

    public init(to: Located<String>, status: Status = 308) {
        self.to = to
        self.status = status
    }
}

/// `reports:` — takes the reports that browsers send about pages, and logs them.
public struct ReportCollector: Sendable, Hashable {
    /// Requests a second from one client; `ReportLimiter.burst` seconds' worth may come at once. Beyond it 429.
    public var rate = 10
    /// Likewise, from all clients together.
    public var totalRate = 100
    /// Bytes of one request; beyond it 413.
    public var body = 64 << 10

    /// Reports of one request that are logged; the rest is counted.
    public static let reportLimit = 100

    public init() {}
}
