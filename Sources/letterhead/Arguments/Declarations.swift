/// A property of a command that declares arguments.
protocol ArgumentDeclaration {
    /// - Parameter property: the name of the property.
    func specs(property: String) -> [ArgumentSpec]
}

/// Stores a value once it is known: a command is a value type, which holds it through its wrappers.
private final class Slot<Value> {
    var value: Value
    init(_ value: Value) { self.value = value }
}

/// The help of an argument.
struct ArgumentHelp: ExpressibleByStringInterpolation, Sendable {
    var text: String
    /// The placeholder for the value; nil for the argument's name.
    var valueName: String?

    init(_ text: String, valueName: String? = nil) {
        self.text = text
        self.valueName = valueName
    }

    init(stringLiteral text: String) { self.init(text) }
}

/// An option with a value: `--name VALUE`.
@propertyWrapper struct Option<Value>: ArgumentDeclaration {
    private let slot: Slot<Value>
    private let names: ArgumentNames
    private let help: ArgumentHelp
    private var standard: String?
    private var words: [String] = []
    private var isRequired = false
    private var isRepeated = false
    private let take: (String, Slot<Value>) throws(ArgumentSpec.Refusal) -> Void

    var wrappedValue: Value { slot.value }

    private init(
        _ value: Value, _ names: ArgumentNames, _ help: ArgumentHelp,
        _ take: @escaping (String, Slot<Value>) throws(ArgumentSpec.Refusal) -> Void
    ) {
        slot = Slot(value)
        self.names = names
        self.help = help
        self.take = take
    }

    init(wrappedValue: Value, name: ArgumentNames = .long, help: ArgumentHelp) where Value: ArgumentValue {
        self.init(wrappedValue, name, help) { word, slot throws(ArgumentSpec.Refusal) in slot.value = try Value(word: word) }
        standard = wrappedValue.word
        words = Value.allWords
    }

    /// Makes an option that is required.
    init(name: ArgumentNames = .long, help: ArgumentHelp) where Value == String {
        self.init("", name, help) { word, slot throws(ArgumentSpec.Refusal) in slot.value = word }
        isRequired = true
    }

    init<Wrapped: ArgumentValue>(name: ArgumentNames = .long, help: ArgumentHelp) where Value == Wrapped? {
        self.init(nil, name, help) { word, slot throws(ArgumentSpec.Refusal) in slot.value = try Wrapped(word: word) }
        words = Wrapped.allWords
    }

    /// Makes an option that may be repeated.
    init<Element: ArgumentValue>(wrappedValue: [Element], name: ArgumentNames = .long, help: ArgumentHelp)
    where Value == [Element] {
        self.init(wrappedValue, name, help) { word, slot throws(ArgumentSpec.Refusal) in
            slot.value.append(try Element(word: word))
        }
        isRepeated = true
        words = Element.allWords
    }

    func specs(property: String) -> [ArgumentSpec] {
        let names = names.named(after: property)
        let placeholder = "<\(help.valueName ?? names.long ?? property)>"
        return [
            ArgumentSpec(
                kind: .option, names: names, placeholder: placeholder, help: help.text, standard: standard, words: words,
                isRequired: isRequired,
                isRepeated: isRepeated
            ) { [take, slot] word throws(ArgumentSpec.Refusal) in try take(word, slot) }
        ]
    }
}

/// A flag: `--name`.
@propertyWrapper struct Flag: ArgumentDeclaration {
    private let slot: Slot<Bool>
    private let names: ArgumentNames
    private let help: ArgumentHelp

    var wrappedValue: Bool { slot.value }

    init(wrappedValue: Bool, name: ArgumentNames = .long, help: ArgumentHelp) {
        slot = Slot(wrappedValue)
        names = name
        self.help = help
    }

    func specs(property: String) -> [ArgumentSpec] {
        [
            ArgumentSpec(kind: .flag, names: names.named(after: property), placeholder: "", help: help.text) { [slot] _ in
                slot.value = true
            }
        ]
    }
}

/// A word without a name.
@propertyWrapper struct Argument<Value>: ArgumentDeclaration {
    private let slot: Slot<Value>
    private let help: ArgumentHelp
    private var kind = ArgumentSpec.Kind.positional
    private var isRequired = true
    private let isRepeated: Bool
    private let take: (String, Slot<Value>) -> Void

    var wrappedValue: Value { slot.value }

    init(help: ArgumentHelp) where Value == String {
        slot = Slot("")
        self.help = help
        isRepeated = false
        take = { word, slot in slot.value = word }
    }

    /// Makes an argument that may be left out.
    init(help: ArgumentHelp) where Value == String? {
        slot = Slot(nil)
        self.help = help
        isRequired = false
        isRepeated = false
        take = { word, slot in slot.value = word }
    }

    /// Makes an argument that takes everything after `--`, including the options of other programs.
    init(rest help: ArgumentHelp) where Value == [String] {
        self.init(help: help)
        kind = .rest
        isRequired = false
    }

    /// Makes an argument that takes one or more words.
    init(help: ArgumentHelp, orNone: Bool = false) where Value == [String] {
        slot = Slot([])
        self.help = help
        isRequired = !orNone
        isRepeated = true
        take = { word, slot in slot.value.append(word) }
    }

    func specs(property: String) -> [ArgumentSpec] {
        [
            ArgumentSpec(
                kind: kind, placeholder: (kind == .rest ? "-- " : "") + "<\(help.valueName ?? property.inKebabCase)>",
                help: help.text, isRequired: isRequired, isRepeated: isRepeated
            ) { [take, slot] word in take(word, slot) }
        ]
    }
}

/// A group of arguments that several commands share.
@propertyWrapper struct OptionGroup<Group: Arguments>: ArgumentDeclaration {
    let wrappedValue = Group()

    func specs(property: String) -> [ArgumentSpec] { wrappedValue.specs }
}

extension Arguments {
    /// The arguments, in the order of their declaration.
    var specs: [ArgumentSpec] {
        Mirror(reflecting: self).children.flatMap { child -> [ArgumentSpec] in
            guard let declaration = child.value as? any ArgumentDeclaration, let label = child.label else { return [] }
            // The wrapper of a property `port` is stored as `_port`.
            return declaration.specs(property: String(label.drop { $0 == "_" }))
        }
    }
}

extension ArgumentValue {
    fileprivate init(word: String) throws(ArgumentSpec.Refusal) {
        guard let value = Self(argument: word) else { throw ArgumentSpec.Refusal(words: Self.allWords, form: Self.form) }
        self = value
    }
}
