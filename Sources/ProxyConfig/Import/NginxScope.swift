/// What holds at one place of an nginx configuration: its own directives and what it inherits, by nginx's rules.
struct NginxScope {
    /// Directives of which one of its own hides all that would be inherited.
    private static let replaced: [Set<String>] = [
        ["add_header"], ["proxy_set_header"], ["proxy_hide_header"], ["proxy_pass_header"], ["proxy_cookie_flags"],
        ["proxy_redirect"], ["allow", "deny"],
    ]
    /// Directives of which its own come after those that it inherits.
    private static let accumulated: [Set<String>] = [
        ["more_set_headers", "more_clear_headers"], ["more_set_input_headers", "more_clear_input_headers"],
    ]
    /// Directives of which the innermost counts.
    private static let single: Set<String> = [
        "client_max_body_size", "proxy_connect_timeout", "proxy_read_timeout", "expires", "default_type", "auth_basic",
        "auth_request", "auth_jwt", "root", "alias",
    ]

    private var lists: [String: [NginxDirective]] = [:]
    private var singles: [String: NginxDirective] = [:]
    var variables = NginxVariables()

    /// All that hold of a list's directives, by any of its names: `allow` gives `deny` too, in order.
    func list(_ name: String) -> [NginxDirective] { lists[name] ?? [] }
    func single(_ name: String) -> NginxDirective? { singles[name] }

    /// What holds inside a block with these directives.
    func nested(_ directives: [NginxDirective]) -> NginxScope {
        var scope = self
        for names in Self.replaced + Self.accumulated {
            let own = directives.filter { names.contains($0.name) }
            guard !own.isEmpty, let name = names.min() else { continue }
            let inherited = Self.accumulated.contains(names) ? lists[name] ?? [] : []
            for name in names { scope.lists[name] = inherited + own }
        }
        for directive in directives where Self.single.contains(directive.name) { scope.singles[directive.name] = directive }
        for directive in directives where directive.name == "set" && directive[0].hasPrefix("$") {
            scope.variables.constants[String(directive[0].dropFirst())] = directive[1]
        }
        return scope
    }
}
