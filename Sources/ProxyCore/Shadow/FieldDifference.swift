public import HTTPModel

/// A field that two messages do not have alike. The lines of a field count with their order and spelling; the order of different
/// fields does not.
public struct FieldDifference: Sendable, Hashable {
    public enum Change: String, Sendable, Hashable, CaseIterable { case added, removed, changed }

    /// The field's name; of what is none, a word with a colon before it, such as `:status`.
    public var field: String
    public var change: Change
    /// The lines, in order; empty where there are none.
    public var old: [String]
    public var new: [String]

    public init(field: String, change: Change, old: [String], new: [String]) {
        self.field = field
        self.change = change
        self.old = old
        self.new = new
    }

    /// Fails when there is no difference. Nil stands for what is not there.
    public init?(_ field: String, _ old: String?, _ new: String?) {
        guard old != new else { return nil }
        self.init(
            field: field, change: old == nil ? .added : new == nil ? .removed : .changed, old: old.map { [$0] } ?? [],
            new: new.map { [$0] } ?? [])
    }

    /// Returns the differences in the order in which the fields appear.
    public static func between(_ old: borrowing Fields, _ new: borrowing Fields) -> [FieldDifference] {
        areSame(old, new) ? [] : between(old.texts, new.texts)
    }

    /// Names in any case are one field.
    public static func between(_ old: [FieldText], _ new: [FieldText]) -> [FieldDifference] {
        var places: [String: Int] = [:]
        var found: [(old: [FieldText], new: [FieldText])] = []
        func place(_ field: FieldText) -> Int {
            let name = field.name.lowercased()
            if let known = places[name] { return known }
            places[name] = found.count
            found.append(([], []))
            return found.count - 1
        }
        for field in old { found[place(field)].old.append(field) }
        for field in new { found[place(field)].new.append(field) }
        return found.compactMap { $0.old == $0.new ? nil : FieldDifference($0.old, $0.new) }
    }

    private init(_ old: [FieldText], _ new: [FieldText]) {
        // Where only the spelling of the name differs, it is shown.
        let isSpelling = old.map(\.value) == new.map(\.value)
        func lines(_ fields: [FieldText]) -> [String] { fields.map { isSpelling ? "\($0.name): \($0.value)" : $0.value } }
        self.init(
            field: (new.first ?? old.first)?.name ?? "", change: old.isEmpty ? .added : new.isEmpty ? .removed : .changed,
            old: lines(old), new: lines(new))
    }

    private static func areSame(_ old: borrowing Fields, _ new: borrowing Fields) -> Bool {
        guard old.count == new.count else { return false }
        for index in old.indices where !old.line(at: index).equals(new.line(at: index)) { return false }
        return true
    }
}
