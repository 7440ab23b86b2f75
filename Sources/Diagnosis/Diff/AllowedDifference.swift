import HTTPModel

/// A difference that is expected: a field's name, perhaps with a star at its end, and perhaps the route that it is expected on.
package struct AllowedDifference: Sendable, Hashable {
    private let field: String
    private let route: String?

    /// `X-Frame-Options`, `Cross-Origin-*`, `:status`, `Cache-Control@/api/**`; nil for a text that is none of these.
    package init?(_ text: String) {
        let at = text.firstIndex(of: "@")
        field = (at.map { String(text[..<$0]) } ?? text).lowercased()
        route = at.map { String(text[text.index(after: $0)...]) }
        let name = field.hasSuffix("*") ? field.dropLast() : field[...]
        let word = name.hasPrefix(":") ? name.dropFirst() : name
        guard !field.isEmpty, route?.isEmpty != true, word.isEmpty || Fields.isName(String(word).utf8.span), !word.contains("*")
        else {
            return nil
        }
    }

    func covers(field other: String, route otherRoute: String) -> Bool {
        let other = other.lowercased()
        let isField = field.hasSuffix("*") ? other.hasPrefix(field.dropLast()) : other == field
        return isField && (route.map { $0 == otherRoute } ?? true)
    }
}
