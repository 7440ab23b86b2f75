package import HTTPModel

/// `cookies:` as it was written: the attributes that every `Set-Cookie` must have. Attributes that the app wrote stay, unless
/// `force` is set.
package struct CookiePolicy: Sendable {
    /// Patterns of cookie names (`*` is any run of characters); empty means every cookie.
    package var names: [Located<String>] = []
    package var secure: Located<Bool>?
    package var httpOnly: Located<Bool>?
    /// `Strict`, `Lax` or `None`.
    package var sameSite: Located<String>?
    package var partitioned: Located<Bool>?
    package var path: Located<String>?
    package var domain: Located<String>?
    /// Whether cookies are given what the prefix of their name demands; see `CookiePrefix`.
    package var prefix: Located<Bool>?
    package var force = false
    package var location: SourceLocation

    package init(location: SourceLocation) { self.location = location }
}

extension CookiePolicy: Action {
    package static let key = "cookies"
    package static let form = ActionForm.cookies

    package var effects: [FieldEffect] { [FieldEffect(Located("Set-Cookie", at: location), .changed)] }
    package var isPolicy: Bool { true }
    package var changesInPlace: Bool { true }

    package var text: String {
        var parts = names.isEmpty ? [] : ["names \(names.joined)"]
        for (name, value) in [("secure", secure), ("http_only", httpOnly), ("partitioned", partitioned), ("prefix", prefix)] {
            if let value { parts.append("\(name) \(value.value)") }
        }
        for (name, value) in [("same_site", sameSite), ("path", path), ("domain", domain)] {
            if let value { parts.append("\(name) \(value.value)") }
        }
        if force { parts.append("force") }
        return parts.joined(separator: " ")
    }

    package func compile(in compiler: inout RuleCompiler, of rule: Rule, names: inout FieldNames) {
        guard compiler.scope == .response else {
            return compiler.refuse("`cookies` is a policy of responses", location, "move it to `response_headers`")
        }
        do throws(PolicyErrors) {
            compiler.append(try CompiledCookies(self))
        } catch {
            for error in error.errors { compiler.refuse(error) }
        }
    }

    package func notes(_ sight: RuleSight, _ facts: borrowing ExchangeFacts) -> [String] {
        let old = sight.before.lines(of: "Set-Cookie")
        if old.isEmpty { return ["there is no Set-Cookie"] }
        return sight.after.lines(of: "Set-Cookie") == old ? ["every cookie has all of it already, or is not meant"] : []
    }
}

extension Action where Self == CookiePolicy {
    package static func cookies(_ policy: CookiePolicy) -> Self { policy }
}
