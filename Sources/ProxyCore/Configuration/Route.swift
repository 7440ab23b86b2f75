package import HTTPModel
package import HeaderPolicy

/// One entry of `routes:`. All of its tests must hold; an empty test always does.
package struct Route: Sendable {
    /// How logs and metrics call it; nil is where it stands.
    package var name: String?
    /// Exact host names or `*.example.com`; any of them.
    package var hosts: [Located<String>] = []
    /// Path patterns; any of them. Empty is every path.
    package var paths: [Located<String>] = []
    package var methods: [Located<String>] = []
    /// Names of listeners; any of them. Empty is every listener.
    package var listeners: [Located<String>] = []
    /// What else has to hold of the request.
    package var condition: Condition?
    package var action: Action
    package var requestHeaders: [Rule] = []
    package var responseHeaders: [Rule] = []
    package var timeouts = TimeoutOverrides()
    /// Taken off the path before it goes to the upstream: `/app`. Nil takes nothing.
    package var stripPrefix: String?
    /// Overrides `limits.request_body`; nil inherits.
    package var requestBody: Int?
    package var location: SourceLocation

    package enum Action: Sendable {
        /// By name; the loader has checked that it exists.
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

/// `reports:` — takes the reports that browsers send about pages, and logs them.
package struct ReportCollector: Sendable, Hashable {
    /// Requests a second from one client; `ReportLimiter.burst` seconds' worth may come at once. Beyond it 429.
    package var rate = 10
    /// Likewise, from all clients together.
    package var totalRate = 100
    /// Bytes of one request; beyond it 413.
    package var body = 64 << 10

    /// Reports of one request that are logged; the rest is counted.
    package static let reportLimit = 100

    package init() {}
}
