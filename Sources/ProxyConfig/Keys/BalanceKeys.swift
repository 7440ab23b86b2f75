enum BalanceKey: String, Keys {
    case hash

    static let section = "balance"
    static let sentence = "What is equal in this goes to the same server."
    static let foreign = [
        "round_robin": "say `balance: round_robin`", "least_requests": "say `balance: least_requests`",
        "two_choices": "say `balance: two_choices`", "cookie": "say `balance: { hash: { cookie: … } }`",
        "field": "say `balance: { hash: { field: … } }`", "header": "say `balance: { hash: { field: … } }`",
        "client_ip": "say `balance: { hash: client_ip }`", "policy": "say `balance: round_robin`",
    ]

    var declaration: KeyDeclaration {
        switch self {
        case .hash:
            .init(
                .either(.words(["client_ip"]), .defined("balance_hash")), isRequired: true,
                "What is looked at: `client_ip`, or a cookie or field of the request, by a mapping with one of the two.")
        }
    }
}

enum BalanceHashKey: String, Keys {
    case cookie
    case field

    static let section = "balance_hash"
    static let sentence = "One of the two. A request without it goes in turn."
    static let form = MappingForm.single
    static let foreign = [
        "client_ip": "say `hash: client_ip`", "address": "say `hash: client_ip`", "ip": "say `hash: client_ip`",
        "source": "say `hash: client_ip`",
    ]

    var declaration: KeyDeclaration {
        switch self {
        case .cookie: .init(.text, "The name of a cookie.")
        case .field: .init(.text, "The name of a request field.", words: ["header"])
        }
    }
}
