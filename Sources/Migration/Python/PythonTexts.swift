import HTTPModel

/// Evaluates methods of texts.
extension PythonProgram {
    /// Returns nil for what is not known.
    mutating func method(_ name: String, of text: String, _ arguments: [PythonArgument]) -> PythonValue? {
        let values = arguments.map { data($0.value) }
        if name == "format" { return format(text, arguments, values) }
        guard arguments.allSatisfy({ $0.name == nil }), values.count <= 1 else { return nil }
        if name == "startswith" || name == "endswith" { return test(name, text, values.first) }
        // The text to cut by has to be known.
        if let value = values.first, value.text == nil { return nil }
        let first = values.first?.text
        let cut = Set((first ?? " \t\r\n").unicodeScalars)
        let scalars = text.unicodeScalars
        switch name {
        case "split" where !(first ?? " ").isEmpty:
            let parts =
                first.map { text.split(at: $0).map(String.init) }
                ?? scalars.split { $0.properties.isWhitespace }.map { String($0) }
            return .list(PythonList(parts.prefix(Self.itemLimit).map { .text($0) }, conditions: conditions.count))
        case "splitlines" where values.isEmpty:
            let lines = text.replacing("\r\n", by: "\n").split(at: "\n").map(String.init)
            let whole = lines.last == "" ? lines.dropLast() : lines[...]
            return .list(PythonList(whole.prefix(Self.itemLimit).map { .text($0) }, conditions: conditions.count))
        case "strip": return .text(Self.trimmed(scalars, cut, atStart: true, atEnd: true))
        case "lstrip": return .text(Self.trimmed(scalars, cut, atStart: true, atEnd: false))
        case "rstrip": return .text(Self.trimmed(scalars, cut, atStart: false, atEnd: true))
        case "lower" where values.isEmpty, "casefold" where values.isEmpty: return .text(text.lowercased())
        case "upper" where values.isEmpty: return .text(text.uppercased())
        default: return nil
        }
    }

    private static func trimmed(
        _ text: String.UnicodeScalarView, _ cut: Set<Unicode.Scalar>, atStart: Bool, atEnd: Bool
    ) -> String {
        var rest = text[...]
        while atStart, let first = rest.first, cut.contains(first) { rest.removeFirst() }
        while atEnd, let last = rest.last, cut.contains(last) { rest.removeLast() }
        return String(rest)
    }

    /// Evaluates `startswith` and `endswith` of one text or several.
    private func test(_ name: String, _ text: String, _ value: PythonValue?) -> PythonValue? {
        let parts: [String?] =
            switch value {
            case .text(let part): [part]
            case .list(let list): list.items.map(\.text)
            default: [nil]
            }
        guard !parts.contains(nil) else { return nil }
        return .bool(parts.compactMap(\.self).contains { name == "startswith" ? text.hasPrefix($0) : text.hasSuffix($0) })
    }

    /// Evaluates `format` for fields without formats.
    private func format(_ text: String, _ arguments: [PythonArgument], _ values: [PythonValue]) -> PythonValue? {
        var named: [String: PythonValue] = [:]
        var positional: [PythonValue] = []
        for (argument, value) in zip(arguments, values) {
            if argument.name?.hasPrefix("*") == true { return nil }
            if let name = argument.name { named[name] = value } else { positional.append(value) }
        }
        for (place, value) in positional.enumerated() { named["\(place)"] = value }
        var (result, rest, count) = ("", Substring(text), 0)
        while let next = rest.popFirst() {
            if next == "{" || next == "}", rest.first == next {
                rest.removeFirst()
                result.append(next)
            } else if next == "{", let end = rest.firstIndex(of: "}") {
                let name = rest[..<end].isEmpty ? "\(count)" : String(rest[..<end])
                count += 1
                guard let part = named[name]?.shown else { return nil }
                result += part
                rest = rest[rest.index(after: end)...]
            } else {
                result.append(next)
            }
            guard result.utf8.count < Self.textLimit else { return nil }
        }
        return .text(result)
    }

    /// Evaluates `text % values` for `%s` and `%d`.
    func filled(_ text: String, _ value: PythonValue) -> PythonValue? {
        var values = [value]
        if case .list(let list) = value { values = list.items }
        var places = values[...]
        let parts = text.split(at: "%")
        var result = String(parts.first ?? "")
        var isEscaped = false
        for (index, part) in parts.enumerated().dropFirst() {
            if isEscaped {
                isEscaped = false
                result += part
            } else if part.isEmpty, index + 1 < parts.count {
                isEscaped = true
                result += "%"
            } else {
                guard let kind = part.first, kind == "s" || kind == "d", let shown = places.popFirst()?.shown else { return nil }
                result += shown + part.dropFirst()
            }
            guard result.utf8.count < Self.textLimit else { return nil }
        }
        return places.isEmpty ? .text(result) : nil
    }
}
