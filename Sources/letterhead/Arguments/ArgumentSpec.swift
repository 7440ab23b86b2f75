/// One argument of a command: how it is written, what it says of itself, and where its value goes.
struct ArgumentSpec {
    /// A rest is all that stands behind `--`.
    enum Kind { case option, flag, positional, rest }

    /// A value that cannot be taken, and what could.
    struct Refusal: Error {
        var words: [String]
    }

    var kind: Kind
    var names = ArgumentNames()
    /// `<port>`.
    var placeholder: String
    var help: String
    /// What holds without it; nil where that is nothing, or said in the help.
    var standard: String?
    /// The values that there are; empty where there are too many.
    var words: [String] = []
    var isRequired = false
    /// It may come again.
    var isRepeated = false
    /// Takes a word; a flag takes any.
    var take: (String) throws(Refusal) -> Void

    /// `--port <port>`, for messages.
    var title: String {
        switch kind {
        case .positional, .rest: placeholder
        case .flag: names.preferred
        case .option: "\(names.preferred) \(placeholder)"
        }
    }

    /// As the line of usage has it.
    var usage: String {
        let one = isRepeated ? "\(title) ..." : title
        return isRequired ? one : "[\(one)]"
    }
}

/// How an option or a flag is written.
struct ArgumentNames: ExpressibleByArrayLiteral, Sendable {
    /// `--config`, without the dashes.
    var long: String?
    /// `-c`; the habit of another tool may be a second one.
    var shorts: [Character] = []
    /// `long` is that of the property.
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

    /// As the property is called: `--admin-port` for `adminPort`.
    static var long: ArgumentNames {
        var names: ArgumentNames = []
        names.isNamedAfterProperty = true
        return names
    }

    /// `-m` and `--method` for `method`.
    static var shortAndLong: ArgumentNames { shortAndLong() }

    /// Likewise, and another letter.
    static func shortAndLong(and other: Character...) -> ArgumentNames {
        var names = long
        names.hasInitial = true
        names.shorts = other
        return names
    }

    /// `-k` and `--insecure` for `insecure`.
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
    /// `admin-port` for `adminPort`.
    var inKebabCase: String {
        reduce(into: "") { $0 += $1.isUppercase ? "-\($1.lowercased())" : String($1) }
    }
}
