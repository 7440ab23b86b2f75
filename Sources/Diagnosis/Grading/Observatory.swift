package import HTTPModel
import HeaderPolicy
import ProxyConfig

/// The published scoring of MDN's HTTP Observatory, test by test, as far as it looks at fields.
package enum Observatory {
    /// The version of the rules.
    package static let version = "1.5.0, algorithm 5"

    /// The origin of the page that it pretends to be.
    static let foreignOrigin = "https://http-observatory.security.mozilla.org"

    /// The responses that were retrieved from a site over https.
    package struct Page: Sendable {
        package var fields: [FieldText]
        /// The answer to a preflight of `foreignOrigin`.
        package var preflight: [FieldText] = []
        /// The host; nil when it is not known, so that no cookie is refused for its Domain.
        package var host: String?
        /// The redirection from http; nil leaves it out.
        package var redirection: Redirection?

        package init(fields: [FieldText]) { self.fields = fields }
    }

    /// The redirection of a browser that begins with http, by its result.
    package enum Redirection: String, Sendable {
        case notNeeded = "redirection-not-needed-no-http"
        case toHTTPS = "redirection-to-https"
        case toAnotherHost = "redirection-off-host-from-http"
        case firstToHTTP = "redirection-not-to-https-on-initial-redirection"
        case notToHTTPS = "redirection-not-to-https"
        case missing = "redirection-missing"
    }

    /// The outcome of one test, under the name that the Observatory gives it.
    package struct Mark: Sendable, Hashable {
        package var result: String
        package var points: Int
        /// The meaning of the result, for people.
        package var text: String

        init(_ result: String, _ points: Int, _ text: String) {
            self.result = result
            self.points = points
            self.text = text
        }
    }

    package struct Score: Sendable, Hashable {
        package var marks: [Mark]
        /// 100 minus the points that were taken off; not below 0.
        package var withoutBonus: Int { max(0, 100 + marks.map { min(0, $0.points) }.reduce(0, +)) }
        /// Whether bonus points count, which is so only for an A or better.
        package var countsBonus: Bool { withoutBonus >= 90 }
        package var points: Int { countsBonus ? 100 + marks.map(\.points).reduce(0, +) : withoutBonus }
        package var letter: String {
            let steps = [
                (100, "A+"), (90, "A"), (85, "A-"), (80, "B+"), (70, "B"), (65, "B-"), (60, "C+"), (50, "C"), (45, "C-"),
                (40, "D+"), (30, "D"), (25, "D-"),
            ]
            return steps.first { points >= $0.0 }?.1 ?? "F"
        }
    }

    package static func judge(_ page: Page) -> Score {
        let fields = page.fields
        let policy = ContentSecurityGrade(fields)
        let security = transportSecurity(fields)
        let marks = [
            policy.mark, cookies(page, isProtected: security.points >= 0), sharing(page.preflight), redirection(page.redirection),
            referrer(fields), security, contentType(fields), framing(fields, policy), resourcePolicy(fields),
        ]
        return Score(marks: marks.compactMap(\.self))
    }

    /// Returns the value of a field, joined if it occurs several times; nil when there is none, or it is empty.
    private static func word(_ name: String, _ fields: [FieldText]) -> String? {
        let value = fields.combined(name).map { KnownValue.trimmed($0).lowercased() }
        return value?.isEmpty ?? true ? nil : value
    }

    /// Half a year in seconds, rounded down because many sites write 180 days.
    private static let halfYear = 15_552_000

    private static func transportSecurity(_ fields: [FieldText]) -> Mark {
        guard let value = fields.combined("Strict-Transport-Security") else {
            return Mark("hsts-not-implemented", -20, "no Strict-Transport-Security")
        }
        let ages = value.split(separator: ";").map { KnownValue.trimmed($0).lowercased() }.filter { $0.hasPrefix("max-age=") }
        guard !value.contains(","), let age = ages.last?.dropFirst("max-age=".count) else {
            return Mark("hsts-header-invalid", -20, "Strict-Transport-Security that nobody reads")
        }
        // An age that is not a number does not count as below the limit.
        let digits = age.drop { $0 == " " }.prefix { $0 == "-" || $0.isNumber }
        if let seconds = Int(digits), seconds < halfYear {
            return Mark(
                "hsts-implemented-max-age-less-than-six-months", -10,
                "Strict-Transport-Security for less than \(halfYear) seconds, half a year")
        }
        return Mark(
            "hsts-implemented-max-age-at-least-six-months", 0, "Strict-Transport-Security for half a year or more")
    }

    private static func contentType(_ fields: [FieldText]) -> Mark {
        switch word("X-Content-Type-Options", fields) {
        case "nosniff": Mark("x-content-type-options-nosniff", 0, "X-Content-Type-Options: nosniff")
        case nil: Mark("x-content-type-options-not-implemented", -5, "no X-Content-Type-Options: nosniff")
        default: Mark("x-content-type-options-header-invalid", -5, "X-Content-Type-Options that is not nosniff")
        }
    }

    private static func framing(_ fields: [FieldText], _ policy: ContentSecurityGrade) -> Mark {
        if policy.limitsFrames { return Mark("x-frame-options-implemented-via-csp", 5, "frame-ancestors") }
        switch word("X-Frame-Options", fields) {
        case "deny", "sameorigin": return Mark("x-frame-options-sameorigin-or-deny", 5, "X-Frame-Options")
        case let value? where value.hasPrefix("allow-from"):
            return Mark("x-frame-options-allow-from-origin", 0, "X-Frame-Options ALLOW-FROM, which no browser of today knows")
        case nil: return Mark("x-frame-options-not-implemented", -20, "neither X-Frame-Options nor frame-ancestors")
        default: return Mark("x-frame-options-header-invalid", -20, "X-Frame-Options that no browser knows")
        }
    }

    private static func referrer(_ fields: [FieldText]) -> Mark {
        guard let value = fields.combined("Referrer-Policy") else {
            return Mark("referrer-policy-not-implemented", 0, "no Referrer-Policy")
        }
        let good: Set = ["no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"]
        let bad: Set = ["origin", "origin-when-cross-origin", "unsafe-url", "no-referrer-when-downgrade"]
        let words = value.split(separator: ",").map { KnownValue.trimmed($0).lowercased() }
        guard let last = words.last(where: { good.contains($0) || bad.contains($0) }) else {
            return Mark("referrer-policy-header-invalid", -5, "Referrer-Policy that no browser knows")
        }
        return good.contains(last)
            ? Mark("referrer-policy-private", 5, "Referrer-Policy: \(last)")
            : Mark("referrer-policy-unsafe", -5, "Referrer-Policy: \(last) tells other sites too much")
    }

    private static func resourcePolicy(_ fields: [FieldText]) -> Mark {
        switch word("Cross-Origin-Resource-Policy", fields) {
        case "same-site": Mark("corp-implemented-with-same-site", 10, "Cross-Origin-Resource-Policy: same-site")
        case "same-origin": Mark("corp-implemented-with-same-origin", 10, "Cross-Origin-Resource-Policy: same-origin")
        case "cross-origin": Mark("corp-implemented-with-cross-origin", 0, "Cross-Origin-Resource-Policy: cross-origin")
        case nil: Mark("corp-not-implemented", 0, "no Cross-Origin-Resource-Policy")
        default: Mark("corp-header-invalid", -5, "Cross-Origin-Resource-Policy that no browser knows")
        }
    }

    private static func sharing(_ preflight: [FieldText]) -> Mark {
        guard let origin = word("Access-Control-Allow-Origin", preflight) else {
            return Mark("cross-origin-resource-sharing-not-implemented", 0, "no CORS for strangers")
        }
        if origin == "*" {
            return Mark(
                "cross-origin-resource-sharing-implemented-with-public-access", 0, "CORS for everybody, without credentials")
        }
        guard origin == foreignOrigin, word("Access-Control-Allow-Credentials", preflight) == "true" else {
            return Mark("cross-origin-resource-sharing-implemented-with-restricted-access", 0, "CORS for some")
        }
        return Mark(
            "cross-origin-resource-sharing-implemented-with-universal-access", -50, "CORS for everybody, with credentials")
    }

    private static func redirection(_ redirection: Redirection?) -> Mark? {
        guard let redirection else { return nil }
        let (points, text) =
            switch redirection {
            case .notNeeded: (0, "nothing over http")
            case .toHTTPS: (0, "http goes to https")
            case .toAnotherHost: (-5, "http goes to https of another host, so that HSTS is never heard for this one")
            case .firstToHTTP: (-10, "http goes to http first, and then to https")
            case .notToHTTPS: (-20, "http goes to http, and never to https")
            case .missing: (-20, "http does not go to https")
            }
        return Mark(redirection.rawValue, points, text)
    }
}
