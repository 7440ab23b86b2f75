import HTTPModel
import ProxyCore

extension [Complaint] {
    package var hasErrors: Bool { contains { $0.weight == .error } }

    /// The report for people; it ends with a newline.
    package func text(_ style: Style) -> String {
        map { one in
            let code = "\(one.weight.rawValue)[\(one.code.rawValue)]"
            var lines = [(one.weight == .error ? style.red(code) : style.yellow(code)) + " \(Redaction.text(one.text).visible)"]
            for (index, remedy) in one.remedies.enumerated()
            where !one.remedies[..<index].contains(where: { $0.text == remedy.text }) {
                let places = one.remedies.filter { $0.text == remedy.text }.map(\.place.rawValue).joined(separator: ", ")
                lines.append("  in \(places): \(remedy.text.visible)")
            }
            return lines.joined(separator: "\n") + "\n"
        }.joined()
    }

    package var json: JSONText { .list(map { .object($0.members) }) }
}

extension Complaint {
    var members: [(String, JSONText)] {
        [
            ("code", .text(code.rawValue)), ("severity", .text(weight.rawValue)), ("text", .text(Redaction.text(text))),
            ("remedies", .object(remedies.map { ($0.place.rawValue.lowercased(), .text(Redaction.text($0.text))) })),
            ("version", .optional(version?.text)),
            ("reference", .text(code.reference)),
        ]
    }
}
