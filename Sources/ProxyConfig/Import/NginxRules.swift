import ProxyCore

/// The fields that nginx sets and hides, as rules.
extension NginxTranslator {
    /// The statuses on which nginx adds a field without `always`.
    static let usual = "{ status: [200, 201, 204, 206, 301, 302, 303, 304, 307, 308] }"

    /// Fills in what else holds at the place of a route.
    mutating func complete(
        _ route: ImportDraft.Route, _ location: NginxDirective, _ scope: NginxScope, isProxied: Bool, address: String = "",
        host: String? = nil
    ) -> ImportDraft.Route {
        var route = route
        if route.comment?.isEmpty == true { route.comment = nil }
        // The rest of the rules may differ from route to route; what is hidden from all apps is the same for all.
        route.responseRules = hidden(scope) + (isProxied ? cookies(scope) + locations(scope, location, address, host) : [])
        route.responseRules += expires(scope) + moreRules(scope, "more_set_headers", isResponse: true) + added(location, scope)
        guard isProxied else { return route }
        route.requestRules = requestFields(scope) + moreRules(scope, "more_set_input_headers", isResponse: false)
        for (name, key) in [("proxy_connect_timeout", "connect"), ("proxy_read_timeout", "response")] {
            guard let directive = scope.single(name), let value = NginxValues.duration(directive[0]) else { continue }
            if !draft.settings.contains(where: { $0.origin == directive.place }) { route.timeouts.append((key, value)) }
        }
        if let directive = scope.single("client_max_body_size"), let size = NginxValues.size(directive[0]),
            !draft.settings.contains(where: { $0.origin == directive.place })
        {
            route.requestBody = size
        }
        return route
    }

    /// `proxy_hide_header`, and what nginx hides by itself.
    private func hidden(_ scope: NginxScope) -> [ImportDraft.Rule] {
        let passed = scope.list("proxy_pass_header").map { $0[0].lowercased() }
        let own = ["Server", "X-Pad", "X-Accel-*"].filter { !passed.contains($0.lowercased()) }
        var rules = [ImportDraft.Rule(body: .remove(own), origin: "nginx does not pass these on")]
        for directive in scope.list("proxy_hide_header") where !NginxCORS.owns(directive[0]) {
            rules.append(ImportDraft.Rule(body: .remove([directive[0]]), origin: directive.place))
        }
        return rules
    }

    private mutating func cookies(_ scope: NginxScope) -> [ImportDraft.Rule] {
        scope.list("proxy_cookie_flags").compactMap { directive in
            guard directive[0] != "off" else { return nil }
            var keys: [String] = []
            for flag in directive.arguments.dropFirst().map({ $0.lowercased() }) {
                switch flag {
                case "secure": keys.append("secure: true")
                case "httponly": keys.append("http_only: true")
                case "samesite", "samesite=strict": keys.append("same_site: Strict")
                case "samesite=lax": keys.append("same_site: Lax")
                case "samesite=none": keys.append("same_site: None")
                default: draft.note("\(directive.text): `\(flag)` is not taken over: no cookie is weakened", at: directive.place)
                }
            }
            if ["~", "~.*", "~*", "~^"].contains(directive[0]) == false {
                guard !directive[0].hasPrefix("~"), !directive[0].contains("$") else {
                    draft.note("\(directive.text): cookies are named, or chosen by a `*`", at: directive.place)
                    return nil
                }
                keys.append("names: \(ImportText.list([directive[0]]))")
            }
            guard !keys.isEmpty else { return nil }
            return ImportDraft.Rule(body: .lines(["cookies: { \(keys.joined(separator: ", ")) }"]), origin: directive.place)
        }
    }

