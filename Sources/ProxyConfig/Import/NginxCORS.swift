/// The `Access-Control-*` fields of an nginx configuration as one `cors` rule.
struct NginxCORS {
    /// The fields, by name in lower case: of the first one of each name.
    private var fields: [String: NginxDirective] = [:]
    private var values: [String: String] = [:]
    /// Regular expressions that `if ($http_origin ~ …)` tests before it sets one of the fields, or a variable.
    var tested: [String] = []
    private(set) var notes: [ImportDraft.Note] = []

    var isEmpty: Bool { fields.isEmpty }

    static func owns(_ name: String) -> Bool { name.lowercased().hasPrefix("access-control-") }

    mutating func add(_ name: String, _ value: String, _ directive: NginxDirective) {
        let name = name.lowercased()
        guard fields[name] == nil else { return }
        fields[name] = directive
        values[name] = value
    }

    private mutating func note(_ text: String, _ directive: NginxDirective) {
        notes.append(ImportDraft.Note(origin: directive.place, text: "\(directive.text): \(text)"))
    }

    /// The rule, as lines of YAML; nil where browsers would refuse what is there, or where it cannot be told.
    ///
    /// - Parameter maps: the `map` blocks, by the variable that each makes.
    mutating func rule(_ maps: [String: NginxDirective], origin: inout String) -> [String]? {
        guard let directive = fields["access-control-allow-origin"], let value = values["access-control-allow-origin"] else {
            for directive in fields.values { note("without Access-Control-Allow-Origin it does nothing", directive) }
            notes.sort { $0.origin < $1.origin }
            return nil
        }
        origin = directive.place
        let origins = origins(value, directive, maps)
        guard !origins.isEmpty else { return nil }
        var lines = ["cors:", "  allow_origins: \(ImportText.list(origins))"]
        if values["access-control-allow-credentials"] == "true" {
            if origins.contains("*"), let directive = fields["access-control-allow-credentials"] {
                note("every browser refuses it together with the origin `*`: list the origins to have it", directive)
            } else {
                lines.append("  allow_credentials: true")
            }
        }
        for key in ["allow_methods", "allow_headers", "expose_headers"] {
            let name = "access-control-\(key.replacing("_", with: "-"))"
            guard let value = values[name], let directive = fields[name] else { continue }
            if value == "$http_access_control_request_headers" {
                lines.append("  \(key): echo")
            } else if value.contains("$") {
                note("the value is not known before a request comes", directive)
            } else {
                let names = value.split { $0 == "," || $0 == " " }.map(String.init)
                if !names.isEmpty { lines.append("  \(key): \(ImportText.list(names))") }
            }
        }
        if let age = values["access-control-max-age"], let seconds = Int(age), seconds >= 0 {
            lines.append("  max_age: \(seconds)s")
        }
        if values["access-control-allow-private-network"] == "true" { lines.append("  allow_private_network: true") }
        return lines
    }

    private mutating func origins(_ value: String, _ directive: NginxDirective, _ maps: [String: NginxDirective]) -> [String] {
        guard value.contains("$") else { return value.isEmpty ? [] : [value] }
        let parts = NginxVariables.parts(value)
        if parts.count == 1, case .variable(let name) = parts[0], let map = maps[name] { return origins(of: map) }
        let origins = tested.compactMap { origin(expression: $0, directive) }
        if origins.isEmpty {
            note(
                value == "$http_origin"
                    ? "it lets every site read the responses; write a `cors` rule that lists the origins"
                    : "which origins it allows cannot be told; write a `cors` rule that lists them", directive)
        }
        return origins
    }

    /// `map $http_origin $allowed { … }`: the keys whose value is not empty.
    private mutating func origins(of map: NginxDirective) -> [String] {
        guard map[0] == "$http_origin" || map[0] == "${http_origin}" else {
            note("only a `map` of $http_origin says which origins are allowed", map)
            return []
        }
        var origins: [String] = []
        for entry in map.block ?? [] where !["hostnames", "volatile", "include"].contains(entry.name) {
            let value = entry[0]
            guard !value.isEmpty, value != "0" else { continue }
            if entry.name == "default" {
                note("every other origin is allowed too, which a `cors` rule says with \"*\" and without credentials", entry)
            } else if entry.name.hasPrefix("~") {
                let expression = entry.name.dropFirst(entry.name.hasPrefix("~*") ? 2 : 1)
                if let origin = origin(expression: String(expression), entry) { origins.append(origin) }
            } else {
                origins.append(entry.name.hasPrefix("\\") ? String(entry.name.dropFirst()) : entry.name)
            }
        }
        return origins
    }

    /// An expression on origins: as the origin itself where it stands for one, else as `regex:…`, which always matches all of an
    /// origin.
    private mutating func origin(expression: String, _ directive: NginxDirective) -> String? {
        var text = expression
        if text.hasPrefix("^") { text.removeFirst() } else { text = ".*" + text }
        if text.hasSuffix("$") {
            text.removeLast()
        } else {
            note("the expression has no `$`, so it also took origins that go on behind it; here it matches to the end", directive)
        }
        let plain = text.replacing("\\.", with: ".").replacing("\\-", with: "-").replacing("\\/", with: "/")
        let isPlain = plain.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte | 0x20) || (0x2D...0x3A).contains(byte)
        }
        if isPlain, !text.replacing("\\.", with: "").contains(".") { return plain }
        return "regex:\(text.replacing("\\/", with: "/"))"
    }
}
