import HTTPModel
import ProxyConfig
import ProxyCore

/// A draft as YAML, line by line, each with the part of the draft that it is about.
struct ImportText {
    struct Line {
        var text: String
        var subject: ImportDraft.Subject?
    }

    private(set) var lines: [Line] = []

    init(_ draft: ImportDraft) {
        comments(draft)
        listeners(draft.listeners)
        for setting in draft.settings where setting.section == nil {
            add("\(setting.key): \(setting.value)", .setting(section: nil, key: setting.key), setting.origin)
        }
        for section in ["limits", "timeouts"] {
            let settings = draft.settings.filter { $0.section == section }
            guard !settings.isEmpty else { continue }
            add("\(section):")
            for setting in settings {
                add("  \(setting.key): \(setting.value)", .setting(section: section, key: setting.key), setting.origin)
            }
        }
        if !draft.upstreams.isEmpty {
            add("")
            add("upstreams:")
            for upstream in draft.upstreams { self.upstream(upstream) }
        }
        if !draft.policies.isEmpty {
            add("")
            add("policies:")
            for policy in draft.policies {
                add(policy.rules.isEmpty ? "  \(policy.name): []" : "  \(policy.name):")
                self.rules(policy.rules, "    ")
            }
        }
        for (key, rules) in [("request_headers", draft.requestRules), ("response_headers", draft.responseRules)]
        where !rules.isEmpty {
            add("")
            add("\(key):")
            self.rules(rules, "  ")
        }
        guard !draft.routes.isEmpty else { return }
        add("")
        add("routes:")
        for (index, route) in draft.routes.enumerated() { self.route(route, index) }
    }

    private mutating func add(_ text: String, _ subject: ImportDraft.Subject? = nil, _ origin: String = "") {
        guard !origin.isEmpty else { return lines.append(Line(text: text, subject: subject)) }
        let gap = String(repeating: " ", count: max(2, 60 - text.count))
        lines.append(Line(text: "\(text)\(gap)# \(Self.comment(origin))", subject: subject))
    }

    private mutating func comments(_ draft: ImportDraft) {
        for line in draft.title { add(line.isEmpty ? "#" : "# \(Self.comment(line))") }
        if draft.notes.isEmpty {
            add("#")
            add("# Everything carried over.")
        } else {
            let notes = draft.orderedNotes
            let closed = notes.filter { $0.danger == .closed }
            self.notes(closed, "Closed with 403, because what kept somebody out could not be told:")
            self.notes(Array(notes.dropFirst(closed.count)), "What did not carry over, or only nearly, the weightiest first:")
        }
        add("")
    }

    private mutating func notes(_ notes: [ImportDraft.Note], _ title: String) {
        guard !notes.isEmpty else { return }
        add("#")
        add("# \(title)")
        for note in notes {
            add("#   \(Self.comment(note.origin.isEmpty ? note.text : "\(note.origin): \(note.text)"))")
        }
    }

    private mutating func listeners(_ listeners: [ImportDraft.Listener]) {
        if listeners.isEmpty { return add("listen: 0.0.0.0:8080") }
        if listeners.count == 1, listeners[0].lines.isEmpty, listeners[0].name == nil {
            return add("listen: \(YAMLText.scalar(listeners[0].bind))", .listener(0), listeners[0].origin)
        }
        add("listen:")
        for (index, listener) in listeners.enumerated() {
            guard !listener.lines.isEmpty || listener.name != nil else {
                add("  - \(YAMLText.scalar(listener.bind))", .listener(index), listener.origin)
                continue
            }
            add("  - bind: \(YAMLText.scalar(listener.bind))", .listener(index), listener.origin)
            if let name = listener.name { add("    name: \(YAMLText.scalar(name))", .listener(index)) }
            for line in listener.lines { add("    \(line)", .listener(index)) }
        }
    }

