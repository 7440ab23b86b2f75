import HTTPModel
import HeaderPolicy
import ProxyCore

/// Makes exchanges for which a `when:` holds, and others for which it does not.
extension MadeUpExchange {
    /// What makes one test of a condition hold, and what makes it fail.
    private struct Choice {
        var good: [(inout MadeUpExchange) -> Void] = []
        var bad: [(inout MadeUpExchange) -> Void] = []
    }

    /// Returns exchanges for which the condition holds: one in the first way of every test, then one for each further way of a
    /// test.
    func fulfilling(_ condition: Condition) -> [MadeUpExchange] {
        let choices = Self.choices(condition)
        let first = first(choices)
        return [first] + choices.flatMap { choice in choice.good.dropFirst().map { first.with($0) } }
    }

    /// Returns exchanges for which one test fails and all others hold.
    func breaking(_ condition: Condition) -> [MadeUpExchange] {
        let choices = Self.choices(condition)
        let first = first(choices)
        // A test that fails may also lead away from the route, so the exchange is tried unchanged, too.
        return choices.flatMap { choice in choice.bad.map { first.with($0) } } + [self]
    }

    private func first(_ choices: [Choice]) -> MadeUpExchange {
        var exchange = self
        for choice in choices { choice.good.first?(&exchange) }
        return exchange
    }

    private static func choices(_ condition: Condition) -> [Choice] {
        var choices = requestChoices(condition) + responseChoices(condition)
        for case .not(let inner) in condition.tests {
            choices.append(
                Choice(good: [{ $0 = $0.breaking(inner).first ?? $0 }], bad: [{ $0 = $0.fulfilling(inner).first ?? $0 }]))
        }
        return choices.filter { !$0.good.isEmpty || !$0.bad.isEmpty }
    }

    private static func requestChoices(_ condition: Condition) -> [Choice] {
        var choices: [Choice] = []
        let methods = condition[.method].map(\.value)
        if let other = ["GET", "POST", "PUT", "DELETE"].first(where: { !methods.contains($0) }), !methods.isEmpty {
            choices.append(Choice(good: methods.map { method in { $0.method = method } }, bad: [{ $0.method = other }]))
        }
        let hosts = condition[.host].map { PatternSamples.host($0.value) }
        if !hosts.isEmpty {
            choices.append(Choice(good: hosts.map { host in { $0.host = host } }, bad: [{ $0.host = "elsewhere.example" }]))
        }
        let paths = condition[.path].flatMap { PatternSamples.paths($0.value) }
        if !paths.isEmpty {
            choices.append(
                Choice(
                    good: paths.map { path in { $0.path = path } },
                    bad: [{ $0.path = "/elsewhere" }, { $0.path += ($0.path.hasSuffix("/") ? "" : "/") + "elsewhere" }]))
        }
        if let scheme = condition[.scheme].first?.value, condition[.scheme].count == 1 {
            let wanted = scheme == "https" ? Scheme.https : .http
            choices.append(
                Choice(good: [{ $0.scheme = wanted }], bad: [{ $0.scheme = wanted == .https ? .http : .https }]))
        }
        let blocks = condition[.clientIP].compactMap { CIDR($0.value.utf8.span) }
        if !blocks.isEmpty {
            let samples = blocks.map(PatternSamples.addresses)
            let strangers = (samples.flatMap(\.outside) + ["203.0.113.77", "2001:db8::77"]).filter { address in
                IPAddress(address.utf8.span).map { ip in !blocks.contains { $0.contains(ip) } } ?? false
            }
            choices.append(
                Choice(
                    good: samples.flatMap(\.inside).map { address in { $0.client = address } },
                    bad: strangers.map { address in { $0.client = address } }))
        }
        choices += condition.requestHeaders.map { choice($0, \.fields) }
        for case .query(let test) in condition.tests { choices.append(choice(test, \.parameters)) }
        for case .sample(let sample) in condition.tests {
            switch sample.key {
            case .clientAddress: choices.append(Choice(good: (1...8).map { number in { $0.client = "192.0.2.\(number)" } }))
            case .cookie(let name):
                choices.append(
                    Choice(
                        good: (1...8).map { number in { $0.fields.add(FieldText("Cookie", "\(name)=\(number)")) } },
                        bad: [{ $0.fields.drop("Cookie") }]))
            }
        }
        return choices
    }

    private static func responseChoices(_ condition: Condition) -> [Choice] {
        var choices: [Choice] = []
        let ranges = condition[.status].compactMap { PatternSamples.statuses($0.value) }
        if !ranges.isEmpty {
            func isGood(_ status: Int) -> Bool { ranges.contains { $0.contains(status) } }
            let bounds = ranges.flatMap { [$0.lowerBound, $0.upperBound] }
            let around = ranges.flatMap { [$0.lowerBound - 1, $0.upperBound + 1] } + [200]
            choices.append(
                Choice(
                    good: bounds.filter { 200...599 ~= $0 }.map { status in { $0.status = status } },
                    bad: around.filter { 200...599 ~= $0 && !isGood($0) }.map { status in { $0.status = status } }))
        }
        let types = condition[.contentType].map { PatternSamples.mediaType($0.value) }
        if !types.isEmpty {
            choices.append(
                Choice(
                    good: types.map { type in { $0.answer.add(FieldText("Content-Type", type)) } },
                    bad: [
                        { $0.answer.add(FieldText("Content-Type", "application/x-other")) }, { $0.answer.drop("Content-Type") },
                    ]))
        }
        let sources = Set(condition[.source].map(\.value))
        if sources.count == 1 {
            let isProxy = sources.contains("proxy")
            let replies =
                isProxy ? LocalReplyCause.allCases.filter { cause in ranges.contains { $0.contains(cause.status) } } : []
            choices.append(
                Choice(
                    good: [{ $0.isDown = isProxy }] + replies.map { cause in { cause.bring(about: &$0) } },
                    bad: [{ $0.isDown = !isProxy }]))
        }
        return choices + condition.responseHeaders.map { choice($0, \.answer) }
    }

    private static func choice(
        _ test: FieldTest, _ fields: WritableKeyPath<MadeUpExchange, [FieldText]>
    ) -> Choice {
        let name = test.name.value
        func set(_ value: String) -> (inout MadeUpExchange) -> Void {
            {
                if name.lowercased() == "host", fields == \.fields {
                    $0.host = value
                } else {
                    $0[keyPath: fields].add(FieldText(name, value))
                }
            }
        }
        let drop: (inout MadeUpExchange) -> Void = { $0[keyPath: fields].drop(name) }
        switch test.test {
        case .absent: return Choice(good: [drop], bad: [set("1")])
        case .present: return Choice(good: [set("1")], bad: [drop])
        case .equals(let values):
            return Choice(good: values.map { set($0.value) }, bad: [set("something-else"), drop])
        case .matches(let pattern):
            let values = PatternSamples.texts(pattern.value).filter { Fields.isValue($0.utf8.span) }
            return Choice(good: values.map(set), bad: [set("-"), drop])
        }
    }
}
