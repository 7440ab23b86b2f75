import HTTPModel

/// Lets rules read a field as it came, although another has changed it by then: nginx reads `$upstream_http_a` from the app's own
/// answer and `$http_a` from the client's own request, whatever it hides, adds and sets.
enum NginxUnchanged {
    /// What the name of a field begins with that is read as it came.
    static let prefix = "X-Unchanged-"

    /// Returns the rules with the fields that they read, from a copy where one of them changes the field. Copies go in the end.
    ///
    /// - Parameter side: `request` or `response`.
    static func resolve(_ rules: [ImportDraft.Rule], _ side: String) -> [ImportDraft.Rule] {
        var rules = rules
        var copies: [String] = []
        for name in Set(rules.flatMap { names(in: $0.text) }).sorted() {
            if rules.contains(where: { $0.changes(name) }) {
                copies.append(name)
            } else {
                for end in ["}", ":"] { rules = rules.map { $0.replacing("\(prefix)\(name)\(end)", by: name + end) } }
            }
        }
        guard !copies.isEmpty else { return rules }
        let origin = "to be read as it came"
        let made = copies.map { name in
            let body = ImportDraft.Rule.Body.field(
                action: "set", name: prefix + name, value: "{\(side).header.\(name)}")
            return ImportDraft.Rule(body: body, origin: origin)
        }
        // What every route has stays in front.
        let start = rules.first.map { first in copies.contains { first.changes($0) } } ?? true ? 0 : 1
        return rules[..<start] + made + rules[start...] + [
            ImportDraft.Rule(body: .remove(copies.map { prefix + $0 }), origin: origin)
        ]
    }

    /// Returns rules for requests in which every field is read as it came.
    static func reading(_ rules: [ImportDraft.Rule]) -> [ImportDraft.Rule] {
        ["{request.header.", "request_header: { "].reduce(rules) { rules, start in
            rules.map { $0.replacing(start, by: start + prefix) }
        }
    }

    static func reads(_ name: String, _ rule: ImportDraft.Rule) -> Bool { names(in: rule.text).contains(name) }

    private static func names(in text: String) -> [String] {
        var (names, rest) = ([String](), text[...])
        while let start = rest.range(ofFirst: prefix) {
            rest = rest[start.upperBound...]
            names.append(String(rest.prefix { $0 != "}" && $0 != ":" }))
        }
        return names
    }
}

extension ImportDraft.Rule {
    fileprivate var text: String {
        switch body {
        case .field(_, _, let value): value + " " + (when ?? "")
        case .remove, .use, .lines: when ?? ""
        }
    }

    fileprivate func changes(_ name: String) -> Bool {
        let name = name.lowercased()
        switch body {
        case .field(_, let own, _): return own.lowercased() == name
        case .remove(let names):
            return names.contains { $0.hasSuffix("*") ? name.hasPrefix($0.dropLast().lowercased()) : $0.lowercased() == name }
        case .use: return false
        case .lines(let lines):
            let text = lines.joined(separator: "\n").lowercased()
            return isCORS && name.hasPrefix("access-control-") || text.hasPrefix("cookies:") && name == "set-cookie"
                || text.contains(text: " \(name):")
        }
    }

    fileprivate func replacing(_ old: String, by new: String) -> ImportDraft.Rule {
        var rule = self
        if case .field(let action, let name, let value) = body {
            rule.body = .field(action: action, name: name, value: value.replacing(old, by: new))
        }
        rule.when = when?.replacing(old, by: new)
        return rule
    }
}
