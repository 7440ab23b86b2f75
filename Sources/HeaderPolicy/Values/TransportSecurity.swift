import HTTPModel

/// Checks the value of Strict-Transport-Security (RFC 6797 §6.1).
enum TransportSecurity {
    /// The age that the browsers' preload list demands, in seconds.
    private static let preloadAge = 31_536_000

    static func check(_ value: String) throws(PatternError) {
        var age: Int?
        var seen = Set<String>()
        for part in value.split(separator: ";", omittingEmptySubsequences: false) {
            let directive = KnownValue.trimmed(part)
            if directive.isEmpty { continue }
            let pair = directive.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                KnownValue.trimmed($0)
            }
            let name = pair[0].lowercased()
            guard seen.insert(name).inserted else {
                throw PatternError(
                    "browsers ignore Strict-Transport-Security with a second `\(pair[0])`", suggestion: "keep one of them")
            }
            switch name {
            case "max-age":
                let text = pair.count > 1 ? pair[1] : ""
                guard !text.contains(",") else { throw separated(by: ",", value) }
                age = try seconds(text)
            case "includesubdomains", "preload":
                guard pair.count == 1 else {
                    throw PatternError("browsers ignore `\(pair[0])` with a value", suggestion: "write \(pair[0]) alone")
                }
            case let name where name.hasPrefix("max-age:"): throw separated(by: ":", value)
            default:
                let near = Suggestion.nearest(to: name, among: ["max-age", "includeSubDomains", "preload"])
                throw PatternError(
                    "browsers ignore the directive `\(pair[0])` of Strict-Transport-Security",
                    suggestion: near.map { "did you mean \($0)?" } ?? "directives are separated by `;`")
            }
        }
        guard let age else {
            throw PatternError("browsers ignore Strict-Transport-Security without max-age", suggestion: "add max-age=63072000")
        }
        if seen.contains("preload"), !seen.contains("includesubdomains") || age < preloadAge {
            throw PatternError(
                "`preload` does nothing here: the preload list takes sites with includeSubDomains and a max-age of at least \(preloadAge)",
                suggestion: "write max-age=63072000; includeSubDomains; preload, or leave out preload")
        }
    }

    /// The error for `max-age=1, preload` and `max-age: 1`, which suggests the right sign.
    private static func separated(by sign: Character, _ value: String) -> PatternError {
        let parts = value.split(separator: sign).map { KnownValue.trimmed($0) }
        return PatternError(
            "browsers ignore Strict-Transport-Security with a `\(sign)` in it",
            suggestion: "write \(parts.joined(separator: sign == "," ? "; " : "="))")
    }

    private static func seconds(_ text: String) throws(PatternError) -> Int {
        let digits = text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"") ? String(text.dropFirst().dropLast()) : text
        guard !digits.isEmpty, digits.utf8.allSatisfy(Octet.isDigit) else {
            throw PatternError(
                "browsers ignore Strict-Transport-Security with `max-age=\(text)`: it is a whole number of seconds",
                suggestion: DurationText.seconds(digits).map { "write max-age=\($0)" } ?? "write max-age=63072000 for two years")
        }
        return Int(digits) ?? .max
    }
}
