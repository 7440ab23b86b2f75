public import HTTPModel

/// The methods and fields that need no permission of another origin (Fetch §2.2).
public enum SafeLists {
    /// Whether the method is a "CORS-safelisted method".
    public static func isSafe(method: String) -> Bool { ["GET", "HEAD", "POST"].contains(method) }

    /// Returns the "CORS-unsafe request-header names", in lower case and sorted.
    public static func unsafeNames(_ fields: [FieldText]) -> [String] {
        var asking: Set<String> = []
        var safe: [String] = []
        var size = 0
        for field in fields {
            let name = field.name.lowercased()
            if isForbidden(name) { continue }
            if isSafe(name: name, value: field.value) {
                safe.append(name)
                size += field.value.utf8.count
            } else {
                asking.insert(name)
            }
        }
        if size > 1024 { asking.formUnion(safe) }
        return asking.sorted()
    }

    /// Whether the name is a "forbidden request-header", which the browser sets itself and a page cannot.
    public static func isForbidden(_ name: String) -> Bool {
        if name.hasPrefix("proxy-") || name.hasPrefix("sec-") { return true }
        return [
            "accept-charset", "accept-encoding", "access-control-request-headers", "access-control-request-method",
            "access-control-request-private-network", "connection", "content-length", "cookie", "cookie2", "date", "dnt",
            "expect", "host", "keep-alive", "origin", "referer", "set-cookie", "te", "trailer", "transfer-encoding", "upgrade",
            "via", "user-agent",
        ].contains(name)
    }

    /// Whether the field is a "CORS-safelisted request-header".
    private static func isSafe(name: String, value: String) -> Bool {
        let bytes = Array(value.utf8)
        guard bytes.count <= 128 else { return false }
        switch name {
        case "accept": return !bytes.contains(where: isUnsafe)
        case "accept-language", "content-language": return bytes.allSatisfy(isLanguage)
        case "content-type":
            guard !bytes.contains(where: isUnsafe) else { return false }
            var type = value.prefix { $0 != ";" }[...]
            while type.first == " " || type.first == "\t" { type.removeFirst() }
            while type.last == " " || type.last == "\t" { type.removeLast() }
            return ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"].contains(type.lowercased())
        case "range": return isSimpleRange(value)
        default: return false
        }
    }

    /// Whether the value is `bytes=START-` or `bytes=START-END`.
    private static func isSimpleRange(_ value: String) -> Bool {
        guard value.hasPrefix("bytes=") else { return false }
        let ends = value.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, !ends[0].isEmpty, ends.allSatisfy({ $0.utf8.allSatisfy(Octet.isDigit) }) else { return false }
        guard !ends[1].isEmpty, let start = Int(ends[0]), let end = Int(ends[1]) else { return ends[1].isEmpty }
        return start <= end
    }

    /// Whether the byte is a "CORS-unsafe request-header byte".
    private static func isUnsafe(_ byte: UInt8) -> Bool {
        if byte < 0x20 { return byte != 0x09 }
        switch byte {
        case 0x22, 0x28, 0x29, 0x3A, 0x3C, 0x3E, 0x3F, 0x40, 0x5B, 0x5C, 0x5D, 0x7B, 0x7D, 0x7F: return true
        default: return false
        }
    }

    private static func isLanguage(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x20, 0x2A, 0x2C, 0x2D, 0x2E, 0x3B, 0x3D: true
        default: false
        }
    }

    /// Whether the name is a "CORS-safelisted response-header name", readable without `Access-Control-Expose-Headers`.
    public static func isReadable(_ name: String) -> Bool {
        ["cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"]
            .contains(name.lowercased())
    }

    /// Whether the method is a "forbidden method", which no page may send (Fetch §2.2.1).
    public static func isForbidden(method: String) -> Bool { ["CONNECT", "TRACE", "TRACK"].contains(method.uppercased()) }

    /// Whether the name is a "forbidden response-header name", which a page can never read.
    public static func isSecret(_ name: String) -> Bool { ["set-cookie", "set-cookie2"].contains(name.lowercased()) }

    /// Returns the members of a list of tokens; nil when one is not a token ("extract header list values").
    public static func tokens(_ value: String?) -> [String]? {
        let tokens = members(value ?? "")
        return tokens.allSatisfy { Fields.isName($0.utf8.span) } ? tokens : nil
    }

    /// Returns the texts between the commas of a list, without blanks around them; empty members are left out (RFC 9110 §5.6.1).
    public static func members(_ value: String) -> [String] {
        value.split(separator: ",").map { KnownValue.trimmed($0) }.filter { !$0.isEmpty }
    }
}
