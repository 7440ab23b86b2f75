import HTTPModel

/// The lines of a message with their makers, followed from rule to rule. A rule costs only what it changed and a look at the
/// number of each line, because a trace of ten thousand rules must not take ten thousand copies of what they write.
public struct TracedLines {
    private(set) var all: [StageTrace.Line] = []
    private var marks: [Int] = []
    /// The names in the form in which they are compared, with `_` read as `-`.
    private var names: [String] = []
    private var byName: [String: [Entry]] = [:]

    private struct Entry {
        var mark: Int
        var line: StageTrace.Line
    }

    init(_ fields: borrowing Fields) {
        for index in fields.indices { append(Self.line(fields, index, .message), mark: fields.mark(ofLine: index)) }
    }

    /// The lines of a field.
    func lines(of name: String) -> [StageTrace.Line] { aliases(of: name).filter { $0.isNamed(name) } }

    /// The lines of a field, and those whose names differ from it only in `_` and `-`, which are removed with them.
    func aliases(of name: String) -> [StageTrace.Line] { byName[Self.folded(name), default: []].map(\.line) }

    /// Whether the name of a line begins with a text, with `_` read as `-`.
    func hasName(beginning prefix: String) -> Bool { names.contains { $0.hasPrefix(Self.folded(prefix)) } }

    static func folded(_ name: String) -> String { String(name.lowercased().map { $0 == "_" ? "-" : $0 }) }

    private static func line(_ fields: borrowing Fields, _ index: Int, _ maker: StageTrace.Maker) -> StageTrace.Line {
        StageTrace.Line(name: fields.name(at: index).text, value: fields.value(at: index).text, maker: maker)
    }

    private mutating func append(_ line: StageTrace.Line, mark: Int) {
        let name = Self.folded(line.name)
        all.append(line)
        marks.append(mark)
        names.append(name)
        byName[name, default: []].append(Entry(mark: mark, line: line))
    }

    /// Updates the lines to what a rule has left, and returns what it changed.
    @discardableResult
    mutating func update(
        _ fields: borrowing Fields, by maker: StageTrace.Maker, isInPlace: Bool = false
    ) -> [StageTrace.Change] {
        if isInPlace, fields.count == all.count { return replace(fields, by: maker) }
        // Lines that stay keep their order; the lines that were written or moved come after them.
        var place = 0
        var absent: [Int] = []
        for (index, mark) in marks.enumerated() {
            if place < fields.count, fields.mark(ofLine: place) == mark { place += 1 } else { absent.append(index) }
        }
        guard !absent.isEmpty || place < fields.count else { return [] }
        let highest = marks.count - 1
        let old = absent.map { (line: all[$0], mark: marks[$0], name: names[$0], index: $0) }
        drop(absent)
        var moved: [Int: Int] = [:]
        for (number, line) in old.enumerated() { moved[line.mark] = number }
        var isGone = Array(repeating: true, count: old.count)
        var written: [Int] = []
        var lastMoved: Int?
        for index in place..<fields.count {
            let mark = fields.mark(ofLine: index)
            if let number = moved[mark] {
                isGone[number] = false
                lastMoved = number
                append(old[number].line, mark: mark)
            } else {
                written.append(all.count)
                append(Self.line(fields, index, maker), mark: mark)
            }
        }
        var gone = old.indices.filter { isGone[$0] }
        var changes: [StageTrace.Change] = []
        for index in written {
            let replaced = gone.filter { old[$0].name == names[index] }
            if !replaced.isEmpty { gone.removeAll { replaced.contains($0) } }
            changes.append(replaced.isEmpty ? .added(all[index]) : .replaced(replaced.map { old[$0].line }, all[index]))
        }
        changes = gone.map { .removed(old[$0].line) } + changes
        // `merge` moves its line to the end, possibly unchanged: a line that was after it is now before it.
        if let lastMoved, old[lastMoved].index < lastStaying(highest, old.indices.filter { isGone[$0] }.map { old[$0].index }) {
            changes.append(.moved(old[lastMoved].line))
        }
        return changes
    }

    /// Returns the highest earlier place that is not among those that are gone, which ascend.
    private func lastStaying(_ highest: Int, _ gone: [Int]) -> Int {
        var last = highest
        for index in gone.reversed() where index == last { last -= 1 }
        return last
    }

    private mutating func drop(_ absent: [Int]) {
        guard let first = absent.first else { return }
        for index in absent { byName[names[index]]?.removeAll { $0.mark == marks[index] } }
        var next = 0
        var kept = first
        for index in first..<marks.count {
            if next < absent.count, absent[next] == index {
                next += 1
                continue
            }
            (all[kept], marks[kept], names[kept]) = (all[index], marks[index], names[index])
            kept += 1
        }
        all.removeSubrange(kept...)
        marks.removeSubrange(kept...)
        names.removeSubrange(kept...)
    }

    private mutating func replace(_ fields: borrowing Fields, by maker: StageTrace.Maker) -> [StageTrace.Change] {
        var changes: [StageTrace.Change] = []
        for index in marks.indices where fields.mark(ofLine: index) != marks[index] {
            let line = Self.line(fields, index, maker)
            changes.append(.replaced([all[index]], line))
            (all[index], marks[index], names[index]) = (line, fields.mark(ofLine: index), Self.folded(line.name))
        }
        guard !changes.isEmpty else { return [] }
        byName.removeAll(keepingCapacity: true)
        for index in all.indices { byName[names[index], default: []].append(Entry(mark: marks[index], line: all[index])) }
        return changes
    }
}

/// The lines that a rule found of the fields that it names.
public struct FoundLines {
    private var lines: [String: [StageTrace.Line]] = [:]
    private var prefixes: Set<String> = []

    init(_ action: any Action, in lines: borrowing TracedLines) {
        for name in action.effects.map(\.name.value) {
            if name.hasSuffix("*") {
                let prefix = name.dropLast().lowercased()
                if lines.hasName(beginning: prefix) { prefixes.insert(prefix) }
            } else {
                self.lines[TracedLines.folded(name)] = lines.aliases(of: name)
            }
        }
    }

    func lines(of name: String) -> [StageTrace.Line] { aliases(of: name).filter { $0.isNamed(name) } }
    func aliases(of name: String) -> [StageTrace.Line] { lines[TracedLines.folded(name), default: []] }
    func hasName(beginning prefix: String) -> Bool { prefixes.contains(prefix) }
}
