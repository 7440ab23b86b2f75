import HTTPModel
package import ProxyCore

/// The inspector on the admin listener: a page and the resources that it requests.
///
/// `/inspector` is the page. Below it are `style.css`, `script.js` and `icon.svg`, `events` (exchanges as they pass, as
/// server-sent events), `policy` (the effective configuration), `har` (the kept exchanges as a HAR) and `entries` (for
/// `letterhead record`: the HAR entries after a number, one per line). All of them are GET only, since nothing here changes
/// anything.
package struct Inspector: Sendable {
    /// Writes exchanges and configurations for the page, as JSON on one line.
    package struct Writing: Sendable {
        var exchange: @Sendable (_ number: Int, InspectedExchange) -> String
        var policy: @Sendable (CompiledConfiguration) -> String

        var har: HAR

        /// Writes an entry on one line, and the text before and after all entries.
        package struct HAR: Sendable {
            var head: String
            var foot: String
            var entry: @Sendable (InspectedExchange) -> String

            package init(head: String, foot: String, entry: @escaping @Sendable (InspectedExchange) -> String) {
                self.head = head
                self.foot = foot
                self.entry = entry
            }
        }

        package init(
            exchange: @escaping @Sendable (_ number: Int, InspectedExchange) -> String,
            policy: @escaping @Sendable (CompiledConfiguration) -> String, har: HAR
        ) {
            self.exchange = exchange
            self.policy = policy
            self.har = har
        }
    }

    private let ring: ExchangeRing
    private let writing: Writing
    private let host: AdminHost

    /// - Parameter admin: the address that was configured for the admin listener, if it is known.
    package init(_ ring: ExchangeRing, at admin: SocketTarget?, writing: Writing) {
        self.ring = ring
        self.writing = writing
        host = AdminHost(admin)
    }

    private static let start = "/inspector"

    /// Whether the inspector answers a request.
    func answers(_ request: borrowing RequestHead) -> Bool {
        let path = request.path.text
        return path == Self.start || path.hasPrefix(Self.start + "/")
    }

    /// - Parameter response: already has the fields that every response of the admin listener has.
    func respond(to request: borrowing RequestHead, into response: inout ResponseHead, body: inout [UInt8]) {
        Self.protect(&response)
        if let refusal = refusal(of: request) {
            response.status = refusal.status
            return body.append(text: refusal.text + "\n")
        }
        switch request.path.text.dropFirst(Self.start.count) {
        case "", "/": Self.write(InspectorPage.html, "text/html", into: &response, body: &body)
        case "/style.css": Self.write(InspectorStyle.css, "text/css", into: &response, body: &body)
        case "/script.js": Self.write(InspectorScript.text, "text/javascript", into: &response, body: &body)
        case "/icon.svg": Self.write(InspectorIcon.svg, "image/svg+xml", into: &response, body: &body)
        case "/entries": writeEntries(behind: Self.number(in: request.target.text), into: &response, body: &body)
        case "/events":
            response.status = 503
            body.append(text: "as many pages look on as may\n")
        default:
            response.status = 404
            body.append(text: "there is /inspector\n")
        }
    }

    /// Returns what makes an answer that takes longer than clients of the same event loop should wait: the whole policy, and all kept
    /// exchanges. Nil for other requests, and for those that are refused.
    func work(for request: borrowing RequestHead) -> (@Sendable () -> LocalAnswer)? {
        guard request.method == .get || request.method == .head, refusal(of: request) == nil else { return nil }
        switch request.path.text {
        case Self.start + "/policy": return { [ring, writing] in Self.answer(writing.policy(ring.configuration)) }
        case Self.start + "/har":
            return { [ring, har = writing.har] in
                let entries = ring.exchanges(after: 0, limit: .max).map { har.entry($0.exchange) }
                var answer = Self.answer(har.head + entries.joined(separator: ",\n") + har.foot)
                answer.head.fields.append("Content-Disposition", "attachment; filename=\"letterhead.har\"")
                return answer
            }
        default: return nil
        }
    }

    private static func answer(_ json: String) -> LocalAnswer {
        var answer = LocalAnswer(200, contentType: "application/json; charset=utf-8", json)
        protect(&answer.head)
        return answer
    }

    // MARK: HAR

    /// The most bytes of entries in one response, which the client reads as a whole.
    private static let entriesLimit = 256 << 10

    /// - Parameter number: the number of the last exchange that the client knows; nil asks only for the number of the last one.
    private func writeEntries(behind number: Int?, into response: inout ResponseHead, body: inout [UInt8]) {
        let counts = ring.counts
        // A number that has not been assigned yet is from another process.
        var last = number.map { $0 > counts.taken ? 0 : $0 } ?? counts.taken
        for (next, exchange) in number == nil ? [] : ring.exchanges(after: last, limit: 50) where body.count < Self.entriesLimit {
            body.append(text: writing.har.entry(exchange) + "\n")
            last = next
        }
        Self.write("", "application/x-ndjson", into: &response, body: &body)
        response.fields.append("Letterhead-Last", String(last))
        response.fields.append("Letterhead-Passed", String(counts.passed.all))
    }

    /// The number in a query such as `?after=12`.
    private static func number(in target: String) -> Int? {
        guard let range = target.range(ofFirst: "?after=") else { return nil }
        return Int(target[range.upperBound...]).flatMap { $0 >= 0 ? $0 : nil }
    }

    /// Returns the stream of exchanges as they pass; nil if the request gets another response.
    func stream(for request: borrowing RequestHead) -> (any LocalStream)? {
        guard request.path.text == Self.start + "/events", request.method == .get, refusal(of: request) == nil,
            ring.addReader()
        else { return nil }
        let last = request.fields.text(named: "Last-Event-ID").flatMap { Int($0) }
        return InspectorStream(ring, writing: writing, after: last ?? 0)
    }

    private func refusal(of request: borrowing RequestHead) -> (status: Status, text: String)? {
        guard host.isOwn(request) else {
            return (421, "the inspector answers by an address, by localhost, or by the name that `admin` is written with")
        }
        // A link may lead to the page, but only the page itself may request its resources.
        let isPage = request.path.text.count <= Self.start.count + 1
        if !isPage, CrossSite.isForeign(request) { return (403, "another site asks") }
        guard ring.configuration.source.inspector != nil else {
            return (404, "the inspector is off: write `inspector: {}` into the configuration")
        }
        return nil
    }

    private static func write(_ text: String, _ type: String, into response: inout ResponseHead, body: inout [UInt8]) {
        if let line = response.fields.firstIndex(of: .contentType) { response.fields.remove(at: line) }
        response.fields.append("Content-Type", "\(type); charset=utf-8")
        body.append(text: text)
    }

    /// Allows only the page's own scripts and styles, and no frames or reading by other origins. No text can become markup,
    /// whatever a field contains.
    private static func protect(_ response: inout ResponseHead) {
        response.fields.append(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
                + "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'")
        AdminProtection.add(to: &response)
    }
}
