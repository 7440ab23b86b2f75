import HeaderPolicy
import ProxyConfig

/// Checks how browsers will read the values that rules write.
extension Linter {
    private static let deprecated = [
        "expect-ct": "browsers check certificate transparency by themselves",
        "public-key-pins": "browsers have dropped it", "public-key-pins-report-only": "browsers have dropped it",
        "feature-policy": "it is called Permissions-Policy now", "p3p": "no browser reads it",
        "x-ua-compatible": "no browser reads it", "x-webkit-csp": "it is called Content-Security-Policy",
        "x-content-security-policy": "it is called Content-Security-Policy",
    ]

    mutating func checkValue(_ field: FieldValue, of rule: Rule, among rules: [Rule]) {
        let (name, value) = (field.name.value.lowercased(), field.value.value)
        guard !rule.isFromPreset else { return }
        if let why = Self.deprecated[name] {
            warn(.deprecatedField, "\(field.name.value) is of no use: \(why)", at: field.name.location, "leave it out")
        }
        if !name.hasPrefix("access-control-"), name != "set-cookie",
            let problem = KnownValue.problem(name: field.name.value, template: value)
        {
            warn(.ignoredValue, problem.message, at: field.value.location, problem.suggestion)
        }
        switch name {
        case "strict-transport-security": checkTransportSecurity(field, rule)
        case "referrer-policy":
            if let last = value.lowercased().split(whereSeparator: { ", ".contains($0) }).last,
                last == "unsafe-url" || last == "no-referrer-when-downgrade"
            {
                warn(
                    .referrerLeaks, "`\(last)` tells other sites the whole address, query included", at: field.value.location,
                    "write strict-origin-when-cross-origin")
            }
        case "x-xss-protection":
            if !value.hasPrefix("0") {
                warn(
                    .filterOfOldBrowsers, "the filter that this switches on has been used to break into pages",
                    at: field.value.location, "write 0, or leave it out")
            }
        case "content-security-policy": checkContentSecurity(field, rule, rules)
        default: break
        }
    }

    private mutating func checkTransportSecurity(_ field: FieldValue, _ rule: Rule) {
        let value = field.value.value.lowercased()
        if !mayBeHTTPS, !(rule.condition?.isHTTPSOnly ?? false) {
            warn(
                .transportSecurityOnHTTP,
                "browsers ignore Strict-Transport-Security over plain http, which is all that this proxy speaks",
                at: field.name.location,
                "name the balancer that ends TLS in `trusted_proxies`, and add `when: { scheme: https }`")
        }
        let words = value.split { "; ".contains($0) }
        let age = words.first { $0.hasPrefix("max-age=") }.flatMap { Int($0.dropFirst(8).filter { $0 != "\"" }) }
        if let age, age < 15_768_000 {
            warn(
                .transportSecurityShort,
                age == 0
                    ? "`max-age=0` takes the protection back" : "half a year (15768000) is the least that counts as protection",
                at: field.value.location, "write max-age=63072000")
        }
        if words.contains("preload"), !words.contains("includesubdomains") || (age ?? 0) < 31_536_000 {
            warn(
                .preloadIncomplete, "the preload list takes only a year or more, with includeSubDomains",
                at: field.value.location,
                "write max-age=63072000; includeSubDomains; preload")
        }
    }

    /// Finds a header that one rule renames twice. A name in between, for two that are swapped, is meant.
    mutating func checkRenames(of rule: Rule) {
        guard let renames = (rule.action as? RenameFields)?.renames, renames.count > 1 else { return }
        var targets: [String: Int] = [:]
        for (number, rename) in renames.enumerated() {
            if let first = targets[rename.from.value.lowercased()],
                !renames[first..<number].contains(where: { $0.to.value.lowercased() == renames[first].from.value.lowercased() })
            {
                warn(
                    .renamedAgain,
                    "what was \(renames[first].from.value) is renamed again here: renames run from top to bottom",
                    at: rename.from.location, "put this one first; to swap two names, go by a third")
            }
            targets[rename.to.value.lowercased()] = number
        }
    }
}
