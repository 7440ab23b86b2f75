import HTTPModel
package import HeaderPolicy

/// Reads typed values. Each function returns nil after it has reported an error.
extension Reading {
    /// Reads a text. A number, `true` or `off` is taken as it is written.
    package func text(_ node: Node, for what: String) -> Located<String>? { scalar(node, for: what, isText: true) }

    /// Reads a text in which some characters have a meaning; what `${…}` stands for has none, so they are doubled there.
    func text(_ node: Node, for what: String, doubling special: [String]) -> Located<String>? {
        guard let text = text(node, for: what), case .scalar(let scalar) = node.content else { return nil }
        return Located(scalar.text(doubling: special), at: text.location)
    }

    /// Reads a text in which placeholders are filled in for each message.
    func template(_ node: Node, for what: String) -> Located<String>? {
        if case .scalar(let scalar) = node.content, scalar.text.hasSuffix("\n"),
            let sign = source.line(node.place.line).dropFirst(node.place.column - 1).first, sign == ">" || sign == "|"
        {
            error(
                "\(what) ends with a line break, which no header may carry: `\(sign)` keeps the last one", at: node.place,
                help: "write `>-`, which makes one line of it")
            return nil
        }
        return text(node, for: what, doubling: TextPart.braces)
    }

    /// Reads a single value.
    ///
    /// - Parameter isText: whether any text would do, so that quotes are the answer to what YAML reads as something else.
    func scalar(_ node: Node, for what: String, isText: Bool = false) -> Located<String>? {
        switch node.content {
        case .scalar(let scalar) where !node.isMissing: return Located(scalar.text, at: location(node.place))
        case .scalar(let scalar):
            let help = isText ? "write \"\" for an empty one" : "write one, or leave the key out"
            error(
                "\(what) has no value", at: node.place,
                help: scalar.isNull
                    ? "`\(scalar.text)` is nothing in YAML: " + (isText ? "write \"\(scalar.text)\" if the word is meant" : help)
                    : hiddenValue(node.place) ?? help)
        case .invalid: break
        case .table, .list:
            if isText, let placeholder = node.placeholder {
                error(
                    "without quotes, `\(placeholder)` is a mapping in YAML, not a placeholder", at: node.place,
                    help: "write \"\(placeholder)\"")
            } else {
                error(
                    "\(what) is a single value, not \(node.kind)", at: node.place,
                    help: isText ? source.meantText(at: node.place)?.help : nil)
            }
        }
        return nil
    }

    /// Explains a value that is missing because a `#` begins a comment, or an `&` an anchor.
    private func hiddenValue(_ place: Place) -> String? {
        let rest = source.line(place.line).dropFirst(place.column - 1).drop { $0 == " " }
        guard let first = rest.first, first == "#" || first == "&" else { return nil }
        let meant = source.meantValue(
            at: Place(line: place.line, column: rest.startIndex - source.line(place.line).startIndex + 1))
        guard let meant else { return nil }
        return "`\(first)` begins \(first == "#" ? "a comment" : "an anchor") in YAML: \(meant.help)"
    }

    /// One text or a list of them. Nothing at all is an empty list.
    package func texts(_ node: Node, for what: String) -> [Located<String>] {
        if node.isMissing { return [] }
        guard case .list(let items) = node.content else { return node.members.compactMap { text($0, for: what) } }
        return items.flatMap(\.members).compactMap { text($0, for: "an entry of \(what)") }
    }

    /// Returns the items of a list. A single value or mapping in its place is an error.
    package func items(_ node: Node, for what: String) -> [Node] {
        switch node.content {
        case .list(let items): return items.flatMap(\.members)
        case .scalar where node.isMissing: return []
        case .invalid: return []
        case .scalar, .table:
            error("\(what) is a list, not \(node.kind)", at: node.place, help: dash(node) ?? "begin each entry with `- `")
            return []
        }
    }

    /// Explains a `-` that begins no entry, because no plain space follows it.
    private func dash(_ node: Node) -> String? {
        let text: String? =
            switch node.content {
            case .table(let entries): entries.first.map { "\($0.key): …" }
            case .scalar(let scalar) where scalar.isPlain: scalar.text
            case .scalar, .list, .invalid: nil
            }
        guard let text, text.hasPrefix("-"), let next = text.unicodeScalars.dropFirst().first, next != "-" else { return nil }
        if next.properties.isWhitespace { return "what follows the `-` is a non-breaking space: write a plain one" }
        return "a space has to follow the `-`: write `- \(text.dropFirst())`"
    }

