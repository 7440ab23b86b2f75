import HTTPModel
import ProxyCore

/// Translates the fields that nginx sets for the app.
extension NginxTranslator {
    mutating func requestFields(_ scope: NginxScope) -> [ImportDraft.Rule] {
        var rules: [ImportDraft.Rule] = []
        for directive in scope.list("proxy_set_header") {
            let (name, value) = (directive[0].lowercased(), directive[1])
            if ["host", "connection", "upgrade"].contains(name) { continue }
            if ["keep-alive", "te"].contains(name) {
                if !value.isEmpty { draft.note("\(directive.text): Letterhead writes its own", at: directive.place, .small) }
                continue
            }
            noteClaims(value, scope, directive)
            if isOwn(name, value, scope) { continue }
            if value.isEmpty {
                rules.append(ImportDraft.Rule(body: .remove([directive[0]]), origin: directive.place))
            } else {
                rules += set(directive, scope)
            }
        }
        return rules
    }

    /// Notes a value made of what a client, or a balancer in front, says of itself.
    mutating func noteClaims(_ value: String, _ scope: NginxScope, _ directive: NginxDirective) {
        guard !draft.settings.contains(where: { $0.key == "trusted_proxies" }),
            scope.memory.sources(value).contains(where: Self.isClaim)
        else { return }
        draft.note(
            "\(directive.text): what a client says of itself is believed from `trusted_proxies` alone", at: directive.place)
    }

    private static func isClaim(_ variable: String) -> Bool {
        if variable == "proxy_add_x_forwarded_for" { return true }
        guard variable.hasPrefix("http_") else { return false }
        let field = variable.dropFirst(5).map { $0 == "_" ? "-" : String($0) }.joined()
        return ForwardingFields.names.lazy.map { $0.lowercased() }.contains { name in
            name.hasSuffix("*") ? field.hasPrefix(name.dropLast()) : field == name
        }
    }

    /// Whether Letterhead sends a field with this value by itself, or passes on the one that it believes.
    private func isOwn(_ name: String, _ value: String, _ scope: NginxScope) -> Bool {
        let variable = "http_\(name.map { $0 == "-" ? "_" : String($0) }.joined())"
        var own = Self.isClaim(variable) ? ["${\(variable)}"] : []
        switch name {
        case "x-forwarded-for":
            own += ["${proxy_add_x_forwarded_for}", "${remote_addr}", "${http_x_forwarded_for}, ${remote_addr}"]
        case "x-forwarded-proto": own.append("${scheme}")
        case "x-forwarded-host": own += scope.hasUsualPorts ? ["${http_host}", "${host}"] : ["${http_host}"]
        // The port is that of the client's Host, which need not be the listener's.
        case "x-forwarded-port" where scope.hasUsualPorts: if ["$server_port", "${server_port}"].contains(value) { return true }
        default: break
        }
        return scope.memory.expand(value)?.allSatisfy { $0.when.unknown == nil && own.contains($0.value) } ?? false
    }

    /// Sets a field for the app, with one rule for each case of its value.
    private mutating func set(_ directive: NginxDirective, _ scope: NginxScope) -> [ImportDraft.Rule] {
        do throws(NginxVariables.Unknown) {
            return try scope.values(directive[1]).map { value in
                let body: ImportDraft.Rule.Body =
                    value.text.isEmpty
                    ? .remove([directive[0]]) : .field(action: "set", name: directive[0], value: value.text)
                return ImportDraft.Rule(body: body, when: value.when.yaml, origin: directive.place)
            }
        } catch {
            // Otherwise the client's own value would pass for the one that nginx would have set.
            draft.note(
                "\(directive.text): nothing here stands for $\(error.name); the app gets no such header", at: directive.place)
            return [ImportDraft.Rule(body: .remove([directive[0]]), origin: directive.place)]
        }
    }
}
