import HTTPModel

/// The property that a test of a `when:` looks at, by its key.
public enum ConditionSubject: String, Sendable, CaseIterable {
    case method
    /// Exact host names, or `*.example.com`.
    case host
    /// Path patterns: exact, `*` for one segment, `**` for the rest (see `PathPattern`).
    case path
    /// `http` or `https`.
    case scheme
    /// A code (`404`), a class (`5xx`) or a range (`400-499`).
    case status
    /// A media type (`text/html`) or a range of them (`image/*`), parameters ignored.
    case contentType = "content_type"
    /// `upstream` or `proxy`: whether the app or the proxy made the response.
    case source
    /// Addresses and CIDR blocks.
    case clientIP = "client_ip"

    /// Describes the value of the key, for the reference and the schema.
    package var sentence: String {
        switch self {
        case .method: "One method, or a list."
        case .host: "Exact, or `*.example.com`; one, or a list."
        case .path:
            """
            A [path pattern](routes.md#path-patterns), or a list: exact; `*` is one segment or part of one, `**` at the \
            end is the rest; `regex:` and an expression.
            """
        case .scheme: "`http` or `https`."
        case .status: "`404`, `5xx` or `400-499`; one, or a list; responses only."
        case .contentType: "`text/html` or `image/*`, parameters ignored; responses only."
        case .source: "`upstream` or `proxy`: what made the response; responses only."
        case .clientIP: "Addresses and CIDR blocks."
        }
    }

    /// In the order in which people read them.
    var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// Whether the property is known only when there is a response.
    var isOfResponse: Bool {
        switch self {
        case .status, .contentType, .source: true
        case .method, .host, .path, .scheme, .clientIP: false
        }
    }

    /// The request fields that may determine the property.
    func requestFields(_ dependence: Dependence) -> [String] {
        switch self {
        case .scheme, .clientIP: dependence.peerFields
        case .method, .host, .path, .status, .contentType, .source: []
        }
    }

    /// Describes the property's value in this message, for a trace.
    func found(
        _ fields: borrowing Fields, _ message: CompiledCondition.Message, _ facts: borrowing ExchangeFacts
    ) -> String {
        switch self {
        case .method:
            if message.asksOfPreflight, let line = facts.request.fields.firstIndex(of: .accessControlRequestMethod) {
                return "the preflight asks for \(facts.request.fields.value(at: line).text)"
            }
            return "the method is \(facts.request.methodToken.text)"
        case .host: return "the host is \(facts.request.hostname.text)"
        case .path: return "the path is \(facts.request.path.text)"
        case .scheme: return "the scheme is \(facts.request.scheme.text)"
        case .status: return "the status is \(message.status.rawValue)"
        case .contentType: return ConditionTest.value(of: "Content-Type", fields)
        case .source: return "the response was made by the \(facts.source == .proxy ? "proxy" : "upstream")"
        case .clientIP: return "the client is \(facts.clientAddress.span.text)"
        }
    }
}

extension ConditionTest {
    /// Describes what the message has where the test looks.
    ///
    /// - Parameter status: nil in the request stage.
    func found(
        _ fields: borrowing Fields, _ status: Status?, _ message: CompiledCondition.Message, _ facts: borrowing ExchangeFacts
    ) -> String {
        switch self {
        case .any(let subject, _): subject.found(fields, message, facts)
        case .requestHeader(let test):
            status == nil ? Self.value(of: test.name.value, fields) : Self.value(of: test.name.value, facts.request.fields)
        case .responseHeader(let test): Self.value(of: test.name.value, fields)
        case .query(let test): Self.value(ofParameter: test.name.value, facts.request.query)
        case .sample: "the client is not in the sample"
        case .not: "what it excludes is the case"
        }
    }

    fileprivate static func value(of name: String, _ fields: borrowing Fields) -> String {
        let wanted = name.utf8.span
        var values: [String] = []
        for index in fields.indices where fields.name(at: index).equalsIgnoringCase(wanted) {
            values.append(fields.value(at: index).text)
        }
        return values.isEmpty ? "there is no \(name)" : "\(name) is \(values.joined(separator: " | "))"
    }

    private static func value(ofParameter name: String, _ query: Span<UInt8>) -> String {
        var parameters = QueryParameters()
        var (value, values): ([UInt8], [String]) = ([], [])
        while parameters.next(named: name.utf8.span, in: query, into: &value) { values.append(value.span.text) }
        return values.isEmpty ? "the query has no \(name)" : "\(name) is \(values.joined(separator: " | "))"
    }
}
