import HTTPModel
import ProxyConfig

/// Translates the fields that nginx sets and hides to rules.
extension NginxTranslator {
    /// Completes a route with everything else that applies at its place.
    mutating func complete(
        _ route: ImportDraft.Route, _ spot: NginxSpot, isProxied: Bool, target: NginxTarget? = nil, host: String? = nil
    ) -> ImportDraft.Route {
        var route = route
        let scope = spot.scope
        let added = added(spot)
        let hasCORS = added.contains { $0.isCORS }
        // Other rules may differ from route to route, but the fields hidden from all apps are the same everywhere, so they come
        // first.
        route.responseRules = hidden(scope, hasCORS: hasCORS)
        if isProxied { route.responseRules += cookies(scope) + locations(spot, target) }
        route.responseRules += expires(scope) + moreRules(scope, "more_set_headers", isResponse: true) + added
        if route.responseRules.contains(where: { NginxUnchanged.reads("Set-Cookie", $0) }) {
            draft.note("$upstream_http_set_cookie: no rule reads it", at: spot.location.place)
        }
        route.responseRules = NginxUnchanged.resolve(route.responseRules, "response")
        guard isProxied else { return route }
        // The fields for the app are made from the request as these rules leave it.
        route.requestRules = moreRules(scope, "more_set_input_headers", isResponse: false)
        route.requestRules += NginxUnchanged.resolve(NginxUnchanged.reading(requestFields(scope)), "request")
        timeouts(spot, &route)
        if let directive = scope.single("client_max_body_size"), let size = NginxValues.size(directive[0]),
            !draft.settings.contains(where: { $0.origin == directive.place })
        {
            route.requestBody = size
        }
        return route
    }

    private mutating func timeouts(_ spot: NginxSpot, _ route: inout ImportDraft.Route) {
        let isRPC = spot.content.contains { $0.name == "grpc_pass" }
        for (name, key) in [("connect_timeout", "connect"), ("read_timeout", "response")] {
            guard let directive = spot.scope.single((isRPC ? "grpc_" : "proxy_") + name),
                let value = NginxValues.duration(directive[0])
            else { continue }
            guard value != "0" else {
                unclear(directive)
                continue
            }
            if !draft.settings.contains(where: { $0.origin == directive.place }) { route.timeouts.append((key, value)) }
        }
        // For a WebSocket, this is the longest time without a byte.
        let isTunnel = spot.scope.list("proxy_set_header").contains { $0[0].lowercased() == "upgrade" && !$0[1].isEmpty }
        guard isTunnel, let read = spot.scope.single("proxy_read_timeout"), let seconds = NginxValues.seconds(read[0]) else {
            return
        }
        if let known = draft.settings.first(where: { $0.section == "timeouts" && $0.key == "tunnel" }), known.origin != read.place
        {
            draft.note("\(read.text): the longest time without a byte is for all WebSockets", at: read.place, .answer)
            guard seconds > tunnelSeconds else { return }
            draft.settings.removeAll { $0.section == "timeouts" && $0.key == "tunnel" }
        }
        tunnelSeconds = max(tunnelSeconds, seconds)
        draft.set("timeouts", "tunnel", NginxValues.duration(read[0]) ?? "1h", at: read.place)
    }

    /// Returns the rules for `proxy_hide_header`, and for the fields that nginx hides by default.
    private func hidden(_ scope: NginxScope, hasCORS: Bool) -> [ImportDraft.Rule] {
        let passed = scope.list("proxy_pass_header").map { $0[0].lowercased() }
        let accelerations = ["Buffering", "Charset", "Expires", "Limit-Rate", "Redirect"].map { "X-Accel-\($0)" }
        let isPassed = { (name: String) in passed.contains(name.lowercased()) }
        let own = (["Server", "X-Pad"] + (accelerations.contains(where: isPassed) ? accelerations : ["X-Accel-*"])).filter {
            !isPassed($0)
        }
        var rules = [ImportDraft.Rule(body: .remove(own), origin: "nginx does not pass these on")]
        // A `cors` rule removes the app's fields by itself.
        for directive in scope.list("proxy_hide_header") where !hasCORS || !NginxCORS.owns(directive[0]) {
            rules.append(ImportDraft.Rule(body: .remove([directive[0]]), origin: directive.place))
        }
        return rules
    }

    private mutating func expires(_ scope: NginxScope) -> [ImportDraft.Rule] {
        guard let directive = scope.single("expires"), directive[0] != "off" else { return [] }
        let text = directive.arguments.joined(separator: " ")
        guard let cases = scope.memory.expand(text), !cases.contains(where: { $0.when.unknown != nil }) else {
            unclear(directive)
            return []
        }
        var rules: [ImportDraft.Rule] = []
        for one in cases where one.value != "off" && !one.value.isEmpty {
            guard let value = Self.cacheControl(one.value) else {
                unclear(directive)
                continue
            }
            guard let when = Self.usual(and: one.when)?.yaml else { continue }
            rules.append(ImportDraft.Rule(body: .remove(["Expires"]), when: when, origin: directive.place))
            rules.append(
                ImportDraft.Rule(
                    body: .field(action: "set", name: "Cache-Control", value: value), when: when, origin: directive.place))
        }
        if !rules.isEmpty {
            draft.note(
                "\(directive.text): becomes Cache-Control alone; Expires is a date that it makes superfluous",
                at: directive.place,
                .small)
        }
        return rules
    }

    private static func cacheControl(_ text: String) -> String? {
        switch text {
        case "epoch": return "no-cache"
        case "max": return "max-age=315360000"
        default:
            guard let seconds = NginxValues.seconds(text.filter { $0 != "-" }) else { return nil }
            return text.hasPrefix("-") ? "no-cache" : "max-age=\(seconds)"
        }
    }

