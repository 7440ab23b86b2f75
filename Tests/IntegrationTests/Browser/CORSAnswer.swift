/// The `Access-Control-*` fields of one response, as a browser reads them: several lines of a name are one list.
struct CORSAnswer: Sendable {
    var origin: String?
    var hasCredentials = false
    var methods: [String] = []
    var headers: [String] = []
    var exposed: [String] = []
}

/// What an app says about CORS of its own accord.
enum OwnAnswer: String, CaseIterable, Sendable {
    /// Nothing.
    case silent
    /// `*`, and a field that the policies do not expose.
    case star
    /// The asker's origin with credentials.
    case asker
    /// Another site's origin.
    case wrong
    /// Two answers at once, which browsers refuse.
    case twice

    func fields(to origin: String) -> [(name: String, value: String)] {
        let origins: [String] =
            switch self {
            case .silent: []
            case .star: ["*"]
            case .asker: [origin]
            case .wrong: ["https://wrong.example"]
            case .twice: ["*", origin]
            }
        guard !origins.isEmpty else { return [] }
        return origins.map { ("Access-Control-Allow-Origin", $0) } + [
            ("Access-Control-Allow-Credentials", self == .asker ? "true" : "false"),
            ("Access-Control-Allow-Methods", "GET, PUT"), ("Access-Control-Allow-Headers", "X-Custom"),
            ("Access-Control-Expose-Headers", "X-Secret"),
        ]
    }

    /// What a browser makes of these fields.
    func answer(to origin: String) -> CORSAnswer {
        let fields = fields(to: origin)
        guard !fields.isEmpty else { return CORSAnswer() }
        let origins = fields.filter { $0.name == "Access-Control-Allow-Origin" }.map(\.value)
        return CORSAnswer(
            origin: origins.joined(separator: ", "), hasCredentials: self == .asker, methods: ["GET", "PUT"],
            headers: ["X-Custom"],
            exposed: ["X-Secret"])
    }
}
