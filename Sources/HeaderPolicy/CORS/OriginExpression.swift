import HTTPModel

/// The `regex:` of an origin: whether browsers send any that it matches.
enum OriginExpression {
    /// All origins as browsers write them: in lower case, without a path, and without the port of the scheme.
    private static let origins: LinearRegex? = {
        let host = #"(([a-z0-9_-]+[.])*[a-z0-9_-]+[.]?|\[[0-9a-f:.]+\])"#
        let rest = "[a-z0-9+.-]*"
        let others = "([a-gi-z]\(rest)|h([a-su-z]\(rest))?|ht([a-su-z]\(rest))?|htt([a-oq-z]\(rest))?|https?[+.-]\(rest))"
        let notHTTP = "([1-9]|[1-79][0-9]|8[1-9]|[1-9][0-9]{2,4})"
        let notHTTPS = "([1-9]|[1-9][0-9]|[1-35-9][0-9]{2}|4[0-35-9][0-9]|44[0-24-9]|[1-9][0-9]{3,4})"
        let all = "https://\(host)(:\(notHTTPS))?|http://\(host)(:\(notHTTP))?|\(others)://\(host)(:[1-9][0-9]{0,4})?"
        return try? LinearRegex(all, anchored: true, makesTable: false)
    }()

    /// Returns why an expression is of no use; nil where it matches some origin.
    static func problem(_ pattern: String, _ regex: LinearRegex) -> PatternError? {
        guard !matchesSome(regex) else { return nil }
        return PatternError(
            "no origin that a browser sends matches \"\(pattern)\" as a whole",
            suggestion: meant(by: pattern).map { "write 'regex:\($0)'" }
                ?? "an origin is scheme, host and port, in lower case: 'regex:https://pr-[0-9]+[.]app[.]example'")
    }

    private static func matchesSome(_ regex: LinearRegex) -> Bool {
        guard let origins else { return true }
        return RegexMeeting.isPossible(regex.program, origins.program)
    }

    /// Returns what the expression was probably meant to be. It is trimmed, loses its delimiters, path and default port and gets
    /// a scheme, step by step until it matches some origin.
    private static func meant(by pattern: String) -> String? {
        let steps: [(String) -> String] = [
            { KnownValue.trimmed($0) },
            { $0.hasPrefix("/") ? GuessedOrigin.expression(in: $0) ?? $0 : $0 },
            { text in ["/.*", "/?", "/"].first { text.hasSuffix($0) }.map { String(text.dropLast($0.count)) } ?? text },
            { text in [":443", ":80"].first { text.hasSuffix($0) }.map { String(text.dropLast($0.count)) } ?? text },
            { $0.contains(text: "://") ? $0 : "https://\($0)" },
        ]
        var text = pattern
        for step in steps {
            text = step(text)
            if let regex = try? LinearRegex(text, anchored: true, makesTable: false), matchesSome(regex) { return text }
        }
        return nil
    }
}