    /// Returns the condition for a field without `always`, which goes only with certain statuses, together with the other tests;
    /// nil where it goes with none.
    static func usual(and tests: NginxCondition, always: Bool = false) -> NginxCondition? {
        if always { return tests }
        let usual = NginxTest(subject: .statuses(["200", "201", "204", "206", "301", "302", "303", "304", "307", "308"]))
        return NginxCondition(usual).and(tests)
    }

    /// Translates `more_set_headers`, `more_clear_headers` and their counterparts for requests.
    private mutating func moreRules(_ scope: NginxScope, _ name: String, isResponse: Bool) -> [ImportDraft.Rule] {
        var rules: [ImportDraft.Rule] = []
        for directive in scope.list(name) {
            var conditions: [String] = []
            var fields: [String] = []
            var option: String?
            for argument in directive.arguments {
                if let current = option {
                    let words = argument.split { $0 == " " || $0 == "," }.map(String.init)
                    conditions.append("\(current == "-s" ? "status" : "content_type"): \(YAMLText.list(words))")
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
                    if !isResponse { noteClaims(String(value), scope, directive) }
                    let body = ImportDraft.Rule.Body.field(action: "set", name: name, value: template)
                    rules.append(ImportDraft.Rule(body: body, when: when, origin: directive.place))
                }
            }
        }
        return rules
    }

    /// Translates `add_header`, with the fields of CORS as one rule.
    private mutating func added(_ spot: NginxSpot) -> [ImportDraft.Rule] {
        var cors = NginxCORS(spot)
        var rules: [ImportDraft.Rule] = []
        if !cors.isEmpty {
            if let rule = cors.rule(&originPatterns) { rules.append(rule) }
            for note in cors.notes { draft.note(note.text, at: note.origin, note.danger) }
        }
        for directive in spot.scope.list("add_header") where !NginxCORS.owns(directive[0]) {
            // A response has only one of these, and an empty value removes it.
            let isSingle = ["last-modified", "etag"].contains(directive[0].lowercased())
            if !rules.isEmpty, rules[0].isCORS, directive[0].lowercased() == "vary", directive[1].lowercased() == "origin" {
                continue
            }
            let isAlways = directive.arguments.last == "always" && directive.arguments.count > 2
            do throws(NginxVariables.Unknown) {
                for value in try spot.scope.values(directive[1]) where !value.text.isEmpty || isSingle {
                    guard
                        let own = spot.when.and(value.when)?.filtered({ test in value.when.tests.contains { $0.subject == test }
                        }), let when = Self.usual(and: own, always: isAlways)
                    else { continue }
                    let text =
                        directive[0].lowercased() == "strict-transport-security" ? preloadable(value.text, directive) : value.text
                    let body: ImportDraft.Rule.Body =
                        text.isEmpty
                        ? .remove([directive[0]])
                        : .field(action: isSingle ? "set" : "add", name: directive[0], value: text)
                    rules.append(ImportDraft.Rule(body: body, when: when.yaml, origin: directive.place))
                }
            } catch {
                draft.note("\(directive.text): nothing here stands for $\(error.name)", at: directive.place)
            }
        }
        return rules + besideCORS(spot)
    }

    /// Returns the other fields of an `if` that adds fields of CORS, for which the `cors` rule stands.
    private mutating func besideCORS(_ spot: NginxSpot) -> [ImportDraft.Rule] {
        guard spot.outer == nil else { return [] }
        var rules: [ImportDraft.Rule] = []
        for variant in spot.flow.variants where !variant.answers && NginxCORS.isAllOf(variant.condition) {
            for directive in variant.condition.block ?? []
            where ["add_header", "more_set_headers"].contains(directive.name) && !NginxCORS.owns(directive[0])
                && directive[0].lowercased() != "vary" && !(directive.name == "add_header" && directive[1].isEmpty)
            {
                guard directive.name == "add_header", !variant.ways.contains(where: { $0.unknown != nil }) else {
                    draft.note("\(directive.text): left out, with what stands around it", at: directive.place)
                    continue
                }
                guard let text = template(directive[1], spot.scope, directive) else { continue }
                let isAlways = directive.arguments.last == "always" && directive.arguments.count > 2
                for way in variant.ways {
                    guard let when = Self.usual(and: way, always: isAlways) else { continue }
                    let body = ImportDraft.Rule.Body.field(action: "add", name: directive[0], value: text)
                    rules.append(ImportDraft.Rule(body: body, when: when.yaml, origin: directive.place))
                }
            }
        }
        return rules
    }

    /// Returns a Strict-Transport-Security without a `preload` that does nothing, which would not load here: browsers' lists want a
    /// year, and includeSubDomains.
    private mutating func preloadable(_ text: String, _ directive: NginxDirective) -> String {
        let parts = text.split(separator: ";").map { String($0.drop { $0 == " " }) }
        let names = parts.map { $0.lowercased() }
        let age = names.lazy.compactMap { $0.hasPrefix("max-age=") ? Int($0.dropFirst(8)) : nil }.first ?? 0
        guard names.contains("preload"), !names.contains("includesubdomains") || age < 31_536_000 else { return text }
        draft.note("\(directive.text): `preload` does nothing like that, and is left out", at: directive.place, .small)
        return parts.filter { $0.lowercased() != "preload" }.joined(separator: "; ")
    }

    private mutating func template(_ text: String, _ scope: NginxScope, _ directive: NginxDirective) -> String? {
        do throws(NginxVariables.Unknown) {
            return try scope.template(text)
        } catch {
            draft.note("\(directive.text): nothing here stands for $\(error.name)", at: directive.place)
            return nil
        }
    }
}
