import HTTPModel

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
