import HTTPModel

extension KeyDeclaration {
    /// The sentence for places outside the reference, without links.
    package var plainSentence: String {
        var plain = ""
        for (number, part) in sentence.replacing(": below", by: "").split(at: "[").enumerated() {
            guard number > 0, let middle = part.range(ofFirst: "]("), let end = part[middle.upperBound...].range(ofFirst: ")")
            else {
                plain += number > 0 ? "[" + part : part
                continue
            }
            let rest = part[end.upperBound...]
            // A link after a colon only points somewhere; its text says nothing more.
            if plain.hasSuffix(": "), rest.isEmpty || rest.hasPrefix(".") {
                plain.removeLast(2)
            } else {
                plain += part[..<middle.lowerBound]
            }
            plain += rest
        }
        return plain
    }
}
