import HTTPModel

/// Follows both ways of a condition, and joins what they leave.
extension PythonProgram {
    mutating func branch(
        _ condition: PythonExpression, _ taken: [PythonStatement], _ other: [PythonStatement]
    ) -> Flow {
        if text(of: condition).replacing("'", by: "\"") == "__name__ == \"__main__\"" {
            let before = isMain
            isMain = true
            defer { isMain = before }
            return follow(taken)
        }
        if let truth = value(condition).truth { return follow(truth ? taken : other) }
        branches += 1
        let text = text(of: condition)
        var arm = FlaskCall.Condition(branch: branches, arm: 0, isExhaustive: !other.isEmpty, word: "if", text: text)
        let before = (scope.names, scope.stamps)
        let first = follow(taken, under: arm)
        let afterFirst = (scope.names, scope.stamps)
        (scope.names, scope.stamps) = before
        let firstArm = arm
        (arm.arm, arm.word) = (1, "unless")
        let second = follow(other, under: arm)
        switch (first, second) {
        case (.raised, .raised): return .raised
        case (.raised, .returned), (.returned, .raised), (.returned, .returned): return .returned
        case (.raised, _): return second
        case (.returned, _): return .perhaps(arm)
        case (_, .raised), (_, .returned):
            (scope.names, scope.stamps) = afterFirst
            if case .raised = second { return first }
            return .perhaps(firstArm)
        default:
            join(afterFirst, because: text)
            if case .perhaps = first { return first }
            return second
        }
    }

    private mutating func follow(_ statements: [PythonStatement], under condition: FlaskCall.Condition) -> Flow {
        conditions.append(condition)
        defer { conditions.removeLast() }
        return follow(statements)
    }

    /// Follows statements that may or may not run, and whose end does not end the surrounding block.
    mutating func perhaps(_ body: [PythonStatement], _ text: String) -> Flow {
        branches += 1
        let before = (scope.names, scope.stamps)
        _ = follow(body, under: FlaskCall.Condition(branch: branches, arm: 0, isExhaustive: false, word: "in", text: text))
        join(before, because: text)
        return .next
    }

    /// Gives names that two ways left with different values either of them.
    private mutating func join(_ other: (names: [String: PythonValue], stamps: [String: Int]), because text: String) {
        for name in Set(scope.names.keys).union(other.names.keys).sorted() where scope.stamps[name] != other.stamps[name] {
            guard let left = scope.names[name] else {
                scope.set(name, other.names[name] ?? .unknown(name), line: line)
                continue
            }
            guard let right = other.names[name] else { continue }
            scope.names[name] = either(left, right, because: text)
        }
    }

    /// Returns what is there after two ways that left different values. Code stays where the other way has nothing; of two that
    /// differ, both stay, and what is done with them is done to each under a condition.
    mutating func either(_ left: PythonValue, _ right: PythonValue, because text: String) -> PythonValue {
        switch (left, right) {
        case _ where left.isIdentical(to: right): left
        case (.none, _) where right.isCode, (.absent, _) where right.isCode, (.unknown, _) where right.isCode: right
        case (_, .none) where left.isCode, (_, .absent) where left.isCode, (_, .unknown) where left.isCode: left
        case (.app(let left), .app(let right)): .app(merged(left, right, because: text))
        default: .oneOf([left, right], because: text)
        }
    }

    /// Follows what is done with each of several values, as though an `if` had chosen among them.
    mutating func eachWay(
        _ values: [PythonValue], _ reason: String, _ follow: (inout PythonProgram, PythonValue) -> PythonValue
    ) -> PythonValue {
        branches += 1
        let branch = branches
        var made: [PythonValue] = []
        for (arm, value) in values.enumerated() {
            made.append(
                under(branch, arm, reason) { program in
                    program.steps < Self.stepLimit ? follow(&program, value) : .unknown(reason)
                })
        }
        return .oneOf(made, because: reason)
    }

    /// Evaluates what is evaluated only in one of the cases that a text distinguishes.
    mutating func under(
        _ branch: Int, _ arm: Int, _ text: String, _ follow: (inout PythonProgram) -> PythonValue
    ) -> PythonValue {
        conditions.append(
            FlaskCall.Condition(branch: branch, arm: arm, isExhaustive: true, word: "depending on", text: text))
        defer { conditions.removeLast() }
        return follow(&self)
    }

    mutating func loop(_ target: PythonExpression?, _ items: PythonExpression?, _ body: [PythonStatement]) -> Flow {
        guard let target, let items, case .list(let list) = value(items), list.items.count <= 100 else {
            if let target { assign(.unknown(text(of: target)), to: target) }
            return perhaps(body, "a loop")
        }
        for item in list.items {
            assign(item, to: target)
            switch follow(body) {
            case .next: break
            case .returned: return .returned
            // It may have been a `break`.
            case .raised, .perhaps:
                guard steps < Self.stepLimit else { return .raised }
                return perhaps(body, "a loop")
            }
        }
        return .next
    }
}
