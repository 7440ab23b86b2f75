/// An expression of Python, as far as options may be written with it.
struct PythonExpression {
    indirect enum Kind {
        case text(String)
        case number(Int)
        case bool(Bool)
        case none
        /// An f-string: its texts, and the expressions between them.
        case formatted([PythonExpression])
        case name(String)
        case attribute(PythonExpression, String)
        case item(PythonExpression, PythonExpression)
        case call(PythonExpression, [PythonArgument])
        /// A list, a tuple or a set.
        case list([PythonExpression])
        /// A key that is missing is `**value`.
        case table([(key: PythonExpression?, value: PythonExpression)])
        case starred(PythonExpression)
        case binary(String, PythonExpression, PythonExpression)
        case not(PythonExpression)
        case choice(PythonExpression, if: PythonExpression, else: PythonExpression)
        /// A comprehension: what is made of each item, its name, the items, and which are taken.
        case each(PythonExpression, String, in: PythonExpression, if: PythonExpression?)
        /// What is not looked into.
        case other
    }

    var kind: Kind
    var line: Int
    /// In the source.
    var range: Range<Int>
    /// How deep it is.
    var depth = 1
}

struct PythonArgument {
    /// Nil for a positional one, `*` and `**` for what is spread.
    var name: String?
    var value: PythonExpression
}

struct PythonParameter {
    var name: String
    var fallback: PythonExpression?
}

struct PythonStatement {
    indirect enum Kind {
        case expression(PythonExpression)
        case assignment([PythonExpression], PythonExpression)
        /// `+=` and its like, with the operator.
        case change(PythonExpression, String, PythonExpression)
        /// Names of a module, and what they are called here. A module without names is bound itself.
        case imported(module: String, names: [(name: String, alias: String)])
        case branch(PythonExpression, [PythonStatement], else: [PythonStatement])
        case loop(PythonExpression?, in: PythonExpression?, [PythonStatement])
        /// `del`
        case removal(PythonExpression)
        /// `global` and `nonlocal`: names of an outer scope.
        case outer([String], isGlobal: Bool)
        /// What runs as though it stood one level further out: `with`, `try`.
        case block([PythonStatement])
        /// What runs perhaps: `except`, `match`.
        case perhaps([PythonStatement])
        case function(String, [PythonParameter], [PythonStatement], decorators: [PythonExpression])
        case type(String, [PythonStatement], bases: [PythonArgument])
        case result(PythonExpression?)
        case leave
        /// What could not be read, with the names in it.
        case unreadable(Set<String>)
    }

    var kind: Kind
    var line: Int
}
