import HTTPModel

/// Checks the value of Cache-Control in a response (RFC 9111 §5.2.2, RFC 5861, RFC 8246).
enum CacheControl {
    static let timed = ["max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"]
    private static let listed = ["no-cache", "private"]
    private static let plain = [
        "no-store", "public", "must-revalidate", "proxy-revalidate", "must-understand", "no-transform", "immutable",
    ]

    static func check(_ value: String) throws(PatternError) {
        var seen = Set<String>()
        for part in parts(value) {
            let directive = KnownValue.trimmed(part)
            guard !directive.isEmpty else {
                throw PatternError("an empty directive in Cache-Control", suggestion: "separate directives by single commas")
            }
            let pair = directive.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let name = pair[0].lowercased()
            guard Fields.isName(name.utf8.span) else {
                throw PatternError(
                    "caches ignore `\(directive)`", suggestion: "separate directives by commas, as in no-cache, max-age=0")
            }
            try check(name, pair.count > 1 ? pair[1] : nil)
            guard seen.insert(name).inserted else {
                throw PatternError("Cache-Control has `\(name)` twice", suggestion: "keep one of them")
            }
        }
        if seen.isEmpty { throw PatternError("Cache-Control has no directive") }
        if seen.isSuperset(of: ["public", "private"]) {
            throw PatternError("`public` and `private` contradict each other", suggestion: "keep one of them")
        }
    }

    static func check(_ name: String, _ argument: String?) throws(PatternError) {
        if timed.contains(name) {
            guard let argument, !argument.isEmpty, argument.utf8.allSatisfy(Octet.isDigit) else {
                throw PatternError(
                    "caches ignore `\(name)\(argument.map { "=\($0)" } ?? "")`: it takes a whole number of seconds",
                    suggestion: argument.flatMap { DurationText.seconds($0) }.map { "write \(name)=\($0)" }
                        ?? "write \(name)=3600")
            }
        } else if plain.contains(name) {
            if argument != nil { throw PatternError("caches ignore `\(name)` with a value", suggestion: "write \(name) alone") }
        } else if listed.contains(name) {
            guard let argument else { return }
            guard argument.count > 2, argument.hasPrefix("\""), argument.hasSuffix("\"") else {
                throw PatternError(
                    "the headers that `\(name)` names stand in double quotes", suggestion: "write \(name) alone for all")
            }
        } else if ["only-if-cached", "max-stale", "min-fresh"].contains(name) {
            throw PatternError("`\(name)` is a directive of requests", suggestion: "leave it out")
        } else if let near = Suggestion.nearest(to: name, among: timed + listed + plain) {
            throw PatternError("caches ignore the directive `\(name)`", suggestion: "did you mean \(near)?")
        }
    }

    /// Splits the value at commas outside double quotes.
    private static func parts(_ value: String) -> [Substring] {
        var isQuoted = false
        return value.split(omittingEmptySubsequences: false) { character in
            if character == "\"" { isQuoted.toggle() }
            return character == "," && !isQuoted
        }
    }
}
