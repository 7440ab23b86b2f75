public import HTTPModel

/// `cookies:` as it was written: the attributes that every `Set-Cookie` must have. Attributes that the app wrote stay, unless
/// `force` is set. Or the names of cookies that are removed, from requests as well.
public struct CookiePolicy: Sendable {
    /// Patterns of cookie names (`*` is any run of characters); empty means every cookie.
    public var names: [Located<String>] = []
    public var secure: Located<Bool>?
    public var httpOnly: Located<Bool>?
    /// `Strict`, `Lax` or `None`.
    public var sameSite: Located<String>?
    public var partitioned: Located<Bool>?
    public var path: Located<String>?
    public var domain: Located<String>?
    /// Whether cookies are given what the prefix of their name demands; see `CookiePrefix`.
    public var prefix: Located<Bool>?
    public var force = false
    /// Whether the cookies are taken away; nothing else is said of them then.
    public var remove: Located<Bool>?
    public var location: SourceLocation

    public init(location: SourceLocation) { self.location = location }
}

extension CookiePolicy: Action {
    public static let key = "cookies"
    public static let form = ActionForm.cookies

    /// Who removes cookies may stand in a list for requests, where they are in another field.
    public var effects: [FieldEffect] {
        (remove == nil ? ["Set-Cookie"] : ["Set-Cookie", "Cookie"]).map { FieldEffect(Located($0, at: location), .changed) }
    }
    public var isPolicy: Bool { true }
    public var changesInPlace: Bool { true }
    /// No browser takes a cookie from an interim response, so all may go where some have to.
    public var interim: (any Action)? { remove.map { _ in RemoveFields([Located("Set-Cookie", at: location)]) } }

    public var text: String {
        var parts = names.isEmpty ? [] : ["names \(names.joined)"]
        for (name, value) in [("secure", secure), ("http_only", httpOnly), ("partitioned", partitioned), ("prefix", prefix)] {
            if let value { parts.append("\(name) \(value.value)") }
        }
        for (name, value) in [("same_site", sameSite), ("path", path), ("domain", domain)] {
            if let value { parts.append("\(name) \(value.value)") }
        }
        if force { parts.append("force") }
        if remove != nil { parts.append("remove") }
        return parts.joined(separator: " ")
    }

    public func compile(in compiler: inout RuleCompiler, of rule: Rule, names: inout FieldNames) {
        guard compiler.scope == .response || remove != nil else {
            return compiler.refuse(
                "`cookies` is a policy of responses", location,
                "move it to `response_headers`; requests know `remove: true` alone")
        }
        do throws(PolicyErrors) {
            guard remove == nil else {
                let isOfRequest = compiler.scope == .request
                let removal = try CookieRemoval(self, isOfRequest: isOfRequest)
                return compiler.append(changing: isOfRequest ? "Cookie" : "Set-Cookie", by: removal, &names)
            }
            compiler.append(try CompiledCookies(self))
        } catch {
            for error in error.errors { compiler.refuse(error) }
        }
    }

    public func notes(_ sight: RuleSight, _ facts: borrowing ExchangeFacts) -> [String] {
        guard remove == nil else {
            let isSame = effects.allSatisfy { sight.after.lines(of: $0.name.value) == sight.before.lines(of: $0.name.value) }
            return isSame ? ["no cookie is called so"] : []
        }
        let old = sight.before.lines(of: "Set-Cookie")
        if old.isEmpty { return ["there is no Set-Cookie"] }
        return sight.after.lines(of: "Set-Cookie") == old ? ["every cookie has all of it already, or is not meant"] : []
    }
}

extension Action where Self == CookiePolicy {
    public static func cookies(_ policy: CookiePolicy) -> Self { policy }
}
