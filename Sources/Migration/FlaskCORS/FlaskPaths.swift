import HTTPModel
import HeaderPolicy
import ProxyConfig

/// The paths of a resource of flask-cors, or of a route of Flask, as path patterns.
struct FlaskPaths {
    /// Empty is every path; nil is what no pattern says.
    var patterns: [String]?
    /// Patterns that take at least these paths; empty is every path.
    var cover: [String]
    /// No path is like that.
    var isNever = false

    static let every = FlaskPaths(patterns: [], cover: [])

    private init(patterns: [String]?, cover: [String]) {
        self.patterns = patterns
        self.cover = cover
    }

    /// These patterns, if all of them are patterns.
    init(_ patterns: [String]) {
        self.init(patterns: patterns.allSatisfy { (try? PathPattern($0)) != nil } ? patterns : nil, cover: patterns)
        if self.patterns == nil { cover = [] }
    }

    // MARK: Resources

    /// What flask-cors takes for a regular expression.
    static func isExpression(_ text: String) -> Bool { text.contains { "*\\]?$^[()".contains($0) } }

    /// A resource as flask-cors takes it: exact, or an expression that a path begins with.
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

    /// Every path that begins with a text.
    private init(prefix: String) {
        guard prefix != "", prefix != "/" else {
            self = .every
            return
        }
        self.init(prefix.hasSuffix("/") ? [prefix, prefix + "*/**"] : [prefix + "*/**"])
    }

    /// The text that everything which an expression matches begins with, and the expression behind it.
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
            // As often as one likes: what is behind it is known only if that is everything.
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

    /// Whether a `|` stands outside of groups.
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

    /// An expression of Python in the syntax that is known here; what cannot be said so is for the caller to find out.
    static func linear(_ expression: String) -> String? {
        let text = expression.hasPrefix("^") ? String(expression.dropFirst()) : expression
        let parts = text.replacing("\\Z", by: "$").replacing("\\A", by: "^").split(at: "(?P<")
        // A group's name is nobody's concern.
        let unnamed = parts.dropFirst().map { part in
            let name = part.utf8.prefix { $0 == 0x5F || Octet.isDigit($0) || (0x61...0x7A).contains($0 | 0x20) }
            let rest = part.utf8.dropFirst(name.count)
            return name.isEmpty || rest.first != UInt8(ascii: ">") ? "(?P<\(part)" : "(\(Substring(rest.dropFirst()))"
        }
        return ([String(parts[0])] + unnamed).joined()
    }

    // MARK: Routes

    /// A route of Flask: `/items/<int:id>`. Nil for what is no path.
    init?(route: String) {
        guard route.hasPrefix("/") else { return nil }
        var pattern = ""
        var expression = ""
        var isPattern = !route.contains { "*?#%".contains($0) }
        var rest = Substring(route)
        while let next = rest.first {
            guard next == "<", let end = rest.firstIndex(of: ">") else {
                pattern.append(next)
                expression +=
                    next.isASCII && (next.isPunctuation || next.isSymbol) && !"/_-".contains(next) ? "\\\(next)" : "\(next)"
                rest.removeFirst()
                continue
            }
            let variable = rest[rest.index(after: rest.startIndex)..<end]
            let converter = variable.contains(":") ? String(variable.prefix { $0 != ":" && $0 != "(" }) : "string"
            rest = rest[rest.index(after: end)...]
            let isSegment = pattern.hasSuffix("/") && (rest.isEmpty || rest.hasPrefix("/"))
            switch converter {
            case "path" where isSegment && rest.isEmpty: pattern += "*/**"
            case "string" where isSegment && !variable.contains("("): pattern += "*"
            default: isPattern = false
            }
            expression += Self.expression(of: converter)
        }
        self.init([isPattern ? pattern : "regex:^\(expression)$"])
    }

    private static func expression(of converter: String) -> String {
        switch converter {
        case "int": "[0-9]+"
        case "float": "[0-9]+\\.[0-9]+"
        case "path": "[^/].*"
        case "uuid": "[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}"
        default: "[^/]+"
        }
    }

    // MARK: Beside each other

    /// Whether a path may be taken by both, as far as the texts tell that they begin with.
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

    /// Whether everything that the one takes lies below a prefix.
    static func isBelow(_ prefix: String, _ pattern: String) -> Bool {
        let start = start(of: pattern)
        return start.text.hasPrefix(prefix + "/") || (start.isExact && start.text == prefix)
    }
}
