/// What declares arguments, as a property of a command.
protocol ArgumentDeclaration {
    /// - Parameter property: what the property is called.
    func specs(property: String) -> [ArgumentSpec]
}

/// Where a value is, once it is known: the command, which is a value, holds it through its wrappers.
private final class Slot<Value> {
    var value: Value
    init(_ value: Value) { self.value = value }
}

/// What an argument says of itself.
struct ArgumentHelp: ExpressibleByStringInterpolation, Sendable {
    var text: String
    /// What stands for the value; nil: the name.
    var valueName: String?

    init(_ text: String, valueName: String? = nil) {
        self.text = text
        self.valueName = valueName
    }

    init(stringLiteral text: String) { self.init(text) }
}

/// `--name VALUE`.
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

    /// Must be given.
    init(name: ArgumentNames = .long, help: ArgumentHelp) where Value == String {
        self.init("", name, help) { word, slot throws(ArgumentSpec.Refusal) in slot.value = word }
        isRequired = true
    }

    init<Wrapped: ArgumentValue>(name: ArgumentNames = .long, help: ArgumentHelp) where Value == Wrapped? {
        self.init(nil, name, help) { word, slot throws(ArgumentSpec.Refusal) in slot.value = try Wrapped(word: word) }
        words = Wrapped.allWords
    }

    /// May come again.
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

/// `--name`.
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

    /// One or none.
    init(help: ArgumentHelp) where Value == String? {
        slot = Slot(nil)
        self.help = help
        isRequired = false
        isRepeated = false
        take = { word, slot in slot.value = word }
    }

    /// All that stands behind `--`, options of others included.
    init(rest help: ArgumentHelp) where Value == [String] {
        self.init(help: help)
        kind = .rest
        isRequired = false
    }

    /// One or more.
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

/// Arguments that several commands share.
@propertyWrapper struct OptionGroup<Group: Arguments>: ArgumentDeclaration {
    let wrappedValue = Group()

    func specs(property: String) -> [ArgumentSpec] { wrappedValue.specs }
}

extension Arguments {
    /// In the order in which they are declared.
    var specs: [ArgumentSpec] {
        Mirror(reflecting: self).children.flatMap { child -> [ArgumentSpec] in
            guard let declaration = child.value as? any ArgumentDeclaration, let label = child.label else { return [] }
            // The wrapper of `port` is `_port`.
            return declaration.specs(property: String(label.drop { $0 == "_" }))
        }
    }
}

extension ArgumentValue {
    fileprivate init(word: String) throws(ArgumentSpec.Refusal) {
        guard let value = Self(argument: word) else { throw ArgumentSpec.Refusal(words: Self.allWords) }
        self = value
    }
}
