import HTTPModel

/// Whether a page of another site had a browser send a request. What changes something must not be had by a form or a script
/// on a page that an administrator happens to look at.
enum CrossSite {
    private static let site = FieldNames.standard.id(of: "Sec-Fetch-Site".utf8.span)

    /// Programs send neither `Origin` nor `Sec-Fetch-Site`; browsers send one of them with every POST. What a browser sends must come
    /// from a page of this listener, by an address: a name could be another site's that now resolves to it.
    static func isSuspect(_ request: borrowing RequestHead) -> Bool {
        if let line = first("sec-fetch-site", of: request) {
            guard line == "same-origin" || line == "none" else { return true }
        }
        guard let origin = first("origin", of: request) else { return first("sec-fetch-site", of: request) != nil }
        let host = Authority.withoutClosingDot(request.hostname).text.lowercased()
        guard host == "localhost" || IPAddress(request.hostname) != nil || host.hasPrefix("[") else { return true }
        guard origin.hasPrefix("http://") else { return true }
        return !Authority.isSame(String(origin.dropFirst(7)).utf8.span, request.authority, scheme: .http)
    }

    private static func first(_ name: String, of request: borrowing RequestHead) -> String? {
        for index in 0..<request.fields.count where request.fields.name(at: index).equalsIgnoringCase(name.utf8.span) {
            return request.fields.value(at: index).text
        }
        return nil
    }
}
