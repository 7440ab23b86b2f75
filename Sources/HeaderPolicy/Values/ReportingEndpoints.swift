/// Checks the value of Reporting-Endpoints: a structured dictionary from names to addresses.
enum ReportingEndpoints {
    static func check(_ value: String) throws(PatternError) {
        let members = try StructuredField.dictionary(value)
        if members.isEmpty {
            throw PatternError("Reporting-Endpoints names no endpoint", suggestion: "write default=\"https://…\"")
        }
        for (name, member) in members {
            guard case .item(let item) = member, case .string(let address) = item.bare else {
                throw PatternError(
                    "browsers ignore the endpoint `\(name)`: its address stands in double quotes",
                    suggestion: "write \(name)=\"https://…\"")
            }
            try check(name, address)
        }
    }

    static func check(_ name: String, _ address: String) throws(PatternError) {
        guard address.hasPrefix("https://") && address.utf8.count > 8 || address.hasPrefix("/") else {
            throw PatternError(
                "browsers ignore the endpoint `\(name)`: they report over https only",
                suggestion: "write an address that begins with https://, or a path on the same site")
        }
    }
}
