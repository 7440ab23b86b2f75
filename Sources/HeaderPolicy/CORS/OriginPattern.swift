import HTTPModel

/// An origin, or a typed pattern of origins: `https://app.example`, `https://*.app.example` (one or more labels),
/// `http://localhost:*` (any port). No port means the scheme's own.
struct OriginPattern: Sendable, Hashable {
    enum Port: Sendable, Hashable {
        case any
        /// One port; 0 means the scheme's default port.
        case exactly(Int)
    }

    /// The scheme in lower case.
    let scheme: [UInt8]
    /// The host in lower case; for a wildcard, the text after the star (`.app.example`).
    let host: [UInt8]
    let isWildcard: Bool
    let port: Port

    /// - Throws: a `PatternError` that names the fix.
    init(_ text: String) throws(PatternError) {
        let several = text.split { $0 == "," || $0 == " " }
        if several.count > 1, several.allSatisfy({ $0.contains(".") || $0.contains(":") }) {
            throw PatternError(
                "\"\(text)\" is several origins in one text",
                suggestion: "write one entry for each: [\(several.map { "\"\($0)\"" }.joined(separator: ", "))]")
        }
        if let expression = GuessedOrigin.expression(in: text) {
            throw PatternError(
                "the origin \"\(text)\" is a regular expression, which is not seen as one",
                suggestion: "write 'regex:\(expression)'")
        }
        guard let separator = text.firstIndex(of: "/"), text[separator...].hasPrefix("//"),
            separator > text.startIndex, text[text.index(before: separator)] == ":"
        else { throw Self.problem(withoutScheme: text) }
        let scheme = String(text[..<text.index(before: separator)])
        var rest = String(text[text.index(separator, offsetBy: 2)...])
        guard scheme == scheme.lowercased() else {
            throw PatternError(
                "the scheme of the origin \"\(text)\" is not in lower case, as browsers send it",
                suggestion: "write \"\(scheme.lowercased())://\(rest)\"")
        }
        guard scheme.utf8.allSatisfy(ParsedOrigin.isScheme), !scheme.isEmpty else {
            throw PatternError("\"\(scheme)\" is not the scheme of an origin", suggestion: "write it out, as in \"https://…\"")
        }
        if let problem = Self.problem(ofPagesFrom: scheme, text) { throw problem }
        if scheme == "ws" || scheme == "wss" {
            throw PatternError(
                "no page has the origin \"\(text)\": a WebSocket has that of the page that opens it",
                suggestion: "write \"http\(scheme.dropFirst(2))://\(rest)\"")
        }
        if let slash = rest.firstIndex(where: { "/?#".contains($0) }) {
            throw PatternError(
                "the origin \"\(text)\" has a path: an origin is scheme, host and port, without even a closing slash",
                suggestion: "write \"\(scheme)://\(rest[..<slash])\"")
        }
        if let at = rest.lastIndex(of: "@") {
            throw PatternError(
                "the origin \"\(text)\" has a user name, which browsers never send",
                suggestion: "write \"\(scheme)://\(rest[rest.index(after: at)...])\"")
        }
        (port, rest) = try Self.port(of: rest, scheme: scheme, text)
        guard rest != "*" else {
            guard scheme.hasPrefix("http") else {
                throw PatternError(
                    "\"\(text)\" is every one of that scheme", suggestion: "write each out, as in \"\(scheme)://…\"")
            }
            throw PatternError(
                "\"\(text)\" is every host: any site could read the answers",
                suggestion: "name the domain, as in \"\(scheme)://*.app.example\", or write `*` without credentials")
        }
        isWildcard = rest.hasPrefix("*.")
        let host = (isWildcard ? String(rest.dropFirst()) : rest).lowercased()
        guard !host.contains("*") else {
            throw PatternError(
                "in \"\(text)\" the star is not a whole first label",
                suggestion: "write \"\(scheme)://*.app.example\", or `regex:` with an expression")
        }
        let name = isWildcard ? String(host.dropFirst()) : host
        if let problem = OriginHost.problem(name) {
            let start = scheme + (isWildcard ? "://*." : "://")
            let end = text[text.index(separator, offsetBy: 2)...].dropFirst(rest.count)
            let fix = problem.suggestion.map { "write \"\(start)\($0)\(end)\"" }
            throw PatternError("no browser sends the origin \"\(text)\": \(problem.message)", suggestion: fix)
        }
        if isWildcard, OriginHost.isAddress(name) {
            throw PatternError("nothing stands before an address, as in \"\(text)\"", suggestion: "write the addresses out")
        }
        self.scheme = Array(scheme.utf8)
        self.host = Array(host.utf8)
        let sample = (isWildcard ? "\(scheme)://a\(host)" : "\(scheme)://\(host)")
        guard ParsedOrigin(sample.utf8.span) != nil, host != "." else {
            throw PatternError("the host of the origin \"\(text)\" is not a host name")
        }
    }

    private static func problem(withoutScheme text: String) -> PatternError {
        if text.isEmpty { return PatternError("an origin is empty", suggestion: "write one such as \"https://app.example\"") }
        let start = String(text.prefix { $0 != ":" })
        if let problem = problem(ofPagesFrom: start, text) { return problem }
        if ["all", "any", "*:*", ".*", "*.*", "*://*"].contains(text.lowercased()) {
            return PatternError("\"\(text)\" is no origin", suggestion: "write \"*\" for every page, or name the pages")
        }
        return PatternError("the origin \"\(text)\" has no scheme", suggestion: "write \"\(GuessedOrigin.withScheme(text))\"")
    }

    private static func problem(ofPagesFrom scheme: String, _ text: String) -> PatternError? {
        guard ["file", "data", "blob", "about", "javascript"].contains(scheme), scheme != text else { return nil }
        return PatternError(
            "no page has the origin \"\(text)\": that of a page from \(scheme): is `null`",
            suggestion: "name the site that sends the page")
    }

    /// Splits the port off the end of host and port.
    private static func port(of rest: String, scheme: String, _ text: String) throws(PatternError) -> (Port, String) {
        guard let colon = rest.lastIndex(of: ":"), !rest.hasSuffix("]") else { return (.exactly(0), rest) }
        if !rest.hasPrefix("["), rest.firstIndex(of: ":") != colon {
            let isAddress = rest.utf8.allSatisfy { $0 == 0x3A || Octet.hexValue($0) != nil }
            throw PatternError(
                "the host of the origin \"\(text)\" has more than one `:`",
                suggestion: isAddress
                    ? "write an IPv6 address in brackets, as in \"\(scheme)://[\(rest)]\"" : "write one port")
        }
        let digits = rest[rest.index(after: colon)...]
        let host = String(rest[..<colon])
        if digits == "*" { return (.any, host) }
        guard let port = Int(digits), 1...65535 ~= port, digits.utf8.allSatisfy(Octet.isDigit) else {
            throw PatternError(
                "the port of the origin \"\(text)\" is not a number from 1 to 65535", suggestion: "write `:*` for any port")
        }
        guard !digits.hasPrefix("0") else {
            throw PatternError(
                "no browser sends the origin \"\(text)\": it writes a port without zeros in front",
                suggestion: "write \"\(scheme)://\(host):\(port)\"")
        }
        return (.exactly(port == ParsedOrigin.defaultPort(Array(scheme.utf8).span) ? 0 : port), host)
    }

    /// Whether the wildcard stands before a public suffix, so that it covers sites of anybody.
    var isAnySite: Bool {
        let base = String(decoding: host.dropFirst(), as: UTF8.self)
        return isWildcard && (PublicSuffix.isListed(base) || PublicSuffix.isListed("x." + base))
    }

    /// The single origin of the pattern, as browsers write it; nil when the pattern covers several.
    var serialized: [UInt8]? {
        guard !isWildcard, case .exactly(let port) = port else { return nil }
        return scheme + Array("://".utf8) + host + (port == 0 ? [] : Array(":\(port)".utf8))
    }

    var hostWithoutClosingDot: [UInt8] { host.last == 0x2E ? host.dropLast() : host }

    /// Whether an origin, parsed from `text`, is this one or fits the pattern.
    func matches(_ origin: ParsedOrigin, in text: Span<UInt8>) -> Bool {
        if case .exactly(let port) = port, port != origin.port { return false }
        guard text.extracting(origin.scheme).equals(scheme.span) else { return false }
        let start = origin.host.upperBound &- host.count
        guard isWildcard ? start > origin.host.lowerBound : start == origin.host.lowerBound else { return false }
        return text.extracting(start..<origin.host.upperBound).equalsIgnoringCase(host.span)
    }
}

