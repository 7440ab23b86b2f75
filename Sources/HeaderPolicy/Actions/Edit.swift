public import HTTPModel

/// `edit: { Name: { match: …, replace: … } }` — applies a regular expression to each existing value, in linear time.
public struct EditFields: Action {
    public static let key = "edit"
    public static let form = ActionForm.edits { EditFields($0) }

    public var edits: [Edit]
    public init(_ edits: [Edit]) { self.edits = edits }

    public var effects: [FieldEffect] { edits.map { FieldEffect($0.name, .changed) } }
    public var text: String {
        edits.map { "\($0.name.value): \"\($0.match.value)\" → \"\($0.replace.value)\"" }.joined(separator: ", ")
    }
    public var changesInPlace: Bool { true }

    public func redacted(_ value: (_ name: String, _ value: String) -> String) -> Self {
        var copy = self
        for index in edits.indices {
            let edit = edits[index]
            copy.edits[index].match.value = value(edit.name.value, edit.match.value)
            copy.edits[index].replace.value = value(edit.name.value, edit.replace.value)
        }
        return copy
    }

    public func compile(in compiler: inout RuleCompiler, of rule: Rule, names: inout FieldNames) {
        for edit in edits { compile(edit, in: &compiler, &names) }
    }

    private func compile(_ edit: Edit, in compiler: inout RuleCompiler, _ names: inout FieldNames) {
        let isTarget = compiler.accepts(edit.name)
        let regex: LinearRegex
        do throws(RegexError) {
            regex = try LinearRegex(edit.match.value)
        } catch {
            return compiler.refuse("the regular expression \"\(edit.match.value)\" is not valid: \(error)", edit.match.location)
        }
        do throws(RegexError) {
            let replacement = try Replacement(edit.replace.value, groups: regex.groups)
            guard isTarget else { return }
            noteBraces(edit.replace, in: &compiler, &names)
            compiler.append(changing: edit.name.value, by: RegexChange(regex, replacement), &names)
        } catch {
            compiler.refuse("the replacement \"\(edit.replace.value)\" is not valid: \(error)", edit.replace.location)
        }
    }

    /// Warns of what is a placeholder elsewhere.
    private func noteBraces(_ text: Located<String>, in compiler: inout RuleCompiler, _ names: inout FieldNames) {
        guard text.value.contains("{"), let template = try? Template(text, scope: compiler.scope, names: &names),
            !template.isStatic
        else { return }
        compiler.warnings.append(
            PolicyError(
                "`edit` fills in no placeholders: \"\(text.value)\" is written as it stands", at: text.location,
                suggestion: "take what is needed from the value by a group such as `$1`"))
    }

    public func notes(_ sight: RuleSight, _ facts: borrowing ExchangeFacts) -> [String] {
        edits.compactMap { edit in
            let old = sight.before.lines(of: edit.name.value)
            if old.isEmpty { return "there is no \(edit.name.value)" }
            guard sight.after.lines(of: edit.name.value) == old else { return nil }
            return "`\(edit.match.value)` matches nothing in \(edit.name.value): \(old.map(\.value).joined(separator: " | "))"
        }
    }
}

/// A regular expression for each existing value of a field; `replace` may use `$1` … `$9` and `$0`.
public struct Edit: Sendable, Hashable {
    public var name: Located<String>
    public var match: Located<String>
    public var replace: Located<String>

    public init(name: Located<String>, match: Located<String>, replace: Located<String>) {
        self.name = name
        self.match = match
        self.replace = replace
    }
}

private final class RegexChange: ValueChange {
    private let regex: LinearRegex
    private let replacement: Replacement

    init(_ regex: consuming LinearRegex, _ replacement: consuming Replacement) {
        self.regex = regex
        self.replacement = replacement
    }

    func change(_ value: Span<UInt8>, into text: inout [UInt8], _ scratch: inout RegexScratch) -> Bool {
        regex.replaceAll(in: value, with: replacement, into: &text, scratch: &scratch)
    }
}

extension Action where Self == EditFields {
    public static func edit(_ edits: [Edit]) -> Self { EditFields(edits) }
}
