import HTTPModel
import ProxyConfig
import ProxyCore

/// Translates nginx's changes to fields that contain the app's own address: `Set-Cookie`, `Location` and `Refresh`.
extension NginxTranslator {
    mutating func cookies(_ scope: NginxScope) -> [ImportDraft.Rule] {
        cookieFlags(scope) + cookiePaths(scope) + cookieDomains(scope)
    }

    private mutating func cookieFlags(_ scope: NginxScope) -> [ImportDraft.Rule] {
        let list = scope.list("proxy_cookie_flags").filter { $0[0] != "off" }
        if list.count > 1 {
            draft.note("\(list[0].text): the first that fits a cookie counted; here all of them do", at: list[0].place, .small)
        }
        // The first one that fits has the last word.
        return list.reversed().compactMap { directive in
            var keys = flags(directive.arguments.dropFirst().map { $0.lowercased() }, directive)
            if !["~", "~.*", "~*", "~^"].contains(directive[0]) {
                guard !directive[0].hasPrefix("~"), !directive[0].contains("$") else {
                    draft.note("\(directive.text): cookies are named, or chosen by a `*`", at: directive.place)
                    return nil
                }
                if !keys.isEmpty { keys.append("names: \(YAMLText.list([directive[0]]))") }
            }
            guard !keys.isEmpty else { return nil }
            // nginx replaces the SameSite that the app wrote.
            if keys.contains(where: { $0.hasPrefix("same_site") }) { keys.append("force: true") }
            return ImportDraft.Rule(body: .lines(["cookies: { \(keys.joined(separator: ", ")) }"]), origin: directive.place)
        }
    }

    private mutating func flags(_ flags: [String], _ directive: NginxDirective) -> [String] {
        flags.compactMap { flag in
            switch flag {
            case "": return nil
            case "secure": return "secure: true"
            case "httponly": return "http_only: true"
            case "samesite", "samesite=strict": return "same_site: Strict"
            case "samesite=lax": return "same_site: Lax"
            case "samesite=none": return "same_site: None"
            default:
                draft.note("\(directive.text): `\(flag)` is not taken over: no cookie is weakened", at: directive.place)
                return nil
            }
        }
    }

    /// Translates `proxy_cookie_path / "/; Secure; HttpOnly; SameSite=Lax"`, and its intended use.
    private mutating func cookiePaths(_ scope: NginxScope) -> [ImportDraft.Rule] {
        let list = scope.list("proxy_cookie_path")
        if let chain = Self.chain(list) {
            return chain.map { directive, others in
                edit(
                    "Set-Cookie", "(; *[Pp]ath=)\(NginxExpression.escaped(directive[0]))\(others.map { "(\($0))" } ?? "")",
                    "$1\(directive[1])\(others == nil ? "" : "$2")", directive.place)
            }
        }
        noteChains(list)
        return list.compactMap { directive in
            guard directive[0] != "off" else { return nil }
            let parts = directive[1].split(separator: ";").map { $0.filter { $0 != " " } }
            let path = parts.first ?? ""
            guard !directive[0].hasPrefix("~"), !directive.arguments.contains(where: { $0.contains("$") }) else {
                draft.note("\(directive.text): write `edit: { Set-Cookie: … }`", at: directive.place)
                return nil
            }
            if parts.count > 1, path == directive[0] {
                let keys = flags(parts.dropFirst().map { $0.lowercased() }, directive)
                guard !keys.isEmpty else { return nil }
                draft.note(
                    "\(directive.text): told as flags, which cookies without a Path get too, and no cookie twice",
                    at: directive.place,
                    .small)
                return ImportDraft.Rule(body: .lines(["cookies: { \(keys.joined(separator: ", ")) }"]), origin: directive.place)
            }
            return edit(
                "Set-Cookie", "(; *[Pp]ath=)\(NginxExpression.escaped(directive[0]))", "$1\(directive[1])", directive.place)
        }
    }

    private mutating func cookieDomains(_ scope: NginxScope) -> [ImportDraft.Rule] {
        noteChains(scope.list("proxy_cookie_domain"))
        return scope.list("proxy_cookie_domain").compactMap { directive in
            guard directive[0] != "off" else { return nil }
            guard !directive[0].hasPrefix("~"), !directive.arguments.contains(where: { $0.contains("$") }) else {
                draft.note("\(directive.text): write `edit: { Set-Cookie: … }`", at: directive.place)
                return nil
            }
            let name = directive[0].hasPrefix(".") ? String(directive[0].dropFirst()) : directive[0]
            return edit(
                "Set-Cookie", "(?i)(; *domain=)[.]?\(NginxExpression.escaped(name))(;|$)", "$1\(directive[1])$2", directive.place)
        }
    }

