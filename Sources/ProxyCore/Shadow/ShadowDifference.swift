public import HTTPModel
public import HeaderPolicy

/// One thing that an exchange would have had otherwise if no rule were in shadow.
public struct ShadowDifference: Sendable, Hashable {
    public enum Part: String, Sendable, Hashable, CaseIterable { case request, response }

    public var part: Part
    public var difference: FieldDifference

    public init(_ part: Part, _ difference: FieldDifference) {
        self.part = part
        self.difference = difference
    }
}

/// The kind of a difference, by which it is counted and logged. The rules of a configuration allow only so many.
public struct ShadowKind: Sendable, Hashable {
    public var part: ShadowDifference.Part
    public var change: FieldDifference.Change
    /// One of `ShadowLabels`.
    public var field: String

    public init(_ part: ShadowDifference.Part, _ change: FieldDifference.Change, _ field: String) {
        self.part = part
        self.change = change
        self.field = field
    }
}

/// The names under which differences of fields are counted: those that rules name, so that no message can add others.
struct ShadowLabels: Sendable {
    /// The names as they are spelled, by their keys.
    private var names: [String: String] = [:]
    /// The keys of the starts of names, each with the pattern that it is from.
    private var prefixes: [(start: String, pattern: String)] = []

    /// The label of fields that no rule names.
    static let other = "other"

    /// Has no names when no rule is in shadow.
    init(_ source: Configuration) {
        let rules = source.allRules
        guard rules.contains(where: \.isShadow) else { return }
        add("Vary")
        for rule in rules {
            if rule.action is CORSPolicy { addAnswersOfCORS() }
            for effect in rule.action.effects { add(effect.name.value) }
        }
    }

    private mutating func add(_ name: String) {
        let key = Self.key(name)
        guard names[key] == nil else { return }
        names[key] = name
        if key.hasSuffix("*") { prefixes.append((String(key.dropLast()), name)) }
    }

    /// Rules take `_` for `-`, and do not regard case.
    private static func key(_ name: String) -> String { String(name.lowercased().map { $0 == "_" ? "-" : $0 }) }

    private mutating func addAnswersOfCORS() {
        for number in 1...FieldNames.standard.count {
            let id = FieldID(rawValue: UInt16(number))
            if id.isAccessControlResponse, let name = FieldNames.standard.spelling(of: id) { add(name) }
        }
        add("Access-Control-*")
    }

    /// Whether no rule is in shadow.
    var isEmpty: Bool { names.isEmpty }

    /// Returns the label of a field, or of a word with a colon before it.
    subscript(field: String) -> String {
        if field.hasPrefix(":") { return field }
        let key = Self.key(field)
        return names[key] ?? prefixes.first { key.hasPrefix($0.start) }?.pattern ?? Self.other
    }

    func has(_ label: String) -> Bool {
        label.hasPrefix(":") || label == Self.other || names[Self.key(label)] == label
    }
}

extension ExchangeFacts.Source {
    /// The maker of a response in a few words.
    public func text(_ reason: Reason?) -> String { self == .upstream ? "app" : "proxy" + (reason.map { " (\($0))" } ?? "") }
}
