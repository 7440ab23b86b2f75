import HTTPModel

/// Follows both ways of a condition, and joins what they leave.
extension PythonProgram {
    mutating func branch(
        _ condition: PythonExpression, _ taken: [PythonStatement], _ other: [PythonStatement]
    ) -> Flow {
        if other.isEmpty, isMain(condition) {
            let outer = isMain
            isMain = true
            defer { isMain = outer }
            return follow(taken, unlike: "whether the file is run by itself")
        }
        if let truth = value(condition).truth { return follow(truth ? taken : other) }
        branches += 1
        var arms = [FlaskCall.Condition](
            repeating: FlaskCall.Condition(
                branch: branches, arm: 0, isExhaustive: !other.isEmpty, word: "if", text: text(of: condition)), count: 2)
        (arms[1].arm, arms[1].word) = (1, "unless")
        return fork(arms[0], { $0.follow(taken) }, arms[1], { program, _ in program.follow(other) })
    }

    /// Whether a condition asks whether the file is run by itself.
    private func isMain(_ condition: PythonExpression) -> Bool {
        guard case .binary("==", let left, let right) = condition.kind else { return false }
        switch (left.kind, right.kind) {
        case (.name("__name__"), .text("__main__")), (.text("__main__"), .name("__name__")): return true
        default: return false
        }
    }

    /// Follows statements as though they ran. Afterwards, what they have changed is only possible.
    mutating func follow(_ statements: [PythonStatement], unlike text: String) -> Flow {
        let place = scope
        place.begin()
        let flow = assuming(text) { $0.follow(statements) }
        join(PythonScope.Changes(), place.end(), in: place, because: text)
        return flow
    }

    /// Follows two ways of which only one is taken.
    ///
    /// - Parameter second: gets the changes of the first way, which are taken back by then.
    mutating func fork(
        _ firstArm: FlaskCall.Condition, keepsAll: Bool = false, _ first: (inout PythonProgram) -> Flow,
        _ secondArm: FlaskCall.Condition, _ second: (inout PythonProgram, PythonScope.Changes) -> Flow
    ) -> Flow {
        let place = scope
        place.begin(keepsAll: keepsAll)
        conditions.append(firstArm)
        let firstFlow = first(&self)
        let one = place.end()
        place.undo(one)
        place.begin()
        conditions[conditions.count - 1] = secondArm
        let secondFlow = second(&self, one)
        conditions.removeLast()
        let two = place.end()
        switch (firstFlow, secondFlow) {
        case (.raised, .raised): return .raised
        case (.raised, .returned), (.returned, .raised), (.returned, .returned): return .returned
        case (.left, .raised), (.raised, .left), (.left, .returned), (.returned, .left): return .left
        case (.raised, _): return secondFlow
        case (.left, .left): break
        case (.returned, _), (.left, _): return .perhaps(secondArm)
        case (_, .raised), (_, .returned), (_, .left):
            place.undo(two)
            place.redo(one)
            if case .raised = secondFlow { return firstFlow }
            return .perhaps(firstArm)
        default: break
        }
        join(one, two, in: place, because: firstArm.text)
        if case .perhaps = firstFlow { return firstFlow }
        return secondFlow
    }

    /// Gives each name that two ways have left with different values either of them. The values of the second way are set at
    /// present.
    mutating func join(
        _ first: PythonScope.Changes, _ second: PythonScope.Changes, in place: PythonScope, because text: String
    ) {
        for name in Set(first.before.keys).union(second.before.keys).sorted() {
            let right = first.before[name] != nil ? first.after[name] : second.before[name].flatMap(\.self)
            switch (place.names[name], right) {
            case (let left?, let right?): place.put(name, either(left, right, because: text))
            case (nil, let right?): place.put(name, place.isType ? .oneOf([right, .absent], because: text) : right)
            // In a class it may be what its base has.
            case (let left?, nil) where place.isType: place.put(name, .oneOf([left, .absent], because: text))
            default: break
            }
        }
    }

    /// Returns the value after two ways that left different ones. If only one of them is code, that stays. Otherwise either is
    /// possible, and what is done with the value is done with each of them under a condition.
    mutating func either(_ left: PythonValue, _ right: PythonValue, because text: String) -> PythonValue {
        switch (left, right) {
        case _ where left.isIdentical(to: right): left
        // A program may ask whether it has `CORS`.
        case (.none, .library(let name)) where Self.isCORS(name), (.library(let name), .none) where Self.isCORS(name):
            .oneOf([left, right], because: text)
        case (.none, _) where right.isCode, (.absent, _) where right.isCode, (.unknown, _) where right.isCode: right
        case (_, .none) where left.isCode, (_, .absent) where left.isCode, (_, .unknown) where left.isCode: left
        case (.app(let left), .app(let right)): .app(merged(left, right, because: text))
        default: .oneOf([left, right], because: text)
        }
    }

    /// Follows what is done with each of several values, as though an `if` had chosen among them. None is left out, because a
    /// program that calls it ends.
    mutating func eachWay(
        _ values: [PythonValue], _ reason: String, _ follow: (inout PythonProgram, PythonValue) -> PythonValue
    ) -> PythonValue {
        let values = values.filter { if case .none = $0 { false } else { true } }
        if let only = values.first, values.count == 1 { return follow(&self, only) }
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
}
