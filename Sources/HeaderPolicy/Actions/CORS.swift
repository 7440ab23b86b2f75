package import HTTPModel

/// `cors:` as it was written. Durations are in whole seconds.
package struct CORSPolicy: Sendable {
    /// Origins (`https://app.example`), typed patterns (`https://*.app.example`, `http://localhost:*`), `*`, `null`, or
    /// `regex:…` (always anchored).
    package var allowOrigins: [Located<String>] = []
    package var allowCredentials: Located<Bool>?
    /// The allowed methods, or `*`. Nil means `everyMethod`; empty means GET, HEAD and POST, which need no preflight.
    package var allowMethods: [Located<String>]?
    /// The allowed field names, `*`, or `echo` (whatever the preflight asks for). Nil means `echo`; empty means none.
    package var allowHeaders: [Located<String>]?
    package var exposeHeaders: [Located<String>] = []
    package var maxAge: Located<Int>?
    package var allowPrivateNetwork: Located<Bool>?
    /// `edge` answers a preflight here; `forward` lets the app see it, and its answer still leaves with this policy.
    package var preflight: Preflight = .edge
    /// `replace` removes the app's `Access-Control-*`; `keep` lets an app's complete answer stand. A response never has both
    /// answers.
    package var upstream: Upstream = .replace
    package var location: SourceLocation

    /// The methods that pages send, the same as the defaults of flask-cors and Starlette.
    package static let everyMethod = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    package enum Preflight: Sendable, Hashable { case edge, forward }
    package enum Upstream: Sendable, Hashable { case replace, keep }

    package init(location: SourceLocation) { self.location = location }
}

extension CORSPolicy: Action {
    package static let key = "cors"
    package static let form = ActionForm.cors

    /// Empty, because the policy is the only author of its fields and says so itself where that matters.
    package var effects: [FieldEffect] { [] }
    package var isPolicy: Bool { true }

    package var interim: (any Action)? {
        upstream == .keep ? nil : RemoveFields([Located("Access-Control-*", at: location)])
    }

    package var text: String {
        var text = "allow_origins \(allowOrigins.joined)"
        for (name, value) in [("allow_credentials", allowCredentials), ("allow_private_network", allowPrivateNetwork)] {
            if let value { text += " \(name) \(value.value)" }
        }
        text += " allow_methods \(allowMethods?.joined ?? Self.everyMethod.joined(separator: ", "))"
        text += " allow_headers \(allowHeaders?.joined ?? "echo")"
        if !exposeHeaders.isEmpty { text += " expose_headers \(exposeHeaders.joined)" }
        if let maxAge { text += " max_age \(maxAge.value)s" }
        if preflight == .forward { text += " preflight forward" }
        if upstream == .keep { text += " upstream keep" }
        return text
    }

    package func compile(in compiler: inout RuleCompiler, of rule: Rule, names: inout FieldNames) {
        guard compiler.scope == .response else {
            return compiler.refuse(
                "`cors` is a policy of responses", location, "move it to `response_headers`; preflights are answered from there")
        }
        var own = CORSCompiler()
        let compiled = own.compile(self)
        compiler.append(compiled, errors: own.errors, warnings: own.warnings)
    }

    package func notes(_ sight: RuleSight, _ facts: borrowing ExchangeFacts) -> [String] {
        guard let line = facts.request.fields.firstIndex(of: .origin) else {
            return allowOrigins.contains { $0.value == "*" } ? [] : ["the request has no Origin, so that nothing is granted"]
        }
        if facts.request.fields.firstIndex(of: .origin, from: line + 1) != nil {
            return ["the request has more than one Origin, so that nothing is granted"]
        }
        guard sight.after.lines(of: "Access-Control-Allow-Origin").isEmpty else { return [] }
        return ["the origin \(facts.request.fields.value(at: line).text) is not among `allow_origins`"]
    }
}

extension Action where Self == CORSPolicy {
    package static func cors(_ policy: CORSPolicy) -> Self { policy }
}
