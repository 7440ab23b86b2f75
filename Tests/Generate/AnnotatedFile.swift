import ProxyConfig

/// Makes `config/letterhead.yaml` from the lines of `letterhead.yaml.template` by adding the meaning of each key. A line that ends with
/// `@SECTION` has a key of that section; a line `@@KEY` is replaced by the meaning of a key of the first level.
package struct AnnotatedFile {
    package var text = ""
    /// The value that the file shows for each explained key, by section and name; empty for keys of the first level.
    package var shown: [(key: String, value: String)] = []

    package init(template: String) {
        for line in template.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if line.hasPrefix("@@") {
                text += Self.wrapped(meaning("configuration", String(line.dropFirst(2)), ""), width: 126).map { "# \($0)\n" }
                    .joined()
            } else if let mark = line.lastIndex(of: "@"), line[mark...].dropFirst().allSatisfy({ $0.isLowercase || $0 == "_" }) {
                append(line[..<mark].dropLast(), of: String(line[mark...].dropFirst()))
            } else {
                text += line + "\n"
            }
        }
    }

    /// Appends a line with the meaning of its key in a column of its own, which goes on below when it is long.
    private mutating func append(_ line: Substring, of section: String) {
        let key = line.drop { !$0.isLetter }.prefix { $0 != ":" }
        let value = line[key.endIndex...].dropFirst(2)
        let column = max(38, line.count + 2)
        for (number, part) in Self.wrapped(meaning(section, String(key), String(value)), width: 128 - column).enumerated() {
            let before = number == 0 ? line : line.hasPrefix("#") ? "#" : ""
            text += before + String(repeating: " ", count: column - before.count) + "# \(part)\n"
        }
    }

    private mutating func meaning(_ section: String, _ key: String, _ value: String) -> String {
        shown.append(("\(section).\(key)", value))
        guard let section = Vocabulary.sections.first(where: { $0.name == section }), let index = section.keys.firstIndex(of: key)
        else { return "there is no such key" }
        return section.declarations[index].meaning(links: false)
    }

    private static func wrapped(_ text: String, width: Int) -> [String] {
        text.split(separator: " ").reduce(into: []) { lines, word in
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(String(word))
            }
        }
    }
}
