import HTTPModel
import HeaderPolicy
import ProxyConfig

extension [Finding] {
    /// Returns the findings for people: `file:line:column: warning[LH102]: …`, the line, a caret, `help:` and where to read on.
    /// The text ends with a newline unless it is empty.
    package func text() -> String {
        map { finding in
            let diagnostic = finding.diagnostic
            var text = diagnostic.description
            let severity = "\(diagnostic.severity): "
            if let place = text.range(ofFirst: ": " + severity) {
                text.replaceSubrange(place, with: ": \(diagnostic.severity)[\(finding.code.rawValue)]: ")
            }
            return text + "\nsee: \(finding.code.reference)\n"
        }.joined(separator: "\n")
    }

    /// The findings for programs.
    package var json: JSONText {
        .list(
            map { finding in
                let place = finding.diagnostic.location
                return .object([
                    ("code", .text(finding.code.rawValue)), ("severity", .text(finding.diagnostic.severity.rawValue)),
                    ("file", .text(place.file)), ("line", .number(place.line)), ("column", .number(place.column)),
                    ("message", .text(finding.diagnostic.message)), ("help", .optional(finding.diagnostic.suggestion)),
                    ("reference", .text(finding.code.reference)),
                ])
            })
    }

    /// Returns the findings in SARIF 2.1.0, which code hosts show beside the lines.
    package func sarif(version: String) -> JSONText {
        let codes = LintCode.allCases.filter { code in contains { $0.code == code } }
        let driver: JSONText = .object([
            ("name", .text("letterhead")), ("version", .text(version)), ("informationUri", .text(Documentation.address)),
            ("rules", .list(codes.map(\.sarifRule))),
        ])
        return .object([
            ("$schema", .text("https://json.schemastore.org/sarif-2.1.0.json")), ("version", .text("2.1.0")),
            (
                "runs",
                .list([
                    .object([("tool", .object([("driver", driver)])), ("results", .list(map(\.sarifResult)))])
                ])
            ),
        ])
    }
}

extension LintCode {
    fileprivate var sarifRule: JSONText {
        func text(_ text: String) -> JSONText { .object([("text", .text(text))]) }
        return .object([
            ("id", .text(rawValue)), ("shortDescription", text(title)), ("fullDescription", text("\(title).")),
            ("help", text("\(title). See \(reference)")), ("helpUri", .text(reference)),
        ])
    }
}

extension Finding {
    fileprivate var sarifResult: JSONText {
        let help = diagnostic.suggestion.map { ". Help: \($0)" } ?? ""
        let region: JSONText = .object([
            ("startLine", .number(diagnostic.location.line)), ("startColumn", .number(diagnostic.location.column)),
        ])
        let place: JSONText = .object([
            (
                "physicalLocation",
                .object([
                    ("artifactLocation", .object([("uri", .text(diagnostic.location.file))])), ("region", region),
                ])
            )
        ])
        return .object([
            ("ruleId", .text(code.rawValue)), ("level", .text(diagnostic.severity.rawValue)),
            ("message", .object([("text", .text(diagnostic.message + help))])), ("locations", .list([place])),
        ])
    }
}