    /// `proxy_redirect`, and what nginx does without one where the app sees another host than the client.
    private mutating func locations(
        _ scope: NginxScope, _ location: NginxDirective, _ address: String, _ host: String?
    ) -> [ImportDraft.Rule] {
        func edit(_ from: String, _ to: String, _ origin: String) -> ImportDraft.Rule {
            let match = "^" + from.map { ".+*?()[]{}|^$\\".contains($0) ? "\\\($0)" : String($0) }.joined()
            let text = "edit: { Location: { match: \(match.quoted), replace: \(to.quoted) } }"
            return ImportDraft.Rule(body: .lines([text]), origin: origin)
        }
        let own = scope.list("proxy_redirect")
        var rules: [ImportDraft.Rule] = []
        for directive in own where !["off", "default"].contains(directive[0]) {
            if directive[0].hasPrefix("~") || directive.arguments.contains(where: { $0.contains("$") }) {
                draft.note("\(directive.text): write an `edit` of Location", at: directive.place)
            } else {
                rules.append(edit(directive[0], directive[1], directive.place))
            }
        }
        let isUsual = own.isEmpty || own.contains { $0[0] == "default" }
        if isUsual, host != nil, !address.contains("unix:") {
            rules.append(edit("\(address)/", "/", "nginx's default for Location"))
        }
        return rules
    }

    private mutating func expires(_ scope: NginxScope) -> [ImportDraft.Rule] {
        guard let directive = scope.single("expires"), directive[0] != "off" else { return [] }
        let value: String
        switch directive[0] {
        case "epoch": value = "no-cache"
        case "max": value = "max-age=315360000"
        default:
            guard let seconds = NginxValues.seconds(directive[0].filter { $0 != "-" }) else {
                unclear(directive)
                return []
            }
            value = directive[0].hasPrefix("-") ? "no-cache" : "max-age=\(seconds)"
        }
        draft.note(
            "\(directive.text): becomes Cache-Control alone; Expires is a date that it makes superfluous", at: directive.place)
        return [
            ImportDraft.Rule(
                body: .field(action: "set", name: "Cache-Control", value: value), when: Self.usual, origin: directive.place)
        ]
    }

    /// `more_set_headers`, `more_clear_headers` and their twins for requests.
    private mutating func moreRules(_ scope: NginxScope, _ name: String, isResponse: Bool) -> [ImportDraft.Rule] {
        var rules: [ImportDraft.Rule] = []
        for directive in scope.list(name) {
            var conditions: [String] = []
            var fields: [String] = []
            var option: String?
            for argument in directive.arguments {
                if let current = option {
                    let words = argument.split { $0 == " " || $0 == "," }.map(String.init)
                    conditions.append("\(current == "-s" ? "status" : "content_type"): \(ImportText.list(words))")
                    option = nil
                } else if ["-s", "-t"].contains(argument) {
                    option = argument
                } else if argument.hasPrefix("-") {
                    draft.note("\(directive.text): `\(argument)` is not taken over", at: directive.place)
                } else {
                    fields.append(argument)
                }
            }
            let when = conditions.isEmpty ? nil : "{ \(conditions.joined(separator: ", ")) }"
            let isClear = directive.name.hasPrefix("more_clear")
            for field in fields where !(isResponse && NginxCORS.owns(field)) {
                let colon = field.firstIndex(of: ":") ?? field.endIndex
                let (name, value) = (String(field[..<colon]), field[colon...].dropFirst().drop { $0 == " " })
                if isClear || value.isEmpty {
                    rules.append(ImportDraft.Rule(body: .remove([name]), when: when, origin: directive.place))
                } else if let template = template(String(value), scope, directive) {
                    let body = ImportDraft.Rule.Body.field(action: "set", name: name, value: template)
                    rules.append(ImportDraft.Rule(body: body, when: when, origin: directive.place))
                }
            }
        }
        return rules
    }

