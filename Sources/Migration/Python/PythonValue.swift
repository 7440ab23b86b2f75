/// The value of an expression in a Python program, as far as it is known without running the program.
indirect enum PythonValue {
    case text(String)
    case number(Int)
    case bool(Bool)
    case none
    /// A compiled expression, as in `re.compile("…")`.
    case expression(String, ignoresCase: Bool)
    /// A `timedelta(…)`, in seconds.
    case duration(Int)
    /// A variable of the environment, with its default.
    case environment(String, fallback: String?)
    /// A list, a tuple or a set.
    case list(PythonList)
    case table(PythonTable)
    /// One of several values; only running the program shows which.
    case either([PythonValue], because: String)
    /// A setting that is missing.
    case absent
    /// A value that only running the program would show, with its text.
    case unknown(String)

    /// A name from a module, with its full path.
    case library(String)
    /// A `value.name` that has no value by itself.
    case method(PythonValue, String)
    case function(PythonFunction)
    case type(PythonType)
    case app(FlaskApp)
    case blueprint(FlaskBlueprint)
    /// A `CORS(…)`.
    case instance(FlaskInstance)
    /// A `cross_origin(…)`.
    case crossOrigin(FlaskOptions)
    /// An `app.route(…)`.
    case route(FlaskRoute)

    /// Returns one of several values, flattened; too many become unknown.
    static func oneOf(_ values: [PythonValue], because reason: String) -> PythonValue {
        let flat = values.flatMap { value in
            if case .either(let inner, _) = value { inner } else { [value] }
        }
        return flat.count <= 16 ? .either(flat, because: reason) : .unknown(reason)
    }

    /// Whether the value counts as true; nil when that is not known.
    var truth: Bool? {
        switch self {
        case .text(let text): !text.isEmpty
        case .number(let number), .duration(let number): number != 0
        case .bool(let bool): bool
        case .none, .absent: false
        case .list(let list): list.items.isEmpty ? false : true
        case .table(let table): !table.entries.isEmpty
        case .expression: true
        case .either(let values, _):
            values.allSatisfy { $0.truth == true } ? true : values.allSatisfy { $0.truth == false } ? false : nil
        default: nil
        }
    }

    /// Releases values one list after another and not recursively, because they may be nested to any depth.
    fileprivate static func release(_ values: inout [PythonValue]) {
        var (lists, tables) = ([PythonList](), [PythonTable]())
        func collect(_ values: inout [PythonValue]) {
            for value in values {
                switch value {
                case .list(let list): lists.append(list)
                case .table(let table): tables.append(table)
                default: break
                }
            }
            values = []
        }
        collect(&values)
        while !lists.isEmpty || !tables.isEmpty {
            if var list = lists.popLast(), isKnownUniquelyReferenced(&list) { collect(&list.items) }
            if var table = tables.popLast(), isKnownUniquelyReferenced(&table) {
                var values = table.releaseEntries()
                collect(&values)
            }
        }
    }

    /// Whether the value is known and present.
    var isSure: Bool {
        switch self {
        case .either, .absent, .unknown: false
        default: true
        }
    }

    /// Whether the value is code, to be called or followed, rather than data for options.
    var isCode: Bool {
        switch self {
        case .library, .function, .type, .app, .blueprint, .instance, .crossOrigin, .route: true
        default: false
        }
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }

    /// Whether both are certainly the same; nil when that is not known.
    func isSame(as other: PythonValue) -> Bool? {
        switch (self, other) {
        case (.text(let left), .text(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.bool(let left), .bool(let right)): left == right
        case (.none, .none): true
        case (.none, .text), (.none, .number), (.none, .bool), (.text, .none), (.number, .none), (.bool, .none): false
        default: nil
        }
    }

    /// Whether both are the same object, so that nothing has to be chosen.
    func isIdentical(to other: PythonValue) -> Bool {
        switch (self, other) {
        case (.list(let left), .list(let right)): left === right
        case (.table(let left), .table(let right)): left === right
        case (.function(let left), .function(let right)): left === right
        case (.type(let left), .type(let right)): left === right
        case (.app(let left), .app(let right)): left === right
        case (.blueprint(let left), .blueprint(let right)): left === right
        case (.instance(let left), .instance(let right)): left === right
        case (.library(let left), .library(let right)), (.unknown(let left), .unknown(let right)): left == right
        case (.environment(let left, let fallback), .environment(let right, let other)): left == right && fallback == other
        case (.absent, .absent): true
        default: isSame(as: other) ?? false
        }
    }
}

/// A list. All names of it share it, so an item appended by one is seen by all.
final class PythonList {
    var items: [PythonValue]
    /// The number of conditions that applied where it was made.
    let conditions: Int

    init(_ items: [PythonValue], conditions: Int = 0) {
        self.items = items
        self.conditions = conditions
    }

    deinit { PythonValue.release(&items) }

    /// Returns the index of an item, counted from the end if negative; nil when there is none, or when it is not known which one
    /// it is.
    func place(of number: Int) -> Int? {
        guard items.allSatisfy(\.isSure) else { return nil }
        let place = number < 0 ? items.count + number : number
        return items.indices.contains(place) ? place : nil
    }
}

final class PythonTable {
    struct Entry {
        var key: PythonValue
        var value: PythonValue
        var line: Int
    }

    private(set) var entries: [Entry] = []
    private var places: [String: Int] = [:]
    /// Expressions that may have added further entries.
    var unknown: [String] = []
    let conditions: Int

    init(conditions: Int = 0) { self.conditions = conditions }

    deinit {
        var values = releaseEntries()
        PythonValue.release(&values)
    }

    fileprivate func releaseEntries() -> [PythonValue] {
        let values = entries.map(\.value)
        entries = []
        return values
    }

    subscript(key: String) -> Entry? { places[key].map { entries[$0] } }

    /// - Parameter because: the condition under which it is set, if any.
    func set(_ key: PythonValue, _ value: PythonValue, line: Int, because: String? = nil) {
        let place = key.text.flatMap { places[$0] }
        let value = because.map { .oneOf([value, place.map { entries[$0].value } ?? .absent], because: $0) } ?? value
        let entry = Entry(key: key, value: value, line: line)
        if let place {
            entries[place] = entry
        } else if entries.count < PythonProgram.itemLimit {
            if let text = key.text { places[text] = entries.count }
            entries.append(entry)
        } else if unknown.isEmpty {
            unknown = ["so many entries"]
        }
    }

    func remove(_ key: String) {
        guard let place = places.removeValue(forKey: key) else { return }
        entries.remove(at: place)
        for (key, other) in places where other > place { places[key] = other - 1 }
    }

    func removeAll() {
        entries = []
        places = [:]
        unknown = []
    }

    func update(with other: PythonTable, because: String? = nil) {
        for entry in other.entries { set(entry.key, entry.value, line: entry.line, because: because) }
        for text in other.unknown where !unknown.contains(text) && unknown.count < 20 { unknown.append(text) }
    }
}

final class PythonFunction {
    let name: String
    let parameters: [PythonParameter]
    let body: [PythonStatement]
    let scope: PythonScope
    let line: Int
    var wasCalled = false
    /// The options of a `@cross_origin` above it.
    var crossOrigin: FlaskOptions?
    /// Whether it is registered as a view, so that `@cross_origin` comes too late for it.
    var isRouted = false

    init(_ name: String, _ parameters: [PythonParameter], _ body: [PythonStatement], _ scope: PythonScope, line: Int) {
        self.name = name
        self.parameters = parameters
        self.body = body
        self.scope = scope
        self.line = line
    }
}

final class PythonType {
    let name: String
    let scope: PythonScope
    let line: Int

    init(_ name: String, _ scope: PythonScope, line: Int) {
        self.name = name
        self.scope = scope
        self.line = line
    }
}

final class PythonScope {
    let parent: PythonScope?
    /// Whether it is the scope of a class, which its functions do not search.
    let isType: Bool
    var names: [String: PythonValue] = [:]
    /// The line where each name was set last.
    var lines: [String: Int] = [:]
    var order: [String] = []
    /// The value of `stamp` when each name was set last.
    var stamps: [String: Int] = [:]
    private var stamp = 0
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

    func set(_ name: String, _ value: PythonValue, line: Int) {
        if names[name] == nil { order.append(name) }
        names[name] = value
        lines[name] = line
        stamp += 1
        stamps[name] = stamp
    }
}
