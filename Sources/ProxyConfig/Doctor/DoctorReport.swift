import HTTPModel

extension [Complaint] {
    public var hasErrors: Bool { contains { $0.weight == .error } }

    /// For people; ends with a newline.
    public func text(_ style: Style) -> String {
        guard !isEmpty else { return style.green("nothing is wrong") + "\n" }
        return map { one in
            let code = "\(one.weight.rawValue)[\(one.code.rawValue)]"
            var lines = [(one.weight == .error ? style.red(code) : style.yellow(code)) + " \(Style.visible(one.text))"]
            if let flask = one.flask { lines.append("  in Flask: \(Style.visible(flask))") }
            return lines.joined(separator: "\n") + "\n"
        }.joined()
    }

    public var json: JSONText {
        .list(
            map { one in
                .object([
                    ("code", .text(one.code.rawValue)), ("severity", .text(one.weight.rawValue)), ("text", .text(one.text)),
                    ("flask", .optional(one.flask)), ("version", .optional(one.version?.text)),
                    ("reference", .text("config/reference/doctor.md#\(one.code.rawValue.lowercased())")),
                ])
            })
    }
}
