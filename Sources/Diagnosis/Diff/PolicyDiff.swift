import HTTPModel
import HeaderPolicy
package import ProxyCore

/// What changes from one policy to another: how often, on which routes, with examples.
package struct PolicyDiff: Sendable {
    /// The same difference on the same route.
    package struct Entry: Sendable {
        package var part: PolicyDifference.Part
        package var field: String
        package var change: FieldDifference.Change
        package var route: String
        package var isLoss: Bool
        package var isAllowed: Bool
        package fileprivate(set) var count = 0
        package fileprivate(set) var examples: [Example] = []
        /// Values beyond those examples.
        package fileprivate(set) var hasMore = false
    }

    package struct Example: Sendable {
        package var old: [String]
        package var new: [String]
        /// The first request that showed it.
        package var request: String
        package fileprivate(set) var count = 1
    }

    private struct Key: Hashable {
        var part: PolicyDifference.Part
        var field: String
        var change: FieldDifference.Change
        var route: String
        var isLoss: Bool
    }

    /// Examples with different values that are kept of an entry.
    static let exampleLimit = 4
    /// Entries that are kept: a recorded file may name as many fields as it likes.
    static let entryLimit = 10_000

    private let old: CompiledConfiguration
    private let new: CompiledConfiguration
    private let allowed: [AllowedDifference]
    /// In the order in which they were found.
    private var found: [Entry] = []
    private var places: [Key: Int] = [:]
    /// How many exchanges went to each route.
    private(set) var exchangesOn: [String: Int] = [:]
    package private(set) var exchanges = 0
    /// Exchanges with a difference, allowed or not.
    package private(set) var differing = 0
    /// Questions that could not be put to both policies, with the reason.
    package private(set) var unasked: [String: Int] = [:]
    /// The rules of only one file that no exchange shows.
    package private(set) var unseen: [UnseenRule] = []

    package init(_ old: CompiledConfiguration, _ new: CompiledConfiguration, allowing allowed: [AllowedDifference] = []) {
        self.old = old
        self.new = new
        self.allowed = allowed
        for difference in PolicyDifference.ofSettings(old.source, new.source) { note(difference, "") }
    }

    /// Compares the policies by made-up exchanges, which should show every rule that only one of them has.
    package mutating func compare(madeUp questions: [DiffQuestion]) {
        for question in questions { compare(question) }
        unseen = UnseenRule.all(old, new, on: questions, allowing: allowed)
    }

    /// Puts a question to both policies, and notes what differs.
    package mutating func compare(_ question: DiffQuestion) {
        let listener = question.question.listener
        let (was, isThere) = (old.listeners.indices.contains(listener), new.listeners.indices.contains(listener))
        guard was == isThere else {
            // Which listener only one has stands among the settings.
            exchanges += 1
            differing += 1
            return
        }
        do {
            let (before, now) = (try question.play(on: old), try question.play(on: new))
            exchanges += 1
            if let first = before.exchanges.last, let second = now.exchanges.last {
                exchangesOn[PolicyDifference.route(first.exchange, second.exchange), default: 0] += 1
            }
            let differences = PolicyDifference.between(before, now)
            guard !differences.isEmpty else { return }
            differing += 1
            let redaction = question.isRecorded ? Self.redaction(question, before.exchanges + now.exchanges) : nil
            let text = redaction?.target(question.text) ?? question.text
            for difference in differences { note(redaction.map { difference.redacted($0) } ?? difference, text) }
        } catch {
            unasked["\(error)", default: 0] += 1
        }
    }

    private mutating func note(_ difference: PolicyDifference, _ request: String) {
        let key = Key(
            part: difference.part, field: difference.field.lowercased(), change: difference.change, route: difference.route,
            isLoss: difference.isLoss)
        if places[key] == nil {
            guard found.count < Self.entryLimit else { return }
            places[key] = found.count
            let isAllowed = allowed.contains { $0.covers(field: difference.field, route: difference.route) }
            found.append(
                Entry(
                    part: difference.part, field: difference.field, change: difference.change, route: difference.route,
                    isLoss: difference.isLoss, isAllowed: isAllowed))
        }
        guard let place = places[key] else { return }
        found[place].count += 1
        let examples = found[place].examples
        if let same = examples.firstIndex(where: { $0.old == difference.old && $0.new == difference.new }) {
            found[place].examples[same].count += 1
        } else if examples.count < Self.exampleLimit {
            found[place].examples.append(Example(old: difference.old, new: difference.new, request: request))
        } else {
            found[place].hasMore = true
        }
    }

    /// Returns a redaction that knows the secrets of a recorded exchange.
    private static func redaction(_ question: DiffQuestion, _ played: [PlayedExchange]) -> Redaction {
        var redaction = Redaction([])
        redaction.learn(target: question.question.request.target)
        redaction.learn(question.question.request.fields)
        if case .response(_, let fields) = question.answer { redaction.learn(fields) }
        for one in played { redaction.learn(one.exchange.response.fields.texts) }
        return redaction
    }
}

extension PolicyDiff {
    /// Verdicts first, then by part and route, and otherwise in the order in which they were found.
    package var entries: [Entry] {
        let parts = PolicyDifference.Part.allCases
        return found.enumerated().sorted { left, right in
            let (a, b) = (left.element, right.element)
            let (first, second) = (parts.firstIndex(of: a.part) ?? 0, parts.firstIndex(of: b.part) ?? 0)
            if first != second { return first < second }
            if a.route != b.route { return a.route < b.route }
            return left.offset < right.offset
        }.map(\.element)
    }

    /// The entries that are not allowed.
    package var unexpected: [Entry] { entries.filter { !$0.isAllowed } }
}

extension PolicyDifference {
    fileprivate func redacted(_ redaction: Redaction) -> PolicyDifference {
        var hidden = self
        hidden.old = old.map { redaction.value(field, $0) }
        hidden.new = new.map { redaction.value(field, $0) }
        return hidden
    }
}
