package import HTTPModel
package import HeaderPolicy

/// One entry of `routes:`. All of its tests must hold; an empty test always does.
package struct Route: Sendable {
    /// The name in logs and metrics; nil to use the place in the file.
    package var name: String?
    /// Exact host names or `*.example.com`, one of which must match.
    package var hosts: [Located<String>] = []
    /// Path patterns, one of which must match. Empty means every path.
    package var paths: [Located<String>] = []
    package var methods: [Located<String>] = []
    /// Names of listeners, one of which must be the request's. Empty means every listener.
    package var listeners: [Located<String>] = []
    /// Further conditions on the request.
    package var condition: Condition?
    package var action: Action
    package var requestHeaders: [Rule] = []
    package var responseHeaders: [Rule] = []
    package var timeouts = TimeoutOverrides()
    /// The prefix, such as `/app`, that is removed from the path before it goes to the upstream; nil removes nothing.
    package var stripPrefix: String?
    /// Overrides `limits.request_body`; nil inherits.
    package var requestBody: Int?
    package var location: SourceLocation

    package enum Action: Sendable {
        /// The upstream with this name; the loader has checked that it exists.
        case upstream(String)
        case respond(FixedResponse)
        case redirect(Redirect)
        case reports(ReportCollector)
    }

    package init(_ action: Action, location: SourceLocation) {
        self.action = action
        self.location = location
    }
}

/// `respond:` — an answer without an app.
package struct FixedResponse: Sendable {
    package var status: Status
    package var contentType: String?
    package var body: [UInt8]

    package init(status: Status, contentType: String? = nil, body: [UInt8] = []) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}

/// `redirect:` — `to` is a template with `{path.rest}` and the placeholders of a request.
package struct Redirect: Sendable {
    package var to: Located<String>
    package var status: Status

    package init(to: Located<String>, status: Status = 308) {
        self.to = to
        self.status = status
    }
}

/// `reports:` — accepts the reports that browsers send about pages, and logs them.
package struct ReportCollector: Sendable, Hashable {
    /// Requests per second from one client, of which `ReportLimiter.burst` seconds' worth may come at once. Beyond it 429.
    package var rate = 10
    /// Requests per second from all clients together, with the same burst.
    package var totalRate = 100
    /// The size of one request in bytes; beyond it 413.
    package var body = 64 << 10

    /// The number of reports of one request that are logged; the rest is only counted.
    package static let reportLimit = 100

    package init() {}
}
