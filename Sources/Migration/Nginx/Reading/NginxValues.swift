import HTTPModel
import ProxyConfig

/// Translates nginx's sizes, times, paths and names.
enum NginxValues {
    /// Returns `8k`, `10m`, `1g` or a number of bytes as `8KB` …, at most the largest there is here; nil for anything else.
    static func size(_ text: String) -> String? {
        let unit = text.last?.lowercased() ?? ""
        let names = ["k": "KB", "m": "MB", "g": "GB"]
        let digits = names[unit] == nil ? text[...] : text.dropLast()
        let bytes = ["k": 1 << 10, "m": 1 << 20, "g": 1 << 30]
        guard let number = Int(digits), number >= 0 else { return nil }
        if number > (1 << 40) / (bytes[unit] ?? 1) { return "1TB" }
        return number == 0 ? "0" : "\(number)\(names[unit] ?? "")"
    }

    /// Returns `60`, `30s`, `1m`, `1h 30m` or `2w` as a duration, at most the longest there is here; nil for anything else.
    static func duration(_ text: String) -> String? {
        guard let seconds = seconds(text), seconds >= 0 else { return nil }
        if seconds >= 31_536_000 { return "365d" }
        if let seconds = Int(text) { return seconds == 0 ? "0" : "\(seconds)s" }
        guard let milliseconds = milliseconds(text) else { return nil }
        return Quantity.text(milliseconds: milliseconds)
    }

    /// Returns a time in seconds, for `expires`.
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
            guard let number = Int(digits), let factor = units[String(unit)] else { return nil }
            let (product, isTooMuch) = number.multipliedReportingOverflow(by: factor)
            let (sum, isTooMuchInAll) = total.addingReportingOverflow(product)
            guard !isTooMuch, !isTooMuchInAll else { return nil }
            total = sum
        }
        return total
    }

    /// Returns the path patterns that match the same paths as a `location`; empty means every path. Nil for an expression that
    /// cannot be translated.
    ///
    /// - Parameters:
    ///   - takesBare: whether `/api/` also takes /api.
    ///   - isGuarded: whether somebody is kept out, who must not get past an expression by a newline at the end.
    static func paths(_ location: NginxDirective, takesBare: Bool, isGuarded: Bool = false) -> [String]? {
        guard location.arguments.count > 1 else { return paths(prefix: location[0], takesBare) }
        switch location[0] {
        case "=": return [path(exactly: location[1])]
        case "^~": return paths(prefix: location[1], takesBare)
        case "~", "~*":
            let text = isGuarded ? NginxExpression.takingNewline(location[1]) : location[1]
            return NginxExpression.linear(text, ignoringCase: location[0] == "~*").map { [path(matching: $0)] }
        default: return nil
        }
    }

    static func paths(prefix: String, _ takesBare: Bool) -> [String] {
        if prefix == "/" { return [] }
        guard isPlain(prefix) else { return ["regex:^\(NginxExpression.escaped(prefix))"] }
        // `/api` takes /apix as well; `/api/` takes neither that nor /api.
        guard prefix.hasSuffix("/") else { return ["\(prefix)*/**"] }
        return takesBare ? ["\(prefix)**"] : [prefix, "\(prefix)*/**"]
    }

    static func path(exactly path: String) -> String {
        isPlain(path) ? path : "regex:^\(NginxExpression.escaped(path))$"
    }

    /// Returns an expression as a path pattern, or the single path that it matches if it is only that.
    static func path(matching expression: String) -> String {
        if let path = NginxExpression.literal(expression), isPlain(path) { return path }
        return "regex:\(expression)"
    }

    /// Whether the text can be a path pattern unchanged.
    private static func isPlain(_ path: String) -> Bool {
        path.hasPrefix("/") && !path.contains(text: "//") && !path.contains(text: "/./") && !path.contains(text: "/../")
            && path.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && !"*?#%".utf8.contains($0) }
    }

    /// Returns the words that `^(GET|HEAD)$` matches; nil for anything else.
    static func alternatives(_ expression: String) -> [String]? {
        var text = expression[...]
        if text.hasPrefix("^") { text = text.dropFirst() }
        if text.hasSuffix("$") { text = text.dropLast() }
        if text.hasPrefix("("), text.hasSuffix(")") { text = text.dropFirst(text.hasPrefix("(?:") ? 3 : 1).dropLast() }
        let words = text.split(separator: "|").map { word in
            String(word.drop { $0 == "^" }.dropLast(word.hasSuffix("$") ? 1 : 0))
        }
        let areWords = words.allSatisfy { $0.utf8.allSatisfy { (0x41...0x5A).contains($0) } }
        return areWords && !words.isEmpty ? words : nil
    }

    /// Translates an expression for a host, which has no port in nginx, to one for `Host`, which may have one.
    static func host(_ expression: String) -> String {
        let text = expression.hasPrefix("(?i)") ? String(expression.dropFirst(4)) : expression
        return "(?i)\(NginxExpression.with("(:[0-9]+)?", beforeEndsOf: text))"
    }

    /// The translation of a `server_name`.
    enum HostName {
        /// Host patterns; the number is the length of the literal part of the name.
        case patterns([String], length: Int)
        /// An expression for `Host` that a name with a star at the end stands for; the number is the length of the name.
        case ending(String, length: Int)
        /// An expression for `Host`.
        case expression(String)
        /// No request has this name.
        case nothing
        /// The name cannot be translated.
        case unclear
    }

    static func host(named name: String) -> HostName {
        if name.isEmpty || name == "_" || name == "\"\"" || name == "-" { return .nothing }
        if name.hasPrefix("~") {
            return NginxExpression.linear(String(name.dropFirst()), ignoringCase: true).map { .expression(host($0)) } ?? .unclear
        }
        let name = name.lowercased()
        // No name of a request has a port.
        if name.contains(":") { return .unclear }
        if name.hasSuffix(".*") {
            return .ending("(?i)^\(NginxExpression.escaped(String(name.dropLast())))[^:]+", length: name.utf8.count)
        }
        if name.hasPrefix(".") { return .patterns([String(name.dropFirst()), "*\(name)"], length: name.utf8.count) }
        return NginxTexts.isName(name.hasPrefix("*.") ? String(name.dropFirst(2)) : name)
            ? .patterns([name], length: name.utf8.count) : .unclear
    }

    /// Returns `80`, `*:80`, `10.0.0.1:80`, `[::]:80`, `10.0.0.1` or `unix:/path` as an address.
    static func bind(_ text: String) -> String {
        // A range stands for its first port.
        if isPortRange(text), let dash = text.lastIndex(of: "-") { return bind(String(text[..<dash])) }
        if Int(text) != nil { return "0.0.0.0:\(text)" }
        if text.hasPrefix("*:") { return "0.0.0.0\(text.dropFirst())" }
        if text.hasPrefix("unix:") || text.contains(text: "]:") { return text }
        return text.hasPrefix("[") || !text.contains(":") ? "\(text):80" : text
    }

    /// Whether an address ends in several ports: `8000-8003`, `127.0.0.1:8000-8003`.
    static func isPortRange(_ text: String) -> Bool {
        let ports = (text.lastIndex(of: ":").map { text[text.index(after: $0)...] } ?? text[...]).split(separator: "-")
        return ports.count == 2 && ports.allSatisfy { UInt16($0) != nil }
    }
}
