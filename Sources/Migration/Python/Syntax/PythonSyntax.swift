/// An expression of Python, as far as options may be written with it.
struct PythonExpression {
    indirect enum Kind {
        case text(String)
        case number(Int)
        case bool(Bool)
        case none
        /// An f-string, with its texts and the expressions between them.
        case formatted([PythonExpression])
        case name(String)
        case attribute(PythonExpression, String)
        case item(PythonExpression, PythonExpression)
        case call(PythonExpression, [PythonArgument])
        /// A list, a tuple or a set.
        case list([PythonExpression])
        /// A mapping. A missing key stands for `**value`.
        case table([(key: PythonExpression?, value: PythonExpression)])
        case starred(PythonExpression)
        case binary(String, PythonExpression, PythonExpression)
        case not(PythonExpression)
        case choice(PythonExpression, if: PythonExpression, else: PythonExpression)
        /// A comprehension: the expression for each item, and where the items come from.
        case each(PythonExpression, [PythonClause])
        /// `first:last` between brackets.
        case slice(PythonExpression?, PythonExpression?)
        /// An expression that is not evaluated.
        case other
    }

    var kind: Kind
    var line: Int
    /// The range in the source.
    var range: Range<Int>
    /// The depth of nesting.
    var depth = 1
}

/// A `for … in … if …` of a comprehension.
struct PythonClause {
    var target: PythonExpression
    var items: PythonExpression
    var conditions: [PythonExpression] = []
}

/// One of what a `with` opens, and its name.
struct PythonWith {
    var value: PythonExpression
    var target: PythonExpression?
}

struct PythonArgument {
    /// The name; nil for a positional argument, `*` and `**` for unpacked ones.
    var name: String?
    var value: PythonExpression
}

struct PythonParameter {
    enum Kind {
        case plain
        /// A parameter behind `*`, which is given by name only.
        case keyword
        /// `*rest`.
        case positions
        /// `**rest`.
        case names

        /// Whether an argument may be given by this name.
        var hasName: Bool { self == .plain || self == .keyword }
    }

    var name: String
    var kind = Kind.plain
    var fallback: PythonExpression?
}

struct PythonStatement {
    indirect enum Kind {
        case expression(PythonExpression)
        case assignment([PythonExpression], PythonExpression)
        /// An augmented assignment such as `+=`, with its operator.
        case change(PythonExpression, String, PythonExpression)
        /// An import of names from a module, with their local names. A module without names is bound itself.
        case imported(module: String, names: [(name: String, alias: String)])
        case branch(PythonExpression, [PythonStatement], else: [PythonStatement])
        case loop(PythonExpression?, in: PythonExpression?, [PythonStatement], else: [PythonStatement])
        /// A `del`.
        case removal(PythonExpression)
        /// A `global` or `nonlocal`, with the names of an outer scope.
        case outer([String], isGlobal: Bool)
        /// A block that runs as if it were one level further out.
        case block([PythonStatement])
        case attempt(PythonAttempt)
        case with([PythonWith], [PythonStatement])
        /// A block that may or may not run, as that of a `case`.
        case perhaps([PythonStatement])
        case function(String, [PythonParameter], [PythonStatement], decorators: [PythonExpression])
        case type(String, [PythonStatement], bases: [PythonArgument], decorators: [PythonExpression])
        case result(PythonExpression?)
        /// A `raise`.
        case failure
        /// A `break` or a `continue`.
        case leave(isBreak: Bool)
        /// A statement that could not be parsed, with the names in it.
        case unreadable(Set<String>)
    }

    var kind: Kind
    var line: Int
}
