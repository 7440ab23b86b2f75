import HTTPModel

/// Decides which fields a rule may change (promise 10).
public enum FieldTarget {
    /// The kinds of change that the check distinguishes.
    enum Use { case set, other }

    /// Returns what is wrong with a field's name as a target, or nil.
    static func check(_ name: String, _ use: Use, _ scope: Template.Scope) -> PatternError? {
        if name.hasPrefix(":") {
            return PatternError(
                "\"\(name)\" cannot be changed: names with a colon in front are HTTP/2's own", suggestion: "remove this rule")
        }
        if name.hasSuffix(":") {
            return PatternError("\"\(name)\" is not the name of a header", suggestion: "leave out the colon")
        }
        if name.utf8.contains(0x2A) {
            return PatternError(
                "\"\(name)\": only `remove` takes a wildcard, at the end of a name", suggestion: "name each header")
        }
        guard Fields.isName(name.utf8.span) else {
            return FieldNameProblem.of(name)
        }
        let plain = Array(name.utf8.map { $0 == 0x5F ? 0x2D : $0 })
        let id = FieldNames.standard.id(of: plain.span)
        if isFraming(id) {
            return PatternError(
                "\(name) cannot be changed: it is part of the message's framing, which the proxy sets",
                suggestion: "remove this rule")
        }
        if id == .host, scope == .response {
            return PatternError("Host is a header of requests", suggestion: "remove this rule")
        }
        if id == .host, use != .set {
            return PatternError("every request has one Host: it can only be `set`", suggestion: "use `set`")
        }
        return nil
    }

    /// Returns what is wrong with a name of request fields to remove, or with the start of names followed by a star; nil when
    /// nothing is.
    public static func check(removed name: String) -> PatternError? {
        name.hasSuffix("*") ? check(prefix: String(name.dropLast())) : check(name, .other, .request)
    }

    /// Returns why a rule never sees a field of this name in a message as it was sent; nil when it may.
    static func check(read name: String, of scope: Template.Scope) -> PatternError? {
        let id = FieldNames.standard.id(of: name.utf8.span)
        guard id.isHopByHop, id != .trailer, id != .upgrade || scope == .response else { return nil }
        return PatternError(
            "no rule sees \(name): it belongs to one connection, and is taken off before",
            suggestion: id == .connection && scope == .request ? "ask for Upgrade, or leave this out" : "leave this out")
    }

    /// Returns what is wrong with the start of names to remove (`X-Debug-*` without the star), or nil.
    static func check(prefix: String) -> PatternError? {
        guard !prefix.isEmpty else {
            return PatternError("`*` would remove every header", suggestion: "write the start of the names, as in \"X-Debug-*\"")
        }
        guard Fields.isName(prefix.utf8.span), !prefix.utf8.contains(0x2A) else {
            return PatternError(
                "\"\(prefix)*\" is not the start of a header's name: the one wildcard stands at the end")
        }
        for id in framing {
            if let name = FieldNames.standard.spelling(of: id), Array(name.utf8).span.hasAliasPrefix(prefix.utf8.span) {
                return PatternError(
                    "\"\(prefix)*\" covers \(name), which is part of the message's framing",
                    suggestion: "name the headers one by one")
            }
        }
        return nil
    }

    private static var framing: [FieldID] {
        (FieldID.connection.rawValue...FieldID.host.rawValue).map { FieldID(rawValue: $0) }
    }

    private static func isFraming(_ id: FieldID) -> Bool { id.isHopByHop || id == .contentLength }
}
