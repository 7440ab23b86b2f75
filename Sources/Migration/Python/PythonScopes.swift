/// The names of a program, of a function, of a class or of an object.
final class PythonScope {
    /// What was set since a moment, so that it can be taken back, or joined with what another way sets.
    struct Changes {
        fileprivate(set) var before: [String: PythonValue?] = [:]
        fileprivate(set) var after: [String: PythonValue] = [:]
        /// All values that each name had in between, where they are kept.
        fileprivate(set) var between: [String: [PythonValue]] = [:]
        fileprivate var keepsAll = false
    }

    let parent: PythonScope?
    /// Whether it is the scope of a class, which its functions do not search.
    let isType: Bool
    private(set) var names: [String: PythonValue] = [:]
    /// The line where each name was set last.
    private(set) var lines: [String: Int] = [:]
    private(set) var order: [String] = []
    /// The changes that are being noted, with the innermost last. Only names that change cost time, however many there are.
    private var layers: [Changes] = []
    /// The imports of everything from a module, which may have set any name.
    private(set) var unknown: [String] = []
    /// The scopes of names that are declared `global` or `nonlocal`.
    private(set) var outer: [String: PythonScope] = [:]

    init(parent: PythonScope?, isType: Bool = false) {
        self.parent = parent
        self.isType = isType
    }

    func value(_ name: String) -> PythonValue? {
        if let outer = outer[name] { return outer.names[name] }
        var scope: PythonScope? = self
        while let current = scope {
            if let value = current.names[name] { return value }
            scope = current.parent
        }
        return nil
    }

    /// Makes a name refer to the program's scope, or to that of the next surrounding function that has it.
    func share(_ name: String, isGlobal: Bool) {
        var scope = parent
        while let current = scope {
            let isRoot = current.parent == nil
            if isGlobal ? isRoot : isRoot || (!current.isType && current.names[name] != nil) {
                outer[name] = current
                return
            }
            scope = current.parent
        }
    }

    /// Notes code that may have given any name that is data here another value.
    func spoil(_ text: String) {
        if !unknown.contains(text), unknown.count < 20 { unknown.append(text) }
        for (name, value) in names where !value.isCode && !value.mayBeUnknown {
            put(name, .oneOf([value, .unknown(text)], because: text))
        }
    }

    func set(_ name: String, _ value: PythonValue, line: Int) {
        if lines[name] == nil { order.append(name) }
        lines[name] = line
        put(name, value)
    }

    /// Gives a name another value that is set nowhere in the program, as one of several.
    func put(_ name: String, _ value: PythonValue?) {
        if let last = layers.indices.last {
            if layers[last].before[name] == nil { layers[last].before[name] = .some(names[name]) }
            if layers[last].keepsAll, let value { layers[last].between[name, default: []].append(value) }
        }
        names[name] = value
    }

    // MARK: Changes

    /// Begins to note changes.
    ///
    /// - Parameter keepsAll: whether the values in between are kept as well.
    func begin(keepsAll: Bool = false) {
        var changes = Changes()
        changes.keepsAll = keepsAll || layers.last?.keepsAll == true
        layers.append(changes)
    }

    /// Returns the changes since the last `begin()`.
    func end() -> Changes {
        guard var changes = layers.popLast() else { return Changes() }
        for name in changes.before.keys { changes.after[name] = names[name] }
        guard let last = layers.indices.last else { return changes }
        for (name, value) in changes.before where layers[last].before[name] == nil { layers[last].before[name] = .some(value) }
        if layers[last].keepsAll {
            for (name, values) in changes.between { layers[last].between[name, default: []] += values }
        }
        return changes
    }

    func undo(_ changes: Changes) { for (name, value) in changes.before { put(name, value) } }

    func redo(_ changes: Changes) { for name in changes.before.keys { put(name, changes.after[name]) } }
}