/// The parts of an `Origin` value that is one serialized origin (RFC 6454 §6.1).
struct ParsedOrigin {
    let scheme: Range<Int>
    let host: Range<Int>
    /// The port; 0 means the scheme's default port.
    let port: Int

    /// Fails for anything else: `null`, lists, paths, user names, empty labels.
    init?(_ text: Span<UInt8>) {
        var index = 0
        while index < text.count, Self.isScheme(text[index]) { index &+= 1 }
        guard index > 0, text.count &- index > 3, text[index] == 0x3A, text[index &+ 1] == 0x2F, text[index &+ 2] == 0x2F else {
            return nil
        }
        scheme = 0..<index
        let authority = index &+ 3..<text.count
        guard Authority.isValid(text.extracting(authority)) else { return nil }
        index = text.count
        while Octet.isDigit(text[index &- 1]) { index &-= 1 }
        var port = 0
        if text[index &- 1] == 0x3A, index &- 1 > authority.lowerBound {
            // No browser writes port 0 or leading zeros.
            guard index < text.count, text[index] != 0x30 else { return nil }
            for digit in index..<text.count { port = port &* 10 &+ Int(text[digit] &- 0x30) }
            host = authority.lowerBound..<index &- 1
        } else {
            host = authority
        }
        self.port = port == Self.defaultPort(text.extracting(scheme)) ? 0 : port
        guard text[host.lowerBound] == 0x5B || Self.hasLabels(text.extracting(host)) else { return nil }
    }

    /// Whether the host has only letters, digits, `-`, `_` and dots, and no empty label.
    private static func hasLabels(_ host: Span<UInt8>) -> Bool {
        var previous: UInt8 = 0x2E
        for index in host.indices {
            switch host[index] {
            case 0x2E: guard previous != 0x2E else { return false }
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: break
            default: return false
            }
            previous = host[index]
        }
        return true
    }

    /// Whether a byte may be in the scheme of a serialized origin, which is in lower case only.
    static func isScheme(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7A, 0x30...0x39, 0x2B, 0x2D, 0x2E: true
        default: false
        }
    }

    static func defaultPort(_ scheme: Span<UInt8>) -> Int {
        if scheme.equals("https") { return 443 }
        return scheme.equals("http") ? 80 : 0
    }
}
