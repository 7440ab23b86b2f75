/// The settings at one place of an nginx configuration: its own directives and those that it inherits, by nginx's rules.
struct NginxScope {
    /// Directives of which an own one hides all inherited ones.
    private static let replaced: [Set<String>] = [
        ["add_header"], ["proxy_set_header", "grpc_set_header"], ["proxy_hide_header", "grpc_hide_header"],
        ["proxy_pass_header", "grpc_pass_header"], ["proxy_cookie_flags"], ["proxy_cookie_path"], ["proxy_cookie_domain"],
        ["proxy_redirect"], ["allow", "deny"], ["ssl_certificate"], ["ssl_certificate_key"], ["error_page"],
    ]
    /// Directives of which the own ones come after the inherited ones.
    private static let accumulated: [Set<String>] = [
        ["more_set_headers", "more_clear_headers"], ["more_set_input_headers", "more_clear_input_headers"],
    ]
    /// Directives of which only the innermost counts.
    private static let single: Set<String> = [
        "client_max_body_size", "proxy_connect_timeout", "proxy_read_timeout", "proxy_send_timeout", "grpc_connect_timeout",
        "grpc_read_timeout", "grpc_send_timeout", "expires", "default_type", "satisfy", "root", "alias", "proxy_next_upstream",
        "proxy_next_upstream_tries", "ssl_protocols", "ssl_verify_client", "ssl_client_certificate", "ssl_reject_handshake",
        "proxy_ssl_name", "proxy_ssl_trusted_certificate", "proxy_ssl_verify", "proxy_ssl_certificate",
        "proxy_ssl_certificate_key",
    ]
    /// Whether a directive authenticates clients in a way that has no equivalent here.
    static func isGuardian(_ name: String) -> Bool {
        let isAbout = ["_set", "_file", "_delay", "_key", "_type", "_leeway", "_servers", "_cache", "_path", "_name", "_realm"]
        return ["js_access", "shib_request"].contains(name)
            || ["access_by_lua", "rewrite_by_lua", "server_rewrite_by_lua"].contains { name.hasPrefix($0) }
            || (name.hasPrefix("auth_") && !isAbout.contains { name.hasSuffix($0) })
    }

    private var lists: [String: [NginxDirective]] = [:]
    private var singles: [String: NginxDirective] = [:]
    private var guardians: [String: NginxDirective] = [:]
    /// The contents of `types`, with the `include` of nginx's own file if that was not read; nil without any.
    private(set) var types: [NginxDirective]?
    var memory = NginxMemory()
    /// The value of `$server_name`.
    var serverName: String?
    /// Whether a port of the server says no more than http or https.
    var hasUsualPorts = true
    /// Whether the server answers `OPTIONS` before it looks for a location.
    var answersPreflights = false
    /// Whether servers trust different peers, so that none is trusted here. Then the address of a client is unknown below a
    /// `set_real_ip_from`.
    var believesNobody = false
    /// The values of `$1` … in a redirect.
    var captures: [Int: String] = [:]

    /// Returns the directives of a list that apply, by any of its names: `allow` returns `deny` too, in order.
    func list(_ name: String) -> [NginxDirective] { lists[name] ?? [] }
    func single(_ name: String) -> NginxDirective? { singles[name] }
    /// The directive that authenticates clients; nil when there is none.
    var guardian: NginxDirective? { guardians.values.filter { $0[0] != "off" }.min { $0.name < $1.name } }

