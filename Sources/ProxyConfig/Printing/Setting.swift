/// What is set in one place of a configuration, part by part.
package struct Setting: Sendable, Hashable {
    /// The key at the top of the file; `listener` for each of `listen`.
    package var key: String
    /// Which of several it is: an upstream's name, a listener's number, what identifies a route; nil where there is only one.
    package var owner: String?
    package var parts: [String]

    package init(_ key: String, of owner: String? = nil, _ parts: [String]) {
        (self.key, self.owner, self.parts) = (key, owner, parts)
    }

    /// The setting in a few words, without its parts.
    package var title: String {
        guard let owner else { return key }
        switch key {
        case "listener": return "listener \(owner)"
        case "upstreams": return "upstream \(owner)"
        default: return "\(key) of \(owner)"
        }
    }

    /// The line of `check --print`.
    var line: String {
        switch key {
        case "listener": "listen \(parts.joined(separator: " "))"
        case "upstreams": "\(title): \(parts.joined(separator: " "))"
        case "debug": "debug \(parts.joined(separator: " "))"
        default: "\(key) \(parts.joined(separator: ", "))"
        }
    }
}
