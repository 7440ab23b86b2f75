/// Follows loops, and other blocks that may not run.
extension PythonProgram {
    mutating func loop(
        _ target: PythonExpression?, _ items: PythonExpression?, _ body: [PythonStatement], _ otherwise: [PythonStatement]
    ) -> Flow {
        let outer = (leaves, breaks)
        defer { (leaves, breaks) = outer }
        guard let target, let items, case .list(let list) = value(items), list.items.count <= 100 else {
            if let target { assign(.unknown(text(of: target)), to: target) }
            let count = returned.count
            var flow = perhaps(body, "a loop")
            if returned.count == count { flow = .next }
            _ = breaks > 0 ? perhaps(otherwise, "the `else` of a loop") : follow(otherwise)
            return flow
        }
        let before = conditions.count
        defer { conditions.removeLast(conditions.count - before) }
        var returns: FlaskCall.Condition?
        for item in list.items {
            (leaves, breaks) = (0, 0)
            let (place, count) = (scope, returned.count)
            place.begin(keepsAll: true)
            assign(item, to: target)
            let flow = follow(body)
            let changes = place.end()
            switch flow {
            case .next: break
            case .raised where leaves == 0 && conditions.count == before: return .raised
            case .returned where leaves == 0 && conditions.count == before: return .returned
            case .left where leaves == 1:
                guard breaks == 1 else { break }
                if conditions.count > before { widen(changes, in: place, because: "a loop") }
                return returns.map { .perhaps($0) } ?? .next
            case .perhaps, .left, .raised, .returned:
                guard steps < Self.stepLimit else { return .raised }
                var condition = condition("in", "a loop")
                if case .perhaps(let reason) = flow { condition = reason }
                if returned.count > count { returns = condition }
                if breaks > 0 || returned.count > count { conditions.append(condition) }
            }
            // After a possible `continue` or `break`, the rest of the round may not have run.
            if leaves > 0 || conditions.count > before { widen(changes, in: place, because: "a loop") }
        }
        _ = conditions.count > before ? perhaps(otherwise, "the `else` of a loop") : follow(otherwise)
        return returns.map { .perhaps($0) } ?? .next
    }

    /// Follows statements that may or may not run, and whose end does not end the surrounding block.
    mutating func perhaps(_ body: [PythonStatement], _ text: String) -> Flow {
        if body.isEmpty { return .next }
        let arm = condition("in", text)
        let (place, count) = (scope, returned.count + leaves)
        place.begin(keepsAll: true)
        conditions.append(arm)
        _ = follow(body)
        conditions.removeLast()
        widen(place.end(), in: place, because: text)
        return returned.count + leaves > count ? .perhaps(arm) : .next
    }

    private mutating func condition(_ word: String, _ text: String) -> FlaskCall.Condition {
        branches += 1
        return FlaskCall.Condition(branch: branches, arm: 0, isExhaustive: false, word: word, text: text)
    }

    /// Gives each name that was changed any of the values that it had meanwhile, or the one before.
    mutating func widen(_ changes: PythonScope.Changes, in place: PythonScope, because text: String) {
        for (name, values) in changes.between.sorted(by: { $0.key < $1.key }) {
            guard var value = changes.before[name].flatMap(\.self) ?? (place.isType ? .absent : values.first) else { continue }
            for next in values.prefix(20) { value = either(value, next, because: text) }
            if values.count > 20 { value = either(value, .unknown(text), because: text) }
            place.put(name, value)
        }
    }
}