    /// Returns paths in an order in which each can be applied in turn, although nginx applies the first that fits alone: a path that
    /// an earlier one takes is excluded, and what makes of a path one that another takes comes behind that. Nil where there is no
    /// such order, or only one path, and where they are more than texts.
    private static func chain(_ list: [NginxDirective]) -> [(NginxDirective, others: String?)]? {
        guard list.count > 1,
            list.allSatisfy({ $0[0].hasPrefix("/") && !$0.arguments.contains { $0.contains("$") || $0.contains(";") } })
        else { return nil }
        var left: [(directive: NginxDirective, others: String?)] = []
        for (place, directive) in list.enumerated() {
            let earlier = list[..<place].map(\.[0])
            if earlier.contains(where: directive[0].hasPrefix) { continue }
            let inside = earlier.filter { $0.hasPrefix(directive[0]) }.map { Array($0.dropFirst(directive[0].count)) }
            guard inside.isEmpty || NginxExpression.otherwise(inside) != nil else { return nil }
            left.append((directive, inside.isEmpty ? nil : NginxExpression.otherwise(inside)))
        }
        var ordered: [(NginxDirective, others: String?)] = []
        while !left.isEmpty {
            let next = left.indices.first { index in
                let made = left[index].directive[1]
                return !left.indices.contains { other in
                    let path = left[other].directive[0]
                    return other != index && (made.hasPrefix(path) || path.hasPrefix(made))
                }
            }
            guard let next else { return nil }
            ordered.append(left.remove(at: next))
        }
        return ordered
    }

    /// Notes directives that may change once more what another one has changed: nginx uses only the first that fits, but here
    /// each one applies.
    private mutating func noteChains(_ list: [NginxDirective]) {
        // Addresses are compared without the dot of a domain and the flags behind a path.
        let bare = { (text: String) in text.drop { $0 == "." }.prefix { $0 != ";" } }
        for (place, directive) in list.enumerated() {
            let from = bare(directive[0])
            let mayFollow = list[..<place].lazy.map { bare($0[1]) }.contains { to in
                !to.isEmpty && (to.hasPrefix(from) || from.hasPrefix(to))
            }
            guard mayFollow else { continue }
            draft.note(
                "\(directive.text): only the first that fits counted; here it follows those before it", at: directive.place)
        }
    }

    private func edit(_ field: String, _ match: String, _ replace: String, _ origin: String) -> ImportDraft.Rule {
        let text = "edit: { \(field): { match: \(match.quoted), replace: \(replace.quoted) } }"
        return ImportDraft.Rule(body: .lines([text]), origin: origin)
    }

    /// Translates `proxy_redirect`, and nginx's default, which replaces the app's own address with the client's.
    mutating func locations(_ spot: NginxSpot, _ target: NginxTarget?) -> [ImportDraft.Rule] {
        func edit(_ from: String, _ to: String, _ origin: String) -> ImportDraft.Rule {
            let address = NginxExpression.escaped(from)
            let replacement = to.replacing("$", by: "$$")
            let text =
                "edit: { Location: { match: \("^\(address)".quoted), replace: \(replacement.quoted) }, Refresh: { match: "
                + "\("(?i)(url=)\(address)".quoted), replace: \("$1\(replacement)".quoted) } }"
            return ImportDraft.Rule(body: .lines([text]), origin: origin)
        }
        let own = spot.scope.list("proxy_redirect")
        noteChains(own)
        var rules: [ImportDraft.Rule] = []
        for directive in own where !["off", "default"].contains(directive[0]) {
            if directive[0].hasPrefix("~") || directive.arguments.contains(where: { $0.contains("$") }) {
                guard let (from, to) = Self.plain(directive) else {
                    draft.note("\(directive.text): write an `edit` of Location", at: directive.place)
                    continue
                }
                rules.append(edit(from, to, directive.place))
            } else {
                rules.append(edit(directive[0], directive[1], directive.place))
            }
        }
        let pass = spot.content.first { $0.name == "proxy_pass" }
        let isUsual = own.isEmpty || own.contains { $0[0] == "default" }
        if isUsual, let target, let pass, !pass[0].contains("$"), !target.address.contains(text: "unix:") {
            let from = target.text + (target.path ?? "/")
            rules.append(edit(from, target.path == nil ? "/" : spot.prefix ?? "/", "nginx's default for Location"))
        }
        return rules
    }

    /// Returns the replacement in `proxy_redirect http:// https://` and `http:// $scheme://`, where the second part is the way
    /// that the client came.
    private static func plain(_ directive: NginxDirective) -> (String, String)? {
        guard !directive[0].hasPrefix("~"), !directive[0].contains("$") else { return nil }
        // A Location that is a path leads to the client's own host.
        for start in ["$scheme://$host", "$scheme://$http_host", "$scheme://$host:$server_port"]
        where directive[1].hasPrefix(start) {
            let rest = String(directive[1].dropFirst(start.count))
            if rest.hasPrefix("/"), !rest.contains("$") { return (directive[0], rest) }
        }
        return nil
    }
}
