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
    /// A function that is reached through an object or a class, which its first parameter gets.
    case bound(PythonFunction, to: PythonValue)
    case type(PythonType)
    case object(PythonObject)
    /// A `super()`, of an object or a class.
    case above(PythonObject, of: PythonValue)
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
        case .list(let list): list.items.isEmpty ? false : list.items.contains(where: \.isSure) ? true : nil
        case .table(let table): table.truth
        case .expression: true
        // The program needs flask-cors, so it is there.
        case .library(let name): PythonProgram.isCORS(name) ? true : nil
        case .either(let values, _):
            values.allSatisfy { $0.truth == true } ? true : values.allSatisfy { $0.truth == false } ? false : nil
        default: nil
        }
    }

    /// Releases values one list after another and not recursively, because they may be nested to any depth.
    static func release(_ values: inout [PythonValue]) {
        var (lists, tables) = ([PythonList](), [PythonTable]())
        func collect(_ value: PythonValue) {
            switch value {
            case .list(let list): lists.append(list)
            case .table(let table): tables.append(table)
            case .either(let values, _): for value in values { collect(value) }
            default: break
            }
        }
        func collect(_ values: inout [PythonValue]) {
            for value in values { collect(value) }
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

    /// Whether the value may be one that only running the program would show.
    var mayBeUnknown: Bool {
        switch self {
        case .unknown: true
        case .either(let values, _): values.contains { if case .unknown = $0 { true } else { false } }
        default: false
        }
    }

    /// Whether the value is code, to be called or followed, rather than data for options.
    var isCode: Bool {
        switch self {
        case .library, .function, .bound, .type, .object, .app, .blueprint, .instance, .crossOrigin, .route: true
        case .either(let values, _): values.contains(where: \.isCode)
        default: false
        }
    }

    /// Whether a table certainly has an entry with this value.
    var isCertainlyThere: Bool {
        switch self {
        case .absent, .unknown: false
        case .either(let values, _): values.allSatisfy(\.isCertainlyThere)
        default: true
        }
    }

    /// Whether it is a name of a name and so on, of which only the text is kept.
    var isDeep: Bool {
        var (value, depth) = (self, 0)
        while case .method(let base, _) = value, depth < 32 { (value, depth) = (base, depth + 1) }
        return depth >= 32
    }

    var mayBeAbsent: Bool {
        switch self {
        case .absent: true
        case .either(let values, _): values.contains(where: \.mayBeAbsent)
        default: false
        }
    }

    /// Returns the value with another one where it may be missing.
    func replacingAbsent(by other: PythonValue) -> PythonValue {
        switch self {
        case .absent: other
        case .either(let values, let reason): .oneOf(values.map { $0.replacingAbsent(by: other) }, because: reason)
        default: self
        }
    }

    /// Returns one of the value and another one that is not known, if there is a reason for it.
    func doubted(_ reason: String?) -> PythonValue { reason.map { .oneOf([self, .unknown($0)], because: $0) } ?? self }

    var text: String? { if case .text(let text) = self { text } else { nil } }

    /// The text that `str` makes of it; nil when it is not known.
    var shown: String? {
        switch self {
        case .text(let text): text
        case .number(let number): String(number)
        default: nil
        }
    }

    /// Whether both are certainly the same; nil when that is not known.
    func isSame(as other: PythonValue) -> Bool? {
        switch (self, other) {
        case (.text(let left), .text(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.bool(let left), .bool(let right)): left == right
        case (.none, .none): true
        case (.library(let name), .none), (.none, .library(let name)): PythonProgram.isCORS(name) ? false : nil
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
        case (.object(let left), .object(let right)): left === right
        case (.app(let left), .app(let right)): left === right
        case (.blueprint(let left), .blueprint(let right)): left === right
        case (.instance(let left), .instance(let right)): left === right
        case (.library(let left), .library(let right)): left == right || PythonProgram.areSame(left, right)
        case (.unknown(let left), .unknown(let right)): left == right
        case (.environment(let left, let fallback), .environment(let right, let other)): left == right && fallback == other
        case (.absent, .absent): true
        default: isSame(as: other) ?? false
        }
    }
}
