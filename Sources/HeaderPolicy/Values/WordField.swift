/// A field whose value is one of a few words, alone or as a structured field's token with parameters.
struct WordField: Sendable {
    enum Form: Sendable {
        /// A word, with ASCII case ignored.
        case word
        /// A word in exactly this case.
        case exact
        /// A token that may have a `report-to` parameter.
        case token
        case boolean
    }

    let name: String
    let form: Form
    let words: [String]

    func check(_ value: String) throws(PatternError) {
        switch form {
        case .word: try KnownValue.checkWord(KnownValue.trimmed(value).lowercased(), in: words, of: name)
        case .exact: try KnownValue.checkWord(KnownValue.trimmed(value), in: words, of: name)
        case .token:
            let item = try StructuredField.item(value)
            guard case .token(let word) = item.bare else {
                throw PatternError("browsers ignore \(name) unless it is a word without quotes")
            }
            try KnownValue.checkWord(word, in: words, of: name)
            for parameter in item.parameters {
                guard parameter.key == "report-to" else {
                    throw PatternError(
                        "browsers ignore \(name)'s parameter \"\(parameter.key)\"", suggestion: "its one parameter is report-to")
                }
                guard case .string = parameter.value else {
                    throw PatternError("the endpoint that report-to names stands in double quotes")
                }
            }
        case .boolean:
            guard case .boolean = try StructuredField.item(value).bare else {
                throw PatternError("browsers ignore \(name) unless it is a boolean", suggestion: "write `?1` or `?0`")
            }
        }
    }

    static let referrerPolicies = [
        "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin", "origin-when-cross-origin",
        "strict-origin-when-cross-origin", "unsafe-url",
    ]

    /// The fields by their names in lower case.
    static let all: [String: WordField] = {
        let opener = ["unsafe-none", "same-origin-allow-popups", "same-origin", "noopener-allow-popups"]
        let embedder = ["unsafe-none", "require-corp", "credentialless"]
        let fields = [
            WordField(name: "X-Content-Type-Options", form: .word, words: ["nosniff"]),
            WordField(name: "Cross-Origin-Opener-Policy", form: .token, words: opener),
            WordField(name: "Cross-Origin-Opener-Policy-Report-Only", form: .token, words: opener),
            WordField(name: "Cross-Origin-Embedder-Policy", form: .token, words: embedder),
            WordField(name: "Cross-Origin-Embedder-Policy-Report-Only", form: .token, words: embedder),
            WordField(name: "Cross-Origin-Resource-Policy", form: .exact, words: ["same-origin", "same-site", "cross-origin"]),
            WordField(
                name: "X-Permitted-Cross-Domain-Policies", form: .word,
                words: ["none", "master-only", "by-content-type", "by-ftp-filename", "all", "none-this-response"]),
            WordField(name: "X-DNS-Prefetch-Control", form: .word, words: ["on", "off"]),
            WordField(name: "X-Download-Options", form: .word, words: ["noopen"]),
            WordField(name: "Origin-Agent-Cluster", form: .boolean, words: []),
        ]
        return Dictionary(uniqueKeysWithValues: fields.map { ($0.name.lowercased(), $0) })
    }()
}
