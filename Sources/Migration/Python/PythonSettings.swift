/// The names in capitals of a class, an object or a program, as `from_object` takes them.
struct PythonSettings {
    private(set) var values: [(name: String, value: PythonValue, line: Int)] = []
    /// The code that may have set more of them.
    private(set) var doubts: [String] = []
    private var line = 1

    /// Fails for anything but a class or an object.
    init?(_ value: PythonValue) {
        switch value {
        case .type(let type): self.init(type.order) { PythonType.value($0, in: type.order) }
        case .object(let object):
            self.init(object.order, object.scope) { object.value($0) }
            if let doubt = object.doubt { doubts.append(doubt) }
        default: return nil
        }
    }

    init(_ scope: PythonScope) { take(scope) { scope.names[$0] } }

    private init(_ order: [PythonType.Step], _ own: PythonScope? = nil, _ value: (String) -> PythonValue?) {
        for step in order.reversed() {
            switch step {
            case .unknown(let text): doubts.append(text)
            case .known(let type):
                line = type.line
                take(type.scope, value)
            }
        }
        if let own { take(own, value) }
    }

    private mutating func take(_ scope: PythonScope, _ value: (String) -> PythonValue?) {
        doubts += scope.unknown
        for name in scope.order where name == name.uppercased() {
            guard let value = value(name) else { continue }
            let entry = (name: name, value: value, line: scope.lines[name] ?? 1)
            if let place = values.firstIndex(where: { $0.name == name }) {
                values[place] = entry
            } else if values.count < PythonProgram.itemLimit {
                values.append(entry)
            }
        }
    }

    func value(_ name: String) -> PythonValue? { values.first { $0.name == name }?.value }

    /// Sets them in a table. If another class that is not known may set the origins as well, these become one of several values.
    func set(in table: PythonTable, because: String?) {
        for text in doubts { table.spoil(text) }
        for one in values { table.set(.text(one.name), one.value, line: one.line, because: because) }
        guard let doubt = doubts.first, value("CORS_ORIGINS") == nil else { return }
        table.set(
            .text("CORS_ORIGINS"), (table["CORS_ORIGINS"]?.value ?? .absent).doubted(doubt), line: line, because: because)
    }
}

/// Does what `from_object` does.
extension PythonProgram {
    mutating func take(_ object: PythonValue, into table: PythonTable, _ because: String?, _ text: String) {
        switch object {
        case .library("__name__"): PythonSettings(scope).set(in: table, because: because)
        case .either(let values, let reason): take(oneOf: values, into: table, because, reason, text)
        default:
            guard let settings = PythonSettings(object) else { return table.spoil(text) }
            settings.set(in: table, because: because)
        }
    }

    /// Sets the names of several classes of which only one applies: each name has one of their values, or the one before.
    private func take(
        oneOf values: [PythonValue], into table: PythonTable, _ because: String?, _ reason: String, _ text: String
    ) {
        let all = values.map { PythonSettings($0) }
        if all.contains(where: { $0 == nil }) { table.spoil(text) }
        for doubt in all.flatMap({ $0?.doubts ?? [] }) { table.spoil(doubt) }
        var done: Set<String> = []
        for one in all.compactMap(\.self).flatMap(\.values) where done.insert(one.name).inserted {
            let before = table[one.name]?.value ?? .absent
            let values = all.map { settings in
                settings.map { ($0.value(one.name) ?? before).doubted($0.value(one.name) == nil ? $0.doubts.first : nil) }
                    ?? .unknown(text)
            }
            let isOne =
                values.dropFirst().allSatisfy { $0.isIdentical(to: one.value) }
                && values.first?.isIdentical(to: one.value) == true
            table.set(.text(one.name), isOne ? one.value : .oneOf(values, because: reason), line: one.line, because: because)
        }
    }
}
