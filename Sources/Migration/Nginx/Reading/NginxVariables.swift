import HTTPModel

/// Translates nginx's variables to Letterhead's placeholders.
struct NginxVariables {
    /// The values of `$1` … in a redirect.
    var captures: [Int: String] = [:]
    /// The value of `$server_name`.
    var serverName: String?

    /// A variable that has no placeholder.
    struct Unknown: Error {
        var name: String
    }

    private static let placeholders = [
        "host": "{host}", "http_host": "{authority}", "remote_addr": "{client.ip}", "realip_remote_addr": "{client.ip}",
        "remote_port": "{client.port}", "scheme": "{scheme}", "request_method": "{method}", "request_uri": "{uri}",
        "uri": "{path}", "document_uri": "{path}", "args": "{query}", "query_string": "{query}", "request_id": "{request.id}",
        "status": "{status}", "time_iso8601": "{time.iso}", "ssl_protocol": "{tls.version}", "ssl_cipher": "{tls.cipher}",
        "ssl_server_name": "{tls.server_name}", "ssl_client_s_dn": "{tls.client.subject}", "server_port": "{host.port}",
    ]
    private static let prefixes = [
        ("http_", "request.header."), ("cookie_", "request.cookie."), ("sent_http_", "response.header."),
        ("upstream_http_", "response.header.\(NginxUnchanged.prefix)"),
    ]

    /// Returns a text with placeholders instead of variables; its own braces and dollars are doubled.
    ///
    /// - Throws: `Unknown` for the first variable that has no equivalent here.
    func template(_ text: String) throws(Unknown) -> String {
        var output = ""
        for part in Self.parts(text) {
            switch part {
            case .text(let text):
                output += text.replacing("{", by: "{{").replacing("}", by: "}}").replacing("$", by: "$$")
            case .variable(let name): output += try value(name)
            }
        }
        // nginx needs two variables for these.
        for path in ["{path}", "{uri}"] { output = output.replacing("\(path)\u{0}{query}", by: "{uri}") }
        return output.replacing("\u{0}", by: "?")
    }

    private func value(_ name: String) throws(Unknown) -> String {
        if let number = Int(name) {
            guard let capture = captures[number] else { throw Unknown(name: name) }
            return capture
        }
        // This stands for a question mark if there is a query; it is marked, so that the text before it can be checked.
        if name == "is_args" { return "\u{0}" }
        if name == "server_name", let serverName { return serverName }
        if let placeholder = Self.placeholders[name] { return placeholder }
        for (prefix, placeholder) in Self.prefixes where name.hasPrefix(prefix) && name != prefix {
            let rest = String(name.dropFirst(prefix.count))
            return "{\(placeholder)\(prefix == "cookie_" ? rest : Self.fieldName(rest))}"
        }
        throw Unknown(name: name)
    }

    /// Returns the variables that something else than `set`, `map` and `geo` gives a value: programs, other modules, and groups
    /// of expressions.
    static func givenElsewhere(_ directives: [NginxDirective]) -> Set<String> {
        var names: Set<String> = []
        for directive in directives {
            for text in [directive.name] + directive.arguments { names.formUnion(NginxExpression.groupNames(text)) }
            let made =
                directive.name == "split_clients"
                ? directive.arguments.last
                : directive.name.hasPrefix("set_") || directive.name.hasSuffix("_set") ? directive.arguments.first : nil
            if let made, made.hasPrefix("$") { names.insert(String(made.dropFirst())) }
            names.formUnion(givenElsewhere(directive.block ?? []))
        }
        return names
    }

    enum Part: Equatable {
        case text(String)
        case variable(String)
    }

    /// Returns the text split at its variables: `$name`, `${name}` and `$1`.
    static func parts(_ text: String) -> [Part] {
        var parts: [Part] = []
        var plain = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            plain += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            var name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            var length = name.count
            if rest.first == "{", let end = rest.firstIndex(of: "}") {
                name = rest[rest.index(after: rest.startIndex)..<end]
                length = name.count + 2
            }
            guard !name.isEmpty else {
                plain += "$"
                continue
            }
            if !plain.isEmpty { parts.append(.text(plain)) }
            plain = ""
            parts.append(.variable(String(name)))
            rest = rest.dropFirst(length)
        }
        plain += rest
        if !plain.isEmpty { parts.append(.text(plain)) }
        return parts
    }

    /// Returns `x_forwarded_for` as `X-Forwarded-For`.
    static func fieldName(_ name: String) -> String {
        name.split(separator: "_", omittingEmptySubsequences: false).map { $0.prefix(1).uppercased() + $0.dropFirst() }
            .joined(separator: "-")
    }
}
