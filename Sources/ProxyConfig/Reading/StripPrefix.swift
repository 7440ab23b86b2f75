import HTTPModel
import HeaderPolicy
import ProxyCore

extension Reading {
    /// `strip_prefix:` of a route — a literal path made of whole segments.
    func stripPrefix(_ node: Node, _ table: Table<RouteKey>, _ route: Route, _ action: Route.Action?) -> String? {
        guard let prefix = text(node, for: "`strip_prefix`") else { return nil }
        let text = prefix.value
        if let action {
            guard case .upstream = action else {
                error("only a route to an upstream has `strip_prefix`", at: table.keyPlace(.stripPrefix))
                return nil
            }
        }
        let plain = text.hasSuffix("/**") ? String(text.dropLast(3)) : text.hasSuffix("/") ? String(text.dropLast()) : text
        guard isLiteralPath(text) else {
            error(
                "`\(text.abbreviated)` is not a path prefix: it is literal, begins with a slash and does not end with one",
                at: node.place, help: isLiteralPath(plain) ? "write `\(plain)`" : "write `/app`")
            return nil
        }
        let isUnder = { (path: String) in path == text || path.hasPrefix(text + "/") }
        if let other = route.paths.first(where: { !isUnder($0.value) }) {
            warning(
                "`\(other.value.abbreviated)` is not under `\(text.abbreviated)`, so nothing may be there to strip",
                at: other.location)
        }
        return text
    }

    /// Whether all segments have only letters, digits, `-`, `.`, `_` and `~`, which no client and no app spells in two ways.
    private func isLiteralPath(_ text: String) -> Bool {
        let segments = text.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.count > 1, segments[0].isEmpty else { return false }
        return segments.dropFirst().allSatisfy { segment in
            !segment.isEmpty && segment != "." && segment != ".."
                && segment.utf8.allSatisfy { byte in
                    (0x61...0x7A).contains(byte | 0x20) || Octet.isDigit(byte) || [0x2D, 0x2E, 0x5F, 0x7E].contains(byte)
                }
        }
    }
}
