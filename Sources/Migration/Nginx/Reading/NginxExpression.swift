import HTTPModel
import HeaderPolicy

/// Translates the regular expressions of nginx, which are Perl's, to linear ones.
enum NginxExpression {
    /// Returns the expression; nil when it has no linear equivalent.
    static func linear(_ text: String, ignoringCase: Bool) -> String? {
        var text = text
        var ignoringCase = ignoringCase
        if text.hasPrefix("(?i)") {
            text.removeFirst(4)
            ignoringCase = true
        }
        guard let plain = withoutNames(text), let spelled = withoutLookahead(plain) else { return nil }
        let result = (ignoringCase && spelled.contains { $0.isLetter } ? "(?i)" : "") + spelled
        return isValid(result) ? result : nil
    }

    static func isValid(_ expression: String) -> Bool {
        do throws(RegexError) {
            _ = try LinearRegex(expression, makesTable: false)
            return true
        } catch {
            return false
        }
    }

    static func matches(_ expression: String, _ text: String) -> Bool {
        do throws(RegexError) {
            return try LinearRegex(expression).matches(text.utf8.span)
        } catch {
            return false
        }
    }

    /// Returns an expression that matches the text literally.
    static func escaped(_ text: String) -> String {
        text.map { ".+*?()[]{}|^$\\".contains($0) ? "\\\($0)" : String($0) }.joined()
    }

    /// Returns the literal text of an expression that is only a text between `^` and `$`; nil for others.
    static func literal(_ expression: String) -> String? {
        guard expression.hasPrefix("^"), expression.hasSuffix("$"), !expression.hasSuffix("\\$") else { return nil }
        return unescaped(String(expression.dropFirst().dropLast()))
    }

    /// Returns the literal text; nil when a character has a special meaning.
    static func unescaped(_ text: String) -> String? {
        var output = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                guard !character.isLetter, !character.isNumber else { return nil }
                output.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                guard !".+*?()[]{}|^$".contains(character) else { return nil }
                output.append(character)
            }
        }
        return isEscaped ? nil : output
    }

    /// Returns an expression that also matches with a newline at the end, before which Perl's `$` matches too.
    static func takingNewline(_ expression: String) -> String { with("\\n?", beforeEndsOf: expression) }

    /// Returns an expression with another text before each `$` that stands for the end.
    static func with(_ text: String, beforeEndsOf expression: String) -> String {
        var (output, isEscaped, isInClass) = ("", false, false)
        for character in expression {
            if character == "$", !isEscaped, !isInClass { output += text }
            output.append(character)
            if !isEscaped { isInClass = character == "[" || isInClass && character != "]" }
            isEscaped = !isEscaped && character == "\\"
        }
        return output
    }

    /// Whether a path decides alone whether the expression matches a path with its query: it begins with one, and nothing in it
    /// takes a question mark or the end.
    static func isOfPaths(_ expression: String) -> Bool {
        var rest = expression.hasPrefix("(?i)") ? expression.dropFirst(4) : expression[...]
        // What follows is as good as anything.
        if let end = [".*$", ".*"].first(where: { rest.hasSuffix($0) }), !rest.hasSuffix("\\\(end)") {
            rest = rest.dropLast(end.count)
        }
        guard rest.hasPrefix("^/") || rest.hasPrefix("^(/") else { return false }
        var (depth, isInClass) = (0, false)
        while let character = rest.popFirst() {
            switch character {
            case "\\":
                guard let escaped = rest.popFirst(), !escaped.isLetter || "dw".contains(escaped), escaped != "?" else {
                    return false
                }
            case "]" where isInClass: isInClass = false
            case "?" where isInClass: return false
            case _ where isInClass: break
            case "[":
                if rest.first == "^" { return false }
                isInClass = true
            case "(": depth += 1
            case ")": depth -= 1
            case "|" where depth == 0: return false
            case ".", "$": return false
            default: break
            }
        }
        return true
    }

    /// Whether an expression is meant for paths, although it might match in a query as well: it begins with a slash or a point, and
    /// has no question mark of its own.
    static func isMeantForPaths(_ expression: String) -> Bool {
        let start = expression.drop { "(?i)^".contains($0) }
        return (start.hasPrefix("/") || start.hasPrefix("\\.") || start.hasPrefix("\\/"))
            && !expression.contains(text: "\\?") && !expression.contains(text: "[?") && !expression.contains("=")
    }

    /// Replaces `(?<name>…)` by `(…)`, and `\_` by `_`.
    private static func withoutNames(_ text: String) -> String? {
        var output = ""
        var rest = text[...]
        while let character = rest.first {
            if character == "\\" {
                let pair = rest.prefix(2)
                output += pair == "\\_" ? "_" : pair
                rest = rest.dropFirst(2)
                continue
            }
            guard character == "(", rest.hasPrefix("(?<") || rest.hasPrefix("(?P<"), !rest.hasPrefix("(?<="),
                !rest.hasPrefix("(?<!"),
                let end = rest.firstIndex(of: ">")
            else {
                output.append(character)
                rest = rest.dropFirst()
                continue
            }
            output += "("
            rest = rest[rest.index(after: end)...]
        }
        return output
    }

    /// Returns the names in `(?<name>…)`, which are variables.
    static func groupNames(_ text: String) -> [String] {
        var names: [String] = []
        var rest = text[...]
        while let start = rest.range(ofFirst: "(?") {
            rest = rest[start.upperBound...]
            let opening = rest.first == "P" ? rest.dropFirst() : rest
            guard opening.first == "<" || opening.first == "'" else { continue }
            let name = opening.dropFirst().prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            if !name.isEmpty { names.append(String(name)) }
        }
        return names
    }

    /// Replaces a `(?!well-known|acme)` at the end, after which anything may follow, by the ways not to begin with these words.
    private static func withoutLookahead(_ text: String) -> String? {
        guard let start = text.range(ofFirst: "(?!") else { return text }
        guard let end = text[start.upperBound...].firstIndex(of: ")") else { return nil }
        let tail = String(text[text.index(after: end)...])
        let ends = ["", ".*", ".*$", "(.*)", "(.*)$"]
        guard (ends + ends.map(takingNewline)).contains(tail) else { return nil }
        let words = text[start.upperBound..<end].split(separator: "|", omittingEmptySubsequences: false).map {
            unescaped(String($0))
        }
        guard !words.contains(nil), let ways = otherwise(words.compactMap { $0.map { Array($0) } }) else { return nil }
        return text[..<start.lowerBound] + ways
    }

    /// Returns an expression for texts that begin with none of the words; nil when every text does.
    static func otherwise(_ words: [[Character]]) -> String? {
        guard !words.contains([]), words.allSatisfy({ $0.count < 40 }) else { return nil }
        var firsts: [Character] = []
        for word in words { if let first = word.first, !firsts.contains(first) { firsts.append(first) } }
        var ways = ["$", "[^\(firsts.map { "]\\^-".contains($0) ? "\\\($0)" : String($0) }.joined())]"]
        for first in firsts {
            let rest = words.filter { $0.first == first }.map { Array($0.dropFirst()) }
            if let way = otherwise(rest) { ways.append(escaped(String(first)) + way) }
        }
        return "(?:\(ways.joined(separator: "|")))"
    }
}
