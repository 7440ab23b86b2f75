import Testing

@testable import HeaderPolicy

private let map = SourceLocation(file: "letterhead.yaml", line: 3, column: 5)

/// `key: a b` is a text, `key: [a, b]` a list, `key: true` a flag; each line stands on a line of its own.
private func entries(_ text: String) -> [TypedValue.Entry] {
    text.split(separator: "\n").enumerated().map { index, line in
        let colon = line.firstIndex(of: ":") ?? line.startIndex
        let place = SourceLocation(file: "letterhead.yaml", line: 4 + index, column: 7)
        let key = Located(String(line[..<colon]), at: place)
        let value = KnownValue.trimmed(line[line.index(after: colon)...])
        if let flag = Bool(value) { return .init(key: key, value: .flag(flag)) }
        guard value.hasPrefix("[") else { return .init(key: key, value: .text(Located(value, at: place))) }
        let words = value.dropFirst().dropLast().split(separator: ",").map { Located(KnownValue.trimmed($0), at: place) }
        return .init(key: key, value: .list(words))
    }
}

@Suite struct TypedValueTests {
    @Test(arguments: [
        (
            "Strict-Transport-Security", "max_age: 730d\ninclude_subdomains: true\npreload: true",
            "max-age=63072000; includeSubDomains; preload"
        ),
        ("strict-transport-security", "preload: false\nmax-age: 300", "max-age=300"),
        (
            "Content-Security-Policy",
            "default-src: [self]\nscript-src: [self, nonce-{nonce}, https://cdn.example]\nupgrade-insecure-requests: true\nobject-src: none",
            "default-src 'self'; script-src 'self' 'nonce-{nonce}' https://cdn.example; upgrade-insecure-requests; object-src 'none'"
        ),
        ("Content-Security-Policy", "img-src: 'self' data:\nsandbox: false", "img-src 'self' data:"),
        ("Content-Security-Policy-Report-Only", "default-src: self\nreport-to: csp", "default-src 'self'; report-to csp"),
        (
            "Permissions-Policy", "camera: []\ngeolocation: [self, https://a.example]\nfullscreen: *\nusb: none\nmidi: self",
            "camera=(), geolocation=(self \"https://a.example\"), fullscreen=*, usb=(), midi=(self)"
        ),
        (
            "Cache-Control",
            "public: true\nmax_age: 1h\nstale-while-revalidate: 60\nno-transform: false\nno-cache: [Set-Cookie, X]",
            "public, max-age=3600, stale-while-revalidate=60, no-cache=\"Set-Cookie, X\""
        ),
        ("Reporting-Endpoints", "default: https://r.example/\ncsp: /csp", "default=\"https://r.example/\", csp=\"/csp\""),
    ])
    func builds(field: String, source: String, text: String) throws {
        #expect(TypedValue.takesMap(field))
        #expect(try TypedValue.text(of: entries(source), for: field, at: map) == text)
    }

    /// A field, a map, the line of the error, and part of its text.
    @Test(arguments: [
        ("Strict-Transport-Security", "include_subdomains: true", 3, "without max_age"),
        ("Strict-Transport-Security", "max_age: soon", 4, "number of seconds"),
        ("Strict-Transport-Security", "max_age: 1\nmax_agee: 2", 5, "no `max_agee`"),
        ("Strict-Transport-Security", "max_age: 1\npreload: yes", 5, "true or false"),
        ("Strict-Transport-Security", "max_age: 300\npreload: true", 3, "does nothing"),
        ("Content-Security-Policy", "default-src: self\nscript-scr: self", 5, "no directive"),
        ("Content-Security-Policy", "default-src: [self, a b]", 4, "holds a blank"),
        ("Content-Security-Policy", "default-src: [none, self]", 4, "beside other"),
        ("Content-Security-Policy", "default-src: self\ndefault-src: self", 3, "second"),
        ("Permissions-Policy", "camera: false", 4, "allowlist"), ("Permissions-Policy", "camara: []", 4, "no feature"),
        ("Permissions-Policy", "camera: [a.example]", 4, "not an origin"), ("Permissions-Policy", "Camera: []", 4, "lower-case"),
        ("Cache-Control", "max-age: soon", 4, "whole number"), ("Cache-Control", "no-stor: true", 4, "no-stor"),
        ("Cache-Control", "public: true\nprivate: true", 3, "contradict"),
        ("Reporting-Endpoints", "default: http://r.example", 4, "https only"),
        ("Reporting-Endpoints", "default: [a]", 4, "an address"),
        ("Cache-Control", "", 3, "empty"), ("X-Frame-Options", "a: b", 3, "not a map"),
    ])
    func refuses(field: String, source: String, line: Int, message: String) {
        let thrown = #expect(throws: PolicyErrors.self) { try TypedValue.text(of: entries(source), for: field, at: map) }
        #expect(thrown?.errors.count == 1, "\(String(describing: thrown))")
        #expect(thrown?.errors.first?.location.line == line, "\(String(describing: thrown))")
        #expect(thrown?.errors.first?.message.contains(message) == true, "\(String(describing: thrown))")
    }
}
