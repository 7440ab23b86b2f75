import HTTPModel

extension TracedRule {
    /// Why fields that the rule names stayed as they were.
    func notes(
        before: FoundLines, after: TracedLines, _ facts: borrowing ExchangeFacts, isDropped: Bool
    ) -> [String] {
        switch source.action {
        case .set(let fields), .add(let fields), .merge(let fields):
            fields.compactMap { note(on: $0, before, after, isDropped) }
        case .remove(let names): names.compactMap { note(onRemoving: $0.value, before) }
        case .rename(let renames):
            renames.compactMap { before.lines(of: $0.from.value).isEmpty ? "there is no \($0.from.value)" : nil }
        case .edit(let edits): edits.compactMap { note(on: $0, before, after) }
        case .cors(let policy): note(on: policy, after, facts)
        case .cookies: note(onCookies: before, after)
        case .stop: []
        }
    }

    private func note(on field: FieldValue, _ before: FoundLines, _ after: TracedLines, _ isDropped: Bool) -> String? {
        let name = field.name.value
        let old = before.lines(of: name)
        switch source.presence {
        case .absent where !old.isEmpty:
            var writer = ""
            if case .rule(let number)? = old.last?.maker { writer = " (rule \(number + 1) wrote it)" }
            return "\(name) is there already\(writer), and the rule says `if: absent`"
        case .present where old.isEmpty: return "there is no \(name), and the rule says `if: present`"
        default: break
        }
        guard after.lines(of: name) == old else { return nil }
        if case .merge = source.action, !old.isEmpty { return "\(name) has these members already" }
        if isDropped { return "\(name) was not written: a placeholder brought what no value may have here" }
        return "\(name) was not written: its value is empty for this message"
    }

    private func note(onRemoving name: String, _ before: FoundLines) -> String? {
        guard name.hasSuffix("*") else { return before.lines(of: name).isEmpty ? "there is no \(name)" : nil }
        let prefix = name.dropLast().lowercased()
        return before.hasName(beginning: prefix) ? nil : "there is no field that begins with \(name.dropLast())"
    }

    private func note(on edit: Edit, _ before: FoundLines, _ after: TracedLines) -> String? {
        let old = before.lines(of: edit.name.value)
        if old.isEmpty { return "there is no \(edit.name.value)" }
        guard after.lines(of: edit.name.value) == old else { return nil }
        return "`\(edit.match.value)` matches nothing in \(edit.name.value): \(old.map(\.value).joined(separator: " | "))"
    }

    private func note(onCookies before: FoundLines, _ after: TracedLines) -> [String] {
        let old = before.lines(of: "Set-Cookie")
        if old.isEmpty { return ["there is no Set-Cookie"] }
        return after.lines(of: "Set-Cookie") == old ? ["every cookie has all of it already, or is not meant"] : []
    }

    private func note(on policy: CORSPolicy, _ after: TracedLines, _ facts: borrowing ExchangeFacts) -> [String] {
        guard let line = facts.request.fields.firstIndex(of: .origin) else {
            return policy.allowOrigins.contains { $0.value == "*" }
                ? [] : ["the request has no Origin, so that nothing is granted"]
        }
        if facts.request.fields.firstIndex(of: .origin, from: line + 1) != nil {
            return ["the request has more than one Origin, so that nothing is granted"]
        }
        guard after.lines(of: "Access-Control-Allow-Origin").isEmpty else { return [] }
        return ["the origin \(facts.request.fields.value(at: line).text) is not among `allow_origins`"]
    }
}
