/// One argument of a command: how it is written, its help, and where its value goes.
struct ArgumentSpec {
    /// The kind of argument. A `rest` is everything after `--`.
    enum Kind { case option, flag, positional, rest }

    /// A value that is not accepted, with the values that would be.
    struct Refusal: Error {
        var words: [String]
        /// The form of a valid value, if there are too many values to list.
        var form: String?
    }

    var kind: Kind
    var names = ArgumentNames()
    /// The placeholder for the value, such as `<port>`.
    var placeholder: String
    var help: String
    /// The default; nil if there is none or the help describes it.
    var standard: String?
    /// The allowed values; empty if there are too many to list.
    var words: [String] = []
    var isRequired = false
    /// Whether the argument may be repeated.
    var isRepeated = false
    /// Takes a value; for a flag, the word is ignored.
    var take: (String) throws(Refusal) -> Void

    /// The argument as messages name it: `--port <port>`.
    var title: String {
        switch kind {
        case .positional, .rest: placeholder
        case .flag: names.preferred
        case .option: "\(names.preferred) \(placeholder)"
        }
    }

    /// The argument as the usage line shows it.
    var usage: String {
        let one = isRepeated ? "\(title) ..." : title
        return isRequired ? one : "[\(one)]"
    }
}

/// The spellings of an option or a flag.
struct ArgumentNames: ExpressibleByArrayLiteral, Sendable {
    /// The long name without its dashes, such as `config` for `--config`.
    var long: String?
    /// The short names, such as `c` for `-c`; further ones follow the habits of other tools.
    var shorts: [Character] = []
    /// Whether `long` is derived from the property's name.
    private var isNamedAfterProperty = false
    private var hasInitial = false

    init(arrayLiteral elements: ArgumentNames...) {
        for element in elements {
            long = long ?? element.long
            shorts += element.shorts
        }
    }

    static func customLong(_ name: String) -> ArgumentNames {
        var names: ArgumentNames = []
        names.long = name
        return names
    }

    static func customShort(_ name: Character) -> ArgumentNames {
        var names: ArgumentNames = []
        names.shorts = [name]
        return names
    }

    /// The long name from the property's name: `--admin-port` for `adminPort`.
    static var long: ArgumentNames {
        var names: ArgumentNames = []
        names.isNamedAfterProperty = true
        return names
    }

    /// The long name and its initial: `-m` and `--method` for `method`.
    static var shortAndLong: ArgumentNames { shortAndLong() }

    /// The long name, its initial, and other letters.
    static func shortAndLong(and other: Character...) -> ArgumentNames {
        var names = long
        names.hasInitial = true
        names.shorts = other
        return names
    }

    /// The long name and the given letter: `-k` and `--insecure` for `insecure`.
    static func long(and short: Character) -> ArgumentNames {
        var names = long
        names.shorts = [short]
        return names
    }

    func named(after property: String) -> ArgumentNames {
        guard isNamedAfterProperty else { return self }
        var names: ArgumentNames = []
        names.long = property.inKebabCase
        names.shorts = (hasInitial ? [property.first].compactMap { $0 } : []) + shorts
        return names
    }

    var all: [String] { shorts.map { "-\($0)" } + [long.map { "--\($0)" }].compactMap { $0 } }
    var preferred: String { all.last ?? "" }
}

extension String {
    /// The name in kebab case: `admin-port` for `adminPort`.
    var inKebabCase: String {
        reduce(into: "") { $0 += $1.isUppercase ? "-\($1.lowercased())" : String($1) }
    }
}
