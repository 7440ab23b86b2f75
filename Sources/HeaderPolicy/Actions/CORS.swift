public import HTTPModel

/// `cors:` as it was written. Durations are in whole seconds.
public struct CORSPolicy: Sendable {
    /// Origins (`https://app.example`), typed patterns (`https://*.app.example`, `http://localhost:*`), `*`, `null`, or
    /// `regex:…` (always anchored).
    public var allowOrigins: [Located<String>] = []
    public var allowCredentials: Located<Bool>?
    /// The allowed methods, or `*`. Nil means `openMethods`; empty means GET, HEAD and POST, which browsers never refuse.
    public var allowMethods: [Located<String>]?
    /// The methods that are allowed where none are listed: `everyMethod`, or those of the requests to which the rule applies.
    public var openMethods = everyMethod
    /// The allowed field names, `*`, or `echo` (whatever the preflight asks for). Nil means `echo`; empty means none.
    public var allowHeaders: [Located<String>]?
    public var exposeHeaders: [Located<String>] = []
    public var maxAge: Located<Int>?
    public var allowPrivateNetwork: Located<Bool>?
    /// `edge` answers a preflight here; `forward` lets the app see it, and its answer still leaves with this policy.
    public var preflight: Preflight = .edge
    /// `replace` removes the app's `Access-Control-*`; `keep` lets an app's complete answer stand. A response never has both
    /// answers.
    public var upstream: Upstream = .replace
    public var location: SourceLocation

    /// The methods that pages send, the same as the defaults of flask-cors and Starlette.
    public static let everyMethod = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    /// The fields of which a server's CORS answer consists.
    public static let fields = (1...UInt16(FieldNames.standard.count)).map { FieldID(rawValue: $0) }
        .filter(\.isAccessControlResponse).compactMap { FieldNames.standard.spelling(of: $0) }

    /// Those of them that this policy writes.
    public var answeredFields: [String] {
        Self.fields.filter { name in
            switch name {
            case "Access-Control-Allow-Credentials": allowCredentials?.value ?? false
            case "Access-Control-Allow-Headers": allowHeaders.map { !$0.isEmpty } ?? true
            case "Access-Control-Expose-Headers": !exposeHeaders.isEmpty
            case "Access-Control-Max-Age": maxAge != nil
            case "Access-Control-Allow-Private-Network": allowPrivateNetwork?.value ?? false
            default: true
            }
        }
    }

    public enum Preflight: Sendable, Hashable { case edge, forward }
    public enum Upstream: Sendable, Hashable { case replace, keep }

    public init(location: SourceLocation) { self.location = location }
}

extension CORSPolicy: Action {
    public static let key = "cors"
    public static let form = ActionForm.cors

    /// Empty, because the policy is the only author of its fields and says so itself where that matters.
    public var effects: [FieldEffect] { [] }
    public var isPolicy: Bool { true }

    public var interim: (any Action)? {
        upstream == .keep ? nil : RemoveFields([Located("Access-Control-*", at: location)])
    }

    public var text: String {
        var text = "allow_origins \(allowOrigins.joined)"
        for (name, value) in [("allow_credentials", allowCredentials), ("allow_private_network", allowPrivateNetwork)] {
            if let value { text += " \(name) \(value.value)" }
        }
        text += " allow_methods \(allowMethods?.joined ?? openMethods.joined(separator: ", "))"
        text += " allow_headers \(allowHeaders?.joined ?? "echo")"
        if !exposeHeaders.isEmpty { text += " expose_headers \(exposeHeaders.joined)" }
        if let maxAge { text += " max_age \(maxAge.value)s" }
        if preflight == .forward { text += " preflight forward" }
        if upstream == .keep { text += " upstream keep" }
        return text
    }

    public func compile(in compiler: inout RuleCompiler, of rule: Rule, names: inout FieldNames) {
        guard compiler.scope == .response else {
            return compiler.refuse(
                "`cors` is a policy of responses", location, "move it to `response_headers`; preflights are answered from there")
        }
        var own = CORSCompiler()
        let compiled = own.compile(self)
        compiler.append(compiled, errors: own.errors, warnings: own.warnings)
    }

    public func notes(_ sight: RuleSight, _ facts: borrowing ExchangeFacts) -> [String] {
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
    public static func cors(_ policy: CORSPolicy) -> Self { policy }
}
