import HTTPModel
import HeaderPolicy

/// The origins of a `cors` rule whose pages act as the user. An expression of nginx is often wider than what was meant.
struct NginxOriginPattern {
    /// An origin that is let in and may be anybody's; nil when there is none.
    private(set) var foreign: String?
    /// The origins without such; nil when no expression could be found for that.
    private(set) var narrow: [String]? = []

    init(_ origins: [String]) {
        for origin in origins {
            guard origin.hasPrefix("regex:"), let stranger = Self.foreign(String(origin.dropFirst(6))) else {
                narrow?.append(origin)
                continue
            }
            foreign = foreign ?? stranger
            guard let own = Self.narrowed(String(origin.dropFirst(6))) else {
                narrow = nil
                continue
            }
            narrow?.append("regex:\(own)")
        }
    }

    private static func foreign(_ expression: String) -> String? { OriginProbes(expression).foreign }

    /// Returns the expression with dots that are dots, and nothing before and behind it.
    private static func narrowed(_ expression: String) -> String? {
        let option = expression.hasPrefix("(?i)") ? "(?i)" : ""
        var text = withDots(String(expression.dropFirst(option.count)))
        var starts = [""]
        if text.hasPrefix(".*") {
            text.removeFirst(2)
            starts = ["", "https?://", "https?://(?:[a-z0-9-]+[.])*"]
        }
        var ends = [""]
        if text.hasSuffix(".*") {
            text.removeLast(2)
            ends = ["(?::[0-9]+)?"]
        }
        let ways = starts.flatMap { start in ends.map { "\(option)\(start)\(text)\($0)" } }
        return ways.first { way in
            let probes = OriginProbes(way)
            return probes.foreign == nil && !probes.samples.isEmpty
        }
    }

    /// Returns the expression with `[.]` for each dot that stands for one character.
    private static func withDots(_ expression: String) -> String {
        var output = ""
        var (isEscaped, isInClass) = (false, false)
        var rest = expression[...]
        while let character = rest.popFirst() {
            let isMany = rest.first.map { "*+?{".contains($0) } ?? false
            output += character == "." && !isEscaped && !isInClass && !isMany ? "[.]" : String(character)
            if isEscaped {
                isEscaped = false
            } else {
                isEscaped = character == "\\"
                isInClass = character == "[" || (isInClass && character != "]")
            }
        }
        return output
    }

    /// Returns an expression for origins as `regex:…`, which always matches the whole origin, or as a single origin if it is one.
    static func pattern(_ expression: String) -> [String] {
        if let origin = NginxExpression.literal(expression) { return [origin] }
        let ignoresCase = expression.hasPrefix("(?i)")
        var text = ignoresCase ? String(expression.dropFirst(4)) : expression
        if hasAlternatives(text) { return ["regex:\(ignoresCase ? "(?i)" : "").*(?:\(text)).*"] }
        if text.hasPrefix("^") { text.removeFirst() } else if !text.hasPrefix("http") { text = ".*\(text)" }
        if text.hasSuffix("$"), !text.hasSuffix("\\$") { text.removeLast() } else if !text.hasSuffix("$)") { text = "\(text).*" }
        return ["regex:\(ignoresCase ? "(?i)" : "")\(text)"]
    }

    /// Whether there are alternatives outside of parentheses.
    private static func hasAlternatives(_ text: String) -> Bool {
        var depth = 0
        var isEscaped = false
        for character in text {
            switch character {
            case _ where isEscaped: isEscaped = false
            case "\\": isEscaped = true
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "|" where depth == 0: return true
            default: break
            }
        }
        return false
    }
}
