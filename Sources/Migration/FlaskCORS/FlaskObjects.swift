import ProxyConfig

/// The options of flask-cors that were given to a call.
final class FlaskOptions {
    let table: PythonTable
    let line: Int
    /// Whether it is known what they are for.
    var wasUsed = false

    init(_ table: PythonTable, line: Int) {
        self.table = table
        self.line = line
    }
}

final class FlaskApp {
    /// The name of the variable that holds it.
    var name: String
    let line: Int
    let config: PythonTable
    /// Whether it is known to be an app; false when it is only assumed, because `CORS` was called with it.
    let isKnown: Bool
    /// The app that stands for this one and another, where a condition chooses between them.
    var successor: FlaskApp?
    /// The attributes that the program gives it, and those of its class.
    var object = PythonObject([])
    /// Where it serves files; nil when it serves none.
    var files: PythonValue? = .text("/static")

    init(_ name: String, line: Int, isKnown: Bool, config: PythonTable = PythonTable()) {
        self.name = name
        self.line = line
        self.isKnown = isKnown
        self.config = config
    }

    /// The app that stands for this one at the end.
    var last: FlaskApp {
        var app = self
        while let next = app.successor { app = next }
        return app
    }
}

final class FlaskBlueprint {
    var name: String
    let line: Int
    let ownPrefix: PythonValue
    /// What the program calls it.
    let title: PythonValue
    /// Whether it is made here, so that its routes are.
    let isKnown: Bool
    /// The places where it is registered, with the prefixes that are given there.
    var places: [(owner: FlaskOwner, prefix: PythonValue)] = []

    init(_ name: String, line: Int, prefix: PythonValue, title: PythonValue, isKnown: Bool = true) {
        self.name = name
        self.line = line
        self.title = title
        self.isKnown = isKnown
        ownPrefix = prefix
    }
}

/// A `CORS()` without an app, which waits for `init_app`.
final class FlaskInstance {
    let options: FlaskOptions
    /// The conditions under which it was made.
    let conditions: [FlaskCall.Condition]

    init(_ options: FlaskOptions, conditions: [FlaskCall.Condition]) {
        self.options = options
        self.conditions = conditions
    }
}

enum FlaskOwner {
    case app(FlaskApp)
    case blueprint(FlaskBlueprint)

    func isSame(as other: FlaskOwner) -> Bool {
        switch (self, other) {
        case (.app(let left), .app(let right)): left === right
        case (.blueprint(let left), .blueprint(let right)): left === right
        default: false
        }
    }
}

/// A path with its methods that an app or a blueprint serves.
struct FlaskRoute {
    var owner: FlaskOwner
    var path: PythonValue
    /// The methods; nil when they are not known.
    var methods: [String]?
    var line: Int
}

/// A view and its route.
struct FlaskView {
    var route: FlaskRoute
    var crossOrigin: FlaskOptions?
    /// Whether preflights reach the decorated function. For a method of a `MethodView` they do not.
    var answersPreflights = true
    var conditions: [FlaskCall.Condition] = []
}

/// A call of `CORS(app, …)` or `init_app`.
struct FlaskCall {
    /// One arm of an `if` around the call.
    struct Condition {
        var branch: Int
        var arm: Int
        /// Whether both arms are written.
        var isExhaustive: Bool
        /// The words before the text: `if`, `unless`, `in`, `depending on`.
        var word: String
        var text: String

        /// A condition that is taken as met, so that calls under it count.
        static func assumed(_ text: String) -> Condition {
            Condition(branch: 0, arm: 0, isExhaustive: false, word: "if", text: text)
        }

        var isAssumed: Bool { branch == 0 }

        var phrase: String { "\(word) \(text)".abbreviated }
    }

    var owner: FlaskOwner
    /// The options of the call, of the instance, and the settings of the app at the time of the call, in this order of
    /// precedence.
    var options: [PythonTable]
    var line: Int
    var conditions: [Condition]
    /// The function around it, if nothing here calls that.
    var uncalled: PythonFunction?
}
