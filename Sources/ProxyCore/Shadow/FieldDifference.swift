public import HTTPModel

/// A field that differs between two messages. The lines of a field count with their order and spelling; the order of different
/// fields does not.
public struct FieldDifference: Sendable, Hashable {
    public enum Change: String, Sendable, Hashable, CaseIterable { case added, removed, changed }

    /// The field's name; for anything else a word with a colon before it, such as `:status`.
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

    /// Fails when there is no difference. Nil stands for a value that does not exist.
    public init?(_ field: String, _ old: String?, _ new: String?) {
        guard old != new else { return nil }
        self.init(
            field: field, change: old == nil ? .added : new == nil ? .removed : .changed, old: old.map { [$0] } ?? [],
            new: new.map { [$0] } ?? [])
    }

    /// Returns the differences in the order in which the fields appear.
    public static func between(_ old: borrowing Fields, _ new: borrowing Fields) -> [FieldDifference] {
        areSame(old, new) ? [] : between(Line.all(of: old), Line.all(of: new))
    }

    /// Names that differ only in case are one field.
    public static func between(_ old: [FieldText], _ new: [FieldText]) -> [FieldDifference] {
        between(old.map { Line($0) }, new.map { Line($0) })
    }

    /// A line with its bytes, by which lines are compared: texts can be equal although their bytes differ.
    private struct Line {
        var text: FieldText
        var name: [UInt8]
        var value: [UInt8]

        init(_ text: FieldText) {
            self.text = text
            (name, value) = (Array(text.name.utf8), Array(text.value.utf8))
        }

        init(name: Span<UInt8>, value: Span<UInt8>) {
            text = FieldText(name.text, value.text)
            (self.name, self.value) = (Array(copying: name), Array(copying: value))
        }

        static func all(of fields: borrowing Fields) -> [Line] {
            var lines: [Line] = []
            for index in fields.indices { lines.append(Line(name: fields.name(at: index), value: fields.value(at: index))) }
            return lines
        }

        func isSame(_ other: Line) -> Bool { name == other.name && value == other.value }
    }

    private static func between(_ old: [Line], _ new: [Line]) -> [FieldDifference] {
        var places: [String: Int] = [:]
        var found: [(old: [Line], new: [Line])] = []
        func place(_ line: Line) -> Int {
            let name = line.text.name.lowercased()
            if let known = places[name] { return known }
            places[name] = found.count
            found.append(([], []))
            return found.count - 1
        }
        for line in old { found[place(line)].old.append(line) }
        for line in new { found[place(line)].new.append(line) }
        return found.compactMap { pair in
            pair.old.elementsEqual(pair.new) { $0.isSame($1) } ? nil : FieldDifference(pair.old, pair.new)
        }
    }

    private init(_ old: [Line], _ new: [Line]) {
        // If the lines differ only in the spelling of the name, the name is shown, too.
        let isSpelling = old.map(\.value) == new.map(\.value)
        func texts(_ lines: [Line]) -> [String] {
            lines.map { isSpelling ? "\($0.text.name): \($0.text.value)" : $0.text.value }
        }
        self.init(
            field: (new.first ?? old.first)?.text.name ?? "", change: old.isEmpty ? .added : new.isEmpty ? .removed : .changed,
            old: texts(old), new: texts(new))
    }

    private static func areSame(_ old: borrowing Fields, _ new: borrowing Fields) -> Bool {
        guard old.count == new.count else { return false }
        for index in old.indices where !old.line(at: index).equals(new.line(at: index)) { return false }
        return true
    }
}