    package func bool(_ node: Node, for what: String) -> Located<Bool>? {
        guard let text = scalar(node, for: what) else { return nil }
        switch text.value.lowercased() {
        case "true": return Located(true, at: text.location)
        case "false": return Located(false, at: text.location)
        case "on", "yes", "y", "1", "enabled":
            error("`\(text.value)` is not true or false", at: node.place, help: "write `true`")
        case "off", "no", "n", "0", "disabled":
            error("`\(text.value)` is not true or false", at: node.place, help: "write `false`")
        default: error("\(what) is `true` or `false`, not \(node.kind)", at: node.place)
        }
        return nil
    }

    package func integer(_ node: Node, for what: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = scalar(node, for: what)?.value else { return nil }
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            let plain = text.replacing("_", by: "")
            error(
                "\(what) is a whole number, not \(node.kind)", at: node.place,
                help: plain != text && Int(plain) != nil ? "write `\(plain)`" : nil)
            return nil
        }
        if digits.count > 1, digits.hasPrefix("0") {
            let decimal = digits.drop { $0 == "0" }
            error(
                "`\(text.abbreviated)` begins with a zero, which some readers take for an octal number", at: node.place,
                help: "write `\(decimal.isEmpty ? "0" : decimal)`")
            return nil
        }
        guard let number = Int(text), range.contains(number) else {
            let bounds = range.upperBound == .max ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
            error("\(what) is \(bounds), not \(text.abbreviated)", at: node.place)
            return nil
        }
        return number
    }

    /// Reads one of a few words.
    package func word<Word: RawRepresentable<String> & CaseIterable>(_ node: Node, for what: String, _: Word.Type = Word.self)
        -> Word?
    {
        guard let text = scalar(node, for: what)?.value else { return nil }
        if let word = Word(rawValue: text) { return word }
        let words = Word.allCases.map(\.rawValue)
        let help: String? =
            if words.contains("off"), ["false", "no", "none"].contains(text.lowercased()) { "write `off`" } else {
                closest(to: text, among: words).map { "did you mean `\($0)`?" }
            }
        error("\(what) is \(alternatives(words)), not \(node.kind)", at: node.place, help: help)
        return nil
    }

    /// Reads a duration of at most a year, such as `2s`, `500ms`, `1.5s` or `1m30s`, in milliseconds. A number without a unit
    /// must be 0, unless the field itself has a unit: `bareUnit`, in milliseconds.
    package func duration(_ node: Node, for what: String, bareUnit: Int? = nil) -> Located<Int>? {
        guard let text = scalar(node, for: what) else { return nil }
        switch Quantity.duration(text.value) {
        case .value(let value): return Located(value, at: text.location)
        case .noUnit(let number) where bareUnit != nil:
            let (milliseconds, overflows) = number.multipliedReportingOverflow(by: bareUnit ?? 1)
            if !overflows, milliseconds <= Quantity.longest { return Located(milliseconds, at: text.location) }
            error("\(what) is at most 365d, not \(node.kind)", at: node.place)
        case .noUnit(let number):
            error("\(what) needs a unit", at: node.place, help: "write `\(number)s` for seconds, `\(number)ms` for milliseconds")
        case .negative: error("\(what) cannot be negative", at: node.place)
        case .tooLarge: error("\(what) is at most 365d, not \(node.kind)", at: node.place)
        case .malformed:
            error(
                "\(what) is a duration, not \(node.kind)", at: node.place,
                help: "write it like 500ms, 1.5s, 30s, 10m, 1h, 1d or 1m30s")
        }
        return nil
    }

    /// Reads a size of at most 1 TB, such as `16MB`, `64KB` or `512`, in bytes.
    package func size(_ node: Node, for what: String) -> Int? {
        guard let text = scalar(node, for: what)?.value else { return nil }
        switch Quantity.size(text) {
        case .value(let value), .noUnit(let value): return value
        case .negative: error("\(what) cannot be negative", at: node.place)
        case .tooLarge: error("\(what) is at most 1TB, not \(node.kind)", at: node.place)
        case .malformed:
            error("\(what) is a size, not \(node.kind)", at: node.place, help: "write it like 512, 64KB, 1.5MB or 1GB")
        }
        return nil
    }
}
