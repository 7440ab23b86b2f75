import HTTPModel
import HeaderPolicy
import ProxyConfig
import ProxyCore

/// Finds what another program would fill in, and this one sends as it stands.
extension Linter {
    mutating func checkVariables() {
        var rules = configuration.requestHeaders + configuration.responseHeaders
        for listener in configuration.listeners { rules += listener.requestHeaders + listener.responseHeaders }
        for rule in rules { check(rule) }
        for route in configuration.routes {
            for rule in route.requestHeaders + route.responseHeaders { check(rule) }
            if case .redirect(let redirect) = route.action { check(redirect.to) }
        }
    }

    private mutating func check(_ rule: Rule) {
        for field in rule.writtenFields { check(field.value) }
        for edit in (rule.action as? EditFields)?.edits ?? [] where edit.match.value.contains("(") {
            guard let group = (1...9).first(where: { edit.replace.value.contains(text: "\\\($0)") }) else { continue }
            warn(
                .foreignVariable, "`\\\(group)` is written as it stands", at: edit.replace.location,
                "write `$\(group)` for what the group has matched")
        }
    }

    private mutating func check(_ template: Located<String>) {
        if let (written, own) = ForeignVariable.first(in: template.value) {
            return warn(.foreignVariable, "`\(written)` is sent as it stands", at: template.location, "write `\(own)`")
        }
        guard let group = (1...9).first(where: { template.value == "$\($0)" || template.value.contains(text: "/$\($0)") }) else {
            return
        }
        warn(
            .foreignVariable, "`$\(group)` is sent as it stands: groups are of `edit` alone", at: template.location,
            "`{path.rest}` is what `**` of the route's path took; `edit` changes a value by a regular expression")
    }
}