    /// `add_header`, the fields of CORS as one rule.
    private mutating func added(_ location: NginxDirective, _ scope: NginxScope) -> [ImportDraft.Rule] {
        var cors = NginxCORS()
        var rules: [ImportDraft.Rule] = []
        let content = location.block ?? []
        for directive in scope.list("more_set_headers") where directive.name == "more_set_headers" {
            for field in directive.arguments where NginxCORS.owns(field) {
                let parts = field.split(separator: ":", maxSplits: 1).map { $0.drop { $0 == " " } }
                if parts.count == 2 { cors.add(String(parts[0]), String(parts[1]), directive) }
            }
        }
        let conditional = content.named("if").filter { isOfCORS($0, &cors) }
        for directive in content.named("if") where !conditional.contains(where: { $0.location == directive.location }) {
            draft.note("\(directive.text): no `if` is taken over but those of CORS", at: directive.place)
        }
        let own = scope.list("add_header")
        for directive in own + conditional.flatMap({ ($0.block ?? []).named("add_header") }) where NginxCORS.owns(directive[0]) {
            cors.add(directive[0], directive[1], directive)
        }
        if !cors.isEmpty {
            var origin = ""
            if let lines = cors.rule(maps, origin: &origin) {
                rules.append(ImportDraft.Rule(body: .lines(lines), origin: origin))
            }
            for note in cors.notes { draft.note(note.text, at: note.origin) }
        }
        for directive in own where !NginxCORS.owns(directive[0]) && !directive[1].isEmpty {
            if !cors.isEmpty, directive[0].lowercased() == "vary", directive[1].lowercased() == "origin" { continue }
            guard let template = template(directive[1], scope, directive) else { continue }
            let when = directive.arguments.last == "always" && directive.arguments.count > 2 ? nil : Self.usual
            let body = ImportDraft.Rule.Body.field(action: "add", name: directive[0], value: template)
            rules.append(ImportDraft.Rule(body: body, when: when, origin: directive.place))
        }
        return rules
    }

    /// Whether an `if` is a part of what nginx needs for CORS: it answers the preflight, or asks for the origin.
    private func isOfCORS(_ directive: NginxDirective, _ cors: inout NginxCORS) -> Bool {
        let words = directive.arguments.map { $0.trimming("()\"' ") }.filter { !$0.isEmpty }
        if words.count == 3, words[0] == "$request_method", words[2] == "OPTIONS" {
            return (directive.block ?? []).allSatisfy { ["add_header", "return", "more_set_headers", "set"].contains($0.name) }
        }
        guard words.count >= 3, words[0] == "$http_origin", ["~", "~*", "="].contains(words[1]) else { return false }
        let expression = words[2...].joined(separator: " ")
        cors.tested.append(words[1] == "=" ? "^\(expression.replacing(".", with: "\\."))$" : expression)
        return true
    }

    private mutating func requestFields(_ scope: NginxScope) -> [ImportDraft.Rule] {
        /// What Letterhead does by itself, or says with another key; and the variables for which that is the same.
        let own: [String: Set<String>] = [
            "x-forwarded-for": ["$proxy_add_x_forwarded_for", "$remote_addr"], "x-forwarded-proto": ["$scheme"],
            "x-forwarded-host": ["$host", "$http_host"], "x-forwarded-port": ["$server_port"],
        ]
        var rules: [ImportDraft.Rule] = []
        for directive in scope.list("proxy_set_header") {
            let (name, value) = (directive[0].lowercased(), directive[1])
            if ["host", "connection", "upgrade", "keep-alive", "te", "x-forwarded-server"].contains(name) { continue }
            if own[name]?.contains(value) == true {
                if value == "$proxy_add_x_forwarded_for", !draft.settings.contains(where: { $0.key == "trusted_proxies" }) {
                    draft.note(
                        "\(directive.text): what a client says of itself is believed from `trusted_proxies` alone",
                        at: directive.place)
                }
                continue
            }
            if value.isEmpty {
                rules.append(ImportDraft.Rule(body: .remove([directive[0]]), origin: directive.place))
            } else if let template = template(value, scope, directive) {
                let body = ImportDraft.Rule.Body.field(action: "set", name: directive[0], value: template)
                rules.append(ImportDraft.Rule(body: body, origin: directive.place))
            }
        }
        return rules
    }

    private mutating func template(_ text: String, _ scope: NginxScope, _ directive: NginxDirective) -> String? {
        do throws(NginxVariables.Unknown) {
            return try scope.variables.template(text)
        } catch {
            draft.note("\(directive.text): nothing here stands for $\(error.name)", at: directive.place)
            return nil
        }
    }
}

extension String {
    fileprivate func trimming(_ characters: String) -> String {
        var text = self[...]
        while let first = text.first, characters.contains(first) { text.removeFirst() }
        while let last = text.last, characters.contains(last) { text.removeLast() }
        return String(text)
    }
}
