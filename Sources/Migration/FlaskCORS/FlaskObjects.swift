import ProxyConfig

/// Options of flask-cors as they were given to a call.
final class FlaskOptions {
    let table: PythonTable
    let line: Int
    /// What they are for is known.
    var wasUsed = false

    init(_ table: PythonTable, line: Int) {
        self.table = table
        self.line = line
    }
}

final class FlaskApp {
    /// Of the variable that holds it.
    var name: String
    let line: Int
    let config: PythonTable
    /// False for what is only taken for an app, because `CORS` was called with it.
    let isKnown: Bool

    init(_ name: String, line: Int, isKnown: Bool, config: PythonTable = PythonTable()) {
        self.name = name
        self.line = line
        self.isKnown = isKnown
        self.config = config
    }
}

final class FlaskBlueprint {
    var name: String
    let line: Int
    let ownPrefix: PythonValue
    /// Where it is registered, with the prefix that is given there.
    var places: [(owner: FlaskOwner, prefix: PythonValue)] = []

    init(_ name: String, line: Int, prefix: PythonValue) {
        self.name = name
        self.line = line
        ownPrefix = prefix
    }
}

/// `CORS()` that waits for `init_app`.
final class FlaskInstance {
    let options: FlaskOptions

    init(_ options: FlaskOptions) { self.options = options }
}

enum FlaskOwner {
    case app(FlaskApp)
    case blueprint(FlaskBlueprint)
}

/// A path with its methods, as an app or a blueprint serves it.
struct FlaskRoute {
    var owner: FlaskOwner
    var path: PythonValue
    /// Nil where they cannot be told.
    var methods: [String]?
    var line: Int
}

/// A view at its route.
struct FlaskView {
    var route: FlaskRoute
    var crossOrigin: FlaskOptions?
    /// Preflights do not get to what is decorated, as with a method of a `MethodView`.
    var answersPreflights = true
    var conditions: [FlaskCall.Condition] = []
}

/// `CORS(app, …)` or `init_app`.
struct FlaskCall {
    /// One arm of an `if` that stands around it.
    struct Condition {
        var branch: Int
        var arm: Int
        /// Both arms are written.
        var isExhaustive: Bool
        /// What stands before the text: `if`, `unless`, `in`.
        var word: String
        var text: String

        var phrase: String { "\(word) \(text)".abbreviated }
    }

    var owner: FlaskOwner
    /// Those of the call, of the instance, and the settings of the app when it was made, in this order of weight.
    var options: [PythonTable]
    var line: Int
    var conditions: [Condition]
}
