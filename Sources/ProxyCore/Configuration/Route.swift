public import HTTPModel
public import HeaderPolicy

/// One entry of `routes:`. All of its tests must hold; an empty test always does.
public struct Route: Sendable {
    /// The name in logs and metrics; nil to use the place in the file.
    public var name: String?
    /// Exact host names or `*.example.com`, one of which must match.
    public var hosts: [Located<String>] = []
    /// Path patterns, one of which must match. Empty means every path.
    public var paths: [Located<String>] = []
    public var methods: [Located<String>] = []
    /// Names of listeners, one of which must be the request's. Empty means every listener.
    public var listeners: [Located<String>] = []
    /// Further conditions on the request.
    public var condition: Condition?
    public var action: Action
    public var requestHeaders: [Rule] = []
    public var responseHeaders: [Rule] = []
    public var timeouts = TimeoutOverrides()
    /// The prefix, such as `/app`, that is removed from the path before it goes to the upstream; nil removes nothing.
    public var stripPrefix: String?
    /// Overrides `limits.request_body`; nil inherits.
    public var requestBody: Int?
    public var location: SourceLocation

    public enum Action: Sendable {
        /// The upstream with this name; the loader has checked that it exists.
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

/// `reports:` — accepts the reports that browsers send about pages, and logs them.
public struct ReportCollector: Sendable, Hashable {
    /// Requests per second from one client, of which `ReportLimiter.burst` seconds' worth may come at once. Beyond it 429.
    public var rate = 10
    /// Requests per second from all clients together, with the same burst.
    public var totalRate = 100
    /// The size of one request in bytes; beyond it 413.
    public var body = 64 << 10

    /// The number of reports of one request that are logged; the rest is only counted.
    public static let reportLimit = 100

    public init() {}
}
