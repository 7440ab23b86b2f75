import Diagnosis
import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

/// A proposed `cors` rule that does what an app does today or what the user asks for, with its reasons.
struct CORSProposal {
    var origins: [String] = []
    var hasCredentials = false
    /// The methods to allow; nil where nothing is known of them.
    var methods: [String]?
    /// The request headers to allow; nil where nothing is known of them.
    var names: [String]?
    var exposed: [String] = []
    var maxAge: Int?
    var reasons: [String] = []

    /// The methods that most pages need.
    static let usualMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

    /// - Parameter wanted: the origins to allow, whatever the app does.
    init?(wanted: [String], credentials: Bool, _ app: AppFindings?) {
        origins = wanted
        hasCredentials = credentials
        if let app { learn(from: app) }
        guard !origins.isEmpty else { return nil }
        if origins.contains("*") { hasCredentials = false }
        if hasCredentials, methods?.contains("*") ?? false { methods = nil }
    }

    private mutating func learn(from app: AppFindings) {
        let allowed = app.page.values("Access-Control-Allow-Origin")
        switch allowed.first {
        case nil:
            reasons.append(
                "The app sends no CORS headers to a page of \(app.origin): browsers keep its answers from other origins.")
        case "*"?:
            reasons.append("The app lets every page read its answers: Access-Control-Allow-Origin: *.")
            if origins.isEmpty { origins = ["*"] }
        case let origin? where !PageOrigin.isValid(origin):
            return reasons.append("The app's Access-Control-Allow-Origin is no origin, which lets nobody in.")
        case let origin?:
            if app.stranger?.values("Access-Control-Allow-Origin").first == AppFindings.strangeOrigin {
                reasons.append("The app lets in whatever origin asks, strangers included; name those of your pages.")
            } else {
                reasons.append("The app lets in \(origin).")
            }
            if origins.isEmpty { origins = [origin] }
        }
        if allowed.count > 1 { reasons.append("It sends the header \(allowed.count) times, which browsers refuse.") }
        if let error = app.error, !allowed.isEmpty, error.values("Access-Control-Allow-Origin").isEmpty {
            reasons.append(
                "Its \(error.status) has no such header: a page sees a CORS error instead of the status. A rule here is for every answer."
            )
        }
        guard !allowed.isEmpty else { return }
        hasCredentials = hasCredentials || app.page.values("Access-Control-Allow-Credentials") == ["true"]
        exposed = app.page.members("Access-Control-Expose-Headers").filter { Self.isToken($0) && ($0 != "*" || !hasCredentials) }
        learn(fromPreflight: app.preflight)
    }

    private mutating func learn(fromPreflight answer: FetchResponse?) {
        guard let answer, !answer.values("Access-Control-Allow-Origin").isEmpty,
            200...299 ~= answer.status || !answer.members("Access-Control-Allow-Methods").isEmpty
        else {
            let status = answer.map { "with \($0.status)" } ?? "not at all"
            return reasons.append("The app answers a preflight \(status), without a yes; it is answered here.")
        }
        if !(200...299 ~= answer.status) {
            // Starlette answers like this if a preflight asks for more than it allows.
            reasons.append("The app answers a preflight with \(answer.status), and lists what it allows: no more than that here.")
        }
        let methods = learnMethods(answer.members("Access-Control-Allow-Methods"))
        let names = answer.members("Access-Control-Allow-Headers").filter { Self.isToken($0) && $0.lowercased() != "echo" }
        if methods == [AppFindings.method] {
            reasons.append(
                "It allows \(AppFindings.method), which it was asked for, and perhaps other methods when asked for those.")
        } else {
            self.methods = methods
        }
        if names.contains(where: { $0.lowercased() == AppFindings.names[1] }) || names.contains("*") {
            reasons.append("It allows whatever request headers are asked for.")
            self.names = ["echo"]
        } else {
            self.names = names
        }
        if methods.isEmpty || names.isEmpty {
            let lacking = (methods.isEmpty ? ["methods"] : []) + (names.isEmpty ? ["request headers"] : [])
            reasons.append("It allows no \(lacking.joined(separator: " and no ")) beyond those that need no permission.")
        }
        maxAge = answer.values("Access-Control-Max-Age").first.flatMap { Int($0) }.flatMap { 0...86_400 ~= $0 ? $0 : nil }
    }

    /// The methods that an app names, as they have to be written.
    private mutating func learnMethods(_ written: [String]) -> [String] {
        var methods: [String] = []
        var (lower, others): ([String], [String]) = ([], [])
        for text in written where !SafeLists.isForbidden(method: text) {
            let capitals = MethodName.inCapitals(text)
            if capitals != nil { lower.append(text) }
            let method = capitals ?? text
            guard method == "*" || Self.isMethod(method) else {
                others.append(text)
                continue
            }
            if !methods.contains(method) { methods.append(method) }
        }
        if !lower.isEmpty {
            reasons.append(
                "It allows \(lower.joined(separator: ", ")), which browsers do not take for what they send: here in capitals.")
        }
        if !others.isEmpty { reasons.append("Left out, since it is no method: \(others.joined(separator: ", ")).") }
        return methods
    }

    private static func isMethod(_ text: String) -> Bool { if case .success = MethodName.check(text) { true } else { false } }

    /// Whether a text can be the name of a field; an app may also send something else.
    private static func isToken(_ text: String) -> Bool { Fields.isName(text.utf8.span) }

    /// The lines of the rule.
    var lines: [String] {
        var lines = ["- cors:", "    allow_origins:"] + origins.map { "      - \(YAMLText.withoutVariables($0))" }
        if hasCredentials { lines.append("    allow_credentials: true") }
        lines.append("    allow_methods: \(YAMLText.list(methods ?? Self.usualMethods))")
        lines.append("    allow_headers: " + (names == ["echo"] ? "echo" : YAMLText.list(names ?? ["Content-Type"])))
        if !exposed.isEmpty { lines.append("    expose_headers: \(YAMLText.list(exposed))") }
        if let maxAge { lines.append("    max_age: \(maxAge)s") }
        return lines
    }
}
