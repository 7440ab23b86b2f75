enum RespondKey: String, Keys {
    case status
    case contentType = "content_type"
    case body

    static let section = "respond"
    static let form = MappingForm.optional
    static let foreign = [
        "headers": "say `response_headers` in the route"
    ]

    var declaration: KeyDeclaration {
        switch self {
        case .status: .init(.integer(200...599), default: "200", "Of the response.", words: ["code"])
        case .contentType: .init(.text, "A media type.")
        case .body: .init(.defined("text"), "The text of the body.")
        }
    }
}

enum RedirectKey: String, Keys {
    case to
    case status

    static let section = "redirect"

    var declaration: KeyDeclaration {
        switch self {
        case .to:
            .init(
                .text, isRequired: true,
                "The target; [placeholders](placeholders.md) are filled in.",
                words: ["location", "url"])
        case .status:
            .init(
                .redirectStatus, default: "308",
                "Of the redirect: 308 and 301 are permanent, 308 and 307 keep the method.",
                words: ["code"])
        }
    }
}

enum ReportsKey: String, Keys {
    case rate
    case totalRate = "total_rate"
    case body

    static let section = "reports"
    static let sentence = "Takes the reports that browsers send (CSP report-uri, Reporting-Endpoints) and logs each as a line."
    static let form = MappingForm.optional
    static let foreign = [
        "limit": "say `rate` for requests a second, `body` for bytes", "path": "say `path` in the route itself",
    ]

    var declaration: KeyDeclaration {
        switch self {
        case .rate:
            .init(
                .integer(1...100_000), default: "10",
                "Requests a second from one client; five seconds' worth may come at once. Beyond it 429.")
        case .totalRate:
            .init(
                .integer(1...100_000), default: "100",
                "Requests a second from all clients together; five seconds' worth may come at once. Beyond it 429.",
                words: ["total"])
        case .body:
            .init(.size(1 << 10...1 << 20), default: "64KB", "Bytes of one request; beyond it 413.", words: ["size", "max_size"])
        }
    }
}
