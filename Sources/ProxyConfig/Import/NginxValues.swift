/// nginx's sizes, times, paths and names in our words.
enum NginxValues {
    /// `8k`, `10m`, `1g` or a number of bytes as `8KB` …; nil for anything else.
    static func size(_ text: String) -> String? {
        let unit = text.last?.lowercased() ?? ""
        let names = ["k": "KB", "m": "MB", "g": "GB"]
        let digits = names[unit] == nil ? text[...] : text.dropLast()
        guard let number = Int(digits), number >= 0 else { return nil }
        return number == 0 ? "0" : "\(number)\(names[unit] ?? "")"
    }

    /// `60`, `30s`, `1m`, `1h 30m`, `2w` as a duration; nil for anything else.
    static func duration(_ text: String) -> String? {
        if let seconds = Int(text) { return seconds == 0 ? "0" : seconds > 0 ? "\(seconds)s" : nil }
        guard let milliseconds = milliseconds(text) else { return nil }
        return Quantity.text(milliseconds: milliseconds)
    }

    /// In seconds, for `expires`.
    static func seconds(_ text: String) -> Int? {
        if let seconds = Int(text) { return seconds }
        return milliseconds(text).map { $0 / 1_000 }
    }

    private static func milliseconds(_ text: String) -> Int? {
        let units = [
            "ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000, "M": 2_592_000_000,
            "y": 31_536_000_000,
        ]
        var total = 0
        var rest = text.filter { $0 != " " }[...]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let number = Int(digits), number <= 1_000_000, let factor = units[String(unit)] else { return nil }
            total += number * factor
        }
        return total
    }

    /// The path patterns that take what a `location` takes; nil for an expression that no pattern says. Empty is every path.
    static func paths(_ location: NginxDirective) -> [String]? {
        guard location.arguments.count > 1 else { return paths(prefix: location[0]) }
        switch location[0] {
        case "=": return [location[1]]
        case "^~": return paths(prefix: location[1])
        case "~", "~*": return paths(expression: location[1])
        default: return nil
        }
    }

    private static func paths(prefix: String) -> [String] {
        if prefix == "/" { return [] }
        // `/api` takes /apix as well; `/api/` does not.
        return [prefix.hasSuffix("/") ? "\(prefix)**" : "\(prefix)*/**"]
    }

    /// `^/api/`, `^/api/.*`, `^/api$` and the like, and `^/old/(.*)$` of a rewrite.
    static func paths(expression: String) -> [String]? {
        if ["^", "^/", ".*", "^(.*)$", "^.*$", "(.*)", "^/(.*)$", "^/(.*)", "^/.*$", "/"].contains(expression) { return [] }
        guard expression.hasPrefix("^/") else { return nil }
        var text = String(expression.dropFirst())
        let tails = ["(.*)$", "(.+)$", ".*$", "(.*)", "(.+)", ".*", "?$", "$"]
        let tail = tails.first { text.hasSuffix($0) }
        text.removeLast(tail?.count ?? 0)
        text = text.replacing("\\.", with: ".").replacing("\\-", with: "-").replacing("\\/", with: "/")
        let isLiteral = text.utf8.allSatisfy {
            (0x61...0x7A).contains($0 | 0x20) || (0x2D...0x39).contains($0) || $0 == 0x5F || $0 == 0x7E
        }
        guard isLiteral else { return nil }
        switch tail {
        case "$": return [text]
        case "?$": return text.hasSuffix("/") ? [String(text.dropLast()), text] : nil
        default: return paths(prefix: text)
        }
    }

    /// `server_name` as host patterns; nil for an expression.
    static func hosts(_ name: String) -> [String]? {
        if name.isEmpty || name == "_" || name == "\"\"" { return [] }
        if name.hasPrefix(".") { return [String(name.dropFirst()), "*\(name)"] }
        if name.hasPrefix("~") || name.hasSuffix("*") { return nil }
        return [name]
    }

    /// `80`, `*:80`, `10.0.0.1:80`, `[::]:80`, `10.0.0.1` or `unix:/path` as an address.
    static func bind(_ text: String) -> String {
        if Int(text) != nil { return "0.0.0.0:\(text)" }
        if text.hasPrefix("*:") { return "0.0.0.0\(text.dropFirst())" }
        if text.hasPrefix("unix:") || text.contains("]:") { return text }
        return text.hasPrefix("[") || !text.contains(":") ? "\(text):80" : text
    }
}
