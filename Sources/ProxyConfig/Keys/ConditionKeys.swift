import HeaderPolicy

enum ConditionKey: Keys {
    case any(ConditionSubject)
    case requestHeader, responseHeader, query, sample, not

    static let allCases =
        ConditionSubject.allCases.map(ConditionKey.any) + [.requestHeader, .responseHeader, .query, .sample, .not]

    init?(rawValue: String) {
        guard let key = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = key
    }

    var rawValue: String {
        switch self {
        case .any(let subject): subject.rawValue
        case .requestHeader: "request_header"
        case .responseHeader: "response_header"
        case .query: "query"
        case .sample: "sample"
        case .not: "not"
        }
    }

    static let section = "condition"
    static let foreign = [
        "code": "say `status`", "ip": "say `client_ip`", "remote_addr": "say `client_ip`", "uri": "say `path`",
        "url": "say `path`",
        "cookie": "say `request_header: { Cookie: { matches: \"(^|; )name=value\" } }`",
        "header": "say `request_header` or `response_header`", "type": "say `content_type`", "percent": "say `sample`",
    ]

    static let sentence = "All of the named tests hold, any of a list's entries."
    static let form = MappingForm.filled

    var declaration: KeyDeclaration {
        switch self {
        case .any(let subject): .init(.defined("texts"), subject.sentence)
        case .requestHeader:
            .init(
                .defined("field_tests"),
                """
                Fields of the request as the client sent it: [below](#fields). In a request rule, as the rules before left \
                them.
                """)
        case .responseHeader:
            .init(.defined("field_tests"), "Fields of the response as the rules before left them; responses only.")
        case .query:
            .init(
                .defined("field_tests"),
                "Parameters of the query, decoded: [below](#query).",
                words: ["arg", "args", "param", "params", "query_param", "query_parameters", "query_string", "url_param"])
        case .sample:
            .init(
                .either(.share, .defined("sample")),
                "A percentage of clients, the same ones each time: `10%`, or a mapping: below.")
        case .not: .init(.anyNumber(of: "condition"), "A condition, or a list of them, none of which may hold as a whole.")
        }
    }
}

enum FieldTestKey: String, Keys {
    case equals
    case matches

    static let section = "field_test"
    static let form = MappingForm.single
    static let foreign = [
        "present": "say `Name: present`", "absent": "say `Name: absent`",
    ]

    var declaration: KeyDeclaration {
        switch self {
        case .equals:
            .init(
                .defined("texts"), "A value, or a list: a line of the field, or a parameter of that name, is one of them.",
                words: ["is"])
        case .matches:
            .init(
                .text, "A regular expression that finds a match in such a line or parameter.",
                words: ["regex", "match", "contains"])
        }
    }
}

enum SampleKey: String, Keys {
    case percent
    case cookie

    static let section = "sample"

    var declaration: KeyDeclaration {
        switch self {
        case .percent: .init(.share, isRequired: true, "`0%` to `100%`.")
        case .cookie: .init(.text, "Clients are told apart by this cookie; by address where it is left out.")
        }
    }
}
