import HTTPModel

/// The lines of a message with their makers, followed from rule to rule.
struct TracedLines {
    private(set) var all: [StageTrace.Line]
    private var marks: [Int]

    init(_ fields: borrowing Fields) {
        all = []
        marks = []
        for index in fields.indices {
            all.append(
                StageTrace.Line(name: fields.name(at: index).text, value: fields.value(at: index).text, maker: .message))
            marks.append(fields.mark(ofLine: index))
        }
    }

    /// The lines of a field, `_` in names read as `-`.
    func lines(of name: String) -> [StageTrace.Line] {
        let wanted = Self.folded(name)
        return all.filter { Self.folded($0.name) == wanted }
    }

    private static func folded(_ name: String) -> String { String(name.lowercased().map { $0 == "_" ? "-" : $0 }) }

    /// Takes over what a rule has left, and says what it changed.
    mutating func update(_ fields: borrowing Fields, by rule: Int, isInPlace: Bool) -> [StageTrace.Change] {
        let old = self
        var places: [Int: Int] = [:]
        for (place, mark) in old.marks.enumerated() { places[mark] = place }
        all = []
        marks = []
        var written: [Int] = []
        for index in fields.indices {
            let mark = fields.mark(ofLine: index)
            marks.append(mark)
            if let place = places[mark] {
                all.append(old.all[place])
            } else {
                all.append(
                    StageTrace.Line(name: fields.name(at: index).text, value: fields.value(at: index).text, maker: .rule(rule)))
                written.append(index)
            }
        }
        return isInPlace && all.count == old.all.count ? inPlace(old, written) : elsewhere(old, places, written)
    }

    private func inPlace(_ old: TracedLines, _ written: [Int]) -> [StageTrace.Change] {
        written.map { .replaced([old.all[$0]], all[$0]) }
    }

    private func elsewhere(_ old: TracedLines, _ places: [Int: Int], _ written: [Int]) -> [StageTrace.Change] {
        let kept = Set(marks)
        var gone = old.marks.indices.filter { !kept.contains(old.marks[$0]) }
        var changes: [StageTrace.Change] = []
        for index in written {
            let name = Self.folded(all[index].name)
            let replaced = gone.filter { Self.folded(old.all[$0].name) == name }
            gone.removeAll { replaced.contains($0) }
            changes.append(replaced.isEmpty ? .added(all[index]) : .replaced(replaced.map { old.all[$0] }, all[index]))
        }
        changes = gone.map { .removed(old.all[$0]) } + changes
        // `merge` moves its line to the end, perhaps as it is.
        let stayed = marks.compactMap { places[$0] }
        if let last = stayed.last, let highest = stayed.max(), last < highest { changes.append(.moved(old.all[last])) }
        return changes
    }
}
