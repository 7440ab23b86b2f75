import ProxyConfig
package import ProxyCore

extension SuggestedPolicy {
    /// For people: the field, then what it lets through and why that may be dangerous. Ends with a newline.
    package func text(_ style: Style) -> String {
        var lines = ["Content-Security-Policy: \(text)", ""]
        for directive in directives {
            for source in directive.sources where source.count > 0 {
                lines.append("  \(directive.name) \(source.text)" + style.dim("  \(counted(source.count, "report"))"))
                if let danger = source.danger { lines.append("    " + style.red("danger: ") + danger) }
            }
        }
        if lines.last != "" { lines.append("") }
        lines += notes.map { style.dim("note: ") + $0 }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A rule for `response_headers`. Ends with a newline.
    package var rule: String {
        var lines = ["- set:", "    Content-Security-Policy:"]
        for directive in directives {
            for danger in directive.sources.compactMap(\.danger) { lines.append("      # \(danger.visible)") }
            let sources = directive.sources.map { YAMLText.literal($0.text) }.joined(separator: ", ")
            lines.append("      \(directive.name): [\(sources)]")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    package var json: JSONText {
        .object([
            ("policy", .text(text)),
            (
                "directives",
                .list(
                    directives.map { directive in
                        .object([
                            ("name", .text(directive.name)),
                            (
                                "sources",
                                .list(
                                    directive.sources.map {
                                        .object([
                                            ("source", .text($0.text)), ("reports", .number($0.count)),
                                            ("danger", .optional($0.danger)),
                                        ])
                                    })
                            ),
                        ])
                    })
            ), ("notes", .texts(notes)),
        ])
    }
}

/// The reported violations that would remain with a policy.
package struct RemainingViolations: Sendable {
    package private(set) var remaining: [(violation: Violation, count: Int)] = []
    private var withNonce: [(violation: Violation, count: Int)] = []
    private var undecided = 0
    private var total = 0

    /// - Parameter inline: scripts and styles that are known to stand in the pages.
    package init(_ table: ViolationTable, of policy: String, inline: [InlineCode] = []) {
        let match = ContentSecurityMatch(policy, inline: inline)
        for entry in table.sorted {
            total += entry.count
            switch match.judge(entry.violation) {
            case .allowed: break
            case .forbidden: remaining.append(entry)
            case .withNonce: withNonce.append(entry)
            case .undecided: undecided += entry.count
            }
        }
    }

    private static func sum(_ entries: [(violation: Violation, count: Int)]) -> Int { entries.reduce(0) { $0 + $1.count } }

    package func text(_ style: Style) -> String {
        var lines = remaining.map { entry in
            let sample = entry.violation.sample.isEmpty ? "" : " \(entry.violation.sample.quoted)"
            return "  \(entry.violation.directive) \(entry.violation.blocked)\(sample)"
                + style.dim("  \(entry.count)× on \(entry.violation.page)")
        }
        let left = "\(Self.sum(remaining)) of \(total) recorded violations are left"
        lines.append(remaining.isEmpty ? style.green(left) : style.red(left))
        let needing = Self.sum(withNonce)
        if needing > 0 { lines.append("\(needing) are gone where the elements have the policy's nonce") }
        if undecided > 0 {
            lines.append(
                "\(undecided) are undecided: the policy names inline code by hashes, and the reports do not tell all of it; "
                    + "name the page that has it with --page, and code by sha256")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    package var json: JSONText {
        .object([
            ("total", .number(total)), ("remaining", .number(Self.sum(remaining))), ("with_nonce", .number(Self.sum(withNonce))),
            ("undecided", .number(undecided)),
            (
                "violations",
                .list(
                    remaining.map {
                        .object([
                            ("directive", .text($0.violation.directive)), ("blocked", .text($0.violation.blocked)),
                            ("page", .text($0.violation.page)), ("sample", .text($0.violation.sample)),
                            ("count", .number($0.count)),
                        ])
                    })
            ),
        ])
    }
}
