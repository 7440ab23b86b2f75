import HTTPModel

/// What keeps browsers from making more of an answer than there is: never in a frame, never taken for another type, never read by
/// another origin.
enum AdminProtection {
    private static let fields = [
        ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
        ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
    ]

    /// Adds what is not there.
    static func add(to response: inout ResponseHead) {
        for (name, value) in fields where !contains(name, response.fields) { response.fields.append(name, value) }
    }

    private static func contains(_ name: String, _ fields: borrowing Fields) -> Bool {
        for index in fields.indices where fields.name(at: index).equalsIgnoringCase(name.utf8.span) { return true }
        return false
    }
}