    private mutating func upstream(_ upstream: ImportDraft.Upstream) {
        let subject = ImportDraft.Subject.upstream(upstream.name)
        let isPlain = upstream.servers.allSatisfy(\.more.isEmpty)
        guard upstream.servers.count > 1 || upstream.host != nil || !upstream.lines.isEmpty || !isPlain else {
            return add("  \(upstream.name): \(YAMLText.scalar(upstream.servers.first?.address ?? ""))", subject, upstream.origin)
        }
        add("  \(upstream.name):", subject, upstream.origin)
        if isPlain {
            add("    servers: \(YAMLText.list(upstream.servers.map(\.address)))", subject)
        } else {
            add("    servers:", subject)
            for server in upstream.servers {
                let keys = ["address: \(YAMLText.scalar(server.address))"] + server.more
                add(
                    "      - \(server.more.isEmpty ? YAMLText.scalar(server.address) : "{ \(keys.joined(separator: ", ")) }")",
                    subject)
            }
        }
        if let host = upstream.host { add("    host: \(YAMLText.scalar(host))", subject) }
        for line in upstream.lines { add("    \(line)", subject) }
    }

    private mutating func route(_ route: ImportDraft.Route, _ index: Int) {
        if let comment = route.comment { add("  # \(Self.comment(comment))") }
        var keys: [String] = []
        let tests = [
            ("listener", route.listeners), ("host", route.hosts), ("path", route.paths), ("method", route.methods),
        ]
        for (key, values) in tests where !values.isEmpty {
            keys.append("\(key): \(values.count == 1 ? YAMLText.scalar(values[0]) : YAMLText.list(values))")
        }
        if let when = route.when { keys.append("when: \(when)") }
        switch route.action {
        case .upstream(let name): keys.append("upstream: \(name)")
        case .respond(let status, nil, nil): keys.append("respond: \(status)")
        case .respond(let status, let type, let body):
            var parts = ["status: \(status)"]
            if let type { parts.append("content_type: \(YAMLText.scalar(type))") }
            if let body { parts.append("body: \(body.quoted)") }
            keys.append("respond: { \(parts.joined(separator: ", ")) }")
        case .redirect(let to, let status): keys.append("redirect: { to: \(to.quoted), status: \(status) }")
        }
        if let prefix = route.stripPrefix { keys.append("strip_prefix: \(YAMLText.scalar(prefix))") }
        if !route.timeouts.isEmpty {
            keys.append("timeouts: { \(route.timeouts.map { "\($0.key): \($0.value)" }.joined(separator: ", ")) }")
        }
        if let size = route.requestBody { keys.append("limits: { request_body: \(size) }") }
        for (place, key) in keys.enumerated() {
            let subject = ImportDraft.Subject.route(index, key: String(key.prefix { $0 != ":" }))
            add((place == 0 ? "  - " : "    ") + key, subject, place == 0 ? route.origin : "")
        }
        for (key, rules) in [("request_headers", route.requestRules), ("response_headers", route.responseRules)]
        where !rules.isEmpty {
            add("    \(key):")
            self.rules(rules, "      ")
        }
    }

    private mutating func rules(_ rules: [ImportDraft.Rule], _ indent: String) {
        var index = 0
        while index < rules.count {
            let rule = rules[index]
            switch rule.body {
            case .field(let action, _, _):
                var group: [(name: String, value: String, rule: ImportDraft.Rule)] = []
                while index < rules.count, rules[index].when == rule.when,
                    case .field(action, let name, let value) = rules[index].body,
                    !group.contains(where: { $0.name.lowercased() == name.lowercased() })
                {
                    group.append((name, value, rules[index]))
                    index += 1
                }
                add("\(indent)- \(action):")
                for field in group {
                    let text = "\(indent)    \(YAMLText.scalar(field.name)): \(YAMLText.scalar(field.value))"
                    add(text, .rule(field.rule), field.rule.origin)
                }
            case .remove(let names):
                add("\(indent)- remove: \(YAMLText.list(names))", .rule(rule), rule.origin)
                index += 1
            case .use(let name):
                add("\(indent)- use: \(name)", .rule(rule))
                index += 1
            case .lines(let texts):
                for (place, text) in texts.enumerated() {
                    add(indent + (place == 0 ? "- " : "  ") + text, .rule(rule), place == 0 ? rule.origin : "")
                }
                index += 1
            }
            if let when = rule.when { add("\(indent)  when: \(when)", .rule(rule)) }
        }
    }

    // MARK: Scalars

    /// Returns the text on one line of a comment.
    static func comment(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.breaksText ? " " : $0 }))
    }
}
