import HTTPModel

/// Fields that restrict what browsers do with a response: it may not be framed, taken for another type, or read by another
/// origin.
enum AdminProtection {
    private static let fields = [
        ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
        ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
    ]

    /// Adds the fields that are missing.
    static func add(to response: inout ResponseHead) {
        for (name, value) in fields where response.fields.text(named: name) == nil { response.fields.append(name, value) }
    }
}
