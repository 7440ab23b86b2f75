/// The parts of the Fetch standard (https://fetch.spec.whatwg.org) that decide what a page may read.
enum FetchStandard {
    /// "CORS check".
    static func passes(_ answer: CORSAnswer, origin: String, hasCredentials: Bool) -> Bool {
        if answer.origin == "*", !hasCredentials { return true }
        return answer.origin == origin && (!hasCredentials || answer.hasCredentials)
    }

    /// "CORS-safelisted method".
    static func isSafe(method: String) -> Bool { ["GET", "HEAD", "POST"].contains(method) }

    /// "CORS-unsafe request-header names", in lower case and order.
    static func unsafeNames(_ fields: [String: String]) -> [String] {
        fields.filter { !isSafe(name: $0.key.lowercased(), value: $0.value) }.map { $0.key.lowercased() }.sorted()
    }

    /// "CORS-safelisted request-header", of those that the pages send.
    private static func isSafe(name: String, value: String) -> Bool {
        guard value.utf8.count <= 128 else { return false }
        switch name {
        case "accept": return !value.contains { "\"():<>?@[\\]{}\u{7f}".contains($0) }
        case "accept-language", "content-language":
            return value.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || " *,-.;=".contains($0)) }
        case "content-type":
            return ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"].contains(
                value.prefix { $0 != ";" }.lowercased())
        default: return false
        }
    }

    /// "CORS-preflight fetch", what follows the CORS check.
    static func permits(
        _ answer: CORSAnswer, status: Int, method: String, unsafeNames: [String], hasCredentials: Bool
    ) -> Bool {
        guard 200...299 ~= status else { return false }
        let anyMethod = answer.methods.contains("*") && !hasCredentials
        guard answer.methods.contains(method) || isSafe(method: method) || anyMethod else { return false }
        let listed = answer.headers.map { $0.lowercased() }
        // (The standard excepts `Authorization` from `*`; Chromium does not.)
        return unsafeNames.allSatisfy { listed.contains($0) || (listed.contains("*") && !hasCredentials) }
    }

    /// "CORS-safelisted response-header name", and what "main fetch" makes of `Access-Control-Expose-Headers`.
    static func isReadable(_ name: String, _ answer: CORSAnswer, hasCredentials: Bool) -> Bool {
        let name = name.lowercased()
        if ["set-cookie", "set-cookie2"].contains(name) { return false }
        let safe = [
            "cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma",
        ]
        if safe.contains(name) || answer.exposed.contains(where: { $0.lowercased() == name }) { return true }
        return answer.exposed.contains("*") && !hasCredentials
    }

    /// "HTTP-redirect fetch": a redirected POST becomes GET, unless it may not.
    static func method(after status: Int, _ method: String) -> String {
        switch status {
        case 301, 302: method == "POST" ? "GET" : method
        case 303: method == "HEAD" ? "HEAD" : "GET"
        default: method
        }
    }
}
