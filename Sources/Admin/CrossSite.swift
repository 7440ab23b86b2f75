import HTTPModel

/// Detects requests that a page of another site made a browser send. A form or a script on a page that an administrator happens
/// to view must not be able to change anything.
enum CrossSite {
    /// Programs send neither `Origin` nor `Sec-Fetch-Site`, while browsers send one of them with every POST. A browser's request
    /// must come from a page of this listener, by an address: a name could be that of another site, and now resolve to this
    /// listener.
    static func isSuspect(_ request: borrowing RequestHead) -> Bool {
        if isForeign(request) { return true }
        guard let origin = request.fields.text(of: .origin) else { return request.fields.text(named: "Sec-Fetch-Site") != nil }
        let host = request.hostname
        guard Authority.isLocalhost(host) || IPAddress(host) != nil || !host.isEmpty && host[0] == 0x5B else { return true }
        return isForeign(origin, request)
    }

    /// Whether a browser says that a page of another site asks. `Sec-Fetch-Site` says it best; older browsers send an `Origin`.
    static func isForeign(_ request: borrowing RequestHead) -> Bool {
        if let site = request.fields.text(named: "Sec-Fetch-Site") { return site != "same-origin" && site != "none" }
        return request.fields.text(of: .origin).map { isForeign($0, request) } ?? false
    }

    private static func isForeign(_ origin: String, _ request: borrowing RequestHead) -> Bool {
        guard origin.hasPrefix("http://") else { return true }
        return !Authority.isSame(String(origin.dropFirst(7)).utf8.span, request.authority, scheme: .http)
    }
}
