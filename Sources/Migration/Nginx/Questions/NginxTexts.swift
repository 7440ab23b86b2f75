import HTTPModel
import HeaderPolicy
import ProxyCore

extension NginxTranslator {
    /// Notes what an `if` or a `map` compares with a variable that never has such a value.
    mutating func noteImpossible(_ directive: NginxDirective) {
        let asked = (directive.name == "map" ? directive.arguments : NginxQuestion.words(directive)).first ?? ""
        if asked.hasPrefix("$arg_") {
            draft.note(
                "\(directive.text): nginx compares the first \(asked.dropFirst(5)) as it is written, in any case; "
                    + "here each one of exactly that name counts, decoded", at: directive.place, .small)
        }
        if asked == "$request_uri", NginxTexts.mayConcernQueries(directive) {
            draft.note("\(directive.text): it is looked for in the path alone, without the query", at: directive.place, .answer)
        }
        for (variable, text) in NginxTexts.compared(directive) where !NginxTexts.isPossible(text, of: variable) {
            draft.note(
                "\(directive.text): nginx compares texts, and $\(variable) is never `\(text)`", at: directive.place, .small)
        }
    }
}

/// nginx compares texts, where Letterhead compares addresses, names and methods. A text that only one of them could match is left
/// out.
enum NginxTexts {
    /// Variables whose letters are all capital (true), or all small (false).
    static let hasUpperCase = [
        "request_method": true, "scheme": false, "https": false, "host": false, "remote_addr": false, "realip_remote_addr": false,
    ]

    /// Whether a variable can be equal to a text: `$remote_addr` never is a block of addresses, nor `$host` a name with a star.
    static func isPossible(_ text: String, of variable: String) -> Bool {
        switch variable {
        case "scheme": ["http", "https"].contains(text)
        case "https": ["on", ""].contains(text)
        case "request_method":
            !text.isEmpty && text.utf8.allSatisfy { (0x41...0x5A).contains($0) || $0 == 0x5F || $0 == 0x2D }
        case "remote_addr", "realip_remote_addr": isAddress(text)
        case "host": !text.hasSuffix(".") && text == text.lowercased() && isName(text)
        default: true
        }
    }

    /// Returns the texts with which a variable is compared.
    fileprivate static func compared(_ directive: NginxDirective) -> [(variable: String, text: String)] {
        func known(_ word: String) -> String? {
            guard word.hasPrefix("$"), case let name = String(word.dropFirst()), hasUpperCase[name] != nil else { return nil }
            return name
        }
        guard directive.name == "map" else {
            let words = NginxQuestion.words(directive)
            guard words.count > 2, ["=", "!="].contains(words[1]), let variable = known(words[0]), !words[2].contains("$") else {
                return []
            }
            return [(variable, words.dropFirst(2).joined(separator: " "))]
        }
        guard let variable = known(directive[0]), let isUpper = hasUpperCase[variable] else { return [] }
        let entries = directive.block ?? []
        let hasHosts = entries.contains { $0.name == "hostnames" }
        let isPattern = { (name: String) in name.hasPrefix("~") || hasHosts && (name.contains("*") || name.hasPrefix(".")) }
        return entries.map(\.name).filter {
            !["default", "hostnames", "volatile", "include"].contains($0) && !isPattern($0)
        }.map { (variable, isUpper ? $0.uppercased() : $0.lowercased()) }
    }

    /// Whether the query has a part in what is compared with `$request_uri`.
    static func mayConcernQueries(_ directive: NginxDirective) -> Bool {
        let words = NginxQuestion.words(directive)
        let patterns =
            directive.name == "map"
            ? (directive.block ?? []).map(\.name).filter { $0 != "default" }
            : words.count > 2 ? [(words[1].hasSuffix("=") ? "" : "~") + words.dropFirst(2).joined(separator: " ")] : []
        return patterns.contains { pattern in
            guard pattern.hasPrefix("~") else { return pattern.hasPrefix("/") && !pattern.contains("?") }
            let expression = String(pattern.drop { $0 == "~" || $0 == "*" })
            return !NginxExpression.isOfPaths(expression) && NginxExpression.isMeantForPaths(expression)
        }
    }

    static func isName(_ text: String) -> Bool {
        do throws(PatternError) { return try HostPattern(text).isExact } catch { return false }
    }

    /// Whether it is the address of a client as nginx writes it.
    private static func isAddress(_ text: String) -> Bool {
        guard let address = IPAddress(text.utf8.span) else { return false }
        return text.hasPrefix("::ffff:") || Array(text.utf8) == address.text
    }

    /// Whether an expression asks for capital letters; `\D` and its like are none, nor those of a class with the same letters small.
    static func namesUpperCase(_ expression: String) -> Bool {
        let (plain, classes) = split(expression)
        return plain.contains(where: \.isUppercase)
            || classes.map(letters).contains { letters in
                letters.contains { $0.isUppercase && !letters.contains(Character($0.lowercased())) }
            }
    }

    /// Whether nothing matches without a capital letter.
    static func wantsUpperCase(_ expression: String) -> Bool {
        !expression.contains { "|?*{".contains($0) } && split(expression).plain.contains(where: \.isUppercase)
    }

    /// Returns what stands outside of the classes of an expression, and what stands in each, without what is escaped.
    private static func split(_ expression: String) -> (plain: String, classes: [[Character]]) {
        var (plain, classes, isEscaped, isInClass) = ("", [[Character]](), false, false)
        for character in expression {
            if isEscaped || character == "\\" {
                isEscaped.toggle()
            } else if isInClass, character != "]" {
                classes[classes.count - 1].append(character)
            } else if character == "[" || character == "]" {
                isInClass = character == "["
                if isInClass { classes.append([]) }
            } else {
                plain.append(character)
            }
        }
        return (plain, classes)
    }

    /// Returns the characters of a class, with those of its ranges.
    private static func letters(_ content: [Character]) -> Set<Character> {
        var letters = Set(content)
        for index in content.indices.dropFirst().dropLast() where content[index] == "-" {
            guard let first = content[index - 1].asciiValue, let last = content[index + 1].asciiValue, first <= last else {
                continue
            }
            letters.formUnion((first...last).map { Character(Unicode.Scalar($0)) })
        }
        return letters
    }

    /// Returns an expression in which each letter is there in both cases.
    static func inAnyCase(_ expression: String) -> String {
        expression.map { $0.isASCII && $0.isLetter ? "[\($0.uppercased())\($0.lowercased())]" : String($0) }.joined()
    }
}
