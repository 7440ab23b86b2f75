import HTTPModel

/// A value as a person wrote it, where YAML's punctuation cuts it short: in `{ a: b, c }` the comma ends the value, in `{ a: b: c }` the
/// colon begins another one.
struct MeantValue {
    var place: Place
    var text: String
    /// The key in front of it.
    var key: String?

    /// The text that YAML reads as this value. In `'default-src 'self''` the outer quotes are meant for YAML, and so are those in
    /// `"no-store", private`.
    var quoted: String {
        for quote in ["'", "\""] {
            let parts = text.split(at: quote)
            if parts.count == 3, parts[0].isEmpty, parts[2].hasPrefix(",") || parts[2].hasPrefix(";") {
                return Self.quoted("\(parts[1])\(parts[2])")
            }
            if text.count > 4, text.hasPrefix(quote), text.hasSuffix(quote + quote) {
                return Self.quoted(String(text.dropFirst().dropLast()))
            }
        }
        return Self.quoted(text)
    }

    /// The keys of a rule whose values are mappings.
    private static let ofMappings: Set = ["set", "add", "merge", "rename", "edit", "cors", "cookies", "when"]

    /// What to write instead. If it has commas it may be meant as a list, but only the configuration's own keys take lists.
    var help: String {
        if let key, Self.ofMappings.contains(key), text.contains(text: ": ") { return "write `\(key): { \(text) }`" }
        let quote = "quote the value: \(quoted)"
        guard let key, key.utf8.allSatisfy({ (0x61...0x7A).contains($0) || $0 == 0x5F }), !text.hasPrefix("["), text.contains(",")
        else {
            return quote
        }
        let items = text.split(separator: ",").map { item in
            let item = String(item.drop { $0 == " " })
            return item.first.map { "*&!%@`#?|>".contains($0) } ?? false ? Self.quoted(item) : item
        }
        return "write a list: [\(items.joined(separator: ", "))], or \(quote)"
    }

    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(0x22) || text.utf8.contains(0x5C) else { return "\"\(text)\"" }
        return "'\(text.replacing("'", by: "''"))'"
    }
}

extension SourceText {
    /// The value on the line of a place that begins there or before it and ends there or after it; nil where there is none, or
    /// the line is too long to look at.
    ///
    /// - Parameter isInMapping: whether a `{` on a line above is still open.
    func meantValue(at place: Place, isInMapping: Bool = false) -> MeantValue? {
        let line = Array(line(place.line))
        guard line.count <= 2_000 else { return nil }
        var scanner = LineScanner(line: line, open: isInMapping ? ["{"] : [])
        guard let found = scanner.value(at: place.column - 1) else { return nil }
        return MeantValue(
            place: Place(line: place.line, column: found.value.lowerBound + 1, width: found.value.count),
            text: line[found.value].string, key: found.key.map { line[$0].string })
    }

    /// The list or mapping that begins at a place and ends on the same line, as a text.
    func meantText(at place: Place) -> MeantValue? {
        let line = Array(line(place.line))
        guard line.count <= 2_000, let end = LineScanner(line: line).end(ofCollectionAt: place.column - 1) else { return nil }
        let value = place.column - 1..<end
        return MeantValue(
            place: Place(line: place.line, column: place.column, width: value.count), text: line[value].string)
    }
}

/// Reads a line more leniently than YAML does: a `,` ends a value in `{ … }` only if another key, or the end, follows it.
private struct LineScanner {
    let line: [Unicode.Scalar]
    /// The brackets that are open.
    var open: [Unicode.Scalar] = []
    private var position = 0

    init(line: [Unicode.Scalar], open: [Unicode.Scalar] = []) {
        self.line = line
        self.open = open
    }

    mutating func value(at column: Int) -> (value: Range<Int>, key: Range<Int>?)? {
        skipBlanks()
        while line[safe: position] == "-", isBlankOrEnd(position + 1) {
            position += 1
            skipBlanks()
        }
        while position < line.count, position <= column {
            let key = open.last == "[" ? nil : self.key(at: position)
            if let key {
                position = key.next
                skipBlanks()
            }
            guard let first = line[safe: position] else { return nil }
            if first == "{" || first == "[", isCollection(at: position) {
                open.append(first)
                position += 1
                skipBlanks()
                continue
            }
            let start = position
            skipValue()
            var end = position
            while end > start, isBlank(line[end - 1]) { end -= 1 }
            if start < end, start <= column, column <= position { return (start..<end, key?.name) }
            if position == start, first != ",", !Self.isClosing(first) { position += 1 }
            skipSeparators()
        }
        return nil
    }

