/// Named, versioned lists of ordinary rules. `security` is the latest version of that name, and `security@1` always the same one;
/// the rules of a version never change.
public enum Preset {
    /// The names of all presets, without versions.
    public static let names = all.map(\.name)

    /// Returns the rules of a preset.
    ///
    /// - Parameters:
    ///   - name: `security`, or `security@1`.
    ///   - direction: whether a list of request or of response rules names it.
    ///   - location: where it is named, which becomes the location of its rules.
    /// - Throws: for a name or version that does not exist, and for a preset that has no rules for this direction.
    public static func rules(
        named name: Located<String>, for direction: Template.Scope
    ) throws(PolicyError) -> [Rule] {
        let parts = name.value.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let base = parts.first, let entry = all.first(where: { $0.name == base }) else {
            let near = Suggestion.nearest(to: parts.first ?? "", among: names)
            throw PolicyError(
                "there is no preset \"\(name.value)\"", at: name.location,
                suggestion: listed(name.value) ?? near.map { "did you mean \($0)?" }
                    ?? "presets are \(names.joined(separator: ", "))")
        }
        guard let version = parts.count == 1 ? entry.versions.count : Int(parts[1]), (1...entry.versions.count).contains(version)
        else {
            throw PolicyError(
                "there is no version \"\(parts.last ?? "")\" of the preset \(base)", at: name.location,
                suggestion: "write \(base)@\(entry.versions.count), the latest, or \(base) alone")
        }
        let drafts = entry.versions[version - 1].rules(for: direction, at: name.location)
        guard !drafts.isEmpty else {
            throw PolicyError(
                "the preset \(base) has no rules for \(direction == .request ? "requests" : "responses")", at: name.location,
                suggestion: "move it to \(direction == .request ? "`response_headers`" : "`request_headers`")")
        }
        return drafts.map { draft in
            var rule = draft
            rule.origin = .preset("\(base)@\(version)")
            return rule
        }
    }

    /// The list that was meant by names in one text.
    private static func listed(_ text: String) -> String? {
        let parts = text.split { $0 == "," || $0 == " " }.map(String.init)
        let areNames = parts.allSatisfy { part in names.contains { part == $0 || part.hasPrefix($0 + "@") } }
        return parts.count > 1 && areNames ? "write [\(parts.joined(separator: ", "))]" : nil
    }

    private struct Entry: Sendable {
        let name: String
        /// The versions, beginning with version 1.
        let versions: [PresetRules]
    }

    private static let all: [Entry] = [
        Entry(name: "security", versions: [.security1]),
        Entry(name: "api", versions: [.api1]),
        Entry(name: "hide-server", versions: [.hideServer1]),
        Entry(name: "flask", versions: [.flask1]),
        Entry(name: "no-store", versions: [.noStore1]),
        Entry(name: "static-assets", versions: [.staticAssets1]),
    ]
}

/// The steps of one version of a preset, in order, before it is used anywhere.
struct PresetRules: Sendable {
    enum Step: Sendable {
        case set(String, String, If = .always, When = .always)
        case remove([String])
    }

    enum If: Sendable { case always, absent }

    enum When: Sendable {
        case always, https
        /// A response that caches may keep for everybody: to GET or HEAD, 2xx or 304, without a cookie.
        case cacheable
    }

    var requests: [Step] = []
    var responses: [Step] = []

    func rules(for direction: Template.Scope, at location: SourceLocation) -> [Rule] {
        (direction == .request ? requests : responses).map { step in
            func at(_ text: String) -> Located<String> { Located(text, at: location) }
            switch step {
            case .set(let name, let value, let presence, let when):
                var condition: Condition? = when == .always ? nil : Condition(location: location)
                switch when {
                case .always: break
                case .https: condition?[.scheme] = [at("https")]
                case .cacheable:
                    condition?[.method] = [at("GET"), at("HEAD")]
                    condition?[.status] = [at("2xx"), at("304")]
                    condition?.responseHeaders = [FieldTest(name: at("Set-Cookie"), test: .absent)]
                }
                return Rule(
                    .set([FieldValue(name: at(name), value: at(value))]), presence: presence == .absent ? .absent : nil,
                    condition: condition, location: location)
            case .remove(let names):
                return Rule(.remove(names.map(at)), location: location)
            }
        }
    }
}