    /// Returns the scope inside a block with these directives. `NginxFlow` handles its `set` and `if`.
    func nested(_ directives: [NginxDirective]) -> NginxScope {
        var scope = self
        for names in Self.replaced + Self.accumulated {
            let own = directives.filter { names.contains($0.name) }
            guard !own.isEmpty, let name = names.min() else { continue }
            let inherited = Self.accumulated.contains(names) ? lists[name] ?? [] : []
            for name in names { scope.lists[name] = inherited + own }
        }
        for directive in directives {
            if Self.single.contains(directive.name) { scope.singles[directive.name] = directive }
            if Self.isGuardian(directive.name) { scope.guardians[directive.name] = directive }
        }
        let types = directives.filter { $0.name == "types" || $0.name == "include" && $0[0].hasSuffix("mime.types") }
        if !types.isEmpty { scope.types = types.flatMap { $0.block ?? [$0] } }
        if let referers = directives.first(where: { $0.name == "valid_referers" }) {
            scope.memory.referers = NginxReferers.tests(referers, serverName)
        }
        if believesNobody, directives.contains(where: { $0.name == "set_real_ip_from" }) {
            scope.memory.untold.formUnion(["remote_addr", "realip_remote_addr"])
        }
        return scope
    }

    /// Returns a text with placeholders instead of variables, for each case of its value.
    ///
    /// - Throws: `Unknown` for the first variable that has no equivalent here.
    func values(_ text: String) throws(NginxVariables.Unknown) -> [(when: NginxCondition, text: String)] {
        guard let cases = memory.expand(text) else { throw unknown(text) }
        var values: [(when: NginxCondition, text: String)] = []
        for one in cases {
            guard one.when.unknown == nil else { throw unknown(text) }
            values.append((one.when, try variables.template(one.value)))
        }
        return values
    }

    /// - Throws: `Unknown`, also when the text has more than one case.
    func template(_ text: String) throws(NginxVariables.Unknown) -> String {
        let values = try values(text)
        guard values.count == 1 else { throw unknown(text) }
        return values[0].text
    }

    private var variables: NginxVariables { NginxVariables(captures: captures, serverName: serverName) }

    private func unknown(_ text: String) -> NginxVariables.Unknown {
        let names = NginxVariables.parts(text).compactMap { part -> String? in
            if case .variable(let name) = part { name } else { nil }
        }
        return NginxVariables.Unknown(name: names.first(where: memory.isMade) ?? names.first ?? text)
    }
}

/// Translates `valid_referers`.
enum NginxReferers {
    /// Returns tests of which any makes a `Referer` valid.
    static func tests(_ directive: NginxDirective, _ serverName: String?) -> [NginxTest] {
        var tests: [NginxTest] = []
        var expressions: [String] = []
        for argument in directive.arguments {
            switch argument {
            case "none": tests.append(NginxTest(subject: .request("Referer", .absent)))
            case "blocked": expressions.append("^[^:]*$")
            case "server_names": if let serverName { expressions.append(expression(serverName)) }
            default:
                if argument.hasPrefix("~") {
                    let own = argument.dropFirst(argument.hasPrefix("~*") ? 2 : 1)
                    if let linear = NginxExpression.linear(String(own), ignoringCase: false) {
                        expressions.append(linear.hasPrefix("^") ? "^https?://\(linear.dropFirst())" : "^https?://.*(\(linear))")
                    }
                } else {
                    expressions.append(expression(argument))
                }
            }
        }
        if !expressions.isEmpty {
            let all = "(?i)\(expressions.joined(separator: "|"))"
            if NginxExpression.isValid(all) { tests.append(NginxTest(subject: .request("Referer", .matches(all)))) }
        }
        return tests
    }

    private static func expression(_ name: String) -> String {
        let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
        var host = parts.first ?? ""
        var text = "^https?://"
        if host.hasPrefix("*.") || host.hasPrefix(".") {
            text += host.hasPrefix(".") ? "([^/]*[.])?" : "[^/]*[.]"
            host = String(host.drop { $0 == "*" || $0 == "." })
        }
        let isOpen = host.hasSuffix(".*")
        if isOpen { host.removeLast(2) }
        text += NginxExpression.escaped(host) + (isOpen ? "[.][^/:]+" : "") + "(:[0-9]+)?"
        return text + (parts.count > 1 ? "/\(NginxExpression.escaped(parts[1]))" : "(/|$)")
    }
}
