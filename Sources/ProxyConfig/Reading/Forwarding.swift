import HTTPModel
import HeaderPolicy
import ProxyCore

/// The settings about the fields that describe how a request came.
extension Reading {
    /// `forwarding_fields:` — names, or the start of names followed by a star.
    func forwardingFields(_ node: Node) -> [String] {
        texts(node, for: "`forwarding_fields`").compactMap { text in
            let name = text.value
            if let problem = FieldTarget.check(removed: name) {
                error(problem.message, at: text.location)
                return nil
            }
            return name
        }
    }

    /// `via:` — a name, or `off`.
    func via(_ node: Node) -> String? {
        guard let text = text(node, for: "`via`") else { return nil }
        if text.value == "off" { return nil }
        guard !["false", "no", "none", ""].contains(text.value.lowercased()) else {
            error("`via` is a name or `off`, not \(node.kind)", at: node.place, help: "write `off`")
            return nil
        }
        guard Via.isName(text.value.utf8.span) else {
            error(
                "`\(text.value.abbreviated)` cannot stand for a proxy in Via: it is no word and no host", at: node.place,
                help: "write `via: letterhead`")
            return nil
        }
        return text.value
    }
}
