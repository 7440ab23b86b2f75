import HTTPModel

/// Checks the value of Timing-Allow-Origin: `*`, or origins.
enum OriginList {
    static func check(_ value: String) throws(PatternError) {
        let origins = value.split(separator: ",", omittingEmptySubsequences: false).map { KnownValue.trimmed($0) }
        for origin in origins {
            if origin == "*" || origin == "null" { continue }
            if origin.hasSuffix("/"), isOrigin(String(origin.dropLast()), takesWildcard: false) {
                throw PatternError("browsers find no origin equal to \"\(origin)\"", suggestion: "leave out the `/` at the end")
            }
            guard isOrigin(origin, takesWildcard: false) else {
                throw PatternError(
                    "\"\(origin)\" is not an origin", suggestion: "write it as https://a.example, separated by commas")
            }
        }
    }

    /// Whether the text is `scheme://host`, with or without a port, in lower case and without a path. `takesWildcard`: the host may
    /// begin with `*.`, and the port be `*`.
    static func isOrigin(_ text: String, takesWildcard: Bool) -> Bool {
        guard let separator = text.range(ofFirst: "://") else { return false }
        let scheme = text[..<separator.lowerBound]
        guard !scheme.isEmpty,
            scheme.utf8.allSatisfy({ $0 &- 0x61 < 26 || Octet.isDigit($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E })
        else { return false }
        var host = text[separator.upperBound...]
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            let port = host[host.index(after: end)...]
            return port.isEmpty || port.hasPrefix(":") && isPort(port.dropFirst())
        }
        func isPort(_ text: Substring) -> Bool { UInt16(text) != nil || takesWildcard && text == "*" }
        if let colon = host.firstIndex(of: ":") {
            guard isPort(host[host.index(after: colon)...]) else { return false }
            host = host[..<colon]
        }
        if takesWildcard, host.hasPrefix("*.") { host = host.dropFirst(2) }
        return !host.isEmpty
            && host.utf8.allSatisfy { $0 &- 0x61 < 26 || Octet.isDigit($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
    }
}
