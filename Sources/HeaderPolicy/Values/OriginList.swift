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

    /// Whether the text is `scheme://host`, with or without a port, in lower case and without a path.
    static func isOrigin(_ text: String, takesWildcard: Bool) -> Bool {
        guard let separator = text.range(ofFirst: "://") else { return false }
        let scheme = text[..<separator.lowerBound]
        guard !scheme.isEmpty,
            scheme.utf8.allSatisfy({ $0 &- 0x61 < 26 || Octet.isDigit($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E })
        else { return false }
        var host = text[separator.upperBound...]
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            let port = host[host.index(after: end)...]
            return port.isEmpty || port.hasPrefix(":") && UInt16(port.dropFirst()) != nil
        }
        if let colon = host.firstIndex(of: ":") {
            guard UInt16(host[host.index(after: colon)...]) != nil else { return false }
            host = host[..<colon]
        }
        if takesWildcard, host.hasPrefix("*.") { host = host.dropFirst(2) }
        return !host.isEmpty
            && host.utf8.allSatisfy { $0 &- 0x61 < 26 || Octet.isDigit($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
    }
}

/// Checks the value of Reporting-Endpoints: a structured dictionary from names to addresses.
enum ReportingEndpoints {
    static func check(_ value: String) throws(PatternError) {
        let members = try StructuredField.dictionary(value)
        if members.isEmpty {
            throw PatternError("Reporting-Endpoints names no endpoint", suggestion: "write default=\"https://…\"")
        }
        for (name, member) in members {
            guard case .item(let item) = member, case .string(let address) = item.bare else {
                throw PatternError(
                    "browsers ignore the endpoint `\(name)`: its address stands in double quotes",
                    suggestion: "write \(name)=\"https://…\"")
            }
            try check(name, address)
        }
    }

    static func check(_ name: String, _ address: String) throws(PatternError) {
        guard address.hasPrefix("https://") && address.utf8.count > 8 || address.hasPrefix("/") else {
            throw PatternError(
                "browsers ignore the endpoint `\(name)`: they report over https only",
                suggestion: "write an address that begins with https://, or a path on the same site")
        }
    }
}

/// Checks the value of Content-Type (RFC 9110 §8.3.1).
enum MediaType {
    static func check(_ value: String) throws(PatternError) {
        let parts = value.split(separator: ";", omittingEmptySubsequences: false).map { KnownValue.trimmed($0) }
        let type = parts[0].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard type.count == 2, type.allSatisfy({ Fields.isName($0.utf8.span) && !$0.contains("*") }) else {
            throw PatternError(
                "browsers ignore the media type \"\(parts[0])\" and guess one", suggestion: "write one such as text/html")
        }
        for parameter in parts.dropFirst() {
            let pair = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2, Fields.isName(pair[0].utf8.span), Fields.isName(pair[1].utf8.span) || isQuoted(pair[1]) else {
                throw PatternError(
                    "browsers ignore the parameter \"\(parameter)\" of the media type", suggestion: "write it as charset=utf-8")
            }
        }
    }

    private static func isQuoted(_ text: String) -> Bool { text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"") }
}
