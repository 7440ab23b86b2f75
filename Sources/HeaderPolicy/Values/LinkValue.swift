import HTTPModel

/// One link of a `Link` field (RFC 8288 §3), as far as early hints need it: its parameters.
struct LinkValue {
    /// The parameters, with names in lower case and quotes removed.
    private(set) var parameters: [(name: String, value: String)] = []

    /// The value of the first parameter with a name.
    subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }

    /// Returns the links of a field's value; nil when it is not a list of `<target>; name=value`.
    static func list(_ text: String) -> [LinkValue]? {
        var rest = text[...]
        var links: [LinkValue] = []
        repeat {
            rest = rest.drop { $0 == " " || $0 == "\t" }
            guard rest.popFirst() == "<", let end = rest.firstIndex(of: ">") else { return nil }
            rest = rest[rest.index(after: end)...].drop { $0 == " " || $0 == "\t" }
            var link = LinkValue()
            while rest.first == ";" {
                rest = rest.dropFirst()
                guard link.readParameter(&rest) else { return nil }
            }
            links.append(link)
            guard rest.isEmpty || rest.first == "," else { return nil }
        } while rest.popFirst() != nil
        return links
    }

    private mutating func readParameter(_ rest: inout Substring) -> Bool {
        rest = rest.drop { $0 == " " || $0 == "\t" }
        let name = rest.prefix { !" \t=;,".contains($0) }
        rest = rest.dropFirst(name.count).drop { $0 == " " || $0 == "\t" }
        var value = ""
        if rest.first == "=" {
            rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
            if rest.first == "\"" {
                rest = rest.dropFirst()
                while let character = rest.popFirst(), character != "\"" {
                    guard let next = character == "\\" ? rest.popFirst() : character else { return false }
                    value.append(next)
                }
            } else {
                let token = rest.prefix { !" \t;,".contains($0) }
                value = String(token)
                rest = rest.dropFirst(token.count)
            }
            rest = rest.drop { $0 == " " || $0 == "\t" }
        }
        // An empty parameter, as after a last semicolon, means nothing.
        if !name.isEmpty { parameters.append((name.lowercased(), value)) }
        return true
    }
}
