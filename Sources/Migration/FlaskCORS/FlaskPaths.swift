import HTTPModel
import HeaderPolicy
import ProxyConfig

/// The paths of a flask-cors resource or of a Flask route, translated to path patterns.
struct FlaskPaths {
    /// The patterns; empty means every path, and nil means that no pattern expresses it.
    var patterns: [String]?
    /// Patterns that cover at least these paths; empty means every path.
    var cover: [String]
    /// Whether no path matches.
    var isNever = false

    static let every = FlaskPaths(patterns: [], cover: [])

    private init(patterns: [String]?, cover: [String]) {
        self.patterns = patterns
        self.cover = cover
    }

    /// Takes the given patterns, if all of them are valid.
    init(_ patterns: [String]) {
        self.init(patterns: patterns.allSatisfy { (try? PathPattern($0)) != nil } ? patterns : nil, cover: patterns)
        if self.patterns == nil { cover = [] }
    }

    // MARK: Resources

    /// Whether flask-cors takes the text for a regular expression.
    static func isExpression(_ text: String) -> Bool { text.contains { "*\\]?$^[()".contains($0) } }

    /// Translates a resource as flask-cors reads it: an exact path, or an expression that matches the beginning of a path.
    init(resource text: String, isExpression: Bool, ignoresCase: Bool) {
        if isExpression {
            self.init(expression: text == "*" ? ".*" : text, ignoresCase: ignoresCase)
            isNever = !Self.literalStart(text).text.isEmpty && !Self.literalStart(text).text.hasPrefix("/") && text != "*"
        } else {
            self.init([text])
            isNever = patterns == nil
        }
    }

    private init(expression: String, ignoresCase: Bool) {
        let start = Self.literalStart(expression)
        let isLiteral = !start.text.contains { "*?#%\\".contains($0) } && !ignoresCase
        if isLiteral, start.rest == "$" {
            self.init([start.text])
        } else if isLiteral, ["", ".*", ".*$", "(.*)", "(.*)$"].contains(start.rest) {
            self.init(prefix: start.text)
        } else {
            let cover = ignoresCase || !start.text.hasPrefix("/") ? FlaskPaths.every : FlaskPaths(prefix: start.text)
            let pattern = Self.linear(expression).map {
                "regex:\(ignoresCase ? "(?i)" : "")^\(Self.hasAlternatives($0) ? "(?:\($0))" : $0)"
            }
            let isSaid = pattern.map { (try? PathPattern($0)) != nil } ?? false
            self.init(patterns: isSaid ? pattern.map { [$0] } : nil, cover: cover.patterns ?? [])
        }
    }

    /// Covers every path that begins with a text.
    private init(prefix: String) {
        guard prefix != "", prefix != "/" else {
            self = .every
            return
        }
        self.init(prefix.hasSuffix("/") ? [prefix, prefix + "*/**"] : [prefix + "*/**"])
    }

    /// Returns the text with which everything begins that an expression matches, and the rest of the expression.
    private static func literalStart(_ expression: String) -> (text: String, rest: String) {
        let whole = Array(expression.hasPrefix("^") ? expression.dropFirst() : expression[...])
        guard !hasAlternatives(expression) else { return ("", expression) }
        var text = ""
        var index = 0
        while index < whole.count {
            var next = whole[index]
            var length = 1
            if next == "\\", let escaped = whole[safe: index + 1], escaped.isASCII, escaped.isPunctuation || escaped.isSymbol {
                (next, length) = (escaped, 2)
            } else if "\\.^$*+?{}[]()".contains(next) {
                break
            }
            switch whole[safe: index + length] {
            // The character may be repeated or missing, so the text after it is known only if that matches everything.
            case "*", "?":
                let rest = String(whole[(index + length + 1)...])
                return (text, ["", ".*", ".*$", "(.*)", "(.*)$"].contains(rest) ? "" : String(whole[index...]))
            case "{": return (text, String(whole[index...]))
            case "+":
                let rest = String(whole[(index + length + 1)...])
                return (text + String(next), rest == "" || rest == ".*" ? "" : String(whole[index...]))
            default:
                text.append(next)
                index += length
            }
        }
        return (text, String(whole[index...]))
    }

    /// Whether there is a `|` outside of groups.
    private static func hasAlternatives(_ expression: String) -> Bool {
        var (depth, isEscaped, isClass) = (0, false, false)
        for next in expression {
            switch next {
            case _ where isEscaped: isEscaped = false
            case "\\": isEscaped = true
            case "[": isClass = true
            case "]": isClass = false
            case "(" where !isClass: depth += 1
            case ")" where !isClass: depth -= 1
            case "|" where depth == 0 && !isClass: return true
            default: break
            }
        }
        return false
    }

    /// Returns a Python expression in the syntax of this regex engine. The caller has to check whether the result is valid.
    static func linear(_ expression: String) -> String? {
        let text = expression.hasPrefix("^") ? String(expression.dropFirst()) : expression
        let parts = text.replacing("\\Z", by: "$").replacing("\\A", by: "^").split(at: "(?P<")
        // The names of groups are not needed.
        let unnamed = parts.dropFirst().map { part in
            let name = part.utf8.prefix { $0 == 0x5F || Octet.isDigit($0) || (0x61...0x7A).contains($0 | 0x20) }
            let rest = part.utf8.dropFirst(name.count)
            return name.isEmpty || rest.first != UInt8(ascii: ">") ? "(?P<\(part)" : "(\(Substring(rest.dropFirst()))"
        }
        return ([String(parts[0])] + unnamed).joined()
    }

    // MARK: Comparing patterns

    /// Whether a path may match both patterns, judged by their literal beginnings.
    static func mayOverlap(_ left: String, _ right: String) -> Bool {
        if left == right { return true }
        let (first, second) = (start(of: left), start(of: right))
        if first.isExact, second.isExact { return false }
        if first.isExact { return first.text.hasPrefix(second.text) || first.text + "/" == second.text }
        if second.isExact { return second.text.hasPrefix(first.text) || second.text + "/" == first.text }
        return first.text.hasPrefix(second.text) || second.text.hasPrefix(first.text)
    }

    private static func start(of pattern: String) -> (text: String, isExact: Bool) {
        if pattern.hasPrefix("regex:(?i)") { return ("", false) }
        if pattern.hasPrefix("regex:") { return (literalStart(String(pattern.dropFirst(6))).text, false) }
        return (String(pattern.prefix { $0 != "*" }), !pattern.contains("*"))
    }

    /// Whether all paths of the pattern are below a prefix.
    static func isBelow(_ prefix: String, _ pattern: String) -> Bool {
        let start = start(of: pattern)
        return start.text.hasPrefix(prefix + "/") || (start.isExact && start.text == prefix)
    }
}