    private mutating func skipBlanks() { while let next = line[safe: position], isBlank(next) { position += 1 } }

    private mutating func skipSeparators() {
        while let next = line[safe: position], isBlank(next) || next == "," || Self.isClosing(next) {
            if Self.isClosing(next) { _ = open.popLast() }
            position += 1
        }
    }

    private mutating func skipValue() {
        let start = position
        // In `"a", "b"` the first quoted text is only a part of the value.
        if let end = end(ofQuotesAt: position), isEnd(end) {
            position = end
            let next = afterBlanks(end)
            if line[safe: next] != "," || endsValue(commaAt: next) { return }
        }
        var depth = 0
        while let next = line[safe: position] {
            switch next {
            case "{", "[": depth += 1
            case "}", "]":
                if depth == 0, !open.isEmpty { return }
                depth = max(0, depth - 1)
            case "," where depth == 0 && endsValue(commaAt: position): return
            case "#" where open.isEmpty && position > start && isBlank(line[position - 1]): return
            default: break
            }
            position += 1
        }
        // If the brackets in the value do not match, the last ones close those around it.
        for _ in open {
            var end = position
            while end > start, isBlank(line[end - 1]) { end -= 1 }
            guard end > start + 1, Self.isClosing(line[end - 1]) else { return }
            position = end - 1
        }
    }

    /// In a list every comma ends a value; in a mapping only one before another key or at the end does.
    private func endsValue(commaAt index: Int) -> Bool {
        guard let bracket = open.last else { return false }
        return bracket == "[" || isEnd(index + 1) || key(at: afterBlanks(index + 1)) != nil
    }

    /// Returns the range of the name in `name: `, with or without quotes, and the index behind the colon.
    private func key(at start: Int) -> (name: Range<Int>, next: Int)? {
        var end = start
        if let quoted = self.end(ofQuotesAt: start) {
            end = quoted
        } else {
            while let next = line[safe: end], next.isASCII,
                next.properties.isAlphabetic || "0123456789-_.".unicodeScalars.contains(next)
            {
                end += 1
            }
        }
        guard end > start else { return nil }
        let colon = afterBlanks(end)
        return line[safe: colon] == ":" && isBlankOrEnd(colon + 1) ? (start..<end, colon + 1) : nil
    }

    /// Returns the index behind the closing quote; nil if there are no quotes, or they do not end on this line.
    private func end(ofQuotesAt start: Int) -> Int? {
        guard let quote = line[safe: start], quote == "\"" || quote == "'" else { return nil }
        var index = start + 1
        while let next = line[safe: index] {
            if next == quote {
                guard quote == "'", line[safe: index + 1] == "'" else { return index + 1 }
                index += 1
            } else if next == "\\", quote == "\"" {
                index += 1
            }
            index += 1
        }
        return nil
    }

    /// Whether a list or mapping begins here: its end is followed only by what may follow one, or is not on this line.
    private func isCollection(at start: Int) -> Bool { end(ofCollectionAt: start).map(isEnd) ?? true }

    func end(ofCollectionAt start: Int) -> Int? {
        var depth = 0
        for index in line.indices.dropFirst(start) {
            if line[index] == "{" || line[index] == "[" { depth += 1 }
            if Self.isClosing(line[index]) { depth -= 1 }
            if depth <= 0 { return index > start ? index + 1 : nil }
        }
        return nil
    }

    private func afterBlanks(_ index: Int) -> Int {
        var index = index
        while let next = line[safe: index], isBlank(next) { index += 1 }
        return index
    }

    /// Whether a value may end before this index.
    private func isEnd(_ index: Int) -> Bool {
        let next = afterBlanks(index)
        guard let scalar = line[safe: next] else { return true }
        return scalar == "," || Self.isClosing(scalar) || (scalar == "#" && next > index)
    }

    private func isBlankOrEnd(_ index: Int) -> Bool { line[safe: index].map(isBlank) ?? true }
    private func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }
    private static func isClosing(_ scalar: Unicode.Scalar) -> Bool { scalar == "}" || scalar == "]" }
}
