import HTTPModel
import HeaderPolicy
import ProxyCore

/// Makes values in which an `edit` finds something. Each edit has an exchange of its own, because two may look for different
/// things in one field.
extension MadeUpExchange {
    /// Returns the exchanges on which an edit acts.
    ///
    /// - Parameter isOfRequest: whether the rule is for what goes to the app.
    func edited(by rule: Rule, isOfRequest: Bool) -> [MadeUpExchange] {
        guard let action = rule.action as? EditFields else { return [] }
        let bases = rule.condition.map(fulfilling) ?? [self]
        return action.edits.flatMap { edit in
            Self.values(of: edit).flatMap { value in
                bases.map { base in
                    base.with {
                        let field = FieldText(edit.name.value, value)
                        if isOfRequest { $0.fields.add(field) } else { $0.answer.add(field) }
                    }
                }
            }
        }
    }

    private static func values(of edit: Edit) -> [String] {
        let samples = PatternSamples.texts(edit.match.value).prefix(4)
        guard edit.name.value.lowercased() == "set-cookie", let regex = try? LinearRegex(edit.match.value) else {
            return samples.filter { Fields.isValue($0.utf8.span) }
        }
        // The edit is more likely about an attribute than about the cookie's name.
        return samples.compactMap { text in
            ["sample=1; \(text)", text].first { Fields.isValue($0.utf8.span) && regex.matches($0.utf8.span) }
        }
    }
}
